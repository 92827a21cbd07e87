"""One simulated assessment: real answers through the real gate into the real scoring."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.simulation.people import ITEMS, People
from bench.simulation.worlds import SOURCES
from resistance.change import Reading
from resistance.disclosure import Node, Thresholds, pooled, protect
from resistance.inputs import PooledSource, SourceInput
from resistance.scoring import Scored, score_units
from resistance.shown import Exact, Index, Protected, UnitResult

Floats = NDArray[np.float64]

TEAMS_PER_DEPARTMENT = 6


@dataclass(frozen=True, eq=False)
class Wave:
    """What is known after one tally, and the truth behind it (units x sources, by unit key)."""

    shown: Protected
    scored: Scored
    inputs: dict[tuple[str, str], SourceInput]
    truth: dict[str, Floats]

    def sources_of(self, unit: str) -> list[str]:
        return list(self.scored.units[unit].scores)

    def true_means(self, unit: str) -> Floats:
        """True means of the sources that are shown for the unit, in their order."""
        return self.truth[unit][[SOURCES.index(source) for source in self.sources_of(unit)]]

    def reading(self, unit: str, source: str) -> Reading:
        entry, between = self.inputs[unit, source], self.scored.between[source]
        return Reading(
            value=entry.value,
            n=entry.n,
            invited=entry.invited,
            rounded=entry.rounded,
            variance=between.variance,
            alpha=between.alpha,
            response=entry.response,
        )


def run_wave(people: People, generator: np.random.Generator, *, seed: int) -> Wave:
    answers = people.answer(generator)
    shown = protect(tree_of(len(people.sizes)), ITEMS, answers, Thresholds())
    figures = {
        source: PooledSource(row.variance, row.alpha, row.inter_item_r)
        for source, row in pooled(answers, ITEMS, shown).items()
    }
    response = len(answers.group) / int(people.sizes.sum())
    inputs = [entry for unit in shown.units for entry in _inputs(unit, people.sizes, response)]
    cells = {unit.key for unit in shown.units if unit.is_cell}
    scored = score_units(inputs, figures, cells=cells, seed=seed)
    return Wave(
        shown=shown,
        scored=scored,
        inputs={(entry.unit, entry.source): entry for entry in inputs},
        truth=true_means(people, shown.units),
    )


def true_means(people: People, units: Sequence[UnitResult]) -> dict[str, Floats]:
    """Mean true score of all members of each unit."""
    means = people.unit_means(people.true_scores())
    found = {}
    for unit in units:
        groups = sorted(unit.groups)
        found[unit.key] = people.sizes[groups] @ means[groups] / people.sizes[groups].sum()
    return found


def tree_of(units: int) -> Node:
    """Departments of six teams each; every team is one group."""
    teams = [Node(f"team{number}", (), (number,)) for number in range(units)]
    parts = [
        teams[first : first + TEAMS_PER_DEPARTMENT]
        for first in range(0, units, TEAMS_PER_DEPARTMENT)
    ]
    return Node("all", tuple(Node(f"part{i}", tuple(part)) for i, part in enumerate(parts)))


def _inputs(unit: UnitResult, sizes: NDArray[np.int64], response: float) -> list[SourceInput]:
    """As surveys/scoring_run.py makes them of a gate's output."""
    members = int(sizes[sorted(unit.groups)].sum())
    found = []
    for source, index in unit.sources.items():
        if not isinstance(index, Index):
            continue
        items = [unit.items[item.key] for item in ITEMS if item.source == source]
        exact = tuple(item.counts for item in items if isinstance(item, Exact))
        found.append(
            SourceInput(
                unit=unit.key,
                source=source,
                value=float(index.value),
                n=index.n,
                invited=members,
                rounded=index.rounded,
                item_counts=exact if len(exact) == len(items) else None,
                response=response,
            )
        )
    return found
