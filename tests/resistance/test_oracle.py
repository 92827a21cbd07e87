"""The attacker of `oracle` on random companies: it must win against a bare threshold, and learn
nothing exact from what the gate lets out."""

from dataclasses import dataclass

import numpy as np
import pytest

from resistance.disclosure import Answers, Item, Node, Protected, Thresholds, protect
from tests.resistance.oracle import (
    Attacker,
    bare_threshold,
    hidden_groups,
    is_recovered,
    naive_indices,
    random_answers,
    random_company,
)

ITEMS = (Item("a1", "a"), Item("a2", "a"), Item("a3", "a", is_asset=True))
PLAIN = (Item("a1", "a"),)
MIXED, ALIKE = 1.0, 0.25


@dataclass
class Case:
    tree: Node
    answers: Answers
    protected: Protected

    def informed(self) -> Attacker:
        """An attacker who has read everything that is shown."""
        attacker = Attacker(self.answers, ITEMS, [0, 1, 2])
        for unit in self.protected.units:
            attacker.learn_unit(unit)
        return attacker


def make_case(seed: int, people: int, spread: float) -> Case:
    rng = np.random.default_rng(seed)
    tree, group = random_company(rng, people)
    given = random_answers(rng, group, len(ITEMS), spread)
    return Case(tree, given, protect(tree, ITEMS, given, Thresholds()))


@pytest.mark.parametrize(
    ("people", "seeds", "spread"),
    [(60, range(12), MIXED), (60, range(12, 24), ALIKE), (300, [0], MIXED), (300, [1], ALIKE)],
)
def test_attacker_recovers_hidden_groups_under_a_threshold_and_none_under_the_gate(
    people, seeds, spread
):
    bare, gated, asked = 0, 0, 0

    for seed in seeds:
        case = make_case(seed, people, spread)
        naive = Attacker(case.answers, ITEMS, [0])
        bare_threshold(case.tree, naive, 0)
        informed = case.informed()
        for groups in hidden_groups(case.tree, naive.people):
            asked += 1
            bare += is_recovered(naive.range_of(0, groups))
            gated += is_recovered(informed.range_of(0, groups))

    assert asked >= 10
    assert bare / asked >= 0.25
    assert gated == 0


@pytest.mark.parametrize(("people", "seeds"), [(60, range(6)), (300, [4])])
def test_no_insider_is_certain_of_a_colleague_even_where_teams_agree(people, seeds):
    certain, asked = [], 0

    for seed in seeds:
        case = make_case(seed, people, ALIKE)
        informed = case.informed()
        for unit in case.protected.units:
            for own, mine, theirs in pairs_in(unit, informed):
                asked += 1
                if informed.sides_possible(0, mine, own, theirs) < 2:
                    certain.append((seed, unit.key, own))

    assert asked >= 20
    assert certain == []


def pairs_in(unit, attacker: Attacker) -> list[tuple[int, int, int]]:
    """For each answer given in a cell: the answer, a group where it was given, another group of
    the cell (or the same, if two answered there)."""
    if not unit.is_cell:
        return []
    groups = sorted(group for group in unit.groups if group in attacker.people)
    found = []
    for own in range(1, 6):
        for mine in groups:
            rows = attacker.answers.values[attacker.answers.group == mine, 0]
            others = [g for g in reversed(groups) if g != mine or attacker.people[g] > 1]
            if own in rows and others:
                found.append((own, mine, others[0]))
                break
    return found


def test_attacker_is_certain_of_colleagues_under_unrounded_indices():
    certain = 0

    for seed in range(4):
        rng = np.random.default_rng(seed)
        tree, group = random_company(rng, 60)
        given = random_answers(rng, group, len(PLAIN), ALIKE)
        attacker = Attacker(given, PLAIN, [0])
        naive_indices(tree, attacker, "a")
        for number in attacker.groups:
            rows = given.values[given.group == number]
            if len(rows) >= 5 and attacker.sides_possible(0, number, int(rows[0, 0]), number) < 2:
                certain += 1

    assert certain >= 3
