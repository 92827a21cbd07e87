"""Which up to three actions take away most resistance that matters: exact choice, no Django.

The value of a set of actions is, summed over sources, importance times the expectation over the
draws of min(what the set takes away from that source together, severity above target). All sets
are enumerated. Everything a reason sentence needs is handed back as numbers, without words.
Formulas and worked examples: docs/scoring.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from plans.market import LEAST_VALUE, NEAR_BEST, Aim, Market, Rows, choose, rounded
from plans.options import Level, Limits, Option, Why, weeks_until
from plans.severity import Floats, Severity

__all__ = [
    "Aim",
    "Alternative",
    "Chosen",
    "Level",
    "Limits",
    "Option",
    "Ranking",
    "Request",
    "Together",
    "Why",
    "rank_actions",
    "rank_market",
]

MOST_REQUESTS = 3


@dataclass(frozen=True)
class Chosen:
    """An action of the plan; `value` is what the plan would lose without it.

    `after` names its prerequisites in the plan, `needs` those that are missing (a pinned action
    only); `weeks_in_all` counts the weeks of the former too.
    """

    key: str
    aim: Aim
    value: float
    hours: float
    weeks: int
    is_pinned: bool
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    weeks_in_all: int = 0


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
class Together:
    """Of one source: its expected distance above target, and how much of it the plan takes away."""

    source: str
    severity: float
    removed: float


@dataclass(frozen=True)
class Ranking:
    """The plan and everything it was compared with; `is_empty` when no action has value.

    Actions come in an order in which they can be started; `together` has the sources above
    their target, farthest first.
    """

    chosen: tuple[Chosen, ...] = ()
    value: float = 0.0
    hours: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    requests: tuple[Request, ...] = ()
    together: tuple[Together, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.chosen


def rank_actions(  # noqa: PLR0917  the six things a ranking depends on
    draws: Floats,
    sources: Sequence[str],
    targets: Mapping[str, float],
    importance: Mapping[str, float],
    options: Collection[Option],
    limits: Limits,
) -> Ranking:
    """Choose the plan of highest value; within 5 % of it one that works on the strongest source,
    then the one with fewest hours.

    `draws` is draws x `sources` in points; `targets` and `importance` are per source. The
    result does not depend on the order of `options`. Raises ValueError for a repeated key.
    """
    return rank_market(Market(Severity(draws, sources, targets, importance), options, limits))


def rank_market(market: Market) -> Ranking:
    """As `rank_actions`, for a market that is asked more than this."""
    sets = market.every_set()
    chosen = market.members(sets.rows[choose(sets)])
    return Ranking(
        chosen=_describe_chosen(market, chosen),
        value=rounded(market.values([chosen])[0]),
        hours=rounded(market.hours_of(chosen)),
        alternatives=_alternatives(market, chosen),
        requests=_requests(market, chosen),
        together=_together(market, chosen),
    )


def _describe_chosen(market: Market, chosen: Rows) -> tuple[Chosen, ...]:
    if not chosen:
        return ()
    without = [tuple(other for other in chosen if other != row) for row in chosen]
    values = market.values([chosen])[0] - market.values(without)
    described = [
        _describe(market, row, chosen, float(value))
        for row, value in zip(chosen, values, strict=True)
    ]
    by_value = sorted(described, key=lambda action: (-action.value, action.key))
    return tuple(sorted(by_value, key=lambda action: action.weeks_in_all if action.after else 0))


def _describe(market: Market, row: int, chosen: Rows, value: float) -> Chosen:
    option = market.options[row]
    inside = {market.options[other].key: market.options[other] for other in chosen}
    needs = market.needs(row, chosen)
    in_all = weeks_until(option.key, inside, market.limits.done | set(needs))
    return Chosen(
        key=option.key,
        aim=market.aim(row, chosen),
        value=rounded(value),
        hours=rounded(market.hours[row]),
        weeks=option.weeks,
        is_pinned=row in market.pinned,
        after=tuple(sorted((option.prerequisites - market.limits.done) & inside.keys())),
        needs=needs,
        weeks_in_all=option.weeks if in_all == inf else int(in_all),
    )


def _together(market: Market, chosen: Rows) -> tuple[Together, ...]:
    taken = np.maximum(0.0, market.take[list(chosen)].sum(axis=0))
    found = [
        Together(
            source=source,
            severity=rounded(market.severity.expected_of(source)),
            removed=rounded(market.severity.removed(column, taken[column : column + 1])[0]),
        )
        for column, source in enumerate(market.severity.sources)
    ]
    severe = [entry for entry in found if entry.severity > 0]
    return tuple(sorted(severe, key=lambda entry: (-entry.severity, entry.source)))


def _alternatives(market: Market, chosen: Rows) -> tuple[Alternative, ...]:
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
    market: Market, row: int, chosen: Rows, standing: float, *, is_strong: bool
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
        value=rounded(value),
        hours=rounded(market.hours_of(plan)),
        own_hours=rounded(market.hours[row]),
        weeks=option.weeks,
        level=option.level,
        needs=market.needs(row, plan),
        instead_of=left[0] if left else "",
    )


def _plan_with(market: Market, row: int, chosen: Rows, standing: float) -> tuple[Rows, float]:
    """The best plan that holds the option: an affordable one unless a dearer one would win."""
    variants = _variants(market, row, chosen)
    values = market.values(variants)
    order = sorted(range(len(variants)), key=lambda i: (-values[i], i))
    fitting = [i for i in order if market.is_affordable(variants[i])]
    would_win = values[order[0]] > standing + LEAST_VALUE
    pick = order[0] if would_win or not fitting else fitting[0]
    return variants[pick], float(values[pick])


def _variants(market: Market, row: int, chosen: Rows) -> list[Rows]:
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
    market: Market, row: int, chosen: Rows, plan: Rows, gain: float, *, is_strong: bool
) -> Why:
    """Reason for an option that no limit rules out; `plan` holds it and is worth `gain` more."""
    if gain > LEAST_VALUE and not market.is_affordable(plan):
        return Why.OVER_BUDGET
    if market.needs(row, plan):
        return Why.NEEDS_FIRST
    if _would_leave_the_strongest(market, chosen, plan, gain):
        return Why.STRONGEST
    is_swap = len(plan) <= len(chosen)
    is_match = gain > LEAST_VALUE or (is_swap and gain >= 0)
    if is_match and market.hours_of(plan) > market.hours_of(chosen):
        return Why.MORE_HOURS
    return Why.OVERLAPS if is_strong else Why.LESS_VALUE


def _would_leave_the_strongest(market: Market, chosen: Rows, plan: Rows, gain: float) -> bool:
    """Whether a plan of about the same value lost because nothing in it works on the strongest
    source."""
    if not market.is_led(chosen) or market.is_led(plan):
        return False
    return gain >= (NEAR_BEST - 1) * float(market.values([chosen])[0])


def _requests(market: Market, chosen: Rows) -> tuple[Request, ...]:
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


def _request(market: Market, row: int, standing: Rows, gain: float) -> Request:
    option = market.options[row]
    return Request(
        key=option.key,
        aim=market.aim(row, standing),
        value=rounded(gain),
        hours=rounded(market.hours[row]),
        weeks=option.weeks,
        level=option.level,
    )
