"""Importance: worked examples, a published table, Shapley values as oracle, and drop-outs."""

from itertools import combinations
from math import comb

import numpy as np
import pytest

from resistance.importance import (
    NotEstimableError,
    combine_importance,
    derived_shares,
    people_needed,
    relative_weights,
    stated_shares,
)
from tests.worked_examples import read_example

#: Motor Trend 1974 (R's mtcars): mpg, cyl, disp, hp, gear
CARS = np.array(
    [
        (21, 6, 160, 110, 4), (21, 6, 160, 110, 4), (22.8, 4, 108, 93, 4), (21.4, 6, 258, 110, 3),
        (18.7, 8, 360, 175, 3), (18.1, 6, 225, 105, 3), (14.3, 8, 360, 245, 3),
        (24.4, 4, 146.7, 62, 4), (22.8, 4, 140.8, 95, 4), (19.2, 6, 167.6, 123, 4),
        (17.8, 6, 167.6, 123, 4), (16.4, 8, 275.8, 180, 3), (17.3, 8, 275.8, 180, 3),
        (15.2, 8, 275.8, 180, 3), (10.4, 8, 472, 205, 3), (10.4, 8, 460, 215, 3),
        (14.7, 8, 440, 230, 3), (32.4, 4, 78.7, 66, 4), (30.4, 4, 75.7, 52, 4),
        (33.9, 4, 71.1, 65, 4), (21.5, 4, 120.1, 97, 3), (15.5, 8, 318, 150, 3),
        (15.2, 8, 304, 150, 3), (13.3, 8, 350, 245, 3), (19.2, 8, 400, 175, 3),
        (27.3, 4, 79, 66, 4), (26, 4, 120.3, 91, 5), (30.4, 4, 95.1, 113, 5),
        (15.8, 8, 351, 264, 5), (19.7, 6, 145, 175, 5), (15, 8, 301, 335, 5),
        (21.4, 4, 121, 109, 4),
    ]
)  # fmt: skip
SOURCES = ("silos", "time", "training")


def make_answers(people, *, weights=(0.8, 0.3, 0.0), seed=3):
    """Scores that share something, and an outcome that depends on them by `weights`."""
    generator = np.random.default_rng(seed)
    common = generator.normal(0, 10, (people, 1))
    scores = 50 + common + generator.normal(0, 10, (people, len(weights)))
    outcome = scores @ np.array(weights) + generator.normal(0, 10, people)
    return scores, outcome


def derive(people=400, **fields):
    scores, outcome = make_answers(people, **fields)
    return derived_shares(SOURCES, scores, outcome, generator=np.random.default_rng(1), rounds=200)


def explained(between, with_outcome, rows):
    if not rows:
        return 0.0
    part = between[np.ix_(rows, rows)]
    return float(with_outcome[rows] @ np.linalg.solve(part, with_outcome[rows]))


def shapley(between, with_outcome):
    """Average gain in R^2 over all orders of entering."""
    count = len(with_outcome)
    values = np.zeros(count)
    for own in range(count):
        others = [other for other in range(count) if other != own]
        for size in range(count):
            for rows in map(list, combinations(others, size)):
                gain = explained(between, with_outcome, [*rows, own])
                gain -= explained(between, with_outcome, rows)
                values[own] += gain / (count * comb(count - 1, size))
    return values


def test_relative_weights_equal_the_published_table_of_cars():
    """Vignette of the R package rwa: mpg on cyl, disp, hp and gear."""
    correlations = np.corrcoef(CARS, rowvar=False)

    weights = relative_weights(correlations[1:, 1:], correlations[1:, 0])

    assert weights == pytest.approx([0.2284797, 0.2221469, 0.2321744, 0.0963886], abs=5e-8)
    assert weights.sum() == pytest.approx(0.7791896, abs=5e-8)


def test_relative_weights_equal_worked_example():
    rows = read_example("relative weights")
    between = np.array([[float(row[name]) for name in SOURCES] for row in rows])

    weights = relative_weights(between, np.array([float(row["outcome"]) for row in rows]))

    assert [f"{weight:.3f}" for weight in weights] == [row["weight"] for row in rows]


def test_relative_weights_of_two_sources_are_their_shapley_values():
    between, with_outcome = np.array([[1, 0.6], [0.6, 1]]), np.array([0.5, 0.3])

    assert relative_weights(between, with_outcome) == pytest.approx(shapley(between, with_outcome))


