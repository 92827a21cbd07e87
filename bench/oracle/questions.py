"""What the attacker is asked: the sums of groups that are too small, and colleagues' sides."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.oracle.attacker import SIDES, Attacker, Floats, Row, Undecided
from bench.oracle.companies import Generator, groups_below, walk
from resistance.disclosure import Node

FEW = 4


def hidden_groups(tree: Node, people: dict[int, int]) -> list[list[int]]:
    """Sets of 1 to 4 answers: single teams, and what is small under one node taken together."""
    found: list[list[int]] = []
    for node in walk(tree):
        small = [g for g in node.groups if 0 < people.get(g, 0) <= FEW]
        for child in node.children:
            below = groups_below(child)
            if 0 < sum(people.get(group, 0) for group in below) <= FEW:
                small.extend(group for group in below if group in people)
        found.extend([group] for group in small if [group] not in found)
        if len(small) > 1 and sum(people[group] for group in small) <= FEW:
            found.append(sorted(small))
    return found


def is_recovered(attacker: Attacker, atoms: Sequence[int], weights: Floats, step: float) -> bool:
    """Whether no possible world has a sum that lies `step` or more away from the true one."""
    total = attacker.true_sum(atoms, weights)
    atoms = tuple(atoms)
    try:
        return not (
            attacker.is_possible([Row(atoms, weights, total + step)])
            or attacker.is_possible([Row(atoms, weights, -np.inf, total - step)])
        )
    except Undecided:
        return True


def answers_recovered(attacker: Attacker, atoms: Sequence[int], column: int = 0) -> bool:
    if not attacker.true_sum(atoms, attacker.given(column)):
        return False  # nobody answered, and that is all there is to know
    return is_recovered(attacker, atoms, attacker.value(column), 1.0)


def index_recovered(attacker: Attacker, atoms: Sequence[int]) -> bool:
    """Whether the mean score of a group follows to within a point."""
    scored = attacker.true_sum(atoms, (~np.isnan(attacker.scores)).astype(np.float64))
    return is_recovered(attacker, atoms, np.nan_to_num(attacker.scores), max(scored, 1.0))


@dataclass(frozen=True)
class Guess:
    """Insiders, each an atom and the kind of their ballot, look at a colleague in an atom."""

    insiders: tuple[tuple[int, int], ...]
    colleague: int


def guesses_in(
    rng: Generator, attacker: Attacker, cell: Sequence[int], insiders: int, most: int
) -> Iterator[Guess]:
    """Up to `most` guesses among the people of a cell: random insiders, every atom in turn."""
    people = [
        (atom, int(kind))
        for atom in cell
        for kind in np.flatnonzero(attacker.truth[atom])
        for _ in range(attacker.truth[atom, kind])
    ]
    asked: set[Guess] = set()
    if len(people) <= insiders:
        return
    for number in range(most):
        chosen = rng.choice(len(people), insiders, replace=False)
        group = tuple(sorted(people[place] for place in chosen))
        left = {atom for place, (atom, _) in enumerate(people) if place not in chosen}
        colleague = sorted(left)[number % len(left)]
        guess = Guess(group, colleague)
        if guess not in asked:
            asked.add(guess)
            yield guess


def is_certain(attacker: Attacker, guess: Guess, column: int) -> bool:
    """Whether every possible world has all colleagues of the atom on one side."""
    true_sides = _sides_among(attacker, guess, column)
    if len(true_sides) != 1:
        return False
    others = [side for side in SIDES if side not in true_sides]
    try:
        return not any(attacker.is_possible(_world(attacker, guess, column, s)) for s in others)
    except Undecided:
        return True


def _sides_among(attacker: Attacker, guess: Guess, column: int) -> set[tuple[int, ...]]:
    left = attacker.truth[guess.colleague].copy()
    for atom, kind in guess.insiders:
        if atom == guess.colleague:
            left[kind] -= 1
    given = {int(value) for value in attacker.kinds[left > 0, column]}
    return {side for side in SIDES if given & set(side)}


def _world(attacker: Attacker, guess: Guess, column: int, side: tuple[int, ...]) -> list[Row]:
    """The insiders' own ballots, and a colleague who stands on `side`."""
    rows = []
    for (atom, kind), people in Counter(guess.insiders).items():
        own = np.zeros(len(attacker.kinds))
        own[kind] = 1.0
        rows.append(Row((atom,), own, people))
    weights = attacker.on_side(column, side)
    own_people = sum(int(weights[kind]) for atom, kind in guess.insiders if atom == guess.colleague)
    return [*rows, Row((guess.colleague,), weights, own_people + 1)]
