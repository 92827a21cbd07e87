"""Bands and counts of one statement: how a sum of answers is worded, and what the words tell."""

from typing import Literal

import numpy as np

from resistance.shown import Exact
from resistance.sides import Flags, Ints

STEADY = 4  # what one person's answer can move a sum by
BandValue = Literal["low", "mixed", "high"]


def band(n: int, total: int) -> BandValue:
    if 2 * total < 5 * n:
        return "low"
    return "mixed" if 2 * total <= 7 * n else "high"


def band_range(n: Ints, total: Ints) -> tuple[Ints, Ints]:
    """What a band tells about the sum of n answers, counted from the lowest possible sum."""
    is_low, is_high = 2 * total < 5 * n, 2 * total > 7 * n
    low = np.where(is_low, 0, np.where(is_high, 7 * n // 2 + 1 - n, -(-5 * n // 2) - n))
    high = np.where(is_low, -(-5 * n // 2) - 1 - n, np.where(is_high, 4 * n, 7 * n // 2 - n))
    return low, high


def is_steady(n: Ints, total: Ints) -> Flags:
    """Whether the band of n answers stays the same if their sum moves by `STEADY` either way."""
    low, high = band_range(n, total)
    steps = total - n
    is_far_from_low = (low == 0) | (steps - STEADY >= low)
    return np.asarray(is_far_from_low & ((high == 4 * n) | (steps + STEADY <= high)))


def exactly(counts: list[int], total: int) -> Exact:
    n = sum(counts)
    one, two, three, four, five = counts
    return Exact(n, (20 * total + n) // (2 * n) / 10, (one, two, three, four, five))
