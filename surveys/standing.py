"""How an assessment stands, in words: its state, what happens next, how many took part so far."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.models import GIVEN_UP, Assessment, State
from surveys.templatetags.moments import day, moment

MIN_SHOWN, MAX_SHOWN = 10, 90

CHIPS: dict[str, str] = {
    State.DRAFT: "note",
    State.OPENING: "wait",
    State.OPEN: "moving",
    State.CLOSED: "wait",
    State.AWAITING_TRUSTEE: "wait",
    State.TALLYING: "moving",
    State.ERASING: "moving",
    State.SCORED: "done",
    State.FAILED: "blocked",
}


@dataclass(frozen=True)
class Standing:
    """A chip (kind and word) and the sentence beside it."""

    chip: str
    word: str
    sentence: str


def standing_of(assessment: Assessment) -> Standing:
    state = State(assessment.state)
    return Standing(CHIPS[state], str(state.label), _sentence(assessment, state))


def _sentence(assessment: Assessment, state: State) -> str:
    return {
        State.DRAFT: _("Nobody has been asked yet. It can be changed or deleted."),
        State.OPENING: _opening(assessment),
        State.OPEN: _("Open until %(end)s. Results appear once, after counting.")
        % {"end": moment(assessment.closes_at)},
        State.CLOSED: _("Closed. Counting starts %(start)s, when the last answers are in.")
        % {"start": moment(assessment.tally_due_at)},
        State.AWAITING_TRUSTEE: _("Closed. Counting waits for the trustee."),
        State.TALLYING: _("The box is open and the answers are being counted."),
        State.ERASING: _("Counted. Single answers and keys are being deleted."),
        State.SCORED: _("Counted on %(day)s. Single answers and keys are deleted.")
        % {"day": day(assessment.scored_at)},
        State.FAILED: _failed(assessment),
    }[state]


def _failed(assessment: Assessment) -> str:
    if assessment.is_given_up:
        if assessment.failed_from:
            return _("Given up. Answers and keys are being deleted; there will be no results.")
        return _("Given up. Answers and keys are deleted; there will be no results.")
    if assessment.failure == "MISSING_KEY":
        return _("Stopped. It can be tried again when the key is back.")
    return _("Stopped, and nothing was lost. It can be tried again.")


def reason_of(assessment: Assessment) -> str:
    """Why it has failed, in a sentence; empty where there is nothing to add."""
    known = {
        "": "",
        GIVEN_UP: "",
        "BROKEN_BOX": _(
            "Something in the box cannot be read with this assessment’s key: a ballot was damaged"
            " or put in from outside. Nothing was counted."
        ),
        "MISSING_KEY": _(
            "A key of this assessment is missing on the server. If the key folder comes back, it"
            " can be tried again; without the key the answers can never be read."
        ),
        "MORE_BALLOTS_THAN_PEOPLE": _(
            "The box holds more ballots than people took part, so somebody has put some in."
            " Nothing was counted."
        ),
        "KEYS_NOT_WRITABLE": _(
            "The keys could not be written: the key folder of the server is missing, full or"
            " closed to the worker. Nobody was invited."
        ),
    }
    unforeseen = _("A fault of the program (%(kind)s); the worker’s log names its place.")
    return known.get(assessment.failure, unforeseen % {"kind": assessment.failure})


def _opening(assessment: Assessment) -> str:
    if assessment.waits_for_code:
        return _("Waits until a trustee has taken the code. Invitations go out after that.")
    if assessment.opens_at is None:
        return _("Keys are being made. Invitations go out next.")
    return _("Opens %(start)s. Invitations go out then.") % {"start": moment(assessment.opens_at)}


def participation_of(assessment: Assessment) -> str:
    """The one number of an open assessment as a sentence; why there is none, otherwise."""
    percent = assessment.participation_percent
    if percent is None:
        return _("Not shown: from 20 people on, once a day, in steps of five percent.")
    if percent <= MIN_SHOWN:
        return _("10 percent or fewer have taken part.")
    if percent >= MAX_SHOWN:
        return _("90 percent or more have taken part.")
    return _("About %(percent)s percent have taken part.") % {"percent": percent}
