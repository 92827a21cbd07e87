"""The source indices of the gate: means of person scores in points, whole, rounded or absent.

Person scores are kept as integers in units of 1/`fineness` of a point, so that sums are exact
and do not depend on the order of ballots.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from resistance.audit import IntervalAudit, Openness, Ranges
from resistance.family import Family, gather
from resistance.shown import (
    STEP,
    Answers,
    Index,
    Item,
    Reason,
    SourceResult,
    Suppressed,
    Thresholds,
)
from resistance.sides import Flags, Ints

HIDDEN, ROUNDED, WHOLE = 0, 1, 2
MARGIN_POINTS = 150  # a sum of n scores stays this far from 0 and from 100·n
POINTS_PER_ANSWER = 25


@dataclass(frozen=True, eq=False)
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


def highest_code(n: Ints) -> Ints:
    """The multiple of 5 that stands for itself or more, for an index of n answers.

    Above 100 - 150/n an insider who scored 0 would know on which side every colleague is, so no
    rounded value may lie wholly above it: 70 for n = 5, 75 for 6, 80 for 7 and 8, 85 for 9.
    """
    code: Ints = STEP * ((195 * n - 300) // (10 * np.maximum(n, 1))) + STEP
    return code


@dataclass(frozen=True, eq=False)
class IndexTable:
    """All indices of all units before anything is taken back; arrays are (units, sources)."""

    n: Ints
    total: Ints
    visible: Flags
    fineness: Ints

    @property
    def cap(self) -> Ints:
        return 100 * self.n * self.fineness

    @cached_property
    def values(self) -> Ints:
        """(level, units, sources): the rounded and the whole value."""
        weight = np.maximum(self.n * self.fineness, 1)
        top = highest_code(self.n)
        rounded = STEP * ((2 * self.total + STEP * weight) // (2 * STEP * weight))
        whole = (2 * self.total + weight) // (2 * weight)
        return np.stack([np.zeros_like(top), np.clip(rounded, 100 - top, top), whole])

    @cached_property
    def ends(self) -> Ints:
        top = highest_code(self.n)
        rounded = self.values[ROUNDED]
        return np.asarray((rounded >= top).astype(np.int64) - (rounded <= 100 - top))

    @cached_property
    def ranges(self) -> tuple[Ints, Ints]:
        """(level, units, sources): the sums of scores for which each value is shown."""
        weight = self.n * self.fineness
        half = np.array([0, STEP, 1])[:, None, None]
        low = np.maximum(-(-(2 * self.values - half) * weight // 2), 0)
        high = np.minimum(-(-(2 * self.values + half) * weight // 2) - 1, self.cap)
        low[ROUNDED] = np.where(self.ends < 0, 0, low[ROUNDED])
        high[ROUNDED] = np.where(self.ends > 0, self.cap, high[ROUNDED])
        low[HIDDEN], high[HIDDEN] = 0, self.cap
        return low, high

    def result(self, unit: int, source: int, level: int, thresholds: Thresholds) -> SourceResult:
        n = int(self.n[unit, source])
        shown_n = n if n >= thresholds.exact else None
        value = int(self.values[level, unit, source])
        if level == WHOLE:
            return Index(value, shown_n, rounded=False)
        end: Literal[-1, 0, 1] = 0
        if self.ends[unit, source]:
            end = 1 if self.ends[unit, source] > 0 else -1
        return Index(value, shown_n, rounded=True, end=end)


def tabulate(
    family: Family, answers: Answers, items: Sequence[Item], leaf: Ints, minimum: int
) -> IndexTable:
    """Count and sum person scores per unit. `leaf`: the cell of each ballot."""
    counts, fineness = [], []
    for source in sources_of(items):
        found = person_scores(answers, items, source)
        counts.append(_count_by_cell(found.scores, leaf, len(family.places)))
        fineness.append(found.fineness)
    shape = (len(family.places), len(fineness), 2)
    cells = np.stack(counts, axis=1) if counts else np.zeros(shape, dtype=np.int64)
    gathered, visible = gather(family, cells[..., 0], cells, minimum)
    return IndexTable(
        gathered[..., 0], gathered[..., 1], visible, np.array(fineness, dtype=np.int64)
    )


def _count_by_cell(scores: Ints, leaf: Ints, units: int) -> Ints:
    has_score = scores >= 0
    weights = scores[has_score].astype(np.float64)  # whole numbers: sums are exact
    n = np.bincount(leaf[has_score], minlength=units)
    total = np.bincount(leaf[has_score], weights=weights, minlength=units)
    return np.stack([n, total.astype(np.int64)], axis=1)


@dataclass(frozen=True, eq=False)
class ItemKnowledge:
    """What the shown statements tell: `low` and `high` of their sums counted from the lowest
    possible one, (units, items), after everything nested was taken into account."""

    low: Ints
    high: Ints
    ranges: Ranges
    openness: Openness

    @property
    def n(self) -> Ints:
        return self.ranges.cap // 4


def settle_indices(
    family: Family,
    table: IndexTable,
    allowed: Ints,
    items: Sequence[Item],
    known: ItemKnowledge,
) -> Ints:
    """The finest level each index may have, (units, sources).

    First no index may narrow a sum of person scores too far, over all nested units; then no
    index, together with what is shown of its statements, may narrow the sum of one of these.
    """
    levels = _settle_alone(family, table, allowed)
    return _settle_with_items(family, table, levels, items, known)


def _settle_alone(family: Family, table: IndexTable, levels: Ints) -> Ints:
    low, high = table.ranges
    is_cell = np.array([place.is_cell for place in family.places])[:, None]
    ranges = Ranges(
        cap=table.cap,
        low=at_level(low, levels),
        high=at_level(high, levels),
        level=levels.copy(),
        pinned=np.zeros(levels.shape, dtype=np.bool_),
        checked=(table.n > 0) & ((levels > 0) | is_cell),
    )
    nothing = np.zeros_like(table.cap)
    openness = Openness(table.cap, nothing, MARGIN_POINTS * table.fineness, table.n)
    return IntervalAudit(
        family.parent, family.end, ranges, openness=openness, low_at=low, high_at=high
    ).run()


def at_level(values: Ints, levels: Ints) -> Ints:
    return np.asarray(np.take_along_axis(values, levels[None], axis=0)[0])


def _settle_with_items(
    family: Family,
    table: IndexTable,
    levels: Ints,
    items: Sequence[Item],
    known: ItemKnowledge,
) -> Ints:
    parts = [columns_of(items, source) for source in sources_of(items)]
    order = [column for part in parts for column in part]
    if not order:
        return levels
    source_of = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    narrowed = [_narrow(table, items, known, source, part) for source, part in enumerate(parts)]
    low = np.concatenate([pair[0] for pair in narrowed], axis=2)
    high = np.concatenate([pair[1] for pair in narrowed], axis=2)
    spread = levels[:, source_of]
    ranges = Ranges(
        cap=4 * known.n[:, order],
        low=at_level(low, spread),
        high=at_level(high, spread),
        level=spread.copy(),
        pinned=known.ranges.pinned[:, order],
        checked=known.ranges.checked[:, order],
    )
    audit = IntervalAudit(
        family.parent,
        family.end,
        ranges,
        openness=known.openness.of_columns(order),
        low_at=low,
        high_at=high,
        together=source_of,
    )
    first = [int(np.flatnonzero(source_of == source)[0]) for source in range(len(parts))]
    return np.asarray(audit.run()[:, first])


def _narrow(
    table: IndexTable,
    items: Sequence[Item],
    known: ItemKnowledge,
    source: int,
    columns: Sequence[int],
) -> tuple[Ints, Ints]:
    """(level, units, columns): what is known of each statement's sum once the index is shown.

    The mean of a statement is that of all, times their number, less the means of the others; a
    reader does not know who skipped what and takes the means of those who answered.
    """
    n, low, high = (part[:, columns] for part in (known.n, known.low, known.high))
    asset = np.array([items[column].is_asset for column in columns])
    safe_n = np.maximum(n, 1)
    mean_low = np.where(asset, 4 * n - high, low) / safe_n
    mean_high = np.where(asset, 4 * n - low, high) / safe_n
    scale = np.maximum(table.n * table.fineness, 1)[:, source] * POINTS_PER_ANSWER / len(columns)
    at_least = (table.ranges[0][:, :, source] / scale)[:, :, None]
    at_most = (table.ranges[1][:, :, source] / scale)[:, :, None]
    at_least = (at_least - (mean_high.sum(axis=1, keepdims=True) - mean_high)) * n
    at_most = (at_most - (mean_low.sum(axis=1, keepdims=True) - mean_low)) * n
    at_least, at_most = (
        np.where(asset, 4 * n - at_most, at_least),
        np.where(asset, 4 * n - at_least, at_most),
    )
    new_low = np.clip(np.ceil(at_least - 1e-9).astype(np.int64), low, high)
    new_high = np.clip(np.floor(at_most + 1e-9).astype(np.int64), low, high)
    new_low[HIDDEN], new_high[HIDDEN] = low, high
    keep = known.ranges.pinned[:, columns]
    return np.where(keep, low, new_low), np.where(keep, high, new_high)


def results_of(
    table: IndexTable, levels: Ints, has_few: Flags, sources: Sequence[str], thresholds: Thresholds
) -> list[dict[str, SourceResult]]:
    """Per unit the result of every source. `has_few`: a statement or the scores are too few."""
    few, revealing = Suppressed(Reason.FEW), Suppressed(Reason.REVEALING)
    results: list[dict[str, SourceResult]] = []
    for unit, row in enumerate(levels.tolist()):
        found: dict[str, SourceResult] = {}
        for source, level in enumerate(row):
            if level == HIDDEN:
                found[sources[source]] = few if has_few[unit, source] else revealing
            else:
                found[sources[source]] = table.result(unit, source, level, thresholds)
        results.append(found)
    return results
