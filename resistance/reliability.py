"""How consistently the statements of a source measure it, and how much teams differ on it."""

import numpy as np
from numpy.typing import NDArray
from scipy import special


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
    _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    freedom = len(scores) - len(sizes)
    if freedom < 1:
        raise TooLittleDataError("every group has one person")
    sums = np.zeros((len(sizes), scores.shape[1]))
    np.add.at(sums, codes, scores)
    centred = scores - (sums / sizes[:, None])[codes]
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
