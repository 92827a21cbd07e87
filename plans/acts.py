"""What was done, where and about which sources, between two assessments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from plans.models import OPEN_STATUSES, Action, Request, RequestState
from resistance.models import StrategyTarget
from surveys.models import UnitTeam


@dataclass(frozen=True)
class Act:
    """Something done about `sources` in `teams`; `action` is None for a granted request."""

    teams: frozenset[int]
    sources: frozenset[str]
    action: int | None


class Acts:
    """Found by the teams in which they took place."""

    def __init__(self, acts: Iterable[Act]) -> None:
        self._of_team: dict[int, list[Act]] = defaultdict(list)
        for act in acts:
            for team in act.teams:
                self._of_team[team].append(act)

    def in_teams(self, teams: Iterable[int]) -> set[Act]:
        """Those that touch one of `teams`, from wherever they were started."""
        return {act for team in teams for act in self._of_team.get(team, ())}

    def is_alone(self, action: int, teams: Iterable[int], source: str) -> bool:
        """Whether nothing but `action` was done about `source` in `teams`."""
        others = (act for act in self.in_teams(teams) if act.action != action)
        return not any(source in act.sources for act in others)


def read_acts(*, since: datetime, until: datetime) -> Acts:
    """Actions that ran at some time in between, stopped ones too, and requests that were granted.

    A strategy touches every source that it serves. Four queries.
    """
    actions = _ran(since, until).order_by("pk")
    granted = _granted(since, until).order_by("pk")
    rows: list[tuple[UUID, str | None, str | None, int | None]] = [
        *actions.values_list("plan__unit", "strategy", "source", "pk"),
        *((unit, key, None, None) for unit, key in granted.values_list("plan__unit", "strategy")),
    ]
    return Acts(_acts(rows))


def teams_with_acts(source: str, *, since: datetime, until: datetime) -> frozenset[int]:
    """Teams in which something was done about `source`, as `read_acts` has it; one query."""
    served = Q(strategy__targets__source=source)
    acted = _ran(since, until).filter(served | Q(source=source)).values("plan__unit")
    granted = _granted(since, until).filter(served).values("plan__unit")
    units = UnitTeam.objects.filter(Q(unit__in=acted) | Q(unit__in=granted))
    return frozenset(units.values_list("team", flat=True))


def _ran(since: datetime, until: datetime) -> QuerySet[Action]:
    running = Q(status__in=OPEN_STATUSES) | Q(status_since__gte=since)
    return Action.objects.filter(running, accepted_at__lt=until).order_by()


def _granted(since: datetime, until: datetime) -> QuerySet[Request]:
    return Request.objects.filter(
        state=RequestState.GRANTED, answered_at__gte=since, answered_at__lt=until
    ).order_by()


def _acts(rows: Collection[tuple[Any, Any, Any, Any]]) -> Iterator[Act]:
    served = _gathered(StrategyTarget.objects.values_list("strategy", "source"))
    units = {unit for unit, *_rest in rows}
    teams = _gathered(UnitTeam.objects.filter(unit__in=units).values_list("unit", "team"))
    for unit, strategy, source, action in rows:
        sources = served.get(strategy, frozenset()) | ({source} if source else set())
        yield Act(teams.get(unit, frozenset()), frozenset(sources), action)


def _gathered(rows: Iterable[tuple[Any, Any]]) -> Mapping[Any, frozenset[Any]]:
    found: dict[Any, set[Any]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}
