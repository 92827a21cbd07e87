"""The options of one unit as arrays, and the exact choice among all sets of them; no Django.

A set of options is a tuple of row numbers. Formulas: docs/scoring.md, section 8.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import combinations
from math import inf

import numpy as np
from numpy.typing import NDArray

from plans.options import Limits, Option, blocked
from plans.severity import Floats, Severity

Rows = tuple[int, ...]

NEAR_BEST = 0.95
LEAST_VALUE = 1e-6
LEAST_SEVERITY = 1.0
"""Points above its target from which on a source is worth an action of its own."""

SLACK = 1e-9


@dataclass(frozen=True)
class Aim:
    """What an option is mainly good for in its plan.

    `severity` is the expected distance of `source` above its target; `drop` the expected fall
    of that source by this option alone, `low` to `high` its 95 % range (all in points). `also`
    names the other sources that it takes something away from in this plan, most first.
    """

    source: str
    severity: float
    drop: float
    low: float
    high: float
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sets:
    """Sets of options, the pinned ones alone first; a row is filled up with `len(options)`."""

    rows: NDArray[np.intp]
    hours: Floats
    values: Floats
    serves: NDArray[np.bool_]
    """Whether the set works on the strongest source, see `Market.leaders`."""


class Market:
    """The options of one unit as arrays."""

    def __init__(self, severity: Severity, options: Collection[Option], limits: Limits) -> None:
        self.severity = severity
        self.limits = limits
        self.options = sorted(options, key=lambda option: option.key)
        self.row = {option.key: row for row, option in enumerate(self.options)}
        if len(self.row) < len(self.options):
            raise ValueError("two options share a key")
        self.blocked = blocked(self.options, limits)
        self.pinned = tuple(self.row[key] for key in sorted(limits.pinned & self.row.keys()))
        self.take = np.array([self._take(option) for option in self.options])
        self.take.shape = (len(self.options), len(severity.sources))
        self.hours = np.array([option.hours_for(limits.members) for option in self.options])

    def _take(self, option: Option) -> list[float]:
        return [option.points * option.targets.get(s, 0.0) for s in self.severity.sources]

    def without_limits(self) -> Market:
        """The same options with any number of hours and weeks."""
        limits = replace(self.limits, budget_hours=inf, horizon_weeks=inf)
        return Market(self.severity, self.options, limits)

    @cached_property
    def leaders(self) -> NDArray[np.bool_]:
        """Options made for the strongest source; none where little is left to take away from it."""
        strongest = self.severity.strongest
        is_high = self.severity.expected_of(strongest) >= LEAST_SEVERITY
        own = [is_high and o.points > 0 and o.targets.get(strongest) == 1 for o in self.options]
        return np.array(own, dtype=np.bool_)

    def is_led(self, rows: Rows) -> bool:
        """Whether a set works on the strongest source."""
        return bool(self.leaders[list(rows)].any())

    def unweighed(self) -> Market:
        """The same options where every source counts alike."""
        return Market(self.severity.unweighed(), self.options, self.limits)

    def best_keys(self) -> frozenset[str]:
        """The options of the set to take."""
        sets = self.every_set()
        best = self.members(sets.rows[choose(sets)])
        return frozenset(self.options[row].key for row in best)

    def values(self, sets: Sequence[Rows]) -> Floats:
        """Value of each set, rounded so that equal sets compare as equal."""
        takes = np.array([self.take[list(rows)].sum(axis=0) for rows in sets])
        takes.shape = (len(sets), len(self.severity.sources))
        return np.round(self.severity.values(takes), 9)

    def hours_of(self, rows: Rows) -> float:
        return float(self.hours[list(rows)].sum())

    def needs(self, row: int, rows: Rows) -> tuple[str, ...]:
        """Prerequisites of an option that neither are done nor stand in the set."""
        there = self.limits.done | {self.options[other].key for other in rows}
        return tuple(sorted(self.options[row].prerequisites - there))

    def is_affordable(self, rows: Rows) -> bool:
        return self.hours_of(rows) <= self.limits.budget_hours + SLACK

    def every_set(self) -> Sets:
        """All sets within the limits; the pinned options alone are one, whatever they cost."""
        picks = _subsets(len(self._free()), max(0, self.limits.max_actions - len(self.pinned)))
        rows = np.array([*self._free(), len(self.options)], dtype=np.intp)[picks]
        hours = np.append(self.hours, 0.0)[rows].sum(axis=1) + self.hours_of(self.pinned)
        fits = (hours <= self.limits.budget_hours + SLACK) & self._in_order(rows)
        fits[0] = True
        rows, hours = rows[fits], hours[fits]
        take = np.vstack([self.take, np.zeros((1, self.take.shape[1]))])
        base = self.take[list(self.pinned)].sum(axis=0)
        values = np.round(self.severity.values(take[rows].sum(axis=1) + base), 9)
        serves = np.append(self.leaders, [False])[rows].any(axis=1)
        serves |= self.leaders[list(self.pinned)].any()
        return Sets(rows, np.round(hours, 9), values, serves)

    def members(self, rows: NDArray[np.intp]) -> Rows:
        return (*self.pinned, *(int(row) for row in rows if row < len(self.options)))

    def aim(self, row: int, rows: Rows) -> Aim:
        """What the option does inside the set `rows`, which may or may not contain it."""
        option = self.options[row]
        others = self.take[[other for other in rows if other != row]].sum(axis=0)
        both = np.maximum(0.0, np.vstack([others, others + self.take[row]]))
        gains = [
            weight * float(np.diff(self.severity.removed(column, both[:, column]))[0])
            for column, weight in enumerate(self.severity.importance)
        ]
        return _aim(option, dict(zip(self.severity.sources, gains, strict=True)), self.severity)

    def _free(self) -> list[int]:
        return [
            row
            for row, option in enumerate(self.options)
            if option.key not in self.blocked and row not in self.pinned
        ]

    def _in_order(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which sets hold the unmet prerequisites of all their members."""
        complete = np.ones(len(rows), dtype=np.bool_)
        for row in self._free():
            without = ~(rows == row).any(axis=1)
            for need in self.needs(row, self.pinned):
                complete &= without | (rows == self.row.get(need, -1)).any(axis=1)
        return complete


