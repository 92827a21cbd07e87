"""Scoring: the page's worked examples, edges, invariants, and coverage by simulation."""

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from resistance.certainty import certainty_of, draw_truth, shares_in_top
from resistance.scoring import (
    Basis,
    Certainty,
    Defaults,
    EarlierSource,
    PooledSource,
    SourceInput,
    draws_for,
    interval,
    score_units,
    seed_of,
)
from resistance.shrinkage import Prior, Sample, between_variance, shrink
from resistance.variance import (
    ROUNDED_TO_FIVE,
    ROUNDED_TO_WHOLE,
    count_weights,
    error_variance,
    estimate_prior_df,
    moderate,
    possible_counts,
    sampling_variance,
    score_variance,
    trigamma_inverse,
)
from tests.worked_examples import read_example, read_numbers

SOURCES = ("attitudes", "complacency", "silos", "time", "training")
HISTOGRAMS = ((1, 3, 4, 7, 2), (2, 2, 5, 6, 2), (3, 5, 5, 3, 1))
POOLED = {source: PooledSource(324.0, 0.75, 0.5) for source in SOURCES}


def make_input(unit="a", source="time", value=50.0, **fields):
    defaults = {"n": 17, "invited": 20, "rounded": False, "item_counts": HISTOGRAMS}
    return SourceInput(unit=unit, source=source, value=value, **(defaults | fields))


def make_band(unit="a", source="time", value=50.0, invited=10):
    return make_input(unit, source, value, n=None, invited=invited, rounded=True, item_counts=None)


def make_units(count, *, spread=4.0, band_every=3):
    """Units whose sources differ by 10 points, and which differ themselves by `spread`."""
    inputs = []
    for number in range(count):
        for position, source in enumerate(SOURCES):
            value = 30 + 10 * position + spread * ((number * 7 + position) % 5 - 2)
            unit = f"u{number:02d}"
            is_band = number % band_every == 0
            inputs.append((make_band if is_band else make_input)(unit, source, value))
    return inputs


def score(inputs, **fields):
    cells = {entry.unit for entry in inputs}
    return score_units(inputs, POOLED, **({"cells": cells, "seed": 11, "draws": 1000} | fields))


def test_interval_equals_worked_examples():
    for row in read_numbers("interval"):
        factor = 1 - row["α"] * row["n"] / row["N"]
        v = error_variance(
            row["s²"], int(row["n"]), int(row["N"]), row["α"], is_rounded_to_five=False
        )

        shown = interval(row["m"], v, row["df"])

        assert factor == pytest.approx(row["f"])
        assert v == pytest.approx(row["v"], abs=0.005)
        assert shown == (row["low"], row["high"])


@pytest.mark.parametrize(
    ("half", "shown"),
    [(0.1, 0), (1.3, 1), (1.34, 2), (2.0, 2), (2.33, 2), (2.4, 3), (7.42, 7), (7.44, 8)],
)
def test_interval_is_rounded_up_early_where_it_is_narrow(half, shown):
    error = (half / stats.t.ppf(0.975, 30)) ** 2

    assert interval(50, error, 30) == (50 - shown, 50 + shown)


def test_band_interval_equals_worked_examples():
    for row in read_numbers("band"):
        invited = int(row["N"])
        v = error_variance(row["s²"], None, invited, row["α"], row["r"], is_rounded_to_five=True)

        shown = interval(row["m"], v, row["df"], may_be_end_code=True)

        assert v - ROUNDED_TO_FIVE == pytest.approx(row["average f·s²/n"], abs=0.005)
        assert v == pytest.approx(row["v"], abs=0.005)
        assert shown == (row["low"], row["high"])


def test_variance_equals_worked_example():
    (row,) = read_example("variance")
    histograms = [[int(n) for n in row[f"histogram {i}"].split()] for i in (1, 2, 3)]

    own = score_variance(histograms, float(row["r"]))
    moderated = moderate(own, float(row["d"]), float(row["s₀²"]), float(row["d₀"]))

    assert own == pytest.approx(float(row["s_u²"]), abs=0.05)
    assert moderated == pytest.approx(float(row["s²"]), abs=0.05)


def test_score_variance_equals_person_level_variance_when_r_is_theirs():
    answers = np.array([[1, 2, 1], [2, 1, 3], [3, 3, 4], [4, 5, 3], [5, 4, 4], [2, 3, 3]])
    covariance = np.cov(25.0 * (answers - 1), rowvar=False)
    deviations = np.sqrt(np.diag(covariance))
    cross = deviations.sum() ** 2 - np.trace(covariance)
    r = (covariance.sum() - np.trace(covariance)) / cross
    counts = [np.bincount(item - 1, minlength=5).tolist() for item in answers.T]

    own = score_variance(counts, r)

    assert own == pytest.approx((25.0 * (answers - 1)).mean(axis=1).var(ddof=1))


