"""How sure it is that a source is among the three strongest of a unit: draws, shares, words."""

import hashlib
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import special

DRAWS = 4000
TOP = 3
CLEAR_FROM = 0.80
LIKELY_FROM = 0.50
NO_BELOW = 0.05


class Certainty(StrEnum):
    """Of being among the three strongest sources of a unit."""

    CLEAR = "CLEAR"
    LIKELY = "LIKELY"
    OPEN = "OPEN"
    NO = "NO"


def seed_of(assessment_id: str) -> int:
    """The seed of everything drawn for an assessment: SHA-256 of its id."""
    return int.from_bytes(hashlib.sha256(assessment_id.encode()).digest(), "big")


def draw_truth(
    estimates: Sequence[tuple[str, float, float]], *, seed: int, draws: int = DRAWS
) -> NDArray[np.float64]:
    """Draws x sources in points from stored (source, estimate, sd), columns in that order.

    Sources are independent; each is spread evenly over its normal distribution (one value from
    each of `draws` equally likely slices, in random order), so its mean is exact. A column
    depends on seed and source alone: stored findings give the same draws again.
    """
    columns = [mean + sd * slice_normals(seed, source, draws) for source, mean, sd in estimates]
    return np.column_stack(columns) if columns else np.empty((draws, 0))


def slice_normals(seed: int, source: str, draws: int) -> NDArray[np.float64]:
    """One standard normal value from each of `draws` equal slices, in random order."""
    generator = np.random.default_rng(seed_of(f"{seed}/{source}"))
    slices = (generator.permutation(draws) + 0.5) / draws
    return np.asarray(special.ndtri(slices), dtype=np.float64)


def shares_in_top(truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per row of `truth` (sources x draws), the share of draws in which it is in the top three.

    Needs three rows or more.
    """
    third = np.partition(truth, -TOP, axis=0)[-TOP]
    return np.asarray((truth >= third).mean(axis=1), dtype=np.float64)


def certainty_of(p_top3: float) -> Certainty:
    """The word for a probability of being among the three strongest."""
    if p_top3 >= CLEAR_FROM:
        return Certainty.CLEAR
    if p_top3 >= LIKELY_FROM:
        return Certainty.LIKELY
    return Certainty.NO if p_top3 < NO_BELOW else Certainty.OPEN
