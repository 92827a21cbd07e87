"""What is known of teams before they are asked again: how they were reported, what was hidden, who
asked them since. Read once for all actions that one page is about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from plans.models import Action
from surveys.models import (
    GIVEN_UP,
    AssessmentKind,
    MemberTeam,
    SourceFinding,
    UnitTeam,
    Visibility,
)
from surveys.pauses import left_alone, pauses_before

#: findings older than this are not held against new ones
OLDEST = timedelta(days=548)


@dataclass(frozen=True)
class Cell:
    """Teams that were reported together and would be asked again together."""

    unit: UUID
    name: str
    position: int
    teams: frozenset[int]


class Asked(NamedTuple):
    """That a team was asked, or is being asked, and by what."""

    team: int
    is_collecting: bool
    kind: str
    follows: UUID | None
    source: str | None
    name_en: str
    name_de: str
    opens_at: datetime
    closed_at: datetime | None
    failure: str


class _Link(NamedTuple):
    """A team in a unit."""

    unit: UUID
    team: int
    is_cell: bool
    assessment: UUID
    name: str
    position: int


@dataclass(frozen=True)
class Ground:
    """What is known of the teams that `read_ground` was asked about; read once."""

    cells: Mapping[UUID, Sequence[Cell]]
    teams_of_unit: Mapping[UUID, frozenset[int]]
    hidden: frozenset[tuple[UUID, str]]
    asked: Mapping[int, Sequence[Asked]]
    free: Mapping[int, datetime]

    @cached_property
    def cell_of_team(self) -> Mapping[tuple[UUID, int], Cell]:
        return {
            (assessment, team): cell
            for assessment, cells in self.cells.items()
            for cell in cells
            for team in cell.teams
        }

    def cells_within(self, assessment: UUID, teams: Collection[int]) -> set[Cell]:
        found = {self.cell_of_team.get((assessment, team)) for team in teams}
        return {cell for cell in found if cell and cell.teams.issubset(teams)}

    def has_value(self, cell: Cell, source: str) -> bool:
        """Something was shown that a new value can be held against; `source` was asked about."""
        return (cell.unit, source) not in self.hidden

    def is_busy(self, cell: Cell) -> bool:
        return any(row.is_collecting for team in cell.teams for row in self.asked.get(team, ()))

    def free_from(self, cell: Cell) -> datetime | None:
        """When its people may be asked again, where that lies ahead."""
        return max((self.free[t] for t in cell.teams if t in self.free), default=None)


def read_ground(user: User, actions: Iterable[Action], *, now: datetime) -> Ground:
    """The teams of the assessments behind `actions`, as far as `user` may ask them; three
    queries."""
    waves = {action.plan.unit.assessment_id for action in actions}
    units = {action.plan.unit_id for action in actions}
    links = _links(waves, units)
    teams_of_unit = _sets((link.unit, link.team) for link in links)
    sources = {action.source_id for action in actions}
    hidden = SourceFinding.objects.filter(
        unit__assessment__in=waves, source__in=sources, visibility=Visibility.SUPPRESSED
    )
    asked = _asked(now)
    closings = ((row.team, row.kind, row.closed_at) for row in asked)
    return Ground(
        cells=_cells(user, links, teams_of_unit),
        teams_of_unit=teams_of_unit,
        hidden=frozenset(hidden.values_list("unit", "source")),
        asked=_by_team(asked),
        free=left_alone(closings, pauses_before(AssessmentKind.REPULSE), now=now),
    )


def _links(waves: Collection[UUID], units: Collection[UUID]) -> list[_Link]:
    """The teams of all cells of `waves` and of `units`; cells in the order of the organisation."""
    found = UnitTeam.objects.filter(unit__assessment__in=waves)
    found = found.filter(Q(unit__is_cell=True) | Q(unit__in=units)).order_by("unit__position")
    of_unit = ("unit__is_cell", "unit__assessment", "unit__name", "unit__position")
    return [_Link(*row) for row in found.values_list("unit", "team", *of_unit)]


def _cells(
    user: User, links: Iterable[_Link], teams_of_unit: Mapping[UUID, frozenset[int]]
) -> Mapping[UUID, list[Cell]]:
    """By assessment, in the order of `links`; only whole ones that `user` may ask."""
    mine = None if user.is_hr else user.managed_ids
    cells: Mapping[UUID, list[Cell]] = defaultdict(list)
    for link in {link.unit: link for link in links if link.is_cell}.values():
        teams = teams_of_unit[link.unit]
        if mine is None or teams <= mine:
            cells[link.assessment].append(Cell(link.unit, link.name, link.position, teams))
    return cells


def _asked(now: datetime) -> list[Asked]:
    own = ("kind", "follows", "source", "name_en", "name_de", "opens_at", "closed_at", "failure")
    rows = MemberTeam.objects.filter(assessment__opens_at__gt=now - OLDEST)
    of_assessment = [f"assessment__{name}" for name in own]
    return [Asked(*row) for row in rows.values_list("team", "is_collecting", *of_assessment)]


def _by_team(asked: Iterable[Asked]) -> Mapping[int, list[Asked]]:
    """What was given up has asked nobody."""
    found: Mapping[int, list[Asked]] = defaultdict(list)
    for row in asked:
        if row.failure != GIVEN_UP:
            found[row.team].append(row)
    return found


def _sets(rows: Iterable[tuple[Any, Any]]) -> dict[Any, frozenset[Any]]:
    found: dict[Any, set[Any]] = defaultdict(set)
    for key, value in rows:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}