def test_between_variance_equals_worked_example():
    rows = read_example("between")
    values = np.array([float(row["m"]) for row in rows])
    variances = 324 / np.array([float(row["n"]) for row in rows]) + ROUNDED_TO_WHOLE
    sample = Sample(values, variances)

    between = between_variance([sample])
    mean, mean_variance = sample.weighted_mean(between)

    (expected,) = read_numbers("between result")
    assert between == pytest.approx(expected["τ²"], abs=0.005)
    assert mean == pytest.approx(expected["μ"], abs=0.005)
    assert mean_variance == pytest.approx(expected["Var(μ)"], abs=0.005)


def test_between_variance_of_equal_units_is_zero():
    sample = Sample(np.full(8, 44.0), np.full(8, 20.0))

    assert between_variance([sample, sample]) == 0.0


def test_between_variance_stops_at_its_limit():
    sample = Sample(np.array([0.0, 100.0] * 4), np.full(8, 1e-6))

    assert between_variance([sample]) == 2500.0


def test_shrink_equals_worked_examples():
    for row in read_numbers("shrink"):
        prior = Prior(row["μ"], row["Var(μ)"], between=0.0)

        estimate, variance = shrink(row["m"], row["v"], row["A"], prior)

        assert row["A"] / (row["A"] + row["v"]) == pytest.approx(row["w"], abs=0.0005)
        assert round(estimate, 1) == row["estimate"]
        assert round(variance**0.5, 1) == row["sd"]


def test_shrink_to_a_borrowed_mean_equals_worked_examples():
    for row in read_numbers("borrowed"):
        prior = Prior(row["μ"], row["Var(μ)"], between=0.0, is_borrowed=True)

        estimate, variance = shrink(row["m"], row["v"], row["A"], prior)

        assert variance / row["v"] == pytest.approx(row["w"], abs=0.0005)
        assert round(estimate, 1) == row["estimate"]
        assert round(variance**0.5, 1) == row["sd"]


def test_a_borrowed_mean_that_is_certain_is_like_any_other():
    own, borrowed = Prior(45.0, 0.0, 49.0), Prior(45.0, 0.0, 49.0, is_borrowed=True)

    assert shrink(60.0, 24.0, 57.0, own) == shrink(60.0, 24.0, 57.0, borrowed)


def test_a_borrowed_mean_leaves_the_truth_as_often_in_the_interval_as_it_says():
    """The estimate of one unit whose common mean is known by another organisation only."""
    generator = np.random.default_rng(12)
    mean = generator.normal(45, 10, size=40_000)
    true = generator.normal(mean, 57**0.5)
    seen = generator.normal(true, 24**0.5)
    prior = Prior(45.0, 100.0, 49.0, is_borrowed=True)

    found = [shrink(float(value), 24.0, 57.0, prior) for value in seen]

    off = np.array([estimate for estimate, _ in found]) - true
    assert off.var() == pytest.approx(found[0][1], rel=0.02)


def test_certainty_equals_worked_example():
    rows = read_example("certainty")
    stored = [(row["source"], float(row["estimate"]), float(row["sd"])) for row in rows]

    shares = shares_in_top(draw_truth(stored, seed=1).T)

    assert [f"{share:.2f}" for share in shares] == [row["P(top 3)"] for row in rows]
    words = [certainty_of(round(float(share), 2)).lower() for share in shares]
    assert words == [row["word"] for row in rows]


def test_certainty_agrees_with_plain_random_draws():
    rows = read_example("certainty")
    estimates = np.array([[float(row["estimate"]), float(row["sd"])] for row in rows])
    generator = np.random.default_rng(2)

    plain = generator.normal(estimates[:, 0], estimates[:, 1], size=(100_000, len(rows)))

    expected = [float(row["P(top 3)"]) for row in rows]
    assert shares_in_top(plain.T) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("p_top3", "word"),
    [
        (1.0, Certainty.CLEAR),
        (0.80, Certainty.CLEAR),
        (0.79, Certainty.LIKELY),
        (0.50, Certainty.LIKELY),
        (0.49, Certainty.OPEN),
        (0.05, Certainty.OPEN),
        (0.04, Certainty.NO),
        (0.0, Certainty.NO),
    ],
)
def test_certainty_of_limits(p_top3, word):
    assert certainty_of(p_top3) is word


