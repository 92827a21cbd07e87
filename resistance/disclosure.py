"""The gate: decides what of an assessment may be shown, and computes nothing that may not.

The only place where a count of answers is compared with a threshold (with its parts: `partition`
and `family` for the units, `audit` for what values reveal together, `indices` for the sources).
Pure: answers in, `Protected` out; no clock, no randomness, and no dependence on the order of
ballots. The rules and their reasons are in docs/disclosure.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from resistance.audit import SCALE
from resistance.bands import band, exactly
from resistance.family import Family, build_family
from resistance.indices import (
    columns_of,
    results_of,
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
from resistance.settling import Settling, counted
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
from resistance.sides import Ints

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
    def settled(self) -> Settling:
        counts, complete, visible = counted(
            self.family, self.items, self.answers, self.leaf, self.thresholds.score
        )
        table = tabulate(self.family, self.answers, self.items, self.leaf, self.thresholds.score)
        return Settling(
            self.family, self.items, self.thresholds, self.before, table, counts, complete, visible
        )

    @cached_property
    def ballots(self) -> Ints:
        total = np.bincount(self.leaf, minlength=len(self.family.places))
        for unit in range(len(total) - 1, 0, -1):
            total[self.family.parent[unit]] += total[unit]
        return np.asarray(total, dtype=np.int64)

    def _item_results(self) -> list[dict[str, ItemResult]]:
        settled = self.settled
        totals = (settled.counts @ SCALE).tolist()
        cells, seen = settled.counts.tolist(), settled.visible.tolist()
        exact, banded = settled.exact.tolist(), settled.banded.tolist()
        as_before = (settled.unsteady | settled.withheld).tolist()
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
        settled, table = self.settled, self.settled.table
        parts = [columns_of(self.items, source) for source in sources]
        enough = np.stack([settled.visible[:, part].all(axis=1) for part in parts], axis=1)
        few = ~(enough & table.visible)
        return results_of(table, settled.levels, few, sources, self.thresholds)

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
