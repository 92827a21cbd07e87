"""What may be seen of an assessment while it runs: groups, mails, and mails that came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from surveys.invitations import Mail, sample
from surveys.lifecycle import JOINERS_UNTIL, MAX_REMINDERS
from surveys.models import Assessment, Delivery, Group, Mailing, MailKind
from surveys.power import smallest_change
from surveys.waves import spread_before


@dataclass(frozen=True)
class GroupRow:
    name: str
    invited: int
    change: int


@dataclass(frozen=True)
class MailingRow:
    label: str
    is_reminder: bool
    due_at: datetime
    is_done: bool
    mails: int
    sent: int
    came_back: int


@dataclass(frozen=True)
class Bounce:
    name: str
    email: str


@dataclass(frozen=True)
class RunningFacts:
    """Never who took part: only what was asked of whom, and what the mail server said."""

    groups: tuple[GroupRow, ...]
    mailings: tuple[MailingRow, ...]
    bounces: tuple[Bounce, ...]
    reminders_left: int
    can_add_joiners: bool

    @property
    def invited(self) -> int:
        return sum(group.invited for group in self.groups)


def running_facts(assessment: Assessment, *, is_hr: bool, now: datetime) -> RunningFacts:
    """`is_hr` adds whom no mail reached; nobody else is told."""
    groups = Group.objects.filter(assessment=assessment).values_list("name", "invited")
    mailings = tuple(_mailings(assessment, is_hr=is_hr))
    ends = assessment.closes_at
    spread, limits = spread_before(assessment, now=now), assessment.thresholds
    return RunningFacts(
        groups=tuple(
            GroupRow(name, size, smallest_change(size, spread=spread, thresholds=limits))
            for name, size in groups
        ),
        mailings=mailings,
        bounces=tuple(_bounces(assessment)) if is_hr else (),
        reminders_left=max(0, MAX_REMINDERS - sum(row.is_reminder for row in mailings)),
        can_add_joiners=assessment.is_open and ends is not None and ends - now >= JOINERS_UNTIL,
    )


def _mailings(assessment: Assessment, *, is_hr: bool) -> list[MailingRow]:
    rows = Mailing.objects.filter(assessment=assessment).annotate(
        mails=Count("deliveries"),
        sent=Count("deliveries", filter=Q(deliveries__is_sent=True)),
        came_back=Count("deliveries", filter=Q(deliveries__has_bounced=True)),
    )
    return [
        MailingRow(
            str(MailKind(row.kind).label),
            row.kind == MailKind.REMINDER,
            row.due_at,
            row.done_at is not None,
            row.mails,
            row.sent,
            row.came_back if is_hr else 0,
        )
        for row in rows
    ]


def _bounces(assessment: Assessment) -> list[Bounce]:
    people = (
        Delivery.objects.filter(mailing__assessment=assessment, has_bounced=True)
        .order_by("invitation__person__name")
        .values_list("invitation__person__name", "invitation__person__email")
        .distinct()
    )
    return [Bounce(name, email or _("no address")) for name, email in people]


def reminder_wording(assessment: Assessment) -> list[Mail]:
    """The reminder as everybody gets it, whether or not they have taken part."""
    first = Group.objects.filter(assessment=assessment).first()
    group = (first.name, first.invited) if first else ("…", assessment.min_invited)
    return sample(assessment, kind=MailKind.REMINDER, group=group)