def test_draws_have_the_stored_mean_and_spread():
    drawn = draw_truth([("time", 55.5, 4.2), ("silos", 40.0, 0.1)], seed=3)

    assert drawn.shape == (4000, 2)
    assert drawn.mean(axis=0) == pytest.approx([55.5, 40.0])
    assert drawn.std(axis=0) == pytest.approx([4.2, 0.1], rel=0.002)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.05


def test_draws_of_a_source_do_not_depend_on_the_others():
    alone = draw_truth([("time", 50.0, 3.0)], seed=3)
    together = draw_truth([("silos", 40.0, 3.0), ("time", 50.0, 3.0)], seed=3)

    assert np.array_equal(alone[:, 0], together[:, 1])


def test_draws_of_nothing_are_empty():
    assert draw_truth([], seed=3, draws=10).shape == (10, 0)


def test_draws_for_repeat_from_stored_findings():
    scored = score(make_units(8))
    stored = [(key, s.estimate, s.sd) for key, s in scored.units["u03"].scores.items()]

    again = draw_truth(stored, seed=11)

    assert np.array_equal(again, draws_for(scored, "u03", seed=11))


def test_seed_is_sha256_of_the_id():
    expected = 0xBA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD

    assert seed_of("abc") == expected


def test_possible_counts_of_a_known_count_and_of_the_band():
    assert list(possible_counts(14, 20)) == [14]
    assert list(possible_counts(None, 7)) == [5, 6, 7]
    assert list(possible_counts(None, 40)) == [5, 6, 7, 8, 9]


def test_possible_counts_refuses_a_unit_that_cannot_be_shown():
    with pytest.raises(ValueError, match="unit of 4"):
        possible_counts(None, 4)


def test_counts_of_a_band_weigh_as_scipys_beta_binomial():
    counts, size = [5, 6, 7, 8, 9], 1 / 0.02 - 1
    likely = stats.betabinom.pmf(counts, 12, size * 0.75, size * 0.25)

    weights = count_weights(None, 12, 0.75)

    assert weights == pytest.approx(dict(zip(counts, likely / likely.sum(), strict=True)))


def test_counts_weigh_the_same_without_a_response_and_alone_where_known():
    assert count_weights(None, 6, None) == {5: 0.5, 6: 0.5}
    assert count_weights(14, 20, 0.7) == {14: 1.0}


@pytest.mark.parametrize("response", [0.0, 1.0])
def test_counts_weigh_something_at_any_response(response):
    weights = count_weights(None, 500, response)

    assert sum(weights.values()) == pytest.approx(1)
    assert max(weights, key=weights.get) == (9 if response else 5)


def test_prior_df_recovers_the_truth():
    generator = np.random.default_rng(4)
    true = 20 / generator.chisquare(20, size=400)
    sample = [(float(s * generator.chisquare(14) / 14), 14) for s in true]

    assert estimate_prior_df([sample]) == pytest.approx(20, rel=0.35)


def test_prior_df_edges():
    few = [[(300.0, 12), (350.0, 12)]]
    equal = [[(300.0, 12)] * 30]
    wild = [[(1.0, 40), (5000.0, 40)] * 15]

    assert [estimate_prior_df(sample) for sample in ([], few, equal, wild)] == [16, 16, 200, 4]


@pytest.mark.parametrize("value", [0.01, 0.5, 3.0, 40.0])
def test_trigamma_inverse_turns_trigamma(value):
    from scipy.special import polygamma

    assert polygamma(1, trigamma_inverse(value)) == pytest.approx(value)


def test_score_units_does_not_depend_on_row_order():
    inputs = make_units(9)
    shuffled = random.Random(5).sample(inputs, len(inputs))

    assert repr(score(inputs)) == repr(score(shuffled))


def test_score_units_of_nothing_is_empty():
    scored = score([])

    assert scored.units == {}
    assert scored.between == {}


def test_interval_holds_the_raw_value_and_stays_on_the_scale():
    inputs = [
        *make_units(8),
        *(make_input("edge", s, v) for s, v in zip(SOURCES, (0, 1, 50, 99, 100), strict=True)),
    ]

    found = [s for unit in score(inputs).units.values() for s in unit.scores.values()]

    assert all(0 <= s.low <= s.raw <= s.high <= 100 for s in found)
    assert all(0 <= s.est_low <= s.estimate <= s.est_high <= 100 for s in found)
    assert all(s.sd >= 0.1 for s in found)


