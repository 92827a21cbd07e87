"""The tree of teams that somebody may ask, for the wizard's second step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from accounts.models import Person, Team, TeamQuerySet
from surveys.models import Assessment, AssessmentKind, MemberTeam
from surveys.pauses import free_again


@dataclass(frozen=True)
class Branch:
    """A team with everything below it. `people` counts the whole branch.

    `busy_with` names the open assessment that asks a team of the branch; `again_on` is the day
    from which the whole branch may be asked again, when it lies ahead.
    """

    team: Team
    people: int
    below: tuple[Branch, ...]
    is_chosen: bool
    busy_with: str
    again_on: datetime | None


def branches_for(
    allowed: TeamQuerySet, *, chosen: Iterable[int], now: datetime
) -> tuple[Branch, ...]:
    """The allowed teams as branches, in the order of the organisation; constant queries."""
    teams = list(allowed.in_order())
    known = {team.pk for team in teams}
    children: dict[int | None, list[Team]] = {}
    for team in teams:
        parent = team.parent_id if team.parent_id in known else None
        children.setdefault(parent, []).append(team)
    facts = _Facts(
        people=dict(_people()),
        busy=dict(_busy()),
        again=free_again(AssessmentKind.FULL, now=now),
        chosen=set(chosen),
    )
    return tuple(_branch(team, children, facts) for team in children.get(None, ()))


@dataclass(frozen=True)
class _Facts:
    people: dict[int, int]
    busy: dict[int, str]
    again: dict[int, datetime]
    chosen: set[int]


def _branch(team: Team, children: dict[int | None, list[Team]], facts: _Facts) -> Branch:
    below = tuple(_branch(child, children, facts) for child in children.get(team.pk, ()))
    moments = [facts.again.get(team.pk), *(child.again_on for child in below)]
    busy = [facts.busy.get(team.pk, ""), *(child.busy_with for child in below)]
    return Branch(
        team=team,
        people=facts.people.get(team.pk, 0) + sum(child.people for child in below),
        below=below,
        is_chosen=team.pk in facts.chosen and not any(busy),
        busy_with=next(filter(None, busy), ""),
        again_on=max(filter(None, moments), default=None),
    )


def _people() -> Iterable[tuple[int, int]]:
    return Person.objects.active().order_by().values_list("team").annotate(Count("pk"))


def _busy() -> Iterable[tuple[int, str]]:
    rows = MemberTeam.objects.filter(is_collecting=True).select_related("assessment")
    return ((row.team_id, row.assessment.name) for row in rows)


def whole_branches(teams: Iterable[Team]) -> list[int]:
    """The ids of these teams and of everything below them."""
    return list(
        Team.objects.below([team.pk for team in teams]).order_by("pk").values_list("pk", flat=True)
    )


def names_of(assessment: Assessment) -> list[str]:
    """Names of the chosen teams that do not stand below another chosen one."""
    chosen = sorted(assessment.teams.all(), key=lambda team: (team.position, team.pk))
    ids = {team.pk for team in chosen}
    return [team.name for team in chosen if team.parent_id not in ids]