def choose(sets: Sets) -> int:
    """The place of the set to take: within 5 % of the highest value one that works on the strongest
    source, if there is any, and of these the one with fewest hours.

    The first set is the least that there may be; it is taken where nothing adds to it.
    """
    values, hours = sets.values, sets.hours
    if values.max() <= values[0] + LEAST_VALUE:
        return 0
    near = np.flatnonzero(values >= NEAR_BEST * values.max())
    order = np.lexsort((near, -values[near], hours[near], ~sets.serves[near]))
    return int(near[order[0]])


def rounded(value: float) -> float:
    """Three decimals are enough for sentences, and the same on every machine."""
    return round(float(value), 3)


@lru_cache(maxsize=64)
def _subsets(count: int, size: int) -> NDArray[np.intp]:
    """All subsets of at most `size` of `count`, the empty one first, filled up with `count`."""
    sizes = range(min(size, count) + 1)
    width = max(size, 1)
    padded = [
        (*subset, *([count] * (width - taken)))
        for taken in sizes
        for subset in combinations(range(count), taken)
    ]
    return np.array(padded, dtype=np.intp)


def _aim(option: Option, gains: Mapping[str, float], severity: Severity) -> Aim:
    order = sorted(
        sorted(option.targets),
        key=lambda target: (-gains.get(target, 0.0), -option.targets[target]),
    )
    source = order[0] if order else ""
    weight = option.targets.get(source, 0.0)
    margin = 1.96 * option.points_sd
    return Aim(
        source=source,
        severity=rounded(severity.expected_of(source)),
        drop=rounded(weight * option.points),
        low=rounded(weight * (option.points - margin)),
        high=rounded(weight * (option.points + margin)),
        also=tuple(other for other in order[1:] if gains.get(other, 0.0) > LEAST_VALUE),
    )
