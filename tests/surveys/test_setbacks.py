from datetime import timedelta

import pytest
from django.db import OperationalError

from accounts.models import AuditEntry
from resistance.catalogue import load_catalogue
from surveys import lifecycle, setbacks, tally
from surveys.keystore import Keystore
from surveys.models import (
    AskedStatement,
    Ballot,
    Credential,
    Group,
    Invitation,
    LedgerEntry,
    Mailing,
    MemberTeam,
    Node,
    State,
)
from surveys.questionnaire import NothingAsked, questionnaire_for
from surveys.standing import reason_of, standing_of
from surveys.states import LifecycleError
from tests.factories import NOW, make_assessment, make_organisation, make_user
from tests.line import cast_form, codes_by_team, form_of, make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)

FROZEN = (AskedStatement, Credential, Group, Invitation, MemberTeam, Node)


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def opening(hr):
    """Opened by HR; the worker has not been there."""
    load_catalogue()
    make_organisation()
    assessment = make_assessment(opens_at=NOW, closes_at=NOW + timedelta(days=9))
    assessment.teams.set(make_teams({"Calls": 9, "Stores": 8}))
    lifecycle.open_assessment(assessment_id=assessment.pk, by=hr, now=NOW)
    assessment.refresh_from_db()
    return assessment


def broken_box(hr):
    """Nine people have answered; the box's key is lost."""
    assessment = open_over(make_teams({"Calls": 9}), by=hr)
    asked = questionnaire_for(assessment.pk)
    for code in next(iter(codes_by_team(assessment).values())):
        cast_form(assessment.pk, code, form_of(asked, {}))
    lifecycle.close_assessment(assessment_id=assessment.pk, by=hr, now=NOW + timedelta(days=1))
    (Keystore(assessment.pk).folder / "box").unlink()
    tally.run_tally(assessment_id=assessment.pk, now=NOW + timedelta(days=2))
    assessment.refresh_from_db()
    return assessment


def try_opening(assessment):
    done = setbacks.try_opening(assessment_id=assessment.pk, now=NOW)
    assessment.refresh_from_db()
    return done


def test_key_folder_that_cannot_be_written_fails_at_the_third_try(opening, hr, settings, tmp_path):
    good, blocked = settings.KEY_DIR, tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    settings.KEY_DIR = blocked

    assert [(try_opening(opening), opening.state) for _ in range(3)] == [
        (False, State.OPENING),
        (False, State.OPENING),
        (False, State.FAILED),
    ]
    assert (opening.failed_from, opening.failure) == (State.OPENING, "KEYS_NOT_WRITABLE")
    assert "keys could not be written" in reason_of(opening)

    settings.KEY_DIR = good
    lifecycle.retry(assessment_id=opening.pk, by=hr, now=NOW)
    assert try_opening(opening) is True


def test_lost_database_is_no_failure_of_the_opening(opening, monkeypatch):
    def lose(**_arguments):
        raise OperationalError

    monkeypatch.setattr(setbacks, "finish_opening", lose)

    for _ in range(4):
        with pytest.raises(OperationalError):
            try_opening(opening)

    opening.refresh_from_db()
    assert opening.state == State.OPENING


def test_fault_of_the_program_is_named_by_its_kind_only(opening, monkeypatch, caplog):
    def fail(**_arguments):
        raise LookupError("Zebra-Quartz")

    monkeypatch.setattr(setbacks, "finish_opening", fail)
    for _ in range(3):
        try_opening(opening)

    assert opening.failure == "LookupError"
    assert "LookupError" in reason_of(opening)
    assert "Zebra" not in caplog.text


def test_opening_goes_back_to_a_draft_and_leaves_nothing(opening, hr):
    Keystore(opening.pk).create()

    setbacks.back_to_draft(assessment_id=opening.pk, by=hr)

    opening.refresh_from_db()
    assert opening.is_draft
    assert not any(model.objects.exists() for model in FROZEN)
    assert not Keystore(opening.pk).exists()
    assert opening.teams.count() == 2
    with pytest.raises(NothingAsked):
        questionnaire_for(opening.pk)


def test_draft_that_came_back_opens_like_any_other(opening, hr):
    setbacks.back_to_draft(assessment_id=opening.pk, by=hr)

    lifecycle.open_assessment(assessment_id=opening.pk, by=hr, now=NOW)

    assert try_opening(opening) is True
    assert Credential.objects.count() == 17


def test_process_keeps_no_questionnaire_that_may_still_change(opening):
    with pytest.raises(NothingAsked):
        questionnaire_for(opening.pk)

    try_opening(opening)

    assert questionnaire_for(opening.pk).rated


def test_opened_assessment_never_goes_back(opening, hr):
    try_opening(opening)

    with pytest.raises(LifecycleError, match="invited already"):
        setbacks.back_to_draft(assessment_id=opening.pk, by=hr)
    assert Invitation.objects.count() == 17


def test_giving_up_erases_everything_and_frees_the_teams(hr):
    assessment = broken_box(hr)
    assert (assessment.failure, Ballot.objects.count()) == ("MISSING_KEY", 9)
    assert "can never be read" in reason_of(assessment)
    assert "nothing was lost" not in standing_of(assessment).sentence

    setbacks.give_up(assessment_id=assessment.pk, by=hr)
    assert setbacks.still_to_erase() == [assessment.pk]
    assessment.refresh_from_db()
    assert "are being deleted" in standing_of(assessment).sentence
    setbacks.erase_given_up(assessment_id=assessment.pk)

    assessment.refresh_from_db()
    assert (assessment.state, assessment.is_given_up) == (State.FAILED, True)
    assert setbacks.still_to_erase() == []
    assert not any(m.objects.exists() for m in (Ballot, LedgerEntry, Credential, Mailing))
    assert not Keystore(assessment.pk).exists()
    assert not MemberTeam.objects.filter(is_collecting=True).exists()
    assert "no results" in standing_of(assessment).sentence
    assert AuditEntry.objects.filter(verb="assessment given up", actor=hr).count() == 1


def test_what_was_given_up_stays_so(hr):
    assessment = broken_box(hr)
    setbacks.give_up(assessment_id=assessment.pk, by=hr)

    for act in (setbacks.give_up, setbacks.back_to_draft):
        with pytest.raises(LifecycleError):
            act(assessment_id=assessment.pk, by=hr)
    with pytest.raises(LifecycleError):
        lifecycle.retry(assessment_id=assessment.pk, by=hr, now=NOW)


def test_running_assessment_cannot_be_given_up(hr):
    assessment = open_over(make_teams({"Calls": 9}), by=hr)

    with pytest.raises(LifecycleError, match="cannot be counted"):
        setbacks.give_up(assessment_id=assessment.pk, by=hr)
    setbacks.erase_given_up(assessment_id=assessment.pk)

    assert Credential.objects.count() == 9


def test_lost_code_can_be_given_up(hr):
    assessment = make_assessment(state=State.AWAITING_TRUSTEE)

    setbacks.give_up(assessment_id=assessment.pk, by=hr)

    assessment.refresh_from_db()
    assert assessment.is_given_up
