"""Whether somebody who answered can be sure on which side a colleague is: disagree, neutral or
agree. Pure arithmetic on counts of the five answers; steps run from 0 (the lowest) to 4.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

STEPS = range(5)
SIDES = ((0, 1), (2,), (3, 4))
OUTSIDE_EXACT, OUTSIDE_IMPLIED = 3, 2
ITEM_MARGIN = 7  # steps that a sum of n answers stays away from both ends of its scale


def is_mixed(counts: Ints, exact: int) -> Flags:
    """Whether enough answers lie outside the biggest side for a histogram to be known.

    `counts`: (..., 5); three answers from `exact` answers on, two for fewer.
    """
    n = counts.sum(axis=-1)
    biggest = np.max([counts[..., list(side)].sum(axis=-1) for side in SIDES], axis=0)
    return np.asarray(n - biggest >= np.where(n >= exact, OUTSIDE_EXACT, OUTSIDE_IMPLIED))


def extreme_sums(counts: Ints, n: Ints) -> tuple[Ints, Ints]:
    """The lowest and highest sum of steps of any n out of the counted answers."""
    return _fill(counts, n, STEPS), _fill(counts, n, STEPS[::-1])


def _fill(counts: Ints, n: Ints, order: range) -> Ints:
    left, total = n, np.zeros_like(n)
    for step in order:
        taken = np.minimum(left, counts[..., step])
        left = left - taken
        total = total + step * taken
    return total


def leaves_open(rest: Ints, n: Ints, low: Ints, high: Ints) -> Flags:
    """Whether n answers out of a known histogram `rest` (..., 5), with a sum of steps that is
    known to lie in `low`..`high`, leave open for every own answer on which side a colleague is.

    A sum counts as possible only if it surely is: going from the lowest to the highest by single
    swaps, no step is longer than the widest gap between neighbouring answers.
    """
    open_for_all = np.ones(n.shape, dtype=np.bool_)
    for own in STEPS:
        without = rest.copy()
        without[..., own] -= 1
        sides = np.zeros(n.shape, dtype=np.int64)
        maybe = np.zeros(n.shape, dtype=np.bool_)
        for side in SIDES:
            found = [_can_occur(without, n, low - own, high - own, step) for step in side]
            sides += np.any([sure for sure, _ in found], axis=0)
            maybe |= np.any([perhaps for _, perhaps in found], axis=0)
        open_for_all &= (sides > 1) | ~maybe
    return open_for_all


def _can_occur(rest: Ints, n: Ints, low: Ints, high: Ints, step: int) -> tuple[Flags, Flags]:
    """Whether a colleague's answer surely, and perhaps, can be `step`."""
    left = rest.copy()
    left[..., step] -= 1
    lowest, highest = extreme_sums(left, n - 2)
    first, last = np.maximum(lowest, low - step), np.minimum(highest, high - step)
    perhaps = (left >= 0).all(axis=-1) & (first <= last)
    reaches_end = (low - step <= lowest) | (high - step >= highest)
    return perhaps & (reaches_end | (last - first >= _widest_gap(left) - 1)), perhaps


def _widest_gap(counts: Ints) -> Ints:
    """The biggest difference between neighbouring answers that occur; 0 if all are the same."""
    last = np.full(counts.shape[:-1], len(STEPS))
    widest = np.zeros_like(last)
    for step in STEPS:
        occurs = counts[..., step] > 0
        widest = np.where(occurs, np.maximum(widest, step - last), widest)
        last = np.where(occurs, step, last)
    return widest
