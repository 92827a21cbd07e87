"""Plans for simulated units: ours, the naive one and an oracle's, valued by the truth."""

import json
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.simulation.waves import Wave
from plans.options import Level, Limits, Option, blocked
from plans.ranking import rank_actions
from plans.severity import Severity
from resistance.scoring import draws_for

Floats = NDArray[np.float64]

CATALOGUE = Path(__file__).resolve().parents[2] / "resistance" / "catalogue.json"
HOURS_PER_MEMBER = 3.0
EFFECT_SD = 3.0


@dataclass(frozen=True)
class PlanValue:
    """Gains of one unit by the truth in points of importance-weighted resistance.

    The second three are the same with effects that differ from what strategies promise; there
    the oracle knows these, too.
    """

    ours: float
    naive: float
    oracle: float
    ours_real: float
    naive_real: float
    oracle_real: float
    ours_hits_worst: bool
    naive_hits_worst: bool
    ours_hits_severest: bool
    naive_hits_severest: bool


@cache
def catalogue() -> tuple[Option, ...]:
    """The strategies that are shipped, as plans/material.py offers them."""
    rows = json.loads(CATALOGUE.read_text(encoding="utf-8"))["strategies"]
    return tuple(
        Option(
            key=row["key"],
            targets=row["targets"],
            points=-row["prior_points"],
            hours_fixed=row["hours_fixed"],
            hours_per_member=row["hours_per_member"],
            weeks=row["weeks_to_effect"],
            level=Level[row["owner_level"]],
            prerequisites=frozenset(row["prerequisites"]),
        )
        for row in rows
    )


class Judge:
    """Values sets of actions by the true means of one unit."""

    def __init__(self, wave: Wave, unit: str, generator: np.random.Generator) -> None:
        self.sources = wave.sources_of(unit)
        self.limits = _limits(wave, unit)
        out = blocked(catalogue(), self.limits)
        self.options = [option for option in catalogue() if option.key not in out]
        targets = {source: wave.scored.between[source].target for source in self.sources}
        importance = dict.fromkeys(self.sources, 1 / 11)
        self.truth = wave.true_means(unit)
        self.severity = Severity(self.truth[None], self.sources, targets, importance)
        weights = [[o.targets.get(s, 0.0) for s in self.sources] for o in self.options]
        self.weights = np.array(weights)
        self.promised = np.array([option.points for option in self.options])
        spread = generator.normal(0, EFFECT_SD, len(self.options))
        self.real = np.maximum(0.0, self.promised + spread)

        self.worst = self.sources[int(self.truth.argmax())]
        above = [mean - targets[s] for s, mean in zip(self.sources, self.truth, strict=True)]
        self.severest = self.sources[int(np.argmax(above))]

    def value(self, keys: set[str], points: Floats) -> float:
        rows = [i for i, option in enumerate(self.options) if option.key in keys]
        return float(self.severity.values((points[rows] @ self.weights[rows])[None])[0])

    def best(self, points: Floats) -> float:
        """The highest value of any set that the limits allow, prerequisites included."""
        takes = points[:, None] * self.weights
        sets = np.array([takes[list(rows)].sum(axis=0) for rows in self._allowed()])
        return float(self.severity.values(sets).max())

    def hits(self, source: str, keys: set[str]) -> bool:
        return any(o.key in keys and o.targets.get(source, 0.0) == 1 for o in self.options)

    def _allowed(self) -> list[tuple[int, ...]]:
        hours = [option.hours_for(self.limits.members) for option in self.options]
        found: list[tuple[int, ...]] = []
        for size in range(self.limits.max_actions + 1):
            for rows in combinations(range(len(self.options)), size):
                inside = {self.options[row].key for row in rows}
                is_complete = all(self.options[row].prerequisites <= inside for row in rows)
                if is_complete and sum(hours[row] for row in rows) <= self.limits.budget_hours:
                    found.append(rows)
        return found


def value_plans(
    wave: Wave, unit: str, generator: np.random.Generator, *, seed: int
) -> PlanValue | None:
    """None for a unit where even an oracle gains nothing."""
    judge = Judge(wave, unit, generator)
    oracle = judge.best(judge.promised)
    if oracle <= 0:
        return None
    ours, naive = our_plan(wave, unit, seed=seed), naive_plan(wave, unit)
    return PlanValue(
        ours=judge.value(ours, judge.promised),
        naive=judge.value(naive, judge.promised),
        oracle=oracle,
        ours_real=judge.value(ours, judge.real),
        naive_real=judge.value(naive, judge.real),
        oracle_real=judge.best(judge.real),
        ours_hits_worst=judge.hits(judge.worst, ours),
        naive_hits_worst=judge.hits(judge.worst, naive),
        ours_hits_severest=judge.hits(judge.severest, ours),
        naive_hits_severest=judge.hits(judge.severest, naive),
    )


def our_plan(wave: Wave, unit: str, *, seed: int) -> set[str]:
    sources = wave.sources_of(unit)
    ranking = rank_actions(
        draws_for(wave.scored, unit, seed=seed),
        sources,
        {source: wave.scored.between[source].target for source in sources},
        dict.fromkeys(sources, 1 / 11),
        catalogue(),
        _limits(wave, unit),
    )
    return {action.key for action in ranking.chosen}


def naive_plan(wave: Wave, unit: str) -> set[str]:
    """For each of the three highest raw values the strongest strategy that still fits."""
    limits = _limits(wave, unit)
    out = blocked(catalogue(), limits)
    left, chosen = limits.budget_hours, set[str]()
    for source in naive_top(wave, unit):
        fitting = [
            option
            for option in catalogue()
            if option.key not in out
            and option.targets.get(source, 0.0) == 1
            and option.prerequisites <= chosen
            and option.hours_for(limits.members) <= left
        ]
        if fitting:
            best = max(fitting, key=lambda option: (option.points, option.key))
            left -= best.hours_for(limits.members)
            chosen.add(best.key)
    return chosen


def naive_top(wave: Wave, unit: str) -> list[str]:
    """The three sources with the highest published values; the alphabet decides ties."""
    scores = wave.scored.units[unit].scores
    return sorted(scores, key=lambda source: (-scores[source].raw, source))[:3]


def _limits(wave: Wave, unit: str) -> Limits:
    entry = wave.inputs[unit, wave.sources_of(unit)[0]]
    return Limits(members=entry.invited, budget_hours=HOURS_PER_MEMBER * entry.invited)
