"""Learning: worked examples, shared trends, units that differ, harm, and convergence."""

from dataclasses import replace

import numpy as np
import pytest

from resistance.learning import (
    PRIOR_SD,
    USUAL_BETWEEN_SD,
    Evidence,
    learn,
    pool_effects,
)
from tests.worked_examples import read_example


def make_evidence(effect=-6.0, *, variance=36.0, shared=0.0, comparison="1/time"):
    return Evidence(effect, variance, shared, comparison)


def make_units(count, *, truth, between=2.0, seed=1):
    generator = np.random.default_rng(seed)
    effects = generator.normal(truth, (between**2 + 36) ** 0.5, count)
    return [make_evidence(float(effect)) for effect in effects]


def test_learning_equals_worked_examples():
    for row in read_example("learning"):
        effects = [float(x.replace("−", "-")) for x in row["effects"].split()]
        evidence = [
            make_evidence(e, variance=float(row["variance"]), shared=float(row["shared"]))
            for e in effects
        ]

        learned = learn(-4.0, evidence)

        assert f"{learned.local.between_sd:.2f}" == row["between sd"]
        assert f"{learned.local.value:.2f}" == row["local"].replace("−", "-")
        assert f"{learned.local.variance:.2f}" == row["se²"]
        assert f"{learned.value:.2f}" == row["expected"].replace("−", "-")
        assert f"{learned.sd:.2f}" == row["sd"]


def test_without_evidence_the_prior_stands():
    learned = learn(-4.0, [])

    assert (learned.value, learned.sd, learned.local) == (-4.0, PRIOR_SD, None)
    assert not learned.does_harm


def test_one_unit_is_told_with_the_usual_difference_between_units():
    local = pool_effects([make_evidence(variance=30.0, shared=2.0)])

    assert local.between_sd == pytest.approx(USUAL_BETWEEN_SD * (4 / 4) ** 0.5)
    assert (local.value, local.variance) == (-6.0, pytest.approx(30 + 4 + 2))


def test_expected_effect_lies_between_prior_and_evidence():
    learned = learn(-4.0, make_units(10, truth=-12.0))

    assert learned.local.value < learned.value < -4
    assert learned.sd < PRIOR_SD


def test_learning_converges_on_the_truth():
    off = [abs(learn(-4.0, make_units(count, truth=-9.0)).value + 9) for count in (1, 10, 400)]

    assert off[0] > off[1] > off[2]
    assert off[2] < 0.6


def test_a_shared_trend_counts_once():
    alone = [make_evidence(comparison=f"{number}/time") for number in range(20)]
    alone = [replace(row, shared_variance=9.0) for row in alone]
    together = [replace(row, comparison="1/time") for row in alone]

    apart, shared = pool_effects(alone), pool_effects(together)

    assert shared.variance == pytest.approx((36 + shared.between_sd**2) / 20 + 9)
    assert apart.variance == pytest.approx((36 + apart.between_sd**2 + 9) / 20)


def test_units_that_differ_widen_the_interval():
    alike = pool_effects([make_evidence(-6.0) for _ in range(12)])
    unlike = pool_effects([make_evidence(-6.0 + 20 * (-1) ** n) for n in range(12)])

    assert unlike.value == pytest.approx(alike.value)
    assert unlike.between_sd > 3 * alike.between_sd
    assert unlike.high - unlike.low > alike.high - alike.low


def test_differences_between_comparisons_are_not_differences_between_units():
    """A trend that was misjudged moves all effects of one comparison alike."""
    rows = [
        make_evidence(effect, variance=4.0, shared=25.0, comparison=name)
        for name, effect in (("1/time", -10.0), ("2/time", 0.0))
        for _ in range(6)
    ]

    assert pool_effects(rows).between_sd < USUAL_BETWEEN_SD


def test_learning_does_not_depend_on_order():
    rows = [*make_units(5, truth=-3.0), make_evidence(2.0, shared=4.0, comparison="2/silos")]

    assert learn(-4.0, rows[::-1]) == learn(-4.0, rows)


@pytest.mark.parametrize(("units", "is_shown"), [(4, False), (5, True)])
def test_local_effect_is_shown_from_five_units(units, is_shown):
    assert pool_effects(make_units(units, truth=-5.0)).is_shown is is_shown


@pytest.mark.parametrize(
    ("units", "effect", "does_harm"),
    [(4, 30.0, False), (5, 30.0, True), (5, 1.0, False), (40, 6.0, True), (40, -6.0, False)],
)
def test_harm_needs_five_units_and_to_be_nine_tenths_sure(units, effect, does_harm):
    learned = learn(-4.0, [make_evidence(effect) for _ in range(units)])

    assert learned.does_harm is does_harm
