"""The source indices of the gate: means of person scores in points, whole, rounded or absent.

Person scores are kept as integers in units of 1/`fineness` of a point, so that sums are exact
and do not depend on the order of ballots.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resistance.audit import Flags, IntervalAudit, Ints, Ranges
from resistance.family import Family, gather
from resistance.shown import Answers, Index, Item, Reason, SourceResult, Suppressed, Thresholds

HIDDEN, ROUNDED, WHOLE = 0, 1, 2
STEP = 5  # points between two rounded values
MARGIN_POINTS = 150  # a sum of n scores stays this far from 0 and from 100·n
POINTS_PER_ANSWER = 25


@dataclass(frozen=True)
class PersonScores:
    """One source's score per ballot, in points times `fineness`; -1 where fewer than half of its
    statements were answered."""

    scores: Ints
    fineness: int


def columns_of(items: Sequence[Item], source: str) -> list[int]:
    return [column for column, item in enumerate(items) if item.source == source]


def sources_of(items: Sequence[Item]) -> list[str]:
    """The sources in the order of their first statement."""
    return list(dict.fromkeys(item.source for item in items if item.source is not None))


def resistance_steps(answers: Answers, items: Sequence[Item], columns: Sequence[int]) -> Ints:
    """Answers as 0 to 4 steps of resistance, (ballots, columns); -1 where there is none."""
    values = answers.values[:, list(columns)].astype(np.int64)
    is_asset = np.array([items[column].is_asset for column in columns])
    return np.where(values == 0, -1, np.where(is_asset, 5 - values, values - 1))


def person_scores(answers: Answers, items: Sequence[Item], source: str) -> PersonScores:
    """Mean of the answered statements in points, if at least half of them were answered."""
    steps = resistance_steps(answers, items, columns_of(items, source))
    fineness = math.lcm(*range(1, steps.shape[1] + 1))
    answered = (steps >= 0).sum(axis=1)
    total = np.where(steps >= 0, steps, 0).sum(axis=1) * (POINTS_PER_ANSWER * fineness)
    scores = total // np.maximum(answered, 1)
    return PersonScores(np.where(2 * answered >= max(steps.shape[1], 1), scores, -1), fineness)


def highest_code(n: int) -> int:
    """The multiple of 5 that stands for itself or more, for an index of n answers.

    Above 100 - 150/n an insider who scored 0 would know on which side every colleague is, so no
    rounded value may lie wholly above it: 70 for n = 5, 75 for 6, 80 for 7 and 8, 85 for 9.
    """
    return STEP * ((195 * n - 300) // (10 * n)) + STEP


def code_index(n: int, total: int, fineness: int) -> Index:
    """Round the mean of n scores to a multiple of 5, end-coded. `n` of the result is None."""
    top = highest_code(n)
    value = STEP * ((2 * total + STEP * n * fineness) // (2 * STEP * n * fineness))
    if value >= top:
        return Index(top, None, rounded=True, end=1)
    if value <= 100 - top:
        return Index(100 - top, None, rounded=True, end=-1)
    return Index(value, None, rounded=True)


def whole_index(n: int, total: int, fineness: int) -> Index:
    return Index((2 * total + n * fineness) // (2 * n * fineness), n, rounded=False)


def range_of(index: Index, n: int, fineness: int) -> tuple[int, int]:
    """The sums of n scores for which this index is shown."""
    half = STEP if index.rounded else 1
    low = -(-(2 * index.value - half) * n * fineness // 2)
    high = -(-(2 * index.value + half) * n * fineness // 2) - 1
    cap = 100 * n * fineness
    return (0 if index.end < 0 else max(low, 0), cap if index.end > 0 else min(high, cap))


@dataclass(frozen=True)
class IndexColumn:
    """One source over all units while it is settled."""

    n: Ints
    total: Ints
    fineness: int

    def index(self, unit: int, level: int) -> Index:
        code = whole_index if level == WHOLE else code_index
        return code(int(self.n[unit]), int(self.total[unit]), self.fineness)

    def range(self, unit: int, level: int) -> tuple[int, int]:
        n = int(self.n[unit])
        if level == HIDDEN:
            return 0, 100 * n * self.fineness
        return range_of(self.index(unit, level), n, self.fineness)


def show_indices(
    family: Family,
    scores: PersonScores,
    leaf: Ints,
    allowed: Ints,
    thresholds: Thresholds,
) -> list[SourceResult]:
    """One source's index for every unit. `leaf`: the cell of each ballot, `allowed`: the finest
    level that a unit may have, HIDDEN where one of the source's statements is suppressed."""
    counted, visible = _gather_scores(family, scores, leaf, thresholds.score)
    exact = thresholds.exact
    column = IndexColumn(counted[:, 0], counted[:, 1], scores.fineness)
    levels = np.where(visible, np.where(column.n >= exact, allowed, np.minimum(allowed, 1)), 0)
    settled = _settle(family, column, levels.astype(np.int64))
    return [
        _result(column, unit, int(settled[unit]), bool(visible[unit]), exact)
        for unit in range(len(family.places))
    ]


def _gather_scores(
    family: Family, scores: PersonScores, leaf: Ints, minimum: int
) -> tuple[Ints, Flags]:
    has_score = scores.scores >= 0
    units = len(family.places)
    n = np.bincount(leaf[has_score], minlength=units)
    weights = scores.scores[has_score].astype(np.float64)  # whole numbers: sums are exact
    total = np.bincount(leaf[has_score], weights=weights, minlength=units).astype(np.int64)
    values = np.stack([n, total], axis=1)[:, None, :]
    gathered, visible = gather(family, n[:, None], values, minimum)
    return gathered[:, 0], visible[:, 0]


def _settle(family: Family, column: IndexColumn, levels: Ints) -> Ints:
    own = np.array([column.range(unit, int(level)) for unit, level in enumerate(levels)])
    is_cell = np.array([place.is_cell for place in family.places])
    ranges = Ranges(
        cap=(100 * column.fineness * column.n)[:, None],
        low=own[:, :1].copy(),
        high=own[:, 1:].copy(),
        level=levels[:, None].copy(),
        pinned=np.zeros((len(levels), 1), dtype=np.bool_),
        checked=((column.n > 0) & ((levels > 0) | is_cell))[:, None],
        margin=MARGIN_POINTS * column.fineness,
    )
    audit = IntervalAudit(
        family.parent, family.end, ranges, lambda unit, _, level: column.range(unit, level)
    )
    return audit.run()[:, 0]


def _result(column: IndexColumn, unit: int, level: int, visible: bool, exact: int) -> SourceResult:
    if level == HIDDEN:
        return Suppressed(Reason.REVEALING if visible else Reason.FEW)
    found = column.index(unit, level)
    n = int(column.n[unit])
    return Index(found.value, n if n >= exact else None, found.rounded, found.end)
