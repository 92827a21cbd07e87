"""The gate: decides what of an assessment may be shown, and computes nothing that may not.

The only place where a count of answers is compared with a threshold (with its parts: `partition`
and `family` for the units, `audit` for what values reveal together, `indices` for the sources).
Pure: answers in, `Protected` out; no clock, no randomness, and no dependence on the order of
ballots. The rules and their reasons are in docs/disclosure.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

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
from resistance.family import Family, build_family, gather
from resistance.indices import (
    HIDDEN,
    ROUNDED,
    WHOLE,
    ItemKnowledge,
    columns_of,
    results_of,
    settle_indices,
    sources_of,
    tabulate,
)
from resistance.partition import (
    Node,
    Outline,
    hang_groups,
    merge_groups,
    outline,
    partition,
)
from resistance.pooling import pooled
from resistance.shown import (
    UNTOUCHED,
    Answers,
    Band,
    Before,
    Exact,
    Index,
    Item,
    ItemResult,
    Pooled,
    PooledSource,
    Protected,
    Reason,
    SourceResult,
    Suppressed,
    Thresholds,
    UnitResult,
)
from resistance.sides import Flags, Ints, extreme_sums, is_mixed

__all__ = [
    "Answers",
    "Band",
    "Before",
    "Exact",
    "Index",
    "Item",
    "ItemResult",
    "Node",
    "Pooled",
    "PooledSource",
    "Protected",
    "Reason",
    "SourceResult",
    "Suppressed",
    "Thresholds",
    "UnitResult",
    "hang_groups",
    "merge_groups",
    "pooled",
    "protect",
]

STEADY = 2  # from a side to the next one: what one person's answer may be mistaken by
BandValue = Literal["low", "mixed", "high"]
NOTHING = Protected((), {}, {}, {})


def never(groups: frozenset[int]) -> Before:
    """No unit was reported before on the same statements."""
    return UNTOUCHED


def protect(
    tree: Node,
    items: Sequence[Item],
    answers: Answers,
    thresholds: Thresholds,
    *,
    before: Callable[[frozenset[int]], Before] = never,
) -> Protected:
    """Everything that may be shown of an assessment.

    `tree`: the organisation with its groups, as frozen at opening. `before` says of a unit's
    groups how their people were reported earlier on the same statements. Raises ValueError for
    answers that do not fit the tree or the items.
    """
    flat = outline(tree)
    _refuse_misfits(flat, items, answers)
    numbers, ballots = np.unique(answers.group, return_counts=True)
    family = build_family(
        flat, dict(zip(numbers.tolist(), ballots.tolist(), strict=True)), thresholds.score
    )
    if not family.places:
        return NOTHING
    earlier = [before(place.groups) for place in family.places]
    return _Gate(family, items, answers, thresholds, earlier).protected()


def _refuse_misfits(flat: Outline, items: Sequence[Item], answers: Answers) -> None:
    if not flat.nodes[0].whole:
        raise ValueError("the organisation as a whole must be whole")
    if answers.values.shape != (len(answers.group), len(items)):
        raise ValueError("one row per ballot and one column per item")
    if answers.values.size and int(answers.values.max()) > len(SCALE):
        raise ValueError("an answer is 1 to 5, or 0 for none")
    known = {group for node in flat.nodes for group in node.groups}
    if not known.issuperset(np.unique(answers.group).tolist()):
        raise ValueError("a ballot of a group that is not in the tree")


@dataclass
class _Gate:
    family: Family
    items: Sequence[Item]
    answers: Answers
    thresholds: Thresholds
    before: Sequence[Before]

    def protected(self) -> Protected:
        keys = [place.key for place in self.family.places]
        comments = self._comment_units()
        by_unit = self._item_results()
        sources = self._source_results()
        units = tuple(
            self._unit(unit, by_unit[unit], sources[unit], comments) for unit in range(len(keys))
        )
        return Protected(
            units,
            {group: keys[unit] for group, unit in self.family.unit_of_group.items()},
            {node: keys[unit] for node, unit in self.family.unit_of_node.items()},
            {
                group: keys[comments[leaf]]
                for group, leaf in sorted(self.family.leaf_of_group.items())
                if leaf in comments
            },
        )

    def _unit(
        self,
        unit: int,
        items: dict[str, ItemResult],
        sources: dict[str, SourceResult],
        comments: dict[int, int],
    ) -> UnitResult:
        place = self.family.places[unit]
        n = int(self.ballots[unit])
        return UnitResult(
            key=place.key,
            node=place.node,
            at=place.at,
            groups=place.groups,
            parent=self.family.places[place.parent].key if place.parent >= 0 else None,
            is_cell=place.is_cell,
            n=n if n >= self.thresholds.exact else None,
            items=items,
            sources=sources,
            comments_here=unit in comments.values(),
        )

    @cached_property
    def leaf(self) -> Ints:
        """The cell of each ballot, by its position in the family."""
        numbers, inverse = np.unique(self.answers.group, return_inverse=True)
        cells = np.array([self.family.leaf_of_group[int(number)] for number in numbers])
        return np.asarray(cells[inverse], dtype=np.int64)

    @cached_property
    def ballots(self) -> Ints:
        total = np.bincount(self.leaf, minlength=len(self.family.places))
        for unit in range(len(total) - 1, 0, -1):
            total[self.family.parent[unit]] += total[unit]
        return np.asarray(total, dtype=np.int64)

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
    def counted(self) -> tuple[Ints, Flags]:
        """Answers per unit, item and value, and which units an item may be reported for."""
        cells = np.zeros((len(self.family.places), len(self.items), len(SCALE)), dtype=np.int64)
        for column in range(len(self.items)):
            slot = self.leaf * (len(SCALE) + 1) + self.answers.values[:, column]
            found = np.bincount(slot, minlength=len(cells) * (len(SCALE) + 1))
            cells[:, column] = found.reshape(-1, len(SCALE) + 1)[:, 1:]
        return gather(self.family, cells.sum(axis=2), cells, self.thresholds.score)

    @cached_property
    def layer(self) -> ExactLayer:
        counts, visible = self.counted
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
        return openness_of_items(self.counted[0], self.layer)

    @cached_property
    def bands(self) -> IntervalAudit:
        """The settled audit of all items; a level of 1 is a band that is shown."""
        counts, visible = self.counted
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
        counts, _ = self.counted
        return self.is_changed & ~is_steady(counts.sum(axis=2), counts @ SCALE)

    def _without_bands(self) -> tuple[Ints, Ints]:
        """What the histograms alone tell about each unit's sum of steps."""
        counts, _ = self.counted
        n, known = counts.sum(axis=2), self.layer.drawn_from
        least, most = extreme_sums(known, self.openness.free)
        is_drawn, fixed = known.any(axis=2), self.openness.fixed
        least = np.where(is_drawn, fixed + least, fixed)
        most = np.where(is_drawn, fixed + most, fixed + 4 * self.openness.free)
        steps = (counts @ SCALE) - n
        return np.where(self.exact, steps, least), np.where(self.exact, steps, most)

    def _item_results(self) -> list[dict[str, ItemResult]]:
        counts, visible = self.counted
        totals = (counts @ SCALE).tolist()
        cells, seen = counts.tolist(), visible.tolist()
        exact, banded = self.exact.tolist(), (self.bands.ranges.level > 0).tolist()
        as_before = (self.unsteady | self.withheld).tolist()
        results: list[dict[str, ItemResult]] = []
        for unit in range(len(self.family.places)):
            found: dict[str, ItemResult] = {}
            for column, item in enumerate(self.items):
                if exact[unit][column]:
                    found[item.key] = exactly(cells[unit][column], totals[unit][column])
                elif banded[unit][column]:
                    n = sum(cells[unit][column])
                    found[item.key] = Band(band(n, totals[unit][column]), self._why_band(unit, n))
                elif seen[unit][column] and as_before[unit][column]:
                    found[item.key] = Suppressed(Reason.EARLIER)
                else:
                    found[item.key] = HIDE[seen[unit][column]]
            results.append(found)
        return results

    def _why_band(self, unit: int, n: int) -> Reason:
        if n < self.thresholds.exact:
            return Reason.FEW
        return Reason.EARLIER if self.before[unit].is_changed else Reason.ALIKE

    def _source_results(self) -> list[dict[str, SourceResult]]:
        sources = sources_of(self.items)
        if not sources:
            return [{} for _ in self.family.places]
        table = tabulate(self.family, self.answers, self.items, self.leaf, self.thresholds.score)
        withheld = np.array([[key in before.sources for key in sources] for before in self.before])
        shown = self.exact | self.unsteady & ~self.withheld | (self.bands.ranges.level > 0)
        parts = [columns_of(self.items, source) for source in sources]
        all_shown = np.stack([shown[:, part].all(axis=1) for part in parts], axis=1)
        enough = np.stack([self.counted[1][:, part].all(axis=1) for part in parts], axis=1)
        all_exact = np.stack([self.exact[:, part].all(axis=1) for part in parts], axis=1)
        is_many = table.n >= self.thresholds.exact
        finest = np.where(all_exact & is_many, WHOLE, ROUNDED)
        levels = settle_indices(
            self.family,
            table,
            np.where(all_shown & table.visible & ~withheld, finest, HIDDEN),
            self.items,
            self._item_knowledge(),
        )
        return results_of(table, levels, ~(enough & table.visible), sources, self.thresholds)

    def _item_knowledge(self) -> ItemKnowledge:
        low, high = self.bands.known()
        ranges = self.bands.ranges
        return ItemKnowledge(low, high, ranges, self.openness)

    def _comment_units(self) -> dict[int, int]:
        """Cell -> the unit at which its comments are released: the smallest that holds all cells
        of its part of a partition by the comment threshold."""
        cells = {u: (u,) for u, place in enumerate(self.family.places) if place.is_cell}
        parent = self.family.parent
        sizes = [int(n) if u in cells else 0 for u, n in enumerate(self.ballots)]
        made = partition(parent, [True] * len(parent), cells, sizes, self.thresholds.comment)
        return {
            cell: home for part, home in zip(made.cells, made.home, strict=True) for cell in part
        }


