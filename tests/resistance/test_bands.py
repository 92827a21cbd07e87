"""What a band tells, tried with every sum of small units."""

import numpy as np
import pytest

from resistance.bands import STEADY, band, band_range, is_steady


@pytest.mark.parametrize("n", [5, 6, 9, 10, 23])
def test_band_tells_exactly_the_sums_that_are_worded_alike(n):
    totals = np.arange(n, 5 * n + 1)

    low, high = band_range(np.full_like(totals, n), totals)

    words = [band(n, int(total)) for total in totals]
    for place, word in enumerate(words):
        alike = [total - n for total, other in zip(totals, words, strict=True) if other == word]
        assert (low[place], high[place]) == (min(alike), max(alike))


@pytest.mark.parametrize("n", [5, 9, 10, 23])
def test_band_is_steady_if_no_single_answer_moves_it(n):
    totals = np.arange(n, 5 * n + 1)

    found = is_steady(np.full_like(totals, n), totals)

    for total, steady in zip(totals.tolist(), found, strict=True):
        near = range(max(n, total - STEADY), min(5 * n, total + STEADY) + 1)
        assert steady == ({band(n, other) for other in near} == {band(n, total)})
