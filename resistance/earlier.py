"""What earlier assessments of overlapping people forbid now.

Pure: who was reported together before, as numbers of people; what a unit may show now comes out.
The reasons are in docs/disclosure.md.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from resistance.shown import UNTOUCHED, Before, Index, Reading
from resistance.sides import SIDES

FEW_CHANGED = 20
"""So many invited people must have joined, or none, and so many have left, or none, before a
unit is counted out again; else the difference of the two counts is about too few."""

Counts = Sequence[int]
Name = TypeVar("Name", bound=Hashable)


def fewest_outside(counted: Mapping[str, Sequence[Counts]]) -> dict[str, int]:
    """By source, from the counts of its statements: the fewest outside the biggest side."""
    return {
        source: min(sum(c) - max(sum(c[step] for step in side) for side in SIDES) for c in counts)
        for source, counts in counted.items()
    }


@dataclass(frozen=True)
class EarlierUnit:
    """A unit that was reported before on some of the same statements. `wave`: its assessment;
    `items` and `sources`: what was withheld then because it would have revealed somebody;
    `shown`: the indices that were shown, by source; `outside`: where statements of a source
    were counted out, the fewest answers outside a biggest side."""

    wave: Hashable
    invited: int
    is_cell: bool
    items: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    shown: Mapping[str, Index] = field(default_factory=dict)
    outside: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Overlap(Generic[Name]):
    """Earlier units, and how many of the people invited now each of them holds."""

    invited: int
    shared: Mapping[Name, int]
    units: Mapping[Name, EarlierUnit]

    def before(self) -> Before:
        if not self.shared:
            return UNTOUCHED
        names = [name for name in self.shared if self._is_nearly_the_same(name)]
        alike = [self.units[name] for name in names]
        return Before(
            is_changed=any(self._is_changed_since(wave) for wave in self._waves()),
            items=frozenset[str]().union(*(unit.items for unit in alike)),
            sources=frozenset[str]().union(*(unit.sources for unit in alike)),
            readings=self._readings(names),
        )

    def _readings(self, names: Iterable[Name]) -> dict[str, tuple[Reading, ...]]:
        found: dict[str, tuple[Reading, ...]] = {}
        for name in names:
            unit, both = self.units[name], self.shared[name]
            gone, come = unit.invited - both, self.invited - both
            for source, index in unit.shown.items():
                reading = Reading(index.n, *index.range, gone, come, unit.outside.get(source))
                found[source] = (*found.get(source, ()), reading)
        return found

    def _waves(self) -> set[Hashable]:
        return {self.units[name].wave for name in self.shared}

    def _is_nearly_the_same(self, name: Name) -> bool:
        both, larger = self.shared[name], max(self.invited, self.units[name].invited)
        return 2 * both > larger and larger - both < FEW_CHANGED

    def _is_changed_since(self, wave: Hashable) -> bool:
        """Compared with all cells of that assessment that hold some of the people, and with
        those that are for the most part in here."""
        held = [
            (both, self.units[name].invited)
            for name, both in self.shared.items()
            if self.units[name].wave == wave and self.units[name].is_cell
        ]
        mostly = [(both, invited) for both, invited in held if 2 * both > invited]
        return any(self._differs_by_few(cells) for cells in (held, mostly) if cells)

    def _differs_by_few(self, cells: Iterable[tuple[int, int]]) -> bool:
        only_now, only_before = self.invited, 0
        for both, invited in cells:
            only_now -= both
            only_before += invited - both
        return 0 < only_now < FEW_CHANGED or 0 < only_before < FEW_CHANGED
