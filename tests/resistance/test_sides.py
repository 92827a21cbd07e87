"""Openness of sides against trying out every set of answers."""

from itertools import combinations

import numpy as np
import pytest

from resistance.sides import extreme_sums, is_mixed, leaves_open

SIDE_OF = (0, 0, 1, 2, 2)


def drawn(rest: list[int], n: int) -> set[tuple[int, ...]]:
    """Every different set of n steps out of a histogram."""
    return set(combinations([step for step, count in enumerate(rest) for _ in range(count)], n))


def is_really_open(rest: list[int], n: int, low: int, high: int) -> bool:
    possible = [part for part in drawn(rest, n) if low <= sum(part) <= high]
    for own in {step for part in possible for step in part}:
        sides: set[int] = set()
        for part in (part for part in possible if own in part):
            others = list(part)
            others.remove(own)
            sides.update(SIDE_OF[step] for step in others)
        if len(sides) < 2:
            return False
    return True


@pytest.mark.parametrize("seed", range(40))
def test_leaves_open_never_says_so_when_a_side_is_certain(seed):
    rng = np.random.default_rng(seed)
    rest = rng.multinomial(10, rng.dirichlet([0.5] * 5)).tolist()
    n = int(rng.integers(5, 10))
    ranges = [(low, high) for low in range(0, 4 * n, 3) for high in range(low, 4 * n + 1, 2)]
    low, high = np.array(ranges).T
    size = len(ranges)

    found = leaves_open(np.tile(np.array(rest), (size, 1)), np.full(size, n), low, high)

    really = np.array([is_really_open(rest, n, *pair) for pair in ranges])
    assert not (found & ~really).any()
    assert (found & really).sum() >= 0.8 * really.sum()


def test_extreme_sums_take_the_lowest_and_the_highest_answers():
    counts = np.array([[2, 0, 3, 0, 1], [0, 0, 0, 0, 5]])

    lowest, highest = extreme_sums(counts, np.array([4, 5]))

    assert (lowest.tolist(), highest.tolist()) == ([4, 20], [10, 20])


def test_mixed_needs_two_outside_the_biggest_side_and_three_from_ten_answers():
    counts = np.array([[0, 4, 1, 0, 0], [2, 2, 1, 0, 1], [4, 4, 1, 0, 1], [4, 3, 1, 1, 1]])

    assert is_mixed(counts, 10).tolist() == [False, True, False, True]
