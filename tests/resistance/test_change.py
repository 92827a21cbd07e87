"""Change: worked examples, scipy as oracle, edges, and the drift of persons."""

import numpy as np
import pytest
from scipy import stats

from resistance.change import (
    DEFAULT_DRIFT,
    Reading,
    are_different_people,
    benjamini_hochberg,
    compare,
    estimate_drift,
    judge,
    judge_changes,
    judge_named_source,
    power_of,
    smallest_fall,
)
from tests.worked_examples import read_example, read_numbers


def make_reading(value=50.0, *, n=20, invited=24, **fields):
    """n None: 5 to 9 answers, a multiple of five."""
    defaults = {"rounded": n is None, "variance": 324.0, "alpha": 0.75, "response": 0.75}
    return Reading(value=value, n=n, invited=invited, **(defaults | fields))


def from_row(row, number):
    n = row[f"n{number}"]
    return make_reading(
        float(row[f"m{number}"]), n=None if n == "5–9" else int(n), invited=int(row["N"])
    )


def test_change_equals_worked_examples():
    for row in read_example("change"):
        comparison = compare(from_row(row, 1), from_row(row, 2), drift=float(row["drift"]))

        change = judge_named_source(comparison)

        t = comparison.difference / comparison.error**0.5
        assert f"{comparison.error:.1f}" == row["variance"]
        assert f"{comparison.df:.0f}" == row["df"]
        assert f"{t:.2f}" == row["t"].replace("−", "-")
        assert f"{change.p:.3f}" == row["p"]
        assert f"{change.low:.0f} … {change.high:.0f}" == row["interval"].replace("−", "-")
        assert ("yes" if change.is_change else "no") == row["change"]


def test_power_equals_worked_examples():
    for row in read_numbers("power"):
        invited, n = int(row["N"]), int(row["n"])
        reading = make_reading(n=None if n < 10 else n, invited=invited)

        powers = [power_of(reading, fall) for fall in (5, 10, 15)]

        assert [round(power, 2) for power in powers] == [row["−5"], row["−10"], row["−15"]]
        assert round(smallest_fall(reading)) == row["seen 8 in 10"]


def test_p_is_that_of_students_t():
    comparison = compare(make_reading(55), make_reading(45), drift=0)

    t = comparison.difference / comparison.error**0.5

    assert comparison.p == pytest.approx(2 * stats.t.sf(abs(t), comparison.df))


def test_benjamini_hochberg_equals_scipy():
    p_values = [0.2, 0.001, 0.04, 0.03, 0.9, 0.04, 0.011]

    expected = stats.false_discovery_control(p_values)

    assert benjamini_hochberg(p_values) == pytest.approx(expected)


def test_benjamini_hochberg_of_nothing_is_nothing():
    assert benjamini_hochberg([]) == []


def test_a_change_must_be_five_points():
    before, after = (
        make_reading(value, n=200, invited=200, variance=100.0, alpha=0.9) for value in (50, 46)
    )

    change = judge_named_source(compare(before, after, drift=0))

    assert change.p < 0.001
    assert not change.is_change


def test_the_same_fall_among_eleven_needs_more():
    fall = compare(make_reading(60), make_reading(50), drift=100)
    still = {f"s{i:02d}": compare(make_reading(50), make_reading(51), drift=100) for i in range(10)}

    named, among = judge_named_source(fall), judge_changes({"time": fall} | still)["time"]

    assert named.is_change
    assert not among.is_change
    assert among.q == pytest.approx(min(1, 11 * named.p))
    assert (among.low, among.high) == (named.low, named.high)


def test_equal_values_are_no_change():
    change = judge_changes({"time": compare(make_reading(), make_reading())})["time"]

    assert (change.difference, change.p, change.is_change) == (0, 1, False)


def test_bands_depend_on_value_and_invited_alone():
    band = make_reading(50, n=None, invited=12)

    assert band.error == make_reading(70, n=None, invited=12).error
    assert band.least_answers == 5


def test_drift_widens_small_units_most():
    widened = [
        compare(reading, reading).error - compare(reading, reading, drift=0).error
        for reading in (make_reading(n=10, invited=10), make_reading(n=100, invited=100))
    ]

    assert widened == pytest.approx([27.0, 2.7])


