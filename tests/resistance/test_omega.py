"""Omega: worked example, loadings that are known, and what it has in common with alpha."""

import numpy as np
import pytest

from resistance.reliability import (
    TooLittleDataError,
    alpha_from_covariance,
    omega_from_covariance,
    omega_interval,
)
from tests.worked_examples import read_example


def make_covariance(loadings, uniqueness):
    return np.outer(loadings, loadings) + np.diag(uniqueness)


def make_scores(people, *, seed=2):
    generator = np.random.default_rng(seed)
    factor = generator.normal(size=(people, 1))
    return 15 * factor + generator.normal(0, 15, (people, 3))


def test_omega_equals_worked_example():
    rows = read_example("omega")

    found = omega_from_covariance(
        np.array([[float(row[f"statement {i}"]) for i in (1, 2, 3)] for row in rows])
    )

    assert {f"{found:.3f}"} == {row["omega"] for row in rows}


def test_omega_recovers_four_known_loadings():
    loadings, uniqueness = np.array([18.0, 14, 10, 6]), np.array([100.0, 150, 200, 250])

    found = omega_from_covariance(make_covariance(loadings, uniqueness))

    common = loadings.sum() ** 2
    assert found == pytest.approx(common / (common + uniqueness.sum()), abs=1e-5)


def test_omega_of_equal_loadings_is_alpha():
    covariance = make_covariance(np.full(3, 12.0), np.array([150.0, 150, 150]))

    assert omega_from_covariance(covariance) == pytest.approx(alpha_from_covariance(covariance))


def test_omega_is_not_below_alpha_when_loadings_differ():
    covariance = make_covariance(np.array([20.0, 12, 5]), np.array([100.0, 200, 300]))

    assert omega_from_covariance(covariance) > alpha_from_covariance(covariance)


def test_omega_of_an_impossible_loading_stays_within_one():
    covariance = np.array([[100.0, 90, 80], [90, 100, 40], [80, 40, 100]])

    assert 0 < omega_from_covariance(covariance) <= 1


@pytest.mark.parametrize("covariance", [np.eye(2), np.diag([1.0, 1.0, 0.0])])
def test_omega_refuses_too_little(covariance):
    with pytest.raises(TooLittleDataError):
        omega_from_covariance(covariance)


def test_omega_interval_holds_the_truth_and_narrows():
    groups = np.arange(60) % 6
    few = omega_interval(make_scores(60), groups, generator=np.random.default_rng(1))
    many = omega_interval(make_scores(600), np.arange(600) % 6, generator=np.random.default_rng(1))

    assert few[0] < 0.75 < few[1]
    assert many[0] < 0.75 < many[1]
    assert many[1] - many[0] < few[1] - few[0]


def test_omega_interval_ignores_differences_between_groups():
    scores, groups = make_scores(90), np.arange(90) % 3
    moved = scores + 40.0 * groups[:, None]

    found, shifted = (
        omega_interval(table, groups, generator=np.random.default_rng(1), rounds=50)
        for table in (scores, moved)
    )

    assert shifted == pytest.approx(found)


def test_omega_interval_refuses_groups_of_one():
    with pytest.raises(TooLittleDataError):
        omega_interval(make_scores(3), np.arange(3), generator=np.random.default_rng(1))
