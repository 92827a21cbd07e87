"""Who could learn how somebody answered, and how: said openly, on pages and in the package."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Verdict(TextChoices):
    NO = "NO", gettext_lazy("No")
    RARELY = "RARELY", gettext_lazy("Rarely")
    PERHAPS = "PERHAPS", gettext_lazy("Perhaps")
    YES = "YES", gettext_lazy("Yes, not protected")


@dataclass(frozen=True)
class Threat:
    """`who` has something; `verdict` says whether they learn an answer; `why` with what limits."""

    who: str
    verdict: Verdict
    why: str


def threats() -> list[Threat]:
    """From the outside to the inside, in the active language."""
    return [*_readers(), *_holders(), *_insiders()]


def _readers() -> list[Threat]:
    return [
        Threat(
            _("every page and export of Headwind"),
            Verdict.NO,
            _("Nothing finer than what the gate lets through exists."),
        ),
        Threat(
            _("a colleague’s knowledge of their own answers"),
            Verdict.NO,
            _("The gate leaves open on which side every other person of a group stands."),
        ),
        Threat(
            _("two or more colleagues who put their own answers together"),
            Verdict.RARELY,
            _("In a group of 5 to 9 they can sometimes be sure of a third."),
        ),
        Threat(
            _("two assessments, and knowledge of who joined or left in between"),
            Verdict.RARELY,
            _("Where the invited people differ by one to four, only coarse values are shown."),
        ),
        Threat(
            _("an eye for style"),
            Verdict.PERHAPS,
            _(
                "In comments. A reviewer reads them first; write what many colleagues could have "
                "written."
            ),
        ),
    ]


def _holders() -> list[Threat]:
    return [
        Threat(
            _("the database, all backups and the logs"),
            Verdict.NO,
            _("What they hold of answers is sealed, and the keys are elsewhere."),
        ),
        Threat(
            _("a backup from between the counting and the review"),
            Verdict.PERHAPS,
            _(
                "It holds comments, without their authors, as they were written before the "
                "reviewer changed or dropped them. It holds no answers."
            ),
        ),
        Threat(
            _("the logs of a server in front that records who opens the survey’s pages"),
            Verdict.NO,
            _("But they tell who took part, and when. Operators are told to keep no such log."),
        ),
        Threat(
            _("the mailbox or the mail archive"),
            Verdict.NO,
            _(
                "But they could answer in the place of somebody who has not yet; that person "
                "would then see that the code was used."
            ),
        ),
        Threat(
            _("a receipt that an employee shows or has to show"),
            Verdict.NO,
            _("It shows that a ballot was counted, never how it was filled in."),
        ),
        Threat(
            _("a record of one sending request, kept by a tool for errors or performance"),
            Verdict.PERHAPS,
            _(
                "Only of a ballot that was sent without script: there one request holds code and "
                "answers. Headwind keeps no such record; operators are told to add none."
            ),
        ),
        Threat(
            _("a copy of the whole machine before the counting, where a trustee keeps the code"),
            Verdict.NO,
            _("The key in it is locked. But it tells who has taken part so far."),
        ),
        Threat(
            _("a copy of the whole machine before the counting, where there is no trustee"),
            Verdict.YES,
            _("Operators are told to keep the keys out of copies and backups."),
        ),
    ]


def _insiders() -> list[Threat]:
    return [
        Threat(
            _("control of the running server, or a proxy that records what is sent"),
            Verdict.YES,
            _("This cannot be prevented by a programme on that server."),
        ),
        Threat(
            _("control of the device that is used to answer"),
            Verdict.YES,
            _("This cannot be prevented from outside. Use a device that you trust."),
        ),
        Threat(
            _("an invented roster, with one real person among invented colleagues"),
            Verdict.YES,
            _(
                "That is why everybody sees with whom and with how many they are counted before "
                "they start."
            ),
        ),
        Threat(
            _("a wish to add ballots, and control of the keys"),
            Verdict.NO,
            _(
                "They learn nothing but could distort the result. Invited, taken part and ballots "
                "are published, so that more ballots than people would show."
            ),
        ),
    ]
