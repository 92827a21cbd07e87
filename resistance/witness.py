"""The last word of the gate: for every cell that is nearly of one mind, another company that
would have been shown in the same way.

Somebody can be sure of a colleague's side only where all others of the cell stand on one side. If
more is counted out around it, one answer must then be exchangeable for one from a neighbour so
that everything shown stays true. Where no such exchange is found, the cell shows neither band nor
index, so that not even who knows these rules learns on which side it stands; then values around
it are taken back until there is one. (With nothing counted out around, the audits are exact.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from resistance.sides import SIDES, STEPS, Flags, Ints

ODD_ONES = 1  # answers on another side, which may all be insiders' own
TRIED = 60  # cells that are looked at for somebody to exchange answers with


@dataclass(eq=False)
class Shown:
    """What is shown, and what it rests on; arrays are (units, items) or (units, sources).

    `counts`: all answers; `complete`: those of people who answered all statements of the source.
    `region`: the nearest unit at or above that is counted out, else -1. `steps` lies between
    `low` and `high` where `band` holds, `total` between `least` and `most` where `index` does.
    `shift`: what one step of resistance moves a total by; `band` and `index` are changed.
    """

    parent: Sequence[int]
    is_cell: Flags
    region: Ints
    counts: Ints
    complete: Ints
    steps: Ints
    low: Ints
    high: Ints
    band: Flags
    source_of: Sequence[int]
    is_asset: Sequence[bool]
    total: Ints
    least: Ints
    most: Ints
    index: Flags
    shift: Sequence[int]
    near: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def settle(self) -> None:
        for unit, column in self._nearly_of_one_mind():
            while not self._has_witness(unit, column) and self._take_back(unit, column):
                pass

    def _nearly_of_one_mind(self) -> Iterator[tuple[int, int]]:
        n = self.counts.sum(axis=2)
        sides = np.stack([self.counts[..., list(side)].sum(axis=-1) for side in SIDES])
        found = (n > 0) & (n - sides.max(axis=0) <= ODD_ONES) & self.is_cell[:, None]
        found &= self.region >= 0
        for unit, column in zip(*np.nonzero(found), strict=True):
            yield int(unit), int(column)

    def _has_witness(self, unit: int, column: int) -> bool:
        return any(
            self._can_move(unit, column, own, other) for own, other in self._exchanges(unit, column)
        )

    def _exchanges(self, unit: int, column: int) -> Iterator[tuple[int, int]]:
        """Answers of the biggest side, and those of other sides, in steps."""
        counts = self.counts[unit, column]
        biggest = max(SIDES, key=lambda side: int(counts[list(side)].sum()))
        for own in biggest:
            if self.complete[unit, column, own]:
                yield from ((own, other) for other in STEPS if other not in biggest)

    def _can_move(self, unit: int, column: int, own: int, other: int) -> bool:
        path = self._path(unit, column)
        for partner in self._partners(unit, column, other):
            theirs = self._path(partner, column)
            mine = [step for step in path if step not in theirs]
            theirs = [step for step in theirs if step not in path]
            if self._fit(mine, column, other - own) and self._fit(theirs, column, own - other):
                return True
        return False

    def _path(self, unit: int, column: int) -> list[int]:
        """From the unit up to what is counted out around it, without that."""
        path, top = [], int(self.region[unit, column])
        while unit >= 0 and unit != top:
            path.append(unit)
            unit = self.parent[unit]
        return path

    def _partners(self, unit: int, column: int, answer: int) -> list[int]:
        """Other cells in the same surroundings where somebody gave that answer."""
        key = int(self.region[unit, column]), column
        if key not in self.near:
            around = self.is_cell & (self.region[:, column] == key[0])
            self.near[key] = np.flatnonzero(around).tolist()
        found = (
            cell for cell in self.near[key] if cell != unit and self.complete[cell, column, answer]
        )
        return [cell for cell, _ in zip(found, range(TRIED), strict=False)]

    def _fit(self, units: Sequence[int], column: int, change: int) -> bool:
        source = self.source_of[column]
        moved = -change if self.is_asset[column] else change
        for unit in units:
            steps = self.steps[unit, column] + change
            if self.band[unit, column] and not (
                self.low[unit, column] <= steps <= self.high[unit, column]
            ):
                return False
            if source >= 0 and self.index[unit, source]:
                total = self.total[unit, source] + moved * self.shift[source]
                if not self.least[unit, source] <= total <= self.most[unit, source]:
                    return False
        return True

    def _take_back(self, unit: int, column: int) -> bool:
        """What the cell shows, then what is shown around it and of its neighbours."""
        units = self._path(unit, column)
        for _, other in self._exchanges(unit, column):
            for partner in self._partners(unit, column, other)[:1]:
                units += self._path(partner, column)
        return any(self._hide(found, column) for found in units)

    def _hide(self, unit: int, column: int) -> bool:
        source = self.source_of[column]
        was_shown = bool(self.band[unit, column])
        self.band[unit, column] = False
        if source >= 0:
            was_shown |= bool(self.index[unit, source])
            self.index[unit, source] = False
        return was_shown
