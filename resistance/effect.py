"""What an action did: the unit's second value less what it would have been without the action.

The expectation comes from units on which nobody acted. Pure; formulas, their sources and worked
examples: docs/scoring.md. Points are signed: negative is less resistance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

MIN_PAIRS = 60
MIN_COMPARISON_UNITS = 8
SIZES = (5, 10, 20, 50)
"""Size classes by the fewer answers of both assessments, named by where they begin."""

ROUNDS = 4
MIN_VARIANCE = 1.0
DRIFT_SD = 3.0
"""Points by which a source moves in the whole organisation when nothing tells its trend."""

UNFITTED_MARGIN = 1.6
"""Points added to both sides while no pair of assessments tells how values move on their own."""


class TooFewPairsError(ValueError):
    """Raised when fewer than 60 pairs tell how values move on their own."""


class Basis(StrEnum):
    """What the expected value without the action rests on."""

    FITTED = "FITTED"
    NO_TREND = "NO_TREND"
    UNFITTED = "UNFITTED"


class Verdict(StrEnum):
    """What may be said of an action; never stronger than "consistent with"."""

    WORKED = "WORKED"
    NO_SIGN = "NO_SIGN"
    TOO_FEW = "TOO_FEW"


@dataclass(frozen=True)
class Pair:
    """One source of one unit in two assessments, in points.

    `mean`: the organisation's mean of the source in the first one; `answers`: the fewer of both
    counts, 5 where only "5-9" is known.
    """

    source: str
    before: float
    after: float
    mean: float
    answers: int

    @property
    def start(self) -> float:
        """Points above the organisation's mean at the first assessment."""
        return self.before - self.mean

    @property
    def moved(self) -> float:
        """Points of the second value above the first mean."""
        return self.after - self.mean


@dataclass(frozen=True)
class Slope:
    """How much of a deviation is left later in one size class, and the scatter about that."""

    value: float
    sd: float
    variance: float
    pairs: int


@dataclass(frozen=True)
class Trend:
    """How a source moved where nobody acted on it, in points."""

    value: float
    sd: float
    units: int


@dataclass(frozen=True)
class Expectation:
    """Slope per size class (by its first size) and trend per source."""

    slopes: Mapping[int, Slope]
    trends: Mapping[str, Trend]

    def slope_for(self, answers: int) -> Slope:
        """Of the size class that holds `answers`; joined classes count as the smallest of them."""
        fitting = [size for size in self.slopes if size <= answers]
        return self.slopes[max(fitting, default=min(self.slopes))]


@dataclass(frozen=True)
class Effect:
    """An effect in points with its 95 % interval.

    `variance` is that of this unit's value alone, `shared_variance` that of the trend, which it
    has in common with every effect on the source between the same two assessments.
    """

    value: float
    low: float
    high: float
    variance: float
    shared_variance: float
    basis: Basis
    verdict: Verdict

    @property
    def teaches(self) -> bool:
        """Whether the catalogue may learn from it, as far as the measurement goes."""
        return self.basis is Basis.FITTED


def fit_expectation(pairs: Iterable[Pair]) -> Expectation:
    """Regress second on first values over pairs on which nobody acted.

    One slope per size class, one trend per source, weighted by the scatter in each class. A
    class of fewer than 60 pairs joins its neighbour. Raises TooFewPairsError below 60 pairs.
    """
    rows = sorted(pairs, key=lambda pair: (pair.source, pair.answers, pair.before, pair.after))
    if len(rows) < MIN_PAIRS:
        raise TooFewPairsError(f"{len(rows)} pairs")
    sources = sorted({pair.source for pair in rows})
    classes = _joined_classes([pair.answers for pair in rows])
    own_class = np.array([_class_of(pair.answers, classes) for pair in rows])
    start = np.array([pair.start for pair in rows])
    own_source = np.array([sources.index(pair.source) for pair in rows])
    design = np.column_stack(
        [own_source[:, None] == np.arange(len(sources)), start[:, None] * _flags(own_class)]
    ).astype(np.float64)
    fit = _weighted_fit(design, np.array([pair.moved for pair in rows]), own_class)
    return _as_expectation(fit, sources, classes, np.bincount(own_class), own_source)


def fit_trends(slopes: Mapping[int, Slope], pairs: Iterable[Pair]) -> Expectation:
    """Stored slopes with the trends of a new comparison sample, on which nobody acted."""
    stored = Expectation(slopes, {})
    left: dict[str, list[tuple[float, float]]] = {}
    for pair in pairs:
        slope = stored.slope_for(pair.answers)
        rest = pair.moved - slope.value * pair.start
        left.setdefault(pair.source, []).append((rest, slope.variance))
    return Expectation(slopes, {source: _trend(left[source]) for source in sorted(left)})


