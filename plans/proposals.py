"""Whom a re-pulse would ask: the units that acted, and a comparison sample that did not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from accounts.models import User
from plans.acts import teams_with_acts
from plans.ground import Cell, Ground
from plans.repulses import Due, read_due
from surveys.groups import Organised, PlannedGroup, TooFewPeople, group_teams, read_teams
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
    """None if nothing is due or coming there for this user; eleven queries, and for a
    manager those after the own teams."""
    found = read_due(user, follows=follows, source=source, now=now)
    if found is None:
        return None
    due, ground = found
    closed_at = due.follows.closed_at or now
    rest = _untouched(ground, due, teams_with_acts(source, since=closed_at, until=now))
    cells = [entry.cell for entry in due.acting]
    known = read_teams()
    load = load_of({team for cell in cells + rest for team in cell.teams}, now=now)
    units = {cell: _unit(cell, known, load) for cell in cells + rest}
    enough = [cell for cell in rest if units[cell].people >= due.follows.min_invited]
    longest_ago = sorted(enough, key=lambda cell: (units[cell].load.last or NEVER, cell.position))
    sample = sorted(longest_ago[:COMPARISON_UNITS], key=lambda cell: cell.position)
    acting = [_unit(entry.cell, known, load, entry.actions) for entry in due.acting]
    comparison = [units[cell] for cell in sample]
    return Proposal(due, acting, comparison, _groups(known, due, acting + comparison))


def _untouched(ground: Ground, due: Due, acted: Collection[int]) -> list[Cell]:
    """Cells with a value from before where nothing was done about the source, by anybody, and
    whose people may be asked now."""
    return [
        cell
        for cell in ground.cells[due.follows.pk]
        if ground.has_value(cell, due.source.pk)
        and cell.teams.isdisjoint(acted)
        and not ground.is_busy(cell)
        and ground.free_from(cell) is None
    ]


def _unit(
    cell: Cell,
    known: Organised,
    load: Mapping[int, Load],
    actions: Sequence[str] = (),
) -> AskedUnit:
    return AskedUnit(
        name=cell.name,
        teams=cell.teams,
        people=sum(known.people.get(team, 0) for team in cell.teams),
        load=heaviest(load.get(team, Load()) for team in cell.teams),
        actions=actions,
    )


def _groups(known: Organised, due: Due, units: Sequence[AskedUnit]) -> Sequence[PlannedGroup]:
    asked = {team for unit in units for team in unit.teams}
    try:
        together = [unit.teams for unit in units]
        return group_teams(known, asked, due.follows.min_invited, together).groups
    except TooFewPeople:
        return ()
