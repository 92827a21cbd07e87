"""Effect: worked examples, an independent regression, verdicts, fallbacks, and coverage."""

from dataclasses import replace

import numpy as np
import pytest

from resistance.effect import (
    Basis,
    Expectation,
    Pair,
    Slope,
    TooFewPairsError,
    Trend,
    Verdict,
    fit_expectation,
    fit_trends,
    judge_effect,
    measure_effect,
    measure_unfitted_effect,
)
from tests.worked_examples import read_example

SOURCES = ("silos", "time", "tooling", "training")
SLOPE, TREND, SCATTER = 0.6, -2.0, 6.0


def make_pair(before=60.0, after=55.0, *, source="time", mean=45.0, answers=12):
    return Pair(source=source, before=before, after=after, mean=mean, answers=answers)


def make_pairs(units, *, scatter=SCATTER, sizes=(5, 12, 30, 80), seed=3):
    """Pairs on which nobody acted, `units` for each of four sources."""
    generator = np.random.default_rng(seed)
    pairs = []
    for number in range(units):
        for source in SOURCES:
            before = generator.normal(45, 8)
            after = 45 + TREND + SLOPE * (before - 45) + generator.normal(0, scatter)
            size = sizes[number % len(sizes)]
            pairs.append(make_pair(before, after, source=source, answers=size))
    return pairs


def make_expectation(**fields):
    slopes = {5: Slope(0.5, 0.05, 49.0, 80), 20: Slope(0.7, 0.04, 16.0, 90)}
    trends = {"time": Trend(-2.0, 1.0, 20)}
    return Expectation(**({"slopes": slopes, "trends": trends} | fields))


def test_effect_equals_worked_examples():
    for row in read_example("effect"):
        slope = Slope(float(row["slope"]), float(row["sd"]), float(row["scatter²"]), 122)
        trend = Trend(float(row["trend"].replace("−", "-")), float(row["trend sd"]), 12)
        expectation = Expectation({5: slope}, {"time": trend})
        pair = make_pair(float(row["first"]), float(row["second"]), mean=float(row["mean"]))

        effect = measure_effect(pair, expectation, expected=-4.0)

        assert f"{pair.after - effect.value:.1f}" == row["expected"]
        assert f"{effect.value:.1f}" == row["effect"].replace("−", "-")
        assert f"{effect.low:.1f} … {effect.high:.1f}" == row["interval"].replace("−", "-")
        assert effect.verdict.name == row["verdict"].upper().replace(" ", "_")


def test_fit_equals_plain_least_squares_in_one_class():
    pairs = make_pairs(30, sizes=(12,))

    found = fit_expectation(pairs)

    design = np.array(
        [[*(pair.source == source for source in SOURCES), pair.start] for pair in pairs],
        dtype=float,
    )
    moved = np.array([pair.moved for pair in pairs])
    expected, (squares,), *_ = np.linalg.lstsq(design, moved, rcond=None)
    assert [found.trends[source].value for source in SOURCES] == pytest.approx(expected[:4])
    assert found.slopes[10].value == pytest.approx(expected[4])
    assert found.slopes[10].variance == pytest.approx(squares / (120 - 5))
    covariance = squares / (120 - 5) * np.linalg.inv(design.T @ design)
    assert found.slopes[10].sd == pytest.approx(covariance[4, 4] ** 0.5)
    assert found.trends["time"].sd == pytest.approx(covariance[1, 1] ** 0.5)


def test_fit_recovers_slope_trend_and_scatter_of_every_class():
    found = fit_expectation(make_pairs(400))

    assert set(found.slopes) == {5, 10, 20, 50}
    for slope in found.slopes.values():
        assert slope.value == pytest.approx(SLOPE, abs=4 * slope.sd)
        assert slope.variance**0.5 == pytest.approx(SCATTER, rel=0.12)
        assert slope.pairs == 400
    for trend in found.trends.values():
        assert trend.value == pytest.approx(TREND, abs=4 * trend.sd)
        assert trend.units == 400


def test_fit_does_not_depend_on_order():
    pairs = make_pairs(40)

    assert fit_expectation(pairs[::-1]) == fit_expectation(pairs)


def test_fit_gives_noisy_classes_more_scatter():
    calm, wild = make_pairs(30, sizes=(50,)), make_pairs(30, sizes=(5,), scatter=20.0, seed=4)

    found = fit_expectation(calm + wild)

    assert found.slopes[5].variance > 4 * found.slopes[50].variance
    assert found.slopes[5].sd > found.slopes[50].sd


