"""Empirical Bayes on plain numbers: variance between units, common mean, steadied estimate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_BETWEEN = 2500.0
"""Upper limit of a variance between units: half of them at 0 points, half at 100."""

HALVINGS = 40
"""Leave less than a millionth of a square point; scipy.optimize would cost each process 0.2 s."""


@dataclass(frozen=True)
class Prior:
    """Where units lie before they are measured: points and squared points.

    `is_borrowed`: the mean comes from elsewhere, not from the units that are steadied.
    """

    mean: float
    mean_variance: float
    between: float
    is_borrowed: bool = False


@dataclass(frozen=True)
class Sample:
    """Values of the units of one source, and the variance of each about its expectation."""

    values: NDArray[np.float64]
    variances: NDArray[np.float64]

    def weighted_mean(self, between: float) -> tuple[float, float]:
        """Precision-weighted mean over units and its variance."""
        weights = 1 / (self.variances + between)
        total = float(weights.sum())
        return float((weights * self.values).sum()) / total, 1 / total

    def excess(self, between: float) -> float:
        """Weighted squares about the mean, less their expectation: falls as `between` rises."""
        mean, _ = self.weighted_mean(between)
        squares = (self.values - mean) ** 2 / (self.variances + between)
        return float(squares.sum()) - (len(self.values) - 1)


def between_variance(samples: Sequence[Sample]) -> float:
    """Paule-Mandel estimate of the variance between units, common to all `samples`, from 0."""

    def excess(between: float) -> float:
        return sum(sample.excess(between) for sample in samples)

    if excess(0.0) <= 0:
        return 0.0
    if excess(MOST_BETWEEN) >= 0:
        return MOST_BETWEEN
    low, high = 0.0, MOST_BETWEEN
    for _halving in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def shrink(value: float, error: float, expected: float, prior: Prior) -> tuple[float, float]:
    """Steadied value and its variance.

    `error` is the variance of `value` about the members' true mean, `expected` the variance of
    that true mean about the common mean: w = A / (A + v), posterior variance
    w v + (1 - w)^2 Var(mean). A borrowed mean is one more thing that is not known of the unit:
    A + Var(mean) stands for A, and w v is the posterior variance.
    """
    apart = expected + prior.mean_variance if prior.is_borrowed else expected
    weight = apart / (apart + error)
    of_mean = 0.0 if prior.is_borrowed else (1 - weight) ** 2 * prior.mean_variance
    return weight * value + (1 - weight) * prior.mean, weight * error + of_mean