HIDE = {True: Suppressed(Reason.REVEALING), False: Suppressed(Reason.FEW)}


def band(n: int, total: int) -> BandValue:
    if 2 * total < 5 * n:
        return "low"
    return "mixed" if 2 * total <= 7 * n else "high"


def band_range(n: Ints, total: Ints) -> tuple[Ints, Ints]:
    """What a band tells about the sum of n answers, counted from the lowest possible sum."""
    is_low, is_high = 2 * total < 5 * n, 2 * total > 7 * n
    low = np.where(is_low, 0, np.where(is_high, 7 * n // 2 + 1 - n, -(-5 * n // 2) - n))
    high = np.where(is_low, -(-5 * n // 2) - 1 - n, np.where(is_high, 4 * n, 7 * n // 2 - n))
    return low, high


def is_steady(n: Ints, total: Ints) -> Flags:
    """Whether the band of n answers stays the same if their sum moves by `STEADY` either way."""
    kinds = [
        np.where(2 * moved < 5 * n, 0, np.where(2 * moved <= 7 * n, 1, 2))
        for moved in (total - STEADY, total + STEADY)
    ]
    return np.asarray(kinds[0] == kinds[1])


def exactly(counts: list[int], total: int) -> Exact:
    n = sum(counts)
    one, two, three, four, five = counts
    return Exact(n, (20 * total + n) // (2 * n) / 10, (one, two, three, four, five))
