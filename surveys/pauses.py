"""How long teams are left alone between two assessments, and how often they were asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    pauses = pauses_before(kind)
    recent = MemberTeam.objects.filter(assessment__closed_at__gt=now - max(pauses.values()))
    closings = recent.values_list("team", "assessment__kind", "assessment__closed_at")
    return left_alone(closings, pauses, now=now)


def pauses_before(kind: str) -> dict[str, timedelta]:
    """By the kind of what was asked before."""
    return {other: pause_between(kind, other) for other in AssessmentKind}


def left_alone(
    closings: Iterable[tuple[int, str, datetime | None]],
    pauses: Mapping[str, timedelta],
    *,
    now: datetime,
) -> dict[int, datetime]:
    """As `free_again`, from rows that were read already: team, kind and end of what asked it."""
    found: dict[int, datetime] = {}
    for team, kind, closed_at in closings:
        if closed_at and (until := closed_at + pauses[kind]) > now:
            found[team] = max(found.get(team, until), until)
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