def test_more_answers_narrow_the_interval():
    few = score([make_input(n=12, invited=40)]).units["a"].scores["time"]
    many = score([make_input(n=36, invited=40)]).units["a"].scores["time"]

    assert many.high - many.low < few.high - few.low
    assert many.sd < few.sd


def test_band_scores_depend_on_value_and_invited_alone():
    """The same band value and size give the same numbers, whatever stands behind them."""
    inputs = [
        make_input("big", "time", 52, n=20, invited=30),
        make_band("a", value=55.0, invited=12),
        make_band("b", value=55.0, invited=12),
    ]

    units = score(inputs).units

    assert units["a"] == units["b"]


def test_band_interval_fits_the_middle_of_the_band():
    shown = score([make_band(value=50.0, invited=12)]).units["a"].scores["time"]
    half = (shown.high - shown.low) / 2

    needed = [
        stats.t.ppf(0.975, 16) * (sampling_variance(324, n, 12, 0.75) + ROUNDED_TO_FIVE) ** 0.5
        for n in range(5, 10)
    ]

    assert needed[0] > half > needed[2]


@pytest.mark.parametrize(("value", "low", "high"), [(30.0, 0, 40), (70.0, 60, 100)])
def test_end_codes_open_the_interval(value, low, high):
    shown = score([make_band(value=value, invited=12)]).units["a"].scores["time"]

    assert (shown.low, shown.high) == (low, high)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_few_units_use_named_defaults(count):
    between = score(make_units(count)).between["time"]

    defaults = Defaults()
    assert (between.mean, between.between_sd, between.target) == (
        defaults.mean,
        defaults.between_sd,
        defaults.target,
    )
    assert (between.basis, between.icc, between.units) == (Basis.DEFAULTS, None, count)


def test_few_units_use_the_earlier_assessment():
    earlier = {"time": EarlierSource(mean=60.0, between_sd=3.0, target=52.0)}

    scored = score(make_units(7), earlier=earlier)

    assert scored.between["time"].basis is Basis.EARLIER
    assert (scored.between["time"].mean, scored.between["time"].target) == (60.0, 52.0)
    assert scored.between["silos"].basis is Basis.DEFAULTS


def test_eight_units_use_themselves():
    inputs = make_units(8)
    earlier = {"time": EarlierSource(mean=90.0, between_sd=1.0, target=80.0)}

    scored = score(inputs, earlier=earlier)

    between = scored.between["time"]
    assert (between.basis, between.units) == (Basis.ASSESSMENT, 8)
    assert 52 < between.mean < 68
    estimates = [unit.scores["time"].estimate for unit in scored.units.values()]
    assert between.target == round(float(np.percentile(estimates, 25)), 1)


def test_parents_do_not_count_as_units():
    cells = make_units(7)
    parents = [replace(entry, unit=f"all-{entry.unit}") for entry in cells]

    scored = score(cells + parents, cells={entry.unit for entry in cells})

    assert {between.basis for between in scored.between.values()} == {Basis.DEFAULTS}
    assert len(scored.units) == 14


def test_pooled_numbers_fall_back_to_earlier_and_then_to_defaults():
    earlier = {"time": EarlierSource(50.0, 5.0, 40.0, variance=256.0, alpha=0.8)}
    inputs = [make_band(source=source) for source in ("time", "silos")]

    scored = score_units(inputs, {}, cells={"a"}, seed=1, earlier=earlier)

    assert (scored.between["time"].variance, scored.between["time"].alpha) == (256.0, 0.8)
    assert (scored.between["silos"].variance, scored.between["silos"].alpha) == (324.0, 0.75)


def test_alpha_is_kept_between_nothing_and_nine_tenths():
    pooled = {"time": PooledSource(alpha=0.97), "silos": PooledSource(alpha=-0.2)}
    inputs = [make_input(source=source) for source in ("time", "silos")]

    scored = score_units(inputs, pooled, cells={"a"}, seed=1)

    assert (scored.between["time"].alpha, scored.between["silos"].alpha) == (0.9, 0.0)


def test_equal_units_are_all_steadied_to_their_mean():
    inputs = [make_input(f"u{i}", source, 50.0) for i in range(9) for source in SOURCES]

    scored = score(inputs)

    assert {s.estimate for unit in scored.units.values() for s in unit.scores.values()} == {50.0}
    assert {between.icc for between in scored.between.values()} == {0.0}
    assert {s.certainty for u in scored.units.values() for s in u.scores.values()} <= {
        Certainty.LIKELY,
        Certainty.OPEN,
    }


