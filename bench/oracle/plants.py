"""Leaks that are planted, so that the attacker shows what it can do before it meets the gate."""

from collections import Counter

import numpy as np

from bench.oracle.attacker import Attacker
from bench.oracle.companies import ALIKE, Kind, random_answers, random_company
from bench.oracle.history import no_rule
from bench.oracle.questions import answers_recovered, hidden_groups
from bench.oracle.reading import bare_threshold, unrounded_indices
from bench.oracle.trial import ITEMS, PLAIN, Most, ask_insiders, attack, make_trial
from resistance.disclosure import Item, Node

ENOUGH = 5


def under_bare_threshold(seed: int, people: int) -> Counter[str]:
    """Hidden groups of a product that shows whatever has five answers."""
    tree, attacker, atoms_of = _company(seed, people, 1.0, ITEMS[:1])
    bare_threshold(attacker, tree, atoms_of)
    numbers = {group: int(attacker.sizes[atoms[0]]) for group, atoms in atoms_of.items()}
    found: Counter[str] = Counter()
    for groups in hidden_groups(tree, numbers):
        found["hidden"] += 1
        found["answers"] += answers_recovered(attacker, [atoms_of[g][0] for g in groups])
    return found


def under_unrounded_indices(seed: int, people: int) -> Counter[str]:
    """Insiders of a product that shows every index in whole points, where teams agree."""
    tree, attacker, atoms_of = _company(seed, people, ALIKE, PLAIN)
    unrounded_indices(attacker, tree, atoms_of)
    cells = [atoms for atoms in atoms_of.values() if attacker.sizes[atoms].sum() >= ENOUGH]
    return ask_insiders(np.random.default_rng(seed), attacker, cells, 1, Most())


def without_wave_rule(seed: int, people: int, kind: Kind, most: Most) -> Counter[str]:
    """The gate as if every assessment were the first one of its people."""
    rng = np.random.default_rng(seed)
    return attack(rng, make_trial(seed, people, kind, no_rule), most)


def _company(
    seed: int, people: int, spread: float, items: tuple[Item, ...]
) -> tuple[Node, Attacker, dict[int, list[int]]]:
    """One assessment in which every team is a group, and an attacker who has read nothing."""
    rng = np.random.default_rng([seed, people])
    tree, group = random_company(rng, people)
    given = random_answers(rng, group, len(items), spread)
    numbers, atom = np.unique(given.group, return_inverse=True)
    attacker = Attacker(atom.ravel(), given.values, items)
    return tree, attacker, {int(number): [place] for place, number in enumerate(numbers)}
