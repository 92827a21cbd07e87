"""What a little more would change: the next budget and the next horizon with another plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from plans.market import LEAST_VALUE, NEAR_BEST, SLACK, Market, Rows, Sets, choose
from plans.options import weeks_until
from plans.ranking import Ranking
from plans.severity import Floats


@dataclass(frozen=True)
class Step:
    """`more` hours or weeks, a whole number, and the options that come in and go out with them."""

    more: int
    comes: tuple[str, ...]
    goes: tuple[str, ...]


@dataclass(frozen=True)
class Outlook:
    """The smallest steps at which the plan changes; None where no step changes it."""

    budget: Step | None = None
    horizon: Step | None = None


def look_further(market: Market, ranking: Ranking) -> Outlook:
    """Exact: every set is valued again without limits on hours and weeks."""
    wide = market.without_limits()
    sets, chosen = wide.every_set(), tuple(wide.row[action.key] for action in ranking.chosen)
    weeks = _weeks_of(wide, sets)
    is_first = np.arange(len(weeks)) == 0
    in_time = (weeks <= market.limits.horizon_weeks) | is_first
    affordable = (sets.hours <= market.limits.budget_hours + SLACK) | is_first
    return Outlook(
        budget=_next_budget(wide, sets, chosen, in_time, market.limits.budget_hours),
        horizon=_next_horizon(wide, sets, chosen, affordable, weeks, market.limits.horizon_weeks),
    )


def _next_budget(
    market: Market, sets: Sets, chosen: Rows, in_time: NDArray[np.bool_], budget: float
) -> Step | None:
    """The plan changes where a dearer set is worth so much that it leaves the 5 % behind, or is
    within 5 % of all that are affordable with it and works on the strongest source at last."""
    value = market.values([chosen])[0]
    is_better = value < NEAR_BEST * sets.values
    if not market.is_led(chosen):
        is_better |= sets.serves & (sets.values >= NEAR_BEST * _highest_within(sets, in_time))
    is_better &= sets.values > sets.values[0] + LEAST_VALUE
    dearer = sets.hours[in_time & is_better & (sets.hours > budget + SLACK)]
    for more in np.unique(np.ceil(dearer - budget - SLACK)):
        fits = in_time & (sets.hours <= budget + more + SLACK)
        fits[0] = True
        best = _best(market, sets, fits)
        if set(best) != set(chosen):
            return _step(market, chosen, best, int(more))
    return None


def _next_horizon(  # noqa: PLR0917  what a step in time depends on
    market: Market,
    sets: Sets,
    chosen: Rows,
    affordable: NDArray[np.bool_],
    weeks: NDArray[np.float64],
    horizon: float,
) -> Step | None:
    for later in np.unique(weeks[affordable & (weeks > horizon) & (weeks < inf)]):
        best = _best(market, sets, affordable & (weeks <= later))
        if set(best) != set(chosen):
            return _step(market, chosen, best, ceil(later - horizon))
    return None


def _highest_within(sets: Sets, in_time: NDArray[np.bool_]) -> Floats:
    """Per set the highest value of any set in time that takes no more hours."""
    order = np.argsort(sets.hours, kind="stable")
    highest = np.maximum.accumulate(np.where(in_time, sets.values, 0.0)[order])
    last = np.searchsorted(sets.hours[order], sets.hours, side="right") - 1
    return np.asarray(highest[last], dtype=np.float64)


def _weeks_of(market: Market, sets: Sets) -> NDArray[np.float64]:
    """Weeks until every set shows; pinned options and fillers take none."""
    options, done = {option.key: option for option in market.options}, market.limits.done
    pinned = market.limits.pinned
    own = [0.0 if key in pinned else weeks_until(key, options, done) for key in options]
    return np.append(own, 0.0)[sets.rows].max(axis=1)


def _best(market: Market, sets: Sets, fits: NDArray[np.bool_]) -> Rows:
    within = Sets(sets.rows[fits], sets.hours[fits], sets.values[fits], sets.serves[fits])
    return market.members(within.rows[choose(within)])


def _step(market: Market, before: Rows, after: Rows, more: int) -> Step:
    def keys(rows: set[int]) -> Iterator[str]:
        return (market.options[row].key for row in sorted(rows))

    return Step(more, tuple(keys(set(after) - set(before))), tuple(keys(set(before) - set(after))))
