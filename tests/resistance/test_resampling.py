import numpy as np
import pytest

from resistance.resampling import MOST_PARTS, resampled_products


def spread_of_mean(people, *, seed=1):
    """Standard deviation over resamples of the mean of one variable, times the root of people."""
    values = np.random.default_rng(3).normal(0, 2, people)
    rows = np.column_stack([np.ones(people), values])
    sums = resampled_products(rows, generator=np.random.default_rng(seed), rounds=2000)
    return float((sums[:, 0, 1] / sums[:, 0, 0]).std() * people**0.5 / values.std())


@pytest.mark.parametrize("people", [200, 7 * MOST_PARTS + 3])
def test_resamples_scatter_as_much_as_people_drawn_one_by_one(people):
    assert spread_of_mean(people) == pytest.approx(1, abs=0.05)


def test_a_resample_holds_as_many_people():
    rows = np.ones((50, 1))

    sums = resampled_products(rows, generator=np.random.default_rng(1), rounds=3)

    assert sums.ravel().tolist() == [50, 50, 50]