def measure_effect(pair: Pair, expectation: Expectation, *, expected: float) -> Effect:
    """Effect of an action on `pair`; `expected` is what its strategy promised (negative).

    With a trend from fewer than 8 units the trend counts as 0 with 3 points of uncertainty, and
    the effect is too little to judge or to learn from.
    """
    slope, trend = expectation.slope_for(pair.answers), expectation.trends.get(pair.source)
    is_known = trend is not None and trend.units >= MIN_COMPARISON_UNITS
    moved, moved_sd = (trend.value, trend.sd) if trend and is_known else (0.0, DRIFT_SD)
    value = pair.moved - moved - slope.value * pair.start
    variance = slope.variance + (slope.sd * pair.start) ** 2
    half = float(special.stdtrit(slope.pairs - 2, 0.975)) * sqrt(variance + moved_sd**2)
    low, high = value - half, value + half
    return Effect(
        value=value,
        low=low,
        high=high,
        variance=variance,
        shared_variance=moved_sd**2,
        basis=Basis.FITTED if is_known else Basis.NO_TREND,
        verdict=judge_effect(low, high, expected) if is_known else Verdict.TOO_FEW,
    )


def measure_unfitted_effect(
    *, after: float, after_error: float, estimate: float, sd: float
) -> Effect:
    """Before any pair of assessments: the steadied first value stands for the expectation.

    `after_error` is the error variance of the second value, `estimate` and `sd` are the
    first assessment's. The interval gets the unknown trend and 1.6 points more on both sides;
    the verdict is always "too few to say".
    """
    value, variance = after - estimate, after_error + sd**2
    half = 1.96 * sqrt(variance + DRIFT_SD**2) + UNFITTED_MARGIN
    return Effect(
        value=value,
        low=value - half,
        high=value + half,
        variance=variance,
        shared_variance=DRIFT_SD**2,
        basis=Basis.UNFITTED,
        verdict=Verdict.TOO_FEW,
    )


def judge_effect(low: float, high: float, expected: float) -> Verdict:
    """Worked: the whole interval lies below 0. No sign: it leaves out what was expected.

    Too few to say: both no effect and the expected one are possible.
    """
    if high < 0:
        return Verdict.WORKED
    return Verdict.NO_SIGN if low > expected else Verdict.TOO_FEW


@dataclass(frozen=True, eq=False)
class _Fit:
    """Coefficients (trends, then slopes), their standard deviations, scatter per class."""

    values: Floats
    sds: Floats
    scatter: Floats


def _weighted_fit(design: Floats, moved: Floats, own_class: NDArray[np.intp]) -> _Fit:
    """Least squares, weighted by the scatter of each class as found in the round before."""
    count = int(own_class.max()) + 1
    scatter = np.ones(count)
    for _ in range(ROUNDS):
        weights = 1 / scatter[own_class]
        inverse = np.linalg.pinv(design.T @ (design * weights[:, None]))
        values = inverse @ (design.T @ (weights * moved))
        squares = (moved - design @ values) ** 2
        used = weights * np.einsum("ij,jk,ik->i", design, inverse, design)
        freedom = np.bincount(own_class) - np.bincount(own_class, weights=used)
        total = np.bincount(own_class, weights=squares)
        scatter = np.maximum(MIN_VARIANCE, total / np.maximum(freedom, 1.0))
    return _Fit(values, np.sqrt(inverse.diagonal()), scatter)


def _as_expectation(
    fit: _Fit,
    sources: Sequence[str],
    classes: Sequence[int],
    sizes: NDArray[np.intp],
    own_source: NDArray[np.intp],
) -> Expectation:
    units = np.bincount(own_source)
    trends = {
        source: Trend(float(fit.values[i]), float(fit.sds[i]), int(units[i]))
        for i, source in enumerate(sources)
    }
    first = len(sources)
    slopes = {
        size: Slope(
            value=float(fit.values[first + i]),
            sd=float(fit.sds[first + i]),
            variance=float(fit.scatter[i]),
            pairs=int(sizes[i]),
        )
        for i, size in enumerate(classes)
    }
    return Expectation(slopes, trends)


def _trend(left: Sequence[tuple[float, float]]) -> Trend:
    weights = np.array([1 / variance for _, variance in left])
    value = float(weights @ [rest for rest, _ in left]) / float(weights.sum())
    return Trend(value, float(weights.sum() ** -0.5), len(left))


def _joined_classes(answers: Sequence[int]) -> tuple[int, ...]:
    """First sizes of classes of 60 pairs or more; a smaller class joins the one above it."""
    found = np.sort(np.asarray(answers))
    kept: list[int] = []
    for size in reversed(SIZES):
        upper = min(kept, default=int(found[-1]) + 1)
        if ((found >= size) & (found < upper)).sum() >= MIN_PAIRS:
            kept.append(size)
    below = int((found < min(kept, default=SIZES[0])).sum())
    if below or not kept:
        kept = [*kept[:-1], SIZES[0]]
    return tuple(sorted(kept))


def _class_of(answers: int, classes: Sequence[int]) -> int:
    return max(i for i, size in enumerate(classes) if size <= answers or i == 0)


def _flags(own_class: NDArray[np.intp]) -> NDArray[np.bool_]:
    return np.asarray(own_class[:, None] == np.arange(int(own_class.max()) + 1))
