"""How much a published index may be off: within-unit variance, sampling variance, prior df.

Pure arithmetic on what the gate shows. Every formula is explained in docs/scoring.md.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

BAND_COUNTS = (5, 9)
"""Fewest and most answers behind an index whose count is not published."""

END_CODES = (30, 70)
"""Of 5-9 answers, values from here outwards may stand for themselves and all beyond."""

RESPONSE_SCATTER = 0.02
"""Correlation within teams of whether people answer: at 75 % response, teams scatter by sd 6 %."""

RESPONSE_RANGE = (0.02, 0.98)
"""Nobody can know that everybody in a team answers."""

ROUNDED_TO_WHOLE = 1 / 12
ROUNDED_TO_FIVE = 25 / 12
"""Variance of a uniform rounding error, in squared points."""

DEFAULT_PRIOR_DF = 16.0
PRIOR_DF_RANGE = (4.0, 200.0)
MIN_DF_FOR_PRIOR = 20


def possible_counts(n: int | None, invited: int) -> range:
    """The numbers of answers an index may rest on: `n` itself, or all of the band 5-9.

    Raises ValueError when the unit is too small to have been shown.
    """
    if n is not None:
        return range(n, n + 1)
    fewest, most = BAND_COUNTS
    if invited < fewest:
        raise ValueError(f"a unit of {invited} invited cannot be shown")
    return range(fewest, min(most, invited) + 1)


@lru_cache(maxsize=4096)
def count_weights(n: int | None, invited: int, response: float | None) -> dict[int, float]:
    """How likely each of `possible_counts` is, from published numbers alone; sums to 1.

    `response`: share of everybody invited to the assessment who answered. A band is weighted as
    if each of its people had answered with that chance, somewhat more or less in every team (a
    beta-binomial distribution); with None all its counts weigh the same.
    """
    counts = np.array(possible_counts(n, invited))
    weights = np.zeros(len(counts))
    if response is not None:
        chance = min(RESPONSE_RANGE[1], max(RESPONSE_RANGE[0], response))
        weights = _log_beta_binomial(counts, invited, chance)
    weights = np.exp(weights - weights.max())
    return dict(zip(counts.tolist(), (weights / weights.sum()).tolist(), strict=True))


def mean_inverse(n: int | None, invited: int, response: float | None) -> float:
    """Expected 1 / (number of answers)."""
    return sum(weight / count for count, weight in count_weights(n, invited, response).items())


def rounding_variance(rounded: bool) -> float:
    """Squared points: 25/12 for multiples of five, 1/12 for whole points."""
    return ROUNDED_TO_FIVE if rounded else ROUNDED_TO_WHOLE


def sampling_variance(variance: float, n: int, invited: int, alpha: float) -> float:
    """Variance of (mean of n observed scores - mean true score of all invited), squared points.

    The finite population and the measurement error in one factor, f = 1 - alpha * n / N.
    """
    return (1 - alpha * n / invited) * variance / n


def error_variance(
    variance: float,
    n: int | None,
    invited: int,
    alpha: float,
    response: float | None = None,
    *,
    is_rounded_to_five: bool,
) -> float:
    """Variance of a published index about the members' true mean, squared points.

    Expected over the band when `n` is None: then it depends on `invited` and `response` alone.
    """
    expected = sum(
        weight * sampling_variance(variance, count, invited, alpha)
        for count, weight in count_weights(n, invited, response).items()
    )
    return expected + rounding_variance(is_rounded_to_five)


def score_variance(item_counts: Sequence[Sequence[int]], inter_item_r: float) -> float:
    """Variance of person scores (mean of k items), squared points, from histograms alone.

    The covariances are not published; they are replaced by `inter_item_r` times the two
    standard deviations: (sum var_i + sum_{i != j} r sd_i sd_j) / k^2.
    """
    variances = np.array([_histogram_variance(counts) for counts in item_counts])
    deviations = np.sqrt(variances)
    cross = float(deviations.sum() ** 2 - variances.sum())
    return (float(variances.sum()) + inter_item_r * cross) / len(item_counts) ** 2


def moderate(own: float, df: float, prior: float, prior_df: float) -> float:
    """Moderated variance (Smyth 2004): weighted by degrees of freedom."""
    return (prior_df * prior + df * own) / (prior_df + df)


def estimate_prior_df(samples: Sequence[Sequence[tuple[float, int]]]) -> float:
    """Prior degrees of freedom of the variances (Smyth 2004), one value for all sources.

    `samples` holds, per source, (variance, degrees of freedom) of each cell. Few cells give
    the documented default; differences below chance give the upper limit.
    """
    usable = [group for group in samples if len(group) > 1]
    freedom = sum(len(group) - 1 for group in usable)
    if freedom < MIN_DF_FOR_PRIOR:
        return DEFAULT_PRIOR_DF
    spread = sum(_log_scatter(group) for group in usable) / freedom
    halves = np.array([df / 2 for group in usable for _, df in group])
    excess = spread - float(special.polygamma(1, halves).mean())
    low, high = PRIOR_DF_RANGE
    if excess <= 0:
        return high
    return min(high, max(low, 2 * trigamma_inverse(excess)))


def trigamma_inverse(value: float) -> float:
    """The x with trigamma(x) = value > 0, by Newton steps on 1 / trigamma."""
    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(special.polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(special.polygamma(2, x))
        x += step
        if abs(step) < 1e-10 * x:
            break
    return x


def _log_beta_binomial(counts: NDArray[np.int64], invited: int, chance: float) -> Floats:
    """Logarithm of the probability of each count, up to a constant."""
    size = 1 / RESPONSE_SCATTER - 1
    yes, no = size * chance, size * (1 - chance)
    ways = special.gammaln(counts + 1) + special.gammaln(invited - counts + 1)
    return np.asarray(special.betaln(counts + yes, invited - counts + no) - ways, dtype=np.float64)


def _histogram_variance(counts: Sequence[int]) -> float:
    weights = np.asarray(counts, dtype=float)
    points = 25.0 * np.arange(len(weights))
    n = weights.sum()
    mean = (weights * points).sum() / n
    return float((weights * (points - mean) ** 2).sum() / (n - 1))


def _log_scatter(group: Sequence[tuple[float, int]]) -> float:
    variances = np.array([variance for variance, _ in group])
    halves = np.array([df / 2 for _, df in group])
    logs = np.log(variances) - special.digamma(halves) + np.log(halves)
    return float(((logs - logs.mean()) ** 2).sum())
