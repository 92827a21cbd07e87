"""Figures of the whole organisation: who enters, from how many on, and what they must not tell."""

from dataclasses import replace

import numpy as np
import pytest

from resistance.disclosure import Node, Thresholds, protect
from resistance.overall import MIN_FOR_ALPHA, MIN_FOR_OMEGA, Careless, look_at_all
from resistance.reliability import alpha_interval
from resistance.shown import Answers, Item

SOURCES = ("silos", "time", "training")
ITEMS = tuple(
    Item(f"{source}{number}", source, is_asset=number == 2)
    for source in SOURCES
    for number in range(3)
) + tuple(Item(f"outcome{number}", None, is_asset=True) for number in range(3))


def make_answers(sizes, *, seed=2):
    """Ballots of teams; silos drive the outcome, time does a little, training does not."""
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    leaning = generator.normal(0, 1, (len(group), 3))
    outcome = leaning @ np.array([0.9, 0.4, 0.0]) + generator.normal(0, 0.4, len(group))
    columns = np.column_stack([leaning.repeat(3, axis=1), outcome[:, None].repeat(3, axis=1)])
    steps = np.clip(np.round(2 + columns + generator.normal(0, 0.6, columns.shape)), 0, 4)
    is_asset = np.array([item.is_asset for item in ITEMS])
    return Answers(np.where(is_asset, 5 - steps, steps + 1).astype(np.uint8), group)


def look(answers, *, seed=7, groups=None):
    groups = range(answers.group.max() + 1) if groups is None else groups
    tree = Node("all", tuple(Node(f"team{number}", (), (number,)) for number in groups))
    shown = protect(tree, ITEMS, answers, Thresholds())
    return look_at_all(answers, ITEMS, shown, seed=seed)


def test_derived_importance_follows_what_drives_the_outcome():
    found = look(make_answers([40] * 8))

    assert found.derived["silos"] > found.derived["time"] > found.derived["training"]
    assert sum(found.derived.values()) == pytest.approx(1, abs=0.015)
    assert all(share == round(share, 2) for share in found.derived.values())


def test_everything_is_the_same_whatever_the_order_of_ballots():
    answers = make_answers([40] * 8)
    order = np.random.default_rng(1).permutation(len(answers.group))

    shuffled = Answers(answers.values[order], answers.group[order])

    assert look(shuffled) == look(answers)


@pytest.mark.parametrize(
    ("sizes", "has_alpha", "has_omega", "has_derived"),
    [
        ([20, 20], False, False, False),
        ([26, 26], True, False, False),
        ([52, 52], True, True, False),
        ([70, 70], True, True, True),
    ],
)
def test_figures_appear_from_their_number_of_people_on(sizes, has_alpha, has_omega, has_derived):
    found = look(make_answers(sizes))

    assert bool(found.consistency) == has_alpha
    assert any(one.omega for one in found.consistency.values()) == has_omega
    assert (found.derived is not None) == has_derived
    assert sum(sizes) >= (MIN_FOR_OMEGA if has_omega else MIN_FOR_ALPHA if has_alpha else 0)


def test_small_cells_never_enter():
    """Within cells of 5 to 9 answers even a scrambled answer set changes nothing here."""
    answers = make_answers([40, 40, 40, 40, 7])
    scrambled = answers.values.copy()
    scrambled[answers.group == 4] = scrambled[answers.group == 4][:, ::-1]

    assert look(replace(answers, values=scrambled)) == look(answers)


def test_alpha_has_feldts_interval_for_people_compared_within_teams():
    found = look(make_answers([60, 60])).consistency["silos"]

    low, high = alpha_interval(found.alpha, 120 - 2 + 1, 3)
    assert found.alpha_span == pytest.approx((low, high), abs=0.011)
    assert found.omega_span[0] < found.omega < found.omega_span[1]
    assert found.omega == pytest.approx(found.alpha, abs=0.03)


def test_careless_ballots_are_counted_in_steps_of_five():
    answers = make_answers([50, 50])
    answers.values[:10] = 3
    answers.values[50:58, :9] = 0

    assert look(answers).careless == Careless(alike=10, gaps=10)


def test_one_careless_ballot_is_not_told_from_none():
    answers = make_answers([50, 50])
    before = look(answers).careless
    answers.values[0] = 4

    assert look(answers).careless == before == Careless(alike=5, gaps=5)


def test_nothing_is_said_of_nothing():
    found = look(make_answers([4]), groups=[0])

    assert (found.derived, found.consistency, found.careless) == (None, {}, None)
