"""Which up to three actions take away most resistance that matters: exact choice, no Django.

The value of a set of actions is, summed over sources, importance times the expectation over the
draws of min(what the set takes away from that source together, severity above target). All sets
are enumerated. Everything a reason sentence needs is handed back as numbers, without words.
Formulas and worked examples: docs/scoring.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import inf

import numpy as np
from numpy.typing import NDArray

from plans.options import Level, Limits, Option, Why, blocked
from plans.severity import Severity

Floats = NDArray[np.float64]
Rows = tuple[int, ...]

__all__ = [
    "Aim",
    "Alternative",
    "Chosen",
    "Level",
    "Limits",
    "Option",
    "Ranking",
    "Request",
    "Why",
    "rank_actions",
]

NEAR_BEST = 0.95
MOST_REQUESTS = 3
LEAST_VALUE = 1e-6
SLACK = 1e-9


@dataclass(frozen=True)
class Aim:
    """What an option is mainly good for in its plan.

    `severity` is the expected distance of `source` above its target; `drop` the expected fall
    of that source by this option alone, `low` to `high` its 95 % range (all in points).
    """

    source: str
    severity: float
    drop: float
    low: float
    high: float


@dataclass(frozen=True)
class Chosen:
    """An action of the plan; `value` is what the plan would lose without it."""

    key: str
    aim: Aim
    value: float
    hours: float
    weeks: int
    is_pinned: bool


@dataclass(frozen=True)
class Alternative:
    """An option that lost.

    `value` and `hours` are those of the best plan of the same size or smaller that has this
    option added or swapped in, budget aside; `own_hours` the option's own. `needs` lists unmet
    prerequisites, `instead_of` the action it would replace (empty: it would be added).
    """

    key: str
    why: Why
    aim: Aim
    value: float
    hours: float
    own_hours: float
    weeks: int
    level: Level
    needs: tuple[str, ...] = ()
    instead_of: str = ""


@dataclass(frozen=True)
class Request:
    """What only a higher level can start; `value` is what it would add to the plan."""

    key: str
    aim: Aim
    value: float
    hours: float
    weeks: int
    level: Level


@dataclass(frozen=True)
class Ranking:
    """The plan and everything it was compared with; `is_empty` when no action has value."""

    chosen: tuple[Chosen, ...] = ()
    value: float = 0.0
    hours: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    requests: tuple[Request, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.chosen


class _Market:
    """The options of one unit as arrays; a set of options is a tuple of row numbers."""

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


def rank_actions(  # noqa: PLR0917  the six things a ranking depends on
    draws: Floats,
    sources: Sequence[str],
    targets: Mapping[str, float],
    importance: Mapping[str, float],
    options: Collection[Option],
    limits: Limits,
) -> Ranking:
    """Choose the plan of highest value; within 5 % of it the one with fewest hours.

    `draws` is draws x `sources` in points; `targets` and `importance` are per source. The
    result does not depend on the order of `options`. Raises ValueError for a repeated key.
    """
    severity = Severity(draws, sources, targets, importance)
    market = _Market(severity, options, limits)
    chosen = _best_set(market)
    return Ranking(
        chosen=_describe_chosen(market, chosen),
        value=_round(market.values([chosen])[0]),
        hours=_round(market.hours_of(chosen)),
        alternatives=_alternatives(market, chosen),
        requests=_requests(market, chosen),
    )


def _best_set(market: _Market) -> Rows:
    free = [
        row
        for row, option in enumerate(market.options)
        if option.key not in market.blocked and row not in market.pinned
    ]
    room = max(0, market.limits.max_actions - len(market.pinned))
    picks = _subsets(len(free), room)
    rows = np.array([*free, len(market.options)], dtype=np.intp)[picks]
    hours = np.append(market.hours, 0.0)[rows].sum(axis=1) + market.hours_of(market.pinned)
    fits = (hours <= market.limits.budget_hours + SLACK) & _in_order(market, rows)
    fits[0] = True
    rows, hours = rows[fits], hours[fits]
    take = np.vstack([market.take, np.zeros((1, market.take.shape[1]))])
    base = market.take[list(market.pinned)].sum(axis=0)
    values = np.round(market.severity.values(take[rows].sum(axis=1) + base), 9)
    if values.max() <= values[0] + LEAST_VALUE:
        return market.pinned
    near = np.flatnonzero(values >= NEAR_BEST * values.max())
    best = near[np.lexsort((near, -values[near], np.round(hours[near], 9)))[0]]
    return (*market.pinned, *(int(row) for row in rows[best] if row < len(market.options)))


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


def _in_order(market: _Market, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which sets hold the unmet prerequisites of all their members."""
    complete = np.ones(len(rows), dtype=np.bool_)
    for row, option in enumerate(market.options):
        if option.key in market.blocked:
            continue
        without = ~(rows == row).any(axis=1)
        for need in market.needs(row, market.pinned):
            complete &= without | (rows == market.row.get(need, -1)).any(axis=1)
    return complete


def _describe_chosen(market: _Market, chosen: Rows) -> tuple[Chosen, ...]:
    if not chosen:
        return ()
    without = [tuple(other for other in chosen if other != row) for row in chosen]
    values = market.values([chosen])[0] - market.values(without)
    described = [
        Chosen(
            key=market.options[row].key,
            aim=market.aim(row, chosen),
            value=_round(value),
            hours=_round(market.hours[row]),
            weeks=market.options[row].weeks,
            is_pinned=row in market.pinned,
        )
        for row, value in zip(chosen, values, strict=True)
    ]
    return tuple(sorted(described, key=lambda action: (-action.value, action.key)))


