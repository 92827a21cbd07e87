"""What several true values, each harmless alone, reveal together: the audits behind the gate.

Two audits over one nested family of units, for many columns (statements or sources) at a time:
`keep_exact` for values that are counted out, `IntervalAudit` for values of which a reader learns
a range. Both only take away, and stop when nothing that is left reveals a person's side.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resistance.sides import ITEM_MARGIN, STEPS, Flags, Ints, is_mixed, leaves_open

SCALE = np.arange(1, 6)


@dataclass(frozen=True, eq=False)
class ExactLayer:
    """Which histograms are shown, (units, columns), and what that tells about all units.

    `covered`: the answers of the largest shown units strictly below a unit; `drawn_from`: of the
    nearest shown unit around it what its shown parts leave, all 0 where there is none. Both are
    (units, columns, 5).
    """

    shown: Flags
    covered: Ints
    drawn_from: Ints


def keep_exact(
    parent: Sequence[int], totals: Ints, candidates: Flags, score: int, exact: int
) -> ExactLayer:
    """The candidates whose histograms may all be shown together. `totals`: (units, columns, 5).

    What is left of a shown unit after its shown parts are subtracted must itself hold at least
    `score` answers and be mixed; else its smallest shown part is given up, or, when it has none,
    the unit itself.
    """
    audit = _ExactAudit(parent, totals, candidates.copy(), score, exact)
    for unit in range(len(parent) - 1, -1, -1):
        audit.settle(unit)
    return audit.layer()


class _ExactAudit:
    def __init__(
        self, parent: Sequence[int], totals: Ints, shown: Flags, score: int, exact: int
    ) -> None:
        self.parent, self.totals, self.shown = parent, totals, shown
        self.score, self.exact = score, exact
        self.children = children_of(parent)
        self.covered = np.zeros_like(totals)

    def settle(self, unit: int) -> None:
        rest = self.totals[unit] - self.covered[unit]
        for column in np.flatnonzero(self.shown[unit] & ~self._is_safe(rest)):
            self._give_up(unit, int(column))
        if self.parent[unit] >= 0:
            shown = self.shown[unit][:, None]
            self.covered[self.parent[unit]] += np.where(
                shown, self.totals[unit], self.covered[unit]
            )

    def _is_safe(self, rest: Ints) -> Flags:
        n = rest.sum(axis=-1)
        return np.asarray((n == 0) | ((n >= self.score) & is_mixed(rest, self.exact)))

    def _give_up(self, unit: int, column: int) -> None:
        parts = [self._ranked(part, column) for part in self._shown_parts(unit, column)]
        heapq.heapify(parts)
        while not self._is_safe(self.totals[unit, column] - self.covered[unit, column]):
            if not parts:
                self.shown[unit, column] = False
                return
            part = heapq.heappop(parts)[1]
            self.shown[part, column] = False
            self.covered[unit, column] -= self.totals[part, column] - self.covered[part, column]
            for inner in self._shown_parts(part, column):
                heapq.heappush(parts, self._ranked(inner, column))

    def _ranked(self, unit: int, column: int) -> tuple[int, int]:
        return int(self.totals[unit, column].sum()), unit

    def _shown_parts(self, unit: int, column: int) -> list[int]:
        """The largest shown units strictly below."""
        found, waiting = [], list(self.children[unit])
        while waiting:
            below = waiting.pop()
            if self.shown[below, column]:
                found.append(below)
            else:
                waiting.extend(self.children[below])
        return found

    def layer(self) -> ExactLayer:
        covered = np.zeros_like(self.totals)
        for unit in range(len(self.parent) - 1, 0, -1):
            shown = self.shown[unit][:, None]
            covered[self.parent[unit]] += np.where(shown, self.totals[unit], covered[unit])
        drawn_from = np.zeros_like(self.totals)
        for unit, above in enumerate(self.parent):
            around = drawn_from[above] if above >= 0 else drawn_from[unit]
            rest = self.totals[unit] - covered[unit]
            drawn_from[unit] = np.where(self.shown[unit][:, None], rest, around)
        return ExactLayer(self.shown, covered, drawn_from)


def children_of(parent: Sequence[int]) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in parent]
    for unit, above in enumerate(parent):
        if above >= 0:
            children[above].append(unit)
    return children


@dataclass(frozen=True, eq=False)
class Openness:
    """When a range of sums leaves open on which side a colleague is.

    Only the part of a unit that is not counted out matters: `free` answers, after `fixed` is
    taken from the sum. If they are drawn from a known histogram, `leaves_open` decides; else the
    range must stay `margin` (one per column) away from 0 and from `cap`.
    """

    cap: Ints
    fixed: Ints
    margin: Ints
    free: Ints
    drawn_from: Ints | None = None

    def of_columns(self, columns: Sequence[int]) -> "Openness":
        known = None if self.drawn_from is None else self.drawn_from[:, columns]
        return Openness(
            self.cap[:, columns],
            self.fixed[:, columns],
            self.margin[columns],
            self.free[:, columns],
            known,
        )

    def holds(self, units: Ints, columns: Ints, low: Ints, high: Ints) -> Flags:
        """For pairs of a unit and a column and their ranges, all of one length."""
        at = (units, columns)
        low, high = low - self.fixed[at], high - self.fixed[at]
        margin = self.margin[columns]
        is_open = (low <= self.cap[at] - margin) & (high >= margin)
        if self.drawn_from is not None:
            known = self.drawn_from[at].any(axis=-1)
            pool, n = self.drawn_from[at][known], self.free[at][known]
            is_open[known] = _both_open(pool, n, low[known], high[known])
        return np.asarray(is_open | (self.free[at] == 0))


def _both_open(pool: Ints, n: Ints, low: Ints, high: Ints) -> Flags:
    """For n answers out of a known histogram, and for those that they leave."""
    found = leaves_open(pool, n, low, high)
    rest = pool.sum(axis=-1) - n
    again = found & (rest > 1)
    total = (pool @ np.array(STEPS))[again]
    found[again] = leaves_open(pool[again], rest[again], total - high[again], total - low[again])
    return found


def openness_of_items(totals: Ints, layer: ExactLayer) -> Openness:
    free = (totals - layer.covered).sum(axis=-1)
    fixed = layer.covered @ np.array(STEPS)
    margin = np.full(totals.shape[1], ITEM_MARGIN)
    return Openness(4 * free, fixed, margin, free, layer.drawn_from)


@dataclass
class Ranges:
    """What a reader learns of each unit's sum, counted from its lowest possible value: it lies
    in `low`..`high`, never above `cap`. All arrays are (units, columns).

    `level`: how many steps a value can still be taken back; `pinned` values are counted out and
    guarded by `keep_exact`; `checked` ones must leave sides open.
    """

    cap: Ints
    low: Ints
    high: Ints
    level: Ints
    pinned: Flags
    checked: Flags


class IntervalAudit:
    """Takes values back until every range, combined with those of all units above, below and
    beside it, leaves open on which side anybody's colleague is.

    Ranges add up along the tree, so one pass up and one pass down give every range. What is taken
    back only widens ranges; now and then that makes another own answer possible for which sides
    are not open, so everything is looked at again until nothing is found.
    `low_at` and `high_at` (levels, units, columns) are the ranges at each level. Columns of the
    same number in `together` are taken back together.
    """

    def __init__(
        self,
        parent: Sequence[int],
        end: Sequence[int],
        ranges: Ranges,
        *,
        openness: Openness,
        low_at: Ints,
        high_at: Ints,
        together: Ints | None = None,
    ) -> None:
        self.parent, self.end, self.ranges, self.openness = parent, end, ranges, openness
        self.low_at, self.high_at = low_at, high_at
        self.together = np.arange(ranges.cap.shape[1]) if together is None else together
        self.has_children = [end[unit] > unit + 1 for unit in range(len(parent))]
        self.below_low = np.zeros_like(ranges.cap)
        self.below_high = np.zeros_like(ranges.cap)
        self.low = np.zeros_like(ranges.cap)  # from the unit itself and all below it
        self.high = np.zeros_like(ranges.cap)
        self.region = np.full_like(ranges.cap, -1)  # nearest pinned unit at or above

    def run(self) -> Ints:
        """Settle everything; returns the levels that are left."""
        self._up()
        while queues := self._bad_pairs(*self.known()):
            before = int(self.ranges.level.sum())
            while queues:
                self._settle_heads(queues)
                queues = [queue for queue in queues if queue]
            if int(self.ranges.level.sum()) == before:
                raise AssertionError("a range is too narrow although nothing about it is shown")
        return self.ranges.level

    def _settle_heads(self, queues: list[list[tuple[int, int]]]) -> None:
        heads = [queue[-1] for queue in queues]
        for queue, head, is_open in zip(queues, heads, self._are_open(heads), strict=True):
            if is_open or not self._take_back_near(*head):
                queue.pop()

    def _bad_pairs(self, low: Ints, high: Ints) -> list[list[tuple[int, int]]]:
        """Pairs of a unit and a column to settle, the smallest unit last; those that may share a
        cause are settled one after the other, so that nothing is taken back twice."""
        units, columns = np.nonzero(self.ranges.checked)
        at = (units, columns)
        is_bad = ~self.openness.holds(units, columns, low[at], high[at])
        units, columns = units[is_bad], columns[is_bad]
        queues: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for row in np.lexsort((units, self.ranges.cap[units, columns], columns))[::-1]:
            unit, column = int(units[row]), int(columns[row])
            key = int(self.region[unit, column]), int(self.together[column])
            queues.setdefault(key, []).append((unit, column))
        return list(queues.values())

    def _up(self) -> None:
        for unit in range(len(self.parent) - 1, -1, -1):
            if not self.has_children[unit]:
                self.below_high[unit] = self.ranges.cap[unit]
            own_low, own_high = self.ranges.low[unit], self.ranges.high[unit]
            pinned = self.ranges.pinned[unit]
            self.low[unit] = np.where(pinned, own_low, np.maximum(own_low, self.below_low[unit]))
            self.high[unit] = np.where(
                pinned, own_high, np.minimum(own_high, self.below_high[unit])
            )
            if self.parent[unit] >= 0:
                self.below_low[self.parent[unit]] += self.low[unit]
                self.below_high[self.parent[unit]] += self.high[unit]

    def known(self) -> tuple[Ints, Ints]:
        """The range of every unit from everything shown above, below and beside it."""
        low, high = self.low.copy(), self.high.copy()
        for unit, above in enumerate(self.parent):
            if above >= 0:
                others_high = self.below_high[above] - self.high[unit]
                others_low = self.below_low[above] - self.low[unit]
                low[unit] = np.maximum(low[unit], low[above] - others_high)
                high[unit] = np.minimum(high[unit], high[above] - others_low)
                self.region[unit] = self.region[above]
            pinned = self.ranges.pinned[unit]
            self.region[unit] = np.where(pinned, unit, self.region[unit])
            low[unit] = np.where(pinned, self.low[unit], low[unit])
            high[unit] = np.where(pinned, self.high[unit], high[unit])
        return low, high

    def _take_back_near(self, unit: int, column: int) -> bool:
        victim = self._smallest_value_near(unit, column)
        if victim is None:
            return False
        level = int(self.ranges.level[victim, column]) - 1
        for other in np.flatnonzero(self.together == self.together[column]):
            self.ranges.level[victim, other] = level
            self.ranges.low[victim, other] = self.low_at[level, victim, other]
            self.ranges.high[victim, other] = self.high_at[level, victim, other]
            self._carry_up(victim, int(other))
        return True

    def _are_open(self, pairs: Sequence[tuple[int, int]]) -> list[bool]:
        units, columns = np.array(pairs).T
        ranges = np.array([self._range(unit, column) for unit, column in pairs])
        return list(self.openness.holds(units, columns, ranges[:, 0], ranges[:, 1]))

    def _range(self, unit: int, column: int) -> tuple[int, int]:
        path = [unit]
        while self.parent[path[-1]] >= 0 and not self.ranges.pinned[path[-1], column]:
            path.append(self.parent[path[-1]])
        low, high = int(self.low[path[-1], column]), int(self.high[path[-1], column])
        for above, below in zip(path[::-1], path[-2::-1], strict=False):
            own_low, own_high = int(self.low[below, column]), int(self.high[below, column])
            others_high = int(self.below_high[above, column]) - own_high
            others_low = int(self.below_low[above, column]) - own_low
            low, high = max(own_low, low - others_high), min(own_high, high - others_low)
        return low, high

    def _smallest_value_near(self, unit: int, column: int) -> int | None:
        """The smallest value that can be taken back in the smallest unit around that has one and
        is not cut off by a pinned unit."""
        region = self.region[unit, column]
        around = unit
        while around >= 0:
            span = slice(around, self.end[around])
            near = (self.ranges.level[span, column] > 0) & (self.region[span, column] == region)
            near &= ~self.ranges.pinned[span, column]
            found = np.flatnonzero(near)
            if found.size:
                sizes = self.ranges.cap[span, column][found]
                return around + int(found[np.argmin(sizes)])
            around = self.parent[around]
        return None

    def _carry_up(self, unit: int, column: int) -> None:
        while unit >= 0:
            old = int(self.low[unit, column]), int(self.high[unit, column])
            low = max(int(self.ranges.low[unit, column]), int(self.below_low[unit, column]))
            high = min(int(self.ranges.high[unit, column]), int(self.below_high[unit, column]))
            if (low, high) == old or self.ranges.pinned[unit, column]:
                return
            self.low[unit, column], self.high[unit, column] = low, high
            unit = self.parent[unit]
            if unit >= 0:
                self.below_low[unit, column] += low - old[0]
                self.below_high[unit, column] += high - old[1]
