"""The attacker of `bench.oracle` on small random companies, as in `make oracle`: it must win where
leaks are planted, and learn nothing about a person from what the gate lets out."""

import json
from collections import Counter
from datetime import date

import numpy as np
import pytest

from bench.oracle.attacker import Attacker, Row
from bench.oracle.companies import KINDS
from bench.oracle.history import no_rule, the_rule
from bench.oracle.plants import under_bare_threshold, under_unrounded_indices
from bench.oracle.questions import Guess, is_certain
from bench.oracle.report import Line, Planted, figures_of, limits_of, write_figures
from bench.oracle.trial import Most, attack, make_single, make_trial
from resistance.disclosure import Item

FEW = Most(hidden=12, per_cell=2, guesses=16)


def summed(parts):
    return sum(parts, Counter())


def test_bare_threshold_gives_away_a_quarter_of_the_hidden_groups():
    found = summed(under_bare_threshold(seed, 60) for seed in range(40))

    assert found["hidden"] >= 100
    assert found["answers"] / found["hidden"] >= 0.25


def test_unrounded_indices_make_insiders_certain():
    found = summed(under_unrounded_indices(seed, 60) for seed in range(4))

    assert found["certain1"] >= 3


def test_rule_for_later_assessments_is_what_protects_who_comes_and_goes():
    kind, seed = KINDS["polarised"], 2

    without, with_rule = (
        attack(np.random.default_rng(seed), make_trial(seed, 60, kind, rule), FEW)
        for rule in (no_rule, the_rule)
    )

    assert without["answers"] + without["certain1"] >= 1
    assert (with_rule["answers"], with_rule["certain1"]) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_shown_tells_the_attacker_about_a_person(kind):
    trials = make_trial(1, 60, KINDS[kind]), make_single(1, 60, KINDS[kind])

    found = summed(attack(np.random.default_rng(1), trial, FEW) for trial in trials)

    assert found["hidden"] >= 5
    assert found["asked1"] >= 20
    recovered = [found[what] for what in ("answers", "indices", "blockers", "certain1")]
    assert recovered == [0, 0, 0, 0]
    assert found["certain2"] / found["asked2"] <= 0.02


def attacker_on(*rows):
    """One group that answered one statement; nothing but its size is known."""
    return Attacker(np.zeros(len(rows), dtype=int), np.array(rows, np.uint8), (Item("a", "a"),))


def test_attacker_who_knows_the_sum_of_extremes_is_certain():
    attacker = attacker_on([5], [5], [5], [5], [4])
    attacker.know_sum((0,), attacker.value(0))

    own_and_colleagues = Guess(((0, 5),), 0)

    assert is_certain(attacker, own_and_colleagues, 0)


def test_attacker_who_knows_nothing_is_not_certain():
    attacker = attacker_on([5], [5], [5], [5], [4])

    assert not is_certain(attacker, Guess(((0, 5),), 0), 0)


def test_world_that_breaks_what_is_known_is_impossible():
    attacker = attacker_on([1], [2], [3])
    attacker.know_sum((0,), attacker.on_side(0, (1,)))

    possible = [
        attacker.is_possible([Row((0,), attacker.on_side(0, (1,)), least)]) for least in (1, 2)
    ]

    assert possible == [True, False]


WON = Planted(
    bare=Counter(hidden=8, answers=2),
    unrounded=Counter(asked1=9, certain1=3),
    without_rule=Counter(hidden=4, answers=1, asked1=9, certain1=1),
)


def missed(planted, **found):
    limits = limits_of(planted, Counter(hidden=100, asked1=100, asked2=100, **found))
    return [limit.name for limit in limits if not limit.holds]


def test_limits_hold_where_the_attacker_wins_only_what_was_planted():
    assert missed(WON, certain2=2) == []


@pytest.mark.parametrize(
    "found", [{"answers": 1}, {"indices": 1}, {"blockers": 1}, {"certain1": 1}, {"certain2": 3}]
)
def test_each_limit_can_be_missed(found):
    assert len(missed(WON, **found)) == 1


def test_attack_that_wins_nothing_where_leaks_are_planted_proves_nothing():
    lost = Planted(Counter(hidden=9, answers=2), Counter(asked1=9), Counter(asked1=9))

    assert len(missed(lost)) == 3


def test_figures_stand_beside_those_of_other_attacks(tmp_path):
    path = tmp_path / "figures.json"
    path.write_text('{"linkage": {"date": "2026-01-01"}}')
    lines = [Line(60, "mixed", 2, Counter(hidden=3))]

    write_figures(figures_of(lines, WON, limits_of(WON, lines[0].found), date(2026, 11, 22)), path)

    written = json.loads(path.read_text())
    assert written["linkage"] == {"date": "2026-01-01"}
    assert written["oracle"]["date"] == "2026-11-22"
    assert written["oracle"]["companies"][0]["hidden_groups"] == 3