def _alternatives(market: _Market, chosen: Rows) -> tuple[Alternative, ...]:
    standing = float(market.values([chosen])[0])
    alone = market.values([(row,) for row in range(len(market.options))])
    weakest = min((float(alone[row]) for row in chosen), default=inf)
    found = [
        _alternative(
            market, row, chosen, standing, is_strong=alone[row] >= max(weakest, LEAST_VALUE)
        )
        for row in range(len(market.options))
        if row not in chosen
    ]
    return tuple(sorted(found, key=lambda other: (-other.value, other.own_hours, other.key)))


def _alternative(
    market: _Market, row: int, chosen: Rows, standing: float, *, is_strong: bool
) -> Alternative:
    """`is_strong`: alone it is worth as much as the weakest chosen action alone."""
    option = market.options[row]
    plan, value = _plan_with(market, row, chosen, standing)
    gain = value - standing
    why = market.blocked.get(option.key)
    left = [market.options[other].key for other in chosen if other not in plan]
    return Alternative(
        key=option.key,
        why=why or _why_beaten(market, row, chosen, plan, gain, is_strong=is_strong),
        aim=market.aim(row, plan),
        value=_round(value),
        hours=_round(market.hours_of(plan)),
        own_hours=_round(market.hours[row]),
        weeks=option.weeks,
        level=option.level,
        needs=market.needs(row, plan),
        instead_of=left[0] if left else "",
    )


def _plan_with(market: _Market, row: int, chosen: Rows, standing: float) -> tuple[Rows, float]:
    """The best plan that holds the option: an affordable one unless a dearer one would win."""
    variants = _variants(market, row, chosen)
    values = market.values(variants)
    order = sorted(range(len(variants)), key=lambda i: (-values[i], i))
    fitting = [i for i in order if market.is_affordable(variants[i])]
    would_win = values[order[0]] > standing + LEAST_VALUE
    pick = order[0] if would_win or not fitting else fitting[0]
    return variants[pick], float(values[pick])


def _variants(market: _Market, row: int, chosen: Rows) -> list[Rows]:
    """The plan with one option added where there is room, or in place of an unpinned action
    that no other action of the plan needs."""
    swaps = [
        (*(other for other in chosen if other != out), row)
        for out in chosen
        if out not in market.pinned
    ]
    kept = [rows for rows in swaps if not any(market.needs(other, rows) for other in rows[:-1])]
    has_room = len(chosen) < market.limits.max_actions or not kept
    return [(*chosen, row), *kept] if has_room else kept


def _why_beaten(
    market: _Market, row: int, chosen: Rows, plan: Rows, gain: float, *, is_strong: bool
) -> Why:
    """Reason for an option that no limit rules out; `plan` holds it and is worth `gain` more."""
    if gain > LEAST_VALUE and not market.is_affordable(plan):
        return Why.OVER_BUDGET
    if market.needs(row, plan):
        return Why.NEEDS_FIRST
    is_swap = len(plan) <= len(chosen)
    is_match = gain > LEAST_VALUE or (is_swap and gain >= 0)
    if is_match and market.hours_of(plan) > market.hours_of(chosen):
        return Why.MORE_HOURS
    return Why.OVERLAPS if is_strong else Why.LESS_VALUE


def _requests(market: _Market, chosen: Rows) -> tuple[Request, ...]:
    """Greedy: each request is valued on top of the plan and of the requests before it."""
    waiting = [
        row
        for row, option in enumerate(market.options)
        if market.blocked.get(option.key) is Why.HIGHER_LEVEL
        and option.points > 0
        and not market.needs(row, chosen)
    ]
    found: list[Request] = []
    standing = chosen
    while waiting and len(found) < MOST_REQUESTS:
        gains = market.values([(*standing, row) for row in waiting]) - market.values([standing])[0]
        best = min(
            range(len(waiting)), key=lambda i: (-gains[i], market.hours[waiting[i]], waiting[i])
        )
        if gains[best] <= LEAST_VALUE:
            break
        row = waiting.pop(best)
        found.append(_request(market, row, standing, float(gains[best])))
        standing = (*standing, row)
    return tuple(found)


def _request(market: _Market, row: int, standing: Rows, gain: float) -> Request:
    option = market.options[row]
    return Request(
        key=option.key,
        aim=market.aim(row, standing),
        value=_round(gain),
        hours=_round(market.hours[row]),
        weeks=option.weeks,
        level=option.level,
    )


def _aim(option: Option, gains: Mapping[str, float], severity: Severity) -> Aim:
    source = max(
        sorted(option.targets),
        key=lambda target: (gains.get(target, 0.0), option.targets[target]),
        default="",
    )
    weight = option.targets.get(source, 0.0)
    margin = 1.96 * option.points_sd
    return Aim(
        source=source,
        severity=_round(severity.expected_of(source)),
        drop=_round(weight * option.points),
        low=_round(weight * (option.points - margin)),
        high=_round(weight * (option.points + margin)),
    )


def _round(value: float) -> float:
    """Three decimals are enough for sentences, and the same on every machine."""
    return round(float(value), 3)
