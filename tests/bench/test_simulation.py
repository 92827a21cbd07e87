"""The simulated organisations behave as docs/scoring.md says, and calibration counts them right."""

from dataclasses import replace

import numpy as np
import pytest

from bench.simulation.checks import Check
from bench.simulation.people import ITEMS, first_wave, second_wave
from bench.simulation.plans import Judge, catalogue, naive_plan, our_plan
from bench.simulation.study import study
from bench.simulation.tables import join, tabulate
from bench.simulation.waves import run_wave
from bench.simulation.worlds import SIZES, SOURCES, Kind, world_of
from resistance.reliability import alpha_from_covariance, within_covariance


def make_world(kind=Kind.PLAIN, **fields):
    defaults = {"kind": kind, "units": 12, "response": 1.0, "unit_stability": 1.0, "trend_sd": 0.0}
    return replace(world_of(3), **(defaults | fields))


def make_people(world=None, seed=5):
    return first_wave(world or make_world(), np.random.default_rng(seed))


def points_of(answers):
    """Ballots x sources in points, unanswered statements aside."""
    values = answers.values.astype(float)
    values[values == 0] = np.nan
    assets = np.array([item.is_asset for item in ITEMS])
    points = 25 * np.where(assets, 5 - values, values - 1)
    scores = np.ma.masked_invalid(points.reshape(len(points), len(SOURCES), -1))
    return scores.mean(axis=2).filled(np.nan)


def test_world_repeats_by_its_number():
    assert world_of(17) == world_of(17)
    assert repr(study(2)) == repr(study(2))


def test_worlds_hold_every_kind_size_and_effect():
    worlds = [world_of(number) for number in range(400)]

    assert {world.kind for world in worlds} == set(Kind)
    assert len({(world.units, world.response, world.effect) for world in worlds}) == 4 * 4 * 5
    assert 0.4 < np.mean([world.is_steady for world in worlds]) < 0.6


def test_true_score_is_the_mean_of_many_answers():
    people = make_people(make_world(units=5, kind=Kind.ACQUIESCENCE))
    generator = np.random.default_rng(1)

    repeated = np.nanmean([points_of(people.answer(generator)) for _ in range(400)], axis=0)

    assert repeated == pytest.approx(people.true_scores(), abs=5)
    assert (repeated - people.true_scores()).mean() == pytest.approx(0, abs=0.1)


def test_answers_are_as_reliable_as_written_down():
    people = make_people(make_world(units=48))
    answers = people.answer(np.random.default_rng(1))
    alphas = []
    for number in range(len(SOURCES)):
        items = answers.values[:, 3 * number : 3 * number + 3].astype(float)
        items[:, 2] = np.where(items[:, 2] > 0, 6 - items[:, 2], 0)
        complete = (items > 0).all(axis=1)
        covariance = within_covariance(items[complete], answers.group[complete])
        alphas.append(alpha_from_covariance(covariance))

    assert min(alphas) > 0.6
    assert max(alphas) < 0.8


def test_related_silence_hides_resistance():
    world = make_world(Kind.RELATED, units=48, response=0.6)
    people = make_people(world)

    answers = people.answer(np.random.default_rng(1))

    assert len(answers.group) / len(people.unit) == pytest.approx(0.6, abs=0.05)
    assert np.nanmean(points_of(answers)) < people.true_scores().mean() - 1


def test_second_wave_of_a_steady_world_moves_persons_only():
    people = make_people()

    later = second_wave(people, np.random.default_rng(1))

    assert later.expected == pytest.approx(people.expected)
    kept = np.corrcoef(people.deviation.ravel(), later.deviation.ravel())[0, 1]
    assert kept == pytest.approx(people.world.stability, abs=0.05)


def test_plans_of_a_wave_keep_their_limits():
    world = make_world()
    people = make_people(world)
    wave = run_wave(people, np.random.default_rng(2), seed=4)
    options = {option.key: option for option in catalogue()}
    cells = [unit.key for unit in wave.shown.units if unit.is_cell]

    for unit in cells[:4]:
        judge = Judge(wave, unit, np.random.default_rng(3))
        best = judge.best(judge.promised)
        for plan in (our_plan(wave, unit, seed=4), naive_plan(wave, unit)):
            hours = sum(options[key].hours_for(judge.limits.members) for key in plan)
            assert len(plan) <= 3
            assert hours <= judge.limits.budget_hours
            assert judge.value(plan, judge.promised) <= best + 1e-9


def test_study_counts_two_waves_and_all_their_rows():
    found = study(1)

    assert found.waves == 2
    assert {row.is_band for row in found.scores} <= {True, False}
    assert all(min(SIZES) <= row.invited for row in found.scores)
    assert all(0 <= row.p_top3 <= 1 for row in found.scores if row.p_top3 is not None)
    assert len(found.plans) <= 2


def test_tables_hold_one_row_each_and_join_in_order():
    first, second = study(1), study(2)

    joined = join([tabulate([first]), tabulate([second])])

    assert len(joined.scores) == len(first.scores) + len(second.scores)
    assert joined.scores["world"][0] == 1
    assert joined.scores["world"][-1] == 2
    assert joined.waves == 4


@pytest.mark.parametrize(
    ("holds", "is_naive", "known", "is_as_meant"),
    [
        (True, False, "", True),
        (False, False, "", False),
        (False, False, "why", True),
        (True, True, "", False),
        (False, True, "", True),
    ],
)
def test_check_is_as_meant(holds, is_naive, known, is_as_meant):
    check = Check("name", "1", "2", holds, is_naive=is_naive, known=known)

    assert check.is_as_meant is is_as_meant
    assert ("pass" in str(check)) is holds