@pytest.mark.parametrize(
    ("before", "after", "both", "is_different"),
    [
        (10, 10, 7, False),
        (10, 10, 6, True),
        (10, 20, 10, True),
        (20, 14, 14, False),
        (8, 0, 0, True),
    ],
)
def test_different_people_from_more_than_thirty_in_a_hundred(before, after, both, is_different):
    found = are_different_people(invited_before=before, invited_after=after, invited_both=both)

    assert found is is_different


def simulate_pairs(*, drift, units=60, trend=4.0):
    generator = np.random.default_rng(9)
    pairs = []
    for source in ("time", "silos", "tooling"):
        for _ in range(units):
            first, second = make_reading(n=12, invited=15), make_reading(n=12, invited=15)
            spread = (first.error + second.error + drift / 15) ** 0.5
            moved = generator.normal(trend, spread)
            pairs.append((source, first, make_reading(50 + moved, n=12, invited=15)))
    return pairs


@pytest.mark.parametrize("drift", [0.0, 200.0, 600.0])
def test_drift_is_recovered_whatever_the_trend(drift):
    assert estimate_drift(simulate_pairs(drift=drift)) == pytest.approx(drift, abs=60)


def test_drift_is_not_negative():
    same = [("time", make_reading(), make_reading())] * 60

    assert estimate_drift(same) == 0


@pytest.mark.parametrize("count", [0, 59])
def test_drift_of_few_pairs_is_the_default(count):
    assert estimate_drift([("time", make_reading(), make_reading())] * count) == DEFAULT_DRIFT


def test_one_pair_per_source_tells_no_drift():
    pairs = [(f"s{number}", make_reading(), make_reading()) for number in range(60)]

    assert estimate_drift(pairs) == DEFAULT_DRIFT


def test_unchanged_units_are_rarely_called_changed():
    """Readings as the formula assumes them: at most 5 in 100 units with any flag."""
    generator = np.random.default_rng(4)
    flagged = 0
    for _ in range(600):
        comparisons = {}
        for number in range(11):
            before = make_reading(n=15, invited=20)
            spread = (2 * before.error + DEFAULT_DRIFT / 20) ** 0.5
            after = make_reading(50 + generator.normal(0, spread), n=15, invited=20)
            comparisons[f"s{number:02d}"] = compare(before, after)
        flagged += any(change.is_change for change in judge_changes(comparisons).values())

    assert flagged / 600 <= 0.05


def test_power_agrees_with_simulation():
    reading = make_reading(n=24, invited=30)
    generator = np.random.default_rng(2)
    comparison = compare(reading, reading)
    falls = generator.normal(-10, comparison.error**0.5, 20_000)

    crossed = falls <= -max(5, stats.t.ppf(0.975, comparison.df) * comparison.error**0.5)

    assert power_of(reading, 10) == pytest.approx(crossed.mean(), abs=0.02)


def test_smallest_fall_has_the_power_asked_for():
    reading = make_reading(n=24, invited=30)

    assert power_of(reading, smallest_fall(reading, power=0.6)) == pytest.approx(0.6)


def test_end_coded_value_is_open_towards_its_end():
    high, low = make_reading(70, n=None, invited=9), make_reading(30, n=None, invited=9)

    fall = judge_named_source(compare(high, low, drift=0))
    same = judge_named_source(compare(low, low, drift=0))
    lower = judge_named_source(compare(low, make_reading(15, n=None, invited=9), drift=0))

    assert fall.is_change
    assert (round(fall.low), round(fall.high)) == (-100, -26)
    assert (same.is_change, same.low < -30, same.high > 30) == (False, True, True)
    assert (lower.is_change, lower.p < 0.05) == (False, True)


def test_sources_that_a_plan_named_are_a_family_of_their_own():
    fall = compare(make_reading(61), make_reading(50), drift=0)
    still = {f"s{number}": compare(make_reading(), make_reading()) for number in range(10)}
    both = {"time": fall, "silos": fall, **still}

    found = judge(both, {"time"})

    assert found["time"] == judge_named_source(fall)
    assert found["silos"] == judge_changes(both)["silos"]
    assert judge(both, set()) == judge_changes(both)
