"""What a group of a given size will be able to tell: how wide its ranges, how small a change.

For a source of middling spread and reliability (docs/scoring.md, 13). Nothing here knows who
answers: everything depends on the size of the group and on what the whole organisation showed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from statistics import fmean

from resistance.change import DEFAULT_DRIFT, Reading, smallest_fall
from resistance.inputs import Defaults, EarlierSource
from resistance.scoring import interval
from resistance.shown import Thresholds
from resistance.variance import DEFAULT_PRIOR_DF

EXPECTED_RESPONSE = 0.75
RESPONSES = (60, 80)
MIDDLE = 50


@dataclass(frozen=True)
class Spread:
    """Variance inside groups and reliability of a source, and the variance by which one member
    moves without any cause; variances in squared points.

    `is_own`: measured in this organisation; else Headwind's starting values, and said to be.
    `is_own_drift`: the same of the drift.
    """

    variance: float
    alpha: float
    is_own: bool
    drift: float = DEFAULT_DRIFT
    is_own_drift: bool = False


@dataclass(frozen=True)
class Width:
    """Points to either side of a value when `percent` of a group answer.

    `half` is None where so few would not be shown alone; `is_band` where 5 to 9 would be shown
    as low, mixed or high.
    """

    percent: int
    half: int | None
    is_band: bool


@dataclass(frozen=True)
class Preview:
    """What a group may expect before anybody is asked."""

    widths: tuple[Width, ...]
    change: int


def spread_of(sources: Collection[EarlierSource]) -> Spread:
    """The mean over these sources, else the default of whatever none of them knows."""
    variances = [source.variance for source in sources if source.variance is not None]
    alphas = [source.alpha for source in sources if source.alpha is not None]
    constants = Defaults()
    return Spread(
        variance=fmean(variances) if variances else constants.within_sd**2,
        alpha=fmean(alphas) if alphas else constants.alpha,
        is_own=bool(variances),
    )


STARTING = spread_of(())


def preview(
    invited: int, *, spread: Spread = STARTING, thresholds: Thresholds | None = None
) -> Preview:
    limits = thresholds or Thresholds()
    return Preview(
        widths=tuple(_width(invited, percent, spread, limits) for percent in RESPONSES),
        change=smallest_change(invited, spread=spread, thresholds=limits),
    )


def smallest_change(
    invited: int, *, spread: Spread = STARTING, thresholds: Thresholds | None = None
) -> int:
    """Points by which one named source must fall in `invited` people to be seen 8 times in 10.

    Three of four answer both times. Never under 5, as less is not reported (docs/scoring.md, 13).
    """
    limits = thresholds or Thresholds()
    answers = max(limits.score, round(EXPECTED_RESPONSE * invited))
    reading = _reading(answers, invited, EXPECTED_RESPONSE, spread, limits)
    return round(smallest_fall(reading, drift=spread.drift))


def _width(invited: int, percent: int, spread: Spread, limits: Thresholds) -> Width:
    """Of whole people: 60 % of 8 are 4, as 5 would be more."""
    answers = invited * percent // 100
    if answers < limits.score:
        return Width(percent, None, is_band=False)
    reading = _reading(answers, invited, percent / 100, spread, limits)
    df = DEFAULT_PRIOR_DF if reading.n is None else DEFAULT_PRIOR_DF + reading.n - 1
    low, _high = interval(MIDDLE, reading.error, df)
    return Width(percent, MIDDLE - low, is_band=reading.rounded)


def _reading(
    answers: int, invited: int, response: float, spread: Spread, limits: Thresholds
) -> Reading:
    is_exact = answers >= limits.exact
    return Reading(
        value=MIDDLE,
        n=answers if is_exact else None,
        invited=max(answers, invited),
        rounded=not is_exact,
        variance=spread.variance,
        alpha=spread.alpha,
        response=response,
    )