@pytest.mark.parametrize(
    ("sizes", "classes"),
    [
        ((5,), {5}),
        ((60,), {50}),
        ((5, 60), {5, 50}),
        ((5, 5, 60), {5}),
        ((5, 5, 5, 60), {5}),
        ((12, 60), {10, 50}),
        ((5, 60, 60, 60), {5}),
        ((5, 12, 30, 80), {5}),
    ],
)
def test_small_classes_join_their_neighbours(sizes, classes):
    found = fit_expectation(make_pairs(30 if len(sizes) > 1 else 15, sizes=sizes))

    assert set(found.slopes) == classes
    assert sum(slope.pairs for slope in found.slopes.values()) in {60, 120}


def test_fit_refuses_fewer_than_sixty_pairs():
    with pytest.raises(TooFewPairsError):
        fit_expectation(make_pairs(15)[:59])


def test_slope_is_that_of_the_class():
    expectation = make_expectation()

    found = [expectation.slope_for(answers).value for answers in (5, 19, 20, 300)]

    assert found == [0.5, 0.5, 0.7, 0.7]


def test_effect_is_free_of_trend_and_of_return_to_the_mean():
    pairs = make_pairs(200)
    highest = [pair for pair in pairs if pair.before > 57]

    expectation = fit_expectation(pairs)

    effects = [measure_effect(pair, expectation, expected=-4).value for pair in highest]
    naive = [pair.after - pair.before for pair in highest]
    assert np.mean(effects) == pytest.approx(0, abs=1.5)
    assert np.mean(naive) < -5


def test_effect_interval_holds_the_effect():
    expectation = fit_expectation(make_pairs(60))
    acted = [replace(pair, after=pair.after - 8) for pair in make_pairs(300, seed=8)]

    effects = [measure_effect(pair, expectation, expected=-4) for pair in acted]

    assert np.mean([effect.low <= -8 <= effect.high for effect in effects]) >= 0.93
    assert np.mean([effect.value for effect in effects]) == pytest.approx(-8, abs=1)


def test_effect_uncertainty_has_its_three_parts():
    effect = measure_effect(make_pair(65.0, 50.0), make_expectation(), expected=-4)

    assert effect.variance == pytest.approx(49 + (0.05 * 20) ** 2)
    assert effect.shared_variance == 1.0
    assert effect.value == pytest.approx((50 - 45) - (-2) - 0.5 * 20)
    assert effect.basis is Basis.FITTED
    assert effect.teaches


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-12.0, -0.1, Verdict.WORKED),
        (-12.0, 0.0, Verdict.TOO_FEW),
        (-3.9, 2.0, Verdict.NO_SIGN),
        (-4.0, 2.0, Verdict.TOO_FEW),
        (1.0, 9.0, Verdict.NO_SIGN),
        (-3.0, -1.0, Verdict.WORKED),
    ],
)
def test_verdict_of_limits(low, high, verdict):
    assert judge_effect(low, high, -4.0) is verdict


@pytest.mark.parametrize("trends", [{}, {"time": Trend(-30.0, 0.5, 7)}])
def test_unknown_trend_is_uncertain_and_teaches_nothing(trends):
    effect = measure_effect(make_pair(60.0, 20.0), make_expectation(trends=trends), expected=-4)

    assert effect.basis is Basis.NO_TREND
    assert effect.verdict is Verdict.TOO_FEW
    assert not effect.teaches
    assert effect.value == pytest.approx((20 - 45) - 0.5 * 15)
    assert effect.shared_variance == 9.0


def test_eight_units_tell_a_trend():
    expectation = make_expectation(trends={"time": Trend(-2.0, 1.0, 8)})

    assert measure_effect(make_pair(), expectation, expected=-4).basis is Basis.FITTED


def test_unfitted_effect_has_a_wide_interval_and_no_verdict():
    effect = measure_unfitted_effect(after=30.0, after_error=16.0, estimate=60.0, sd=4.0)

    assert effect.value == -30
    assert effect.high - effect.value == pytest.approx(1.96 * (16 + 16 + 9) ** 0.5 + 1.6)
    assert (effect.basis, effect.verdict) == (Basis.UNFITTED, Verdict.TOO_FEW)
    assert not effect.teaches


def test_trends_of_a_re_pulse_use_stored_slopes():
    expectation = make_expectation()
    sample = [make_pair(45 + start, 45 - 3 + 0.5 * start, answers=12) for start in (-10, 0, 10)]

    found = fit_trends(expectation.slopes, [*sample, make_pair(source="silos", answers=30)])

    assert found.slopes == expectation.slopes
    assert found.trends["time"].value == pytest.approx(-3)
    assert found.trends["time"].sd == pytest.approx((49 / 3) ** 0.5)
    assert found.trends["time"].units == 3
    assert found.trends["silos"] == Trend(pytest.approx(10 - 0.7 * 15), 4.0, 1)
