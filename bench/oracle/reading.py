"""What everything that is shown tells the attacker, and what leaky products would tell."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.oracle.attacker import POINTS, Attacker, Floats
from bench.oracle.companies import groups_below, walk
from resistance.disclosure import (
    Band,
    Exact,
    Index,
    ItemResult,
    Node,
    PooledSource,
    Protected,
    UnitResult,
)

HALF, HALF_ROUNDED = 0.5, 2.5
STEPS = np.arange(5)
PAIR = 2
NAMED = 2

AtomsOf = Mapping[int, Sequence[int]]


def read_everything(attacker: Attacker, shown: Protected, atoms_of: AtomsOf) -> None:
    """Every statement and index of every unit; `atoms_of` the atoms of each group."""
    for unit in shown.units:
        atoms = atoms_in(unit.groups, atoms_of)
        for column, item in enumerate(attacker.items):
            read_item(attacker, atoms, column, unit.items[item.key])
        for index in unit.sources.values():
            if isinstance(index, Index):
                read_index(attacker, atoms, index)


def atoms_in(groups: frozenset[int], atoms_of: AtomsOf) -> list[int]:
    return sorted(atom for group in groups for atom in atoms_of.get(group, ()))


def read_item(attacker: Attacker, atoms: Sequence[int], column: int, found: ItemResult) -> None:
    if isinstance(found, Exact):
        for value, count in enumerate(found.counts, start=1):
            attacker.know(atoms, attacker.on_side(column, (value,)), count, count)
    elif isinstance(found, Band):
        above, below = attacker.given(column), attacker.value(column)
        if found.value == "low":
            attacker.know(atoms, 5 * above - 2 * below, 1)
        elif found.value == "high":
            attacker.know(atoms, 2 * below - 7 * above, 1)
        else:
            attacker.know(atoms, 2 * below - 5 * above, 0)
            attacker.know(atoms, 7 * above - 2 * below, 0)


def read_index(attacker: Attacker, atoms: Sequence[int], index: Index) -> None:
    """The mean of the person scores lies within the step around the value."""
    scored = ~np.isnan(attacker.scores)
    scores = np.nan_to_num(attacker.scores)
    half = HALF_ROUNDED if index.rounded else HALF
    if index.end >= 0:
        attacker.know(atoms, scores - (index.value - half) * scored, 0)
    if index.end <= 0:
        attacker.know(atoms, (index.value + half) * scored - scores, 1e-3)


def read_pooled(
    attacker: Attacker, figures: PooledSource, shown: Protected, atoms_of: AtomsOf
) -> None:
    """How much people vary within the cells that are counted out, and how two statements go
    together. Where nobody left one out, the histograms turn both into sums over ballots."""
    cells = [unit for unit in shown.units if _is_pooled(unit, attacker)]
    atoms = [atom for cell in cells for atom in atoms_in(cell.groups, atoms_of)]
    if figures.variance is None or attacker.leaves_out(atoms):
        return
    steps = [_resistance(unit, attacker) for unit in cells]
    people = [int(counts[0].sum()) for counts in steps]
    sums = np.array([counts @ STEPS for counts in steps])
    freedom = sum(people) - len(cells)
    mean_score = sums.mean(axis=1) * POINTS
    between = float((mean_score**2 / people).sum())
    _about(attacker, atoms, attacker.scores**2, figures.variance * freedom + between, freedom / 20)
    if figures.inter_item_r is None or len(attacker.items) != PAIR:
        return
    squares = sum(counts @ STEPS**2 for counts in steps) - (sums.T**2 / people).sum(axis=1)
    scale = float(np.sqrt(squares.prod()))
    cross = float((sums.prod(axis=1) / people).sum())
    product = attacker.steps.prod(axis=1).astype(np.float64)
    _about(attacker, atoms, product, figures.inter_item_r * scale + cross, scale / 200)


def _is_pooled(unit: UnitResult, attacker: Attacker) -> bool:
    index = unit.sources[str(attacker.items[0].source)]
    is_whole = isinstance(index, Index) and not index.rounded
    found = (unit.items[item.key] for item in attacker.items)
    return unit.is_cell and is_whole and all(isinstance(item, Exact) for item in found)


def _resistance(unit: UnitResult, attacker: Attacker) -> NDArray[np.int64]:
    """Per statement how many gave 0 to 4 steps of resistance."""
    rows = []
    for item in attacker.items:
        found = unit.items[item.key]
        assert isinstance(found, Exact)
        rows.append(found.counts[::-1] if item.is_asset else found.counts)
    return np.array(rows, dtype=np.int64)


def _about(
    attacker: Attacker, atoms: Sequence[int], weights: Floats, total: float, slack: float
) -> None:
    slack += 1e-6
    attacker.know(atoms, np.nan_to_num(weights), total - slack, total + slack)


def read_share(attacker: Attacker, atoms: Sequence[int], share: float) -> None:
    """The share of those who named a blocker, to two decimals; naming it counts as a 2."""
    named = attacker.on_side(0, (NAMED,))
    people = attacker.true_sum(atoms, np.ones(len(attacker.kinds)))
    _about(attacker, atoms, named, share * people, people / 200)


def bare_threshold(attacker: Attacker, tree: Node, atoms_of: AtomsOf, minimum: int = 5) -> None:
    """What a product with nothing but a minimum of answers would show: a leak that was planted."""
    for node in walk(tree):
        atoms = atoms_in(frozenset(groups_below(node)), atoms_of)
        for column in range(len(attacker.items)):
            if attacker.true_sum(atoms, attacker.given(column)) >= minimum:
                for value in range(1, 6):
                    attacker.know_sum(atoms, attacker.on_side(column, (value,)))


def unrounded_indices(attacker: Attacker, tree: Node, atoms_of: AtomsOf, minimum: int = 5) -> None:
    """... and what indices in whole points for every node would tell: another planted leak."""
    scored = ~np.isnan(attacker.scores)
    for node in walk(tree):
        atoms = atoms_in(frozenset(groups_below(node)), atoms_of)
        people = attacker.true_sum(atoms, scored.astype(np.float64))
        if people >= minimum:
            mean = attacker.true_sum(atoms, np.nan_to_num(attacker.scores)) / people
            read_index(attacker, atoms, Index(int(np.floor(mean + 0.5)), None, rounded=False))
