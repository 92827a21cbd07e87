"""Whom a re-pulse would ask: the units that acted, and a comparison sample that did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count

from accounts.models import Person, User
from plans.acts import Acts, read_acts
from plans.repulses import Cell, Due, Ground, read_due
from surveys.groups import PlannedGroup, TooFewPeople, group_teams
from surveys.pauses import Load, heaviest, load_of

#: with fewer, the trend of teams that did not act is mostly too uncertain to say anything
COMPARISON_UNITS = 8
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class AskedUnit:
    """`actions` is empty for a unit of the comparison sample."""

    name: str
    teams: frozenset[int]
    people: int
    load: Load
    actions: Sequence[str] = ()


@dataclass(frozen=True)
class Proposal:
    """`groups` is what would be collected together today; empty when there are too few people."""

    due: Due
    acting: Sequence[AskedUnit]
    comparison: Sequence[AskedUnit]
    groups: Sequence[PlannedGroup]

    @property
    def units(self) -> list[AskedUnit]:
        return [*self.acting, *self.comparison]

    @property
    def teams(self) -> list[int]:
        return sorted(team for unit in self.units for team in unit.teams)

    @property
    def people(self) -> int:
        return sum(unit.people for unit in self.units)

    @property
    def has_comparison(self) -> bool:
        return len(self.comparison) >= COMPARISON_UNITS

    @property
    def merged(self) -> list[str]:
        """Units that are counted with another now, because too few of their people are left."""
        alone = {unit.teams for unit in self.units}
        return [group.name for group in self.groups if frozenset(group.teams) not in alone]


def read_proposal(user: User, *, follows: UUID, source: str, now: datetime) -> Proposal | None:
    """None if nothing is due or coming there for this user; a constant number of queries."""
    found = read_due(user, follows=follows, source=source, now=now)
    if found is None:
        return None
    due, ground = found
    closed_at = due.follows.closed_at or now
    rest = _untouched(ground, due, read_acts(since=closed_at, until=now))
    cells = [entry.cell for entry in due.acting]
    people = _people(cells + rest)
    load = load_of({team for cell in cells + rest for team in cell.teams}, now=now)
    units = {cell: _unit(cell, people, load) for cell in cells + rest}
    enough = [cell for cell in rest if units[cell].people >= due.follows.min_invited]
    longest_ago = sorted(enough, key=lambda cell: (units[cell].load.last or NEVER, cell.position))
    sample = sorted(longest_ago[:COMPARISON_UNITS], key=lambda cell: cell.position)
    acting = [_unit(entry.cell, people, load, entry.actions) for entry in due.acting]
    comparison = [units[cell] for cell in sample]
    return Proposal(due, acting, comparison, _groups(due, acting + comparison))


def _untouched(ground: Ground, due: Due, acts: Acts) -> list[Cell]:
    """Cells with a value from before where nothing was done about the source, by anybody, and
    whose people may be asked now."""
    key = due.source.pk
    return [
        cell
        for cell in ground.cells[due.follows.pk]
        if ground.has_value(cell, due.follows.pk, key)
        and not any(key in act.sources for act in acts.in_teams(cell.teams))
        and not ground.is_busy(cell)
        and ground.free_from(cell) is None
    ]


def _people(cells: Iterable[Cell]) -> Mapping[int, int]:
    teams = {team for cell in cells for team in cell.teams}
    rows = Person.objects.active().order_by().filter(team__in=teams)
    return dict(rows.values_list("team").annotate(Count("pk")))


def _unit(
    cell: Cell,
    people: Mapping[int, int],
    load: Mapping[int, Load],
    actions: Sequence[str] = (),
) -> AskedUnit:
    return AskedUnit(
        name=cell.name,
        teams=cell.teams,
        people=sum(people.get(team, 0) for team in cell.teams),
        load=heaviest(load.get(team, Load()) for team in cell.teams),
        actions=actions,
    )


def _groups(due: Due, units: Sequence[AskedUnit]) -> Sequence[PlannedGroup]:
    asked = {team for unit in units for team in unit.teams}
    try:
        together = [unit.teams for unit in units]
        return group_teams(asked, due.follows.min_invited, together).groups
    except TooFewPeople:
        return ()
