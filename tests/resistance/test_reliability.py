"""Reliability: the page's worked examples, edges, and agreement with plain formulas."""

import numpy as np
import pytest

from resistance.reliability import (
    TooLittleDataError,
    alpha_from_covariance,
    alpha_interval,
    icc1,
    icc2,
    implied_inter_item_r,
    spearman_brown,
    within_covariance,
)
from tests.worked_examples import read_example

COVARIANCE = np.array([[400.0, 180, 160], [180, 500, 200], [160, 200, 450]])


def test_reliability_equals_worked_examples():
    low, high = alpha_interval(0.85, n=89, k=7)

    computed = [
        alpha_from_covariance(COVARIANCE),
        low,
        high,
        spearman_brown(0.45, 3),
        spearman_brown(0.45, 4),
        implied_inter_item_r(0.75, 3),
        icc1(49, 324),
        icc2(49, 324, 12),
    ]

    assert [f"{value:.3f}" for value in computed] == [
        row["value"] for row in read_example("reliability")
    ]


def test_alpha_of_two_items_is_spearman_brown():
    covariance = np.array([[100.0, 45], [45, 100]])

    assert alpha_from_covariance(covariance) == pytest.approx(spearman_brown(0.45, 2))


def test_implied_correlation_turns_spearman_brown():
    assert spearman_brown(implied_inter_item_r(0.81, 4), 4) == pytest.approx(0.81)


@pytest.mark.parametrize("covariance", [np.array([[4.0]]), np.zeros((3, 3))])
def test_alpha_refuses_items_that_do_not_vary(covariance):
    with pytest.raises(TooLittleDataError):
        alpha_from_covariance(covariance)


def test_within_covariance_of_one_group_is_the_usual_one():
    scores = np.array([[1.0, 2], [3, 5], [4, 4], [8, 6]])

    found = within_covariance(scores, np.zeros(4, dtype=np.int64))

    assert found == pytest.approx(np.cov(scores, rowvar=False))


def test_within_covariance_ignores_differences_between_groups():
    scores = np.array([[1.0, 2], [3, 5], [4, 4], [8, 6]])
    groups = np.array([3, 3, 9, 9])

    found = within_covariance(scores, groups)
    moved = within_covariance(scores + 50.0 * (groups == 9)[:, None], groups)

    assert moved == pytest.approx(found)


def test_within_covariance_refuses_groups_of_one():
    with pytest.raises(TooLittleDataError):
        within_covariance(np.ones((3, 2)), np.array([1, 2, 3]))


def test_alpha_interval_narrows_with_more_people():
    few, many = alpha_interval(0.75, n=50, k=3), alpha_interval(0.75, n=500, k=3)

    assert few[0] < many[0] < 0.75 < many[1] < few[1]


def test_icc_of_nothing_is_zero():
    assert (icc1(0, 0), icc2(0, 0, 10)) == (0.0, 0.0)


def read_questionnaire():
    """Ratings of 10 questions by 15 people: the example for Cronbach's alpha of Zaiontz, Real
    Statistics, as the package pingouin ships it. People x questions."""
    import pingouin

    rows = pingouin.read_dataset("cronbach_alpha")
    return rows.pivot(index="Subj", columns="Items", values="Scores")


def test_alpha_of_a_published_questionnaire_is_that_of_pingouin():
    import pingouin

    ratings = read_questionnaire()
    expected, (low, high) = pingouin.cronbach_alpha(data=ratings)

    alpha = alpha_from_covariance(np.cov(ratings.to_numpy(), rowvar=False))

    assert alpha == pytest.approx(expected)
    assert round(alpha, 3) == 0.592
    assert alpha_interval(alpha, *ratings.shape) == pytest.approx((low, high), abs=0.0005)


def test_alpha_within_cells_is_that_of_pingouin_once_cell_means_are_gone():
    import pingouin

    ratings = read_questionnaire()
    cells = np.arange(len(ratings)) // 5
    centred = ratings - ratings.groupby(cells).transform("mean")
    expected, _ = pingouin.cronbach_alpha(data=centred)

    alpha = alpha_from_covariance(within_covariance(ratings.to_numpy(dtype=float), cells))

    assert alpha == pytest.approx(expected)
