"""How long teams are left alone between two assessments, and how often they were asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max

from accounts.models import Organisation
from surveys.models import AssessmentKind, Invitation, MemberTeam, State

#: between a re-pulse and whatever was asked before it or is asked after it
REPULSE_PAUSE = timedelta(weeks=4)
LATELY = timedelta(days=365)


@dataclass(frozen=True)
class Load:
    """Nobody of a team was asked more than `times` in twelve months, the last time at `last`."""

    times: int = 0
    last: datetime | None = None


def heaviest(loads: Iterable[Load]) -> Load:
    """Of several teams together: the most that anybody was asked, and the last time."""
    known = list(loads)
    last = max((load.last for load in known if load.last), default=None)
    return Load(max((load.times for load in known), default=0), last)


def pause_between(one: str, other: str) -> timedelta:
    """From the close of an assessment to the opening of the next, by their kinds."""
    if one == other == AssessmentKind.FULL:
        return timedelta(weeks=Organisation.current().weeks_between)
    return REPULSE_PAUSE


def free_again(kind: str, *, now: datetime) -> dict[int, datetime]:
    """Team → from when an assessment of this kind may ask it again, where that lies ahead."""
    found: dict[int, datetime] = {}
    kinds: dict[timedelta, list[str]] = {}
    for other in AssessmentKind:
        kinds.setdefault(pause_between(kind, other), []).append(other)
    for pause, others in kinds.items():
        recent = MemberTeam.objects.filter(
            assessment__kind__in=others, assessment__closed_at__gt=now - pause
        )
        for team, closed_at in recent.values_list("team").annotate(Max("assessment__closed_at")):
            found[team] = max(found.get(team, now), closed_at + pause)
    return found


def load_of(teams: Iterable[int], *, now: datetime) -> dict[int, Load]:
    """Team → how often its people were invited in the last twelve months; one query.

    Counts every assessment that invited anybody who is in the team today, so that people who
    changed their team are not asked more often than it says. An assessment that is still being
    opened has invited nobody yet.
    """
    invited = Invitation.objects.filter(
        person__team__in=list(teams), person__is_active=True, assessment__opens_at__gt=now - LATELY
    ).exclude(assessment__state=State.OPENING)
    rows = (
        invited.order_by()
        .values_list("person__team")
        .annotate(Count("assessment", distinct=True), Max("assessment__opens_at"))
    )
    return {team: Load(times, last) for team, times, last in rows}