def test_relative_weights_of_unrelated_sources_are_squared_correlations():
    with_outcome = np.array([0.5, -0.3, 0.1])

    assert relative_weights(np.eye(3), with_outcome) == pytest.approx(with_outcome**2)


def test_relative_weights_lie_near_shapley_values_and_sum_to_r_squared():
    scores, outcome = make_answers(500)
    correlations = np.corrcoef(np.column_stack([scores, outcome]), rowvar=False)

    weights = relative_weights(correlations[:-1, :-1], correlations[:-1, -1])

    expected = shapley(correlations[:-1, :-1], correlations[:-1, -1])
    assert weights == pytest.approx(expected, abs=0.02)
    assert weights.sum() == pytest.approx(expected.sum())


def test_relative_weights_refuse_a_source_that_follows_from_others():
    with pytest.raises(NotEstimableError):
        relative_weights(np.ones((2, 2)), np.array([0.5, 0.5]))


def test_derived_shares_order_sources_by_what_they_explain():
    shares = derive()

    assert sum(shares.values()) == pytest.approx(1)
    assert shares["silos"] > shares["time"] > shares["training"] >= 0


def test_derived_shares_repeat_with_the_same_generator():
    assert derive() == derive()


def test_derived_shares_give_nothing_to_a_source_of_the_wrong_sign():
    scores, outcome = make_answers(400, weights=(0.8, 0.0, 0.0))
    scores[:, 2] = 100 - scores[:, 0] + np.random.default_rng(5).normal(0, 5, 400)

    shares = derived_shares(SOURCES, scores, outcome, generator=np.random.default_rng(1))

    assert shares["training"] == 0
    assert shares["silos"] > 0


def test_derived_shares_leave_out_people_with_gaps():
    scores, outcome = make_answers(400)
    gaps = scores.copy()
    gaps[200:, 1] = np.nan

    found = derived_shares(SOURCES, gaps, outcome, generator=np.random.default_rng(1), rounds=50)

    expected = derived_shares(
        SOURCES, scores[:200], outcome[:200], generator=np.random.default_rng(1), rounds=50
    )
    assert found == expected


@pytest.mark.parametrize(("people", "is_enough"), [(119, False), (120, True)])
def test_derived_shares_need_120_people(people, is_enough):
    if is_enough:
        assert sum(derive(people).values()) == pytest.approx(1)
    else:
        with pytest.raises(NotEstimableError, match="too few"):
            derive(people)


def test_people_needed_grows_with_sources():
    assert [people_needed(count) for count in (3, 12, 20)] == [120, 120, 200]


def test_derived_shares_refuse_a_source_that_does_not_vary():
    scores, outcome = make_answers(200)
    scores[:, 0] = 50

    with pytest.raises(NotEstimableError, match="vary"):
        derived_shares(SOURCES, scores, outcome, generator=np.random.default_rng(1))


def test_derived_shares_refuse_an_outcome_that_nothing_goes_with():
    scores, outcome = make_answers(200, weights=(-1.0, -1.0, -1.0))

    with pytest.raises(NotEstimableError, match="outcome"):
        derived_shares(SOURCES, scores, outcome, generator=np.random.default_rng(1))


def test_stated_shares_sum_to_one():
    assert stated_shares({"time": 0.6, "silos": 0.3, "training": 0.0}) == {
        "silos": pytest.approx(1 / 3),
        "time": pytest.approx(2 / 3),
        "training": 0.0,
    }


def test_stated_shares_refuse_silence():
    with pytest.raises(NotEstimableError):
        stated_shares({"time": 0.0})


def test_importance_equals_worked_example():
    rows = read_example("importance")
    stated = stated_shares({row["source"]: float(row["named"]) for row in rows})
    derived = {row["source"]: float(row["derived"]) for row in rows}

    full = combine_importance(SOURCES, stated=stated, derived=derived)
    without = combine_importance(SOURCES, stated=stated, derived=None)

    assert [f"{full[row['source']]:.3f}" for row in rows] == [r["importance"] for r in rows]
    assert [f"{without[row['source']]:.3f}" for row in rows] == [r["without derived"] for r in rows]


def test_importance_without_data_is_equal():
    assert combine_importance(SOURCES, stated=None, derived=None) == dict.fromkeys(
        SOURCES, pytest.approx(1 / 3)
    )


def test_importance_is_limited_to_the_sources_asked_for():
    found = combine_importance(("time", "silos"), stated={"time": 0.4, "other": 0.6}, derived=None)

    assert sum(found.values()) == pytest.approx(1)
    assert found["time"] == pytest.approx((0.5 + 0.2 * 0.5) / 0.7)
