"""How consistently the statements of a source measure it, and how much teams differ on it."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from resistance.resampling import resampled_products

ALIKE_BELOW = 0.05
MINRES_ROUNDS = 1000
MINRES_STEP = 1e-7


class TooLittleDataError(ValueError):
    """Raised when a coefficient is asked of fewer than two items or of no variance."""


def alpha_from_covariance(covariance: NDArray[np.float64]) -> float:
    """Cronbach's alpha of a k x k item covariance matrix: k/(k-1) * (1 - trace / sum).

    With two items of one variance this is the Spearman-Brown value of their correlation.
    Raises TooLittleDataError for fewer than two items, or when the total has no variance.
    """
    k = len(covariance)
    total = float(covariance.sum())
    if k < 2 or total <= 0:
        raise TooLittleDataError("alpha needs two items that vary")
    return k / (k - 1) * (1 - float(np.trace(covariance)) / total)


def within_covariance(
    scores: NDArray[np.float64], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Item covariance (k x k) after every group's means are taken out.

    `scores` is persons x items without gaps; `groups` names each person's group. Differences
    between groups therefore cannot raise alpha. Raises TooLittleDataError unless the persons
    outnumber the groups.
    """
    centred, freedom = _centre(scores, groups)
    return np.asarray(centred.T @ centred / freedom, dtype=np.float64)


def alpha_interval(alpha: float, n: int, k: int, level: float = 0.95) -> tuple[float, float]:
    """Feldt's interval of alpha for n persons and k items, from the F distribution."""
    tail = (1 - level) / 2
    freedom = (n - 1, (n - 1) * (k - 1))
    low = 1 - (1 - alpha) * float(special.fdtri(*freedom, 1 - tail))
    high = 1 - (1 - alpha) * float(special.fdtri(*freedom, tail))
    return low, high


def spearman_brown(inter_item_r: float, k: float) -> float:
    """Reliability of the mean of k items that correlate by `inter_item_r`."""
    return k * inter_item_r / (1 + (k - 1) * inter_item_r)


def implied_inter_item_r(alpha: float, k: int) -> float:
    """The mean inter-item correlation that gives `alpha` with k items (Spearman-Brown turned)."""
    return alpha / (k - alpha * (k - 1))


def icc1(between: float, within: float) -> float:
    """Share of the variance of persons that lies between units; 0 when nothing varies."""
    total = between + within
    return between / total if total > 0 else 0.0


def icc2(between: float, within: float, mean_size: float) -> float:
    """Reliability of unit means for units of `mean_size` answers; 0 when nothing varies."""
    total = between + within / mean_size
    return between / total if total > 0 else 0.0


def are_units_alike(icc: float | None) -> bool:
    """Whether units hardly differ on a source, so that it is worked on for all; None: unknown."""
    return icc is not None and icc < ALIKE_BELOW


def omega_from_covariance(covariance: NDArray[np.float64]) -> float:
    """McDonald's omega of one factor: (sum of loadings)^2 over the variance of the sum.

    Takes one k x k item covariance matrix. Raises TooLittleDataError for fewer than three
    items, which leave a factor undetermined, or when an item has no variance.
    """
    return float(_omegas(covariance[None])[0])


def omega_interval(
    scores: NDArray[np.float64],
    groups: NDArray[np.int64],
    *,
    generator: np.random.Generator,
    rounds: int = 400,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile bootstrap interval of omega: persons x items without gaps, within groups.

    Persons are drawn after the group means are taken out. Raises TooLittleDataError as
    `omega_from_covariance` and `within_covariance` do.
    """
    centred, freedom = _centre(scores, groups)
    return omega_interval_of(centred, freedom, generator=generator, rounds=rounds, level=level)


def omega_interval_of(
    centred: NDArray[np.float64],
    freedom: int,
    *,
    generator: np.random.Generator,
    rounds: int = 400,
    level: float = 0.95,
) -> tuple[float, float]:
    """As `omega_interval`, of scores whose group means are taken out already."""
    drawn = resampled_products(centred, generator=generator, rounds=rounds) / freedom
    low, high = np.quantile(_omegas(drawn), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _centre(
    scores: NDArray[np.float64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.float64], int]:
    """Scores less their group's means, and the degrees of freedom that are left."""
    _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    freedom = len(scores) - len(sizes)
    if freedom < 1:
        raise TooLittleDataError("every group has one person")
    sums = np.zeros((len(sizes), scores.shape[1]))
    np.add.at(sums, codes, scores)
    return np.asarray(scores - (sums / sizes[:, None])[codes], dtype=np.float64), freedom


def _omegas(covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Omega of each of many covariance matrices, (m, k, k)."""
    spread = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    if covariances.shape[1] < 3 or not spread.all():
        raise TooLittleDataError("omega needs three items that vary")
    loadings = _loadings(covariances / (spread[:, :, None] * spread[:, None, :])) * spread
    common = loadings.sum(axis=1) ** 2
    unique = np.maximum(0.0, spread**2 - loadings**2).sum(axis=1)
    return np.asarray(common / (common + unique), dtype=np.float64)


def _loadings(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Loadings of one factor by minimum residuals, (m, k), kept within -1 to 1.

    Each loading in turn is the least-squares answer to the correlations of its item with the
    others (Harman & Jones 1966).
    """
    count = correlations.shape[1]
    loadings = np.full(correlations.shape[:2], 0.7)
    for _ in range(MINRES_ROUNDS):
        before = loadings.copy()
        for item in range(count):
            others = np.arange(count) != item
            known = loadings[:, others]
            products = (correlations[:, item, others] * known).sum(axis=1)
            squares = np.maximum((known**2).sum(axis=1), 1e-12)
            loadings[:, item] = np.clip(products / squares, -1.0, 1.0)
        if np.abs(loadings - before).max() < MINRES_STEP:
            break
    return loadings