def test_estimate_lies_between_raw_and_mean():
    scored = score(make_units(20))

    for unit in scored.units.values():
        for source, found in unit.scores.items():
            mean = scored.between[source].mean
            low, high = sorted((found.raw, mean))
            assert low - 0.1 <= found.estimate <= high + 0.1


def test_strongest_source_is_clear_and_weakest_is_out():
    unit = score(make_units(12)).units["u01"]

    assert list(unit.scores) == sorted(SOURCES)
    assert unit.scores["training"].certainty is Certainty.CLEAR
    assert unit.scores["attitudes"].certainty is Certainty.NO
    assert not unit.is_open


def test_unit_is_open_when_nothing_stands_out():
    sources = [f"s{number:02d}" for number in range(11)]
    inputs = [make_band("a", source, 50.0) for source in sources]

    unit = score_units(inputs, {}, cells={"a"}, seed=2).units["a"]

    assert unit.is_open
    assert {found.certainty for found in unit.scores.values()} == {Certainty.OPEN}


@pytest.mark.parametrize(
    ("n", "invited", "has_ranking"),
    [(12, 40, True), (12, 41, False), (None, 23, True), (None, 24, False)],
)
def test_low_response_gives_scores_without_ranking(n, invited, has_ranking):
    inputs = [
        make_input("a", source, 50.0, n=n, invited=invited, rounded=n is None, item_counts=None)
        for source in SOURCES
    ]

    unit = score(inputs).units["a"]

    assert unit.has_ranking is has_ranking
    assert all((s.p_top3 is not None) is has_ranking for s in unit.scores.values())
    assert all((s.certainty is not None) is has_ranking for s in unit.scores.values())
    assert not (unit.is_open and not has_ranking)


def test_three_sources_are_not_ranked():
    inputs = [make_input("a", source) for source in SOURCES[:3]]

    assert not score(inputs).units["a"].has_ranking


def test_suppressed_source_is_missing_for_that_unit_only():
    inputs = [entry for entry in make_units(9) if (entry.unit, entry.source) != ("u04", "time")]

    scored = score(inputs)

    assert "time" not in scored.units["u04"].scores
    assert set(scored.units["u05"].scores) == set(SOURCES)
    assert scored.between["time"].units == 8


def simulate_coverage(*, invited, answers, rounds):
    """Share of intervals that hold the members' true mean; normal scores, alpha .75, known n."""
    generator = np.random.default_rng(6)
    true = generator.normal(50, 18 * 0.75**0.5, size=(rounds, invited))
    seen = true[:, :answers] + generator.normal(0, 18 * 0.25**0.5, size=(rounds, answers))
    own = seen.var(axis=1, ddof=1)
    error = [
        sampling_variance(moderate(s, answers - 1, 324, 16), answers, invited, 0.75) for s in own
    ]
    half = stats.t.ppf(0.975, 16 + answers - 1) * np.sqrt(error)
    return float((np.abs(seen.mean(axis=1) - true.mean(axis=1)) <= half).mean())


@pytest.mark.parametrize(("invited", "answers"), [(12, 9), (30, 22), (15, 15)])
def test_interval_covers_the_members_true_mean(invited, answers):
    coverage = simulate_coverage(invited=invited, answers=answers, rounds=8000)

    assert 0.94 <= coverage <= 0.975


def simulate_band_scores(*, invited, answers, response, units):
    """(score, true mean) of units of one source whose count is not published."""
    generator = np.random.default_rng(8)
    teams = generator.normal(50, 7, size=(units, 1))
    true = teams + generator.normal(0, 18 * 0.75**0.5, size=(units, invited))
    seen = true[:, :answers] + generator.normal(0, 18 * 0.25**0.5, size=(units, answers))
    values = np.clip(5 * np.round(seen.mean(axis=1) / 5), 25, 75)
    inputs = [
        replace(make_band(f"u{i:04d}", "time", float(v), invited), response=response)
        for i, v in enumerate(values)
    ]
    scored = score(inputs).units
    return [(scored[f"u{i:04d}"].scores["time"], mean) for i, mean in enumerate(true.mean(axis=1))]


@pytest.mark.parametrize(("invited", "response"), [(8, 1.0), (8, 0.6), (10, 0.9), (15, 0.5)])
def test_band_interval_covers_at_random_response(invited, response):
    counts = range(5, min(9, invited) + 1)
    weights = stats.binom.pmf(counts, invited, response)

    covered = [
        np.mean(
            [
                found.low <= mean <= found.high
                for found, mean in simulate_band_scores(
                    invited=invited, answers=n, response=response, units=1500
                )
            ]
        )
        for n in counts
    ]

    assert 0.94 <= np.average(covered, weights=weights) <= 0.98
