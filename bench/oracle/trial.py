"""One company under attack: everything is read, then every kind of question is asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bench.oracle.attacker import Attacker
from bench.oracle.companies import Generator, Ints, Kind, random_company
from bench.oracle.history import (
    ABSENT,
    WAVES,
    People,
    RuleMaker,
    Wave,
    no_rule,
    random_history,
    random_people,
    the_rule,
)
from bench.oracle.questions import (
    FEW,
    answers_recovered,
    guesses_in,
    hidden_groups,
    index_recovered,
    is_certain,
)
from bench.oracle.reading import (
    atoms_in,
    read_everything,
    read_pooled,
    read_share,
)
from resistance.disclosure import Item

ITEMS = (Item("a1", "a"), Item("a2", "a", is_asset=True))
PLAIN = (Item("a1", "a"),)
RESPONSES = (0.7, 0.85, 1.0)

Atoms = tuple[int, ...]


@dataclass(frozen=True)
class Most:
    """How many hidden groups of a company, and guesses of a cell and of a company, are tried."""

    hidden: int = 60
    per_cell: int = 6
    guesses: int = 150


@dataclass(eq=False)
class Trial:
    """Waves of one company as the attacker sees them; `atom` numbers the people who answered by
    the groups they were in, wave for wave."""

    waves: Sequence[Wave]

    def __post_init__(self) -> None:
        people = self.people
        groups = np.stack([wave.group for wave in self.waves], axis=1)
        self.seen = (groups != ABSENT).any(axis=1) & people.takes_part
        self.histories, atom = np.unique(groups[self.seen], axis=0, return_inverse=True)
        self.atom: Ints = atom.ravel()

    @property
    def people(self) -> People:
        return self.waves[0].people

    def atoms_of(self, place: int) -> dict[int, list[int]]:
        """The atoms of each group of a wave."""
        found: dict[int, list[int]] = {}
        for atom, history in enumerate(self.histories):
            if history[place] != ABSENT:
                found.setdefault(int(history[place]), []).append(atom)
        return found

    @cached_property
    def informed(self) -> Attacker:
        """An attacker who has read everything that is shown."""
        attacker = self.ignorant(self.waves[0].items)
        for place, wave in enumerate(self.waves):
            read_everything(attacker, wave.shown, self.atoms_of(place))
            for figures in wave.figures.values():
                read_pooled(attacker, figures, wave.shown, self.atoms_of(place))
        return attacker

    def ignorant(self, items: Sequence[Item]) -> Attacker:
        return Attacker(self.atom, self.people.values[self.seen][:, : len(items)], items)

    @cached_property
    def counter(self) -> Attacker:
        """An attacker who has read how many named the blocker; naming it counts as 2, else 1."""
        named = 1 + self.people.names[self.seen].astype(np.uint8)[:, None]
        attacker = Attacker(self.atom, named, PLAIN)
        attacker.know_sum(range(attacker.atoms), attacker.on_side(0, (3, 4, 5)))
        for place, wave in enumerate(self.waves):
            if wave.share is not None:
                atoms = atoms_in(frozenset(self.atoms_of(place)), self.atoms_of(place))
                read_share(attacker, atoms, wave.share)
        return attacker

    def hidden(self) -> list[Atoms]:
        """1 to 4 people: who share a history, who left a group or joined it between two waves,
        and groups and left-overs that are too small to be shown."""
        sizes = np.bincount(self.atom)
        found = {(atom,) for atom in range(len(sizes))}
        for place, wave in enumerate(self.waves):
            atoms_of = self.atoms_of(place)
            people = {group: int(sizes[atoms].sum()) for group, atoms in atoms_of.items()}
            for groups in hidden_groups(wave.tree, people):
                found.add(tuple(atoms_in(frozenset(groups), atoms_of)))
            for other in range(len(self.waves)):
                for atoms in atoms_of.values():
                    is_gone = self.histories[atoms, other] == ABSENT
                    found.add(tuple(np.array(atoms)[is_gone].tolist()))
        return sorted(atoms for atoms in found if 0 < sizes[list(atoms)].sum() <= FEW)

    def cells(self) -> list[list[int]]:
        return [
            atoms_in(unit.groups, self.atoms_of(place))
            for place, wave in enumerate(self.waves)
            for unit in wave.shown.units
            if unit.is_cell
        ]


def _some(rng: Generator, atoms: list[Atoms], most: int) -> list[Atoms]:
    if len(atoms) <= most:
        return atoms
    return [atoms[place] for place in sorted(rng.choice(len(atoms), most, replace=False))]


def attack(rng: Generator, trial: Trial, most: Most) -> Counter[str]:
    """Everything is asked of everything that the gate let out."""
    found: Counter[str] = Counter()
    attacker = trial.informed
    for atoms in _some(rng, trial.hidden(), most.hidden):
        found["hidden"] += 1
        found["answers"] += answers_recovered(attacker, atoms)
        found["indices"] += index_recovered(attacker, atoms)
        found["blockers"] += answers_recovered(trial.counter, atoms)
    for insiders in (1, 2):
        found += ask_insiders(rng, attacker, trial.cells(), insiders, most)
    found["undecided"] += attacker.undecided + trial.counter.undecided
    return found


def ask_insiders(
    rng: Generator, attacker: Attacker, cells: Sequence[Sequence[int]], insiders: int, most: Most
) -> Counter[str]:
    found: Counter[str] = Counter()
    for place in rng.permutation(len(cells)):
        for guess in guesses_in(rng, attacker, cells[place], insiders, most.per_cell):
            if found[f"asked{insiders}"] < most.guesses:
                column = int(rng.integers(len(attacker.items)))
                found[f"asked{insiders}"] += 1
                found[f"certain{insiders}"] += is_certain(attacker, guess, column)
    return found


def make_trial(
    seed: int, people: int, kind: Kind, make_rule: RuleMaker = the_rule, waves: int = WAVES
) -> Trial:
    rng = np.random.default_rng([seed, people])
    response = RESPONSES[seed % len(RESPONSES)]
    return Trial(
        random_history(
            rng, people, kind, ITEMS, make_rule=make_rule, response=response, count=waves
        )
    )


def make_single(seed: int, people: int, kind: Kind) -> Trial:
    """One assessment in which every team is a group, however small: the hardest case."""
    rng = np.random.default_rng([seed, people])
    tree, team = random_company(rng, people)
    crowd = random_people(rng, team, kind, ITEMS, RESPONSES[seed % len(RESPONSES)])
    first = replace(crowd, team=crowd.team[:1])
    wave = Wave(0, tree, ITEMS, first, crowd.team[0])
    wave.publish(no_rule(wave, ()))
    return Trial([wave])
