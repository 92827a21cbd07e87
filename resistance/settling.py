"""What of the statements and indices is shown, decided for all units at once, in this order:
what is counted out, bands, indices, and the last look of `resistance.witness`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from resistance.audit import (
    SCALE,
    ExactLayer,
    IntervalAudit,
    Openness,
    Ranges,
    keep_exact,
    openness_of_items,
)
from resistance.bands import band_range, is_steady
from resistance.differences import may_follow
from resistance.family import Family, gather
from resistance.indices import (
    HIDDEN,
    POINTS_PER_ANSWER,
    ROUNDED,
    WHOLE,
    IndexTable,
    ItemKnowledge,
    at_level,
    columns_of,
    settle_indices,
    sources_of,
)
from resistance.shown import Answers, Before, Item, Thresholds
from resistance.sides import Flags, Ints, extreme_sums, is_mixed
from resistance.witness import Shown

NO_SOURCE = -1


def counted(
    family: Family, items: Sequence[Item], answers: Answers, leaf: Ints, minimum: int
) -> tuple[Ints, Ints, Flags]:
    """Answers per unit, item and value; those of people who answered all of an item's source;
    and which units an item may be reported for. `leaf`: the cell of each ballot."""
    columns = [
        columns_of(items, item.source) if item.source else [column]
        for column, item in enumerate(items)
    ]
    cells, complete = (
        np.zeros((len(family.places), len(items), len(SCALE)), dtype=np.int64) for _ in range(2)
    )
    for column, together in enumerate(columns):
        given = answers.values[:, column].astype(np.int64)
        cells[:, column] = _count(leaf, given, len(cells))
        is_complete = (answers.values[:, together] > 0).all(axis=1)
        complete[:, column] = _count(leaf, np.where(is_complete, given, 0), len(cells))
    n = cells.sum(axis=2)
    both, visible = gather(family, n, np.concatenate([cells, complete], axis=2), minimum)
    return both[..., : len(SCALE)], both[..., len(SCALE) :], visible


def _count(leaf: Ints, given: Ints, units: int) -> Ints:
    found = np.bincount(leaf * (len(SCALE) + 1) + given, minlength=units * (len(SCALE) + 1))
    return found.reshape(-1, len(SCALE) + 1)[:, 1:]


@dataclass
class Settling:
    """Arrays are (units, items), (units, items, 5) or (units, sources). `counts`, `complete` and
    `visible` come from `counted`."""

    family: Family
    items: Sequence[Item]
    thresholds: Thresholds
    before: Sequence[Before]
    table: IndexTable
    counts: Ints
    complete: Ints
    visible: Flags

    @cached_property
    def is_changed(self) -> Flags:
        """Units of almost the same people as before, as a column."""
        return np.array([[before.is_changed] for before in self.before])

    @cached_property
    def withheld(self) -> Flags:
        return np.array(
            [[item.key in before.items for item in self.items] for before in self.before],
            dtype=np.bool_,
        ).reshape(len(self.before), len(self.items))

    @cached_property
    def layer(self) -> ExactLayer:
        counts, visible = self.counts, self.visible
        many = counts.sum(axis=2) >= self.thresholds.exact
        candidates = visible & many & is_mixed(counts, self.thresholds.exact)
        return keep_exact(
            self.family.parent,
            counts,
            candidates & ~self.is_changed & ~self.withheld,
            self.thresholds.score,
            self.thresholds.exact,
        )

    @property
    def exact(self) -> Flags:
        return self.layer.shown

    @cached_property
    def openness(self) -> Openness:
        return openness_of_items(self.counts, self.layer)

    @cached_property
    def bands(self) -> IntervalAudit:
        """The settled audit of all items; a level of 1 is a band that is shown."""
        counts, visible = self.counts, self.visible
        n, total = counts.sum(axis=2), counts @ SCALE
        least, most = self._without_bands()
        low, high = band_range(n, total)
        low = np.stack([least, np.where(self.exact, least, np.maximum(low, least))])
        high = np.stack([most, np.where(self.exact, most, np.minimum(high, most))])
        banded = visible & ~self.exact & ~self.unsteady & ~self.withheld
        is_cell = np.array([place.is_cell for place in self.family.places])[:, None]
        ranges = Ranges(
            cap=4 * n,
            low=np.where(banded, low[1], low[0]),
            high=np.where(banded, high[1], high[0]),
            level=banded.astype(np.int64),
            pinned=self.exact,
            checked=(n > 0) & (visible | is_cell) & ~self.exact,
        )
        audit = IntervalAudit(
            self.family.parent,
            self.family.end,
            ranges,
            openness=self.openness,
            low_at=low,
            high_at=high,
        )
        audit.run()
        return audit

    @cached_property
    def unsteady(self) -> Flags:
        """Bands of almost the same people as before that one of them might have moved."""
        counts = self.counts
        return self.is_changed & ~is_steady(counts.sum(axis=2), counts @ SCALE)

    def _without_bands(self) -> tuple[Ints, Ints]:
        """What the histograms alone tell about each unit's sum of steps."""
        counts = self.counts
        n, known = counts.sum(axis=2), self.layer.drawn_from
        least, most = extreme_sums(known, self.openness.free)
        is_drawn, fixed = known.any(axis=2), self.openness.fixed
        least = np.where(is_drawn, fixed + least, fixed)
        most = np.where(is_drawn, fixed + most, fixed + 4 * self.openness.free)
        steps = (counts @ SCALE) - n
        return np.where(self.exact, steps, least), np.where(self.exact, steps, most)

    @property
    def banded(self) -> Flags:
        return self._witnessed.band

    @property
    def levels(self) -> Ints:
        """Of each index."""
        return np.where(self._witnessed.index, self._audited, HIDDEN)

    @cached_property
    def _witnessed(self) -> Shown:
        n, levels = self.counts.sum(axis=2), self._audited
        low, high = band_range(n, self.counts @ SCALE)
        least, most = self.table.ranges
        sources = sources_of(self.items)
        shown = Shown(
            parent=self.family.parent,
            is_cell=self._is_cell,
            region=self.bands.region,
            counts=self.counts,
            complete=self.complete,
            steps=(self.counts @ SCALE) - n,
            low=low,
            high=high,
            band=self.bands.ranges.level > 0,
            source_of=[
                sources.index(item.source) if item.source else NO_SOURCE for item in self.items
            ],
            is_asset=[item.is_asset for item in self.items],
            total=self.table.total,
            least=at_level(least, levels),
            most=at_level(most, levels),
            index=levels > HIDDEN,
            shift=[
                POINTS_PER_ANSWER * int(fineness) // len(columns_of(self.items, source))
                for source, fineness in zip(sources, self.table.fineness, strict=True)
            ],
        )
        shown.settle()
        return shown

    @cached_property
    def _is_cell(self) -> Flags:
        return np.array([place.is_cell for place in self.family.places])

    @cached_property
    def _audited(self) -> Ints:
        """The level of each index after the audits."""
        parts = [columns_of(self.items, source) for source in sources_of(self.items)]
        if not parts:
            return np.zeros((len(self.counts), 0), dtype=np.int64)
        shown = self.exact | self.unsteady & ~self.withheld | (self.bands.ranges.level > 0)
        all_shown = np.stack([shown[:, part].all(axis=1) for part in parts], axis=1)
        all_exact = np.stack([self.exact[:, part].all(axis=1) for part in parts], axis=1)
        is_many = self.table.n >= self.thresholds.exact
        finest = np.where(all_exact & is_many, WHOLE, ROUNDED)
        may_show = all_shown & self.table.visible & ~self._held_back()
        low, high = self.bands.known()
        known = ItemKnowledge(low, high, self.bands.ranges, self.openness)
        finest = np.where(may_show, finest, HIDDEN)
        return settle_indices(self.family, self.table, finest, self.items, known)

    def _held_back(self) -> Flags:
        """Indices that would tell too much beside what was shown before."""
        table, sources = self.table, sources_of(self.items)
        statements = [len(columns_of(self.items, source)) for source in sources]
        low, high = (part[ROUNDED] / table.fineness for part in table.ranges)
        found = np.zeros(table.n.shape, dtype=np.bool_)
        for unit, before in enumerate(self.before):
            for place, source in enumerate(sources):
                n, span = int(table.n[unit, place]), (low[unit, place], high[unit, place])
                total = table.total[unit, place] / table.fineness[place]
                found[unit, place] = source in before.sources or not may_follow(
                    before, source, n=n, total=total, span=span, statements=statements[place]
                )
        return found
