"""What the catalogue learned here: what a strategy is expected to bring, and where it was measured.

Below five units the prior stands: nobody can then read the change of a single team, which they
may not see, off the points of another team's plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plans.models import Effect
from resistance.learning import PRIOR_SD, Evidence, LocalEffect, learn
from resistance.models import Strategy

MARGIN = 1.96


@dataclass(frozen=True)
class Expected:
    """Points by which a strategy moves its own source, negative is better.

    `units`: where it was measured so that it may teach; `local` is known from five of them on.
    """

    points: float
    sd: float
    units: int = 0
    local: LocalEffect | None = None
    does_harm: bool = False

    @property
    def low(self) -> float:
        return self.points - MARGIN * self.sd

    @property
    def high(self) -> float:
        return self.points + MARGIN * self.sd


def read_expected(strategies: Iterable[Strategy]) -> dict[str, Expected]:
    """For each of `strategies`, by key; one query."""
    found = _read_evidence()
    return {one.key: _expected(one.prior_points, found.get(one.key, ())) for one in strategies}


def _expected(prior: float, evidence: Iterable[Evidence]) -> Expected:
    rows = list(evidence)
    learned = learn(prior, rows)
    if learned.local is None or not learned.local.is_shown:
        return Expected(prior, PRIOR_SD, units=len(rows))
    return Expected(
        learned.value, learned.sd, len(rows), learned.local, does_harm=learned.does_harm
    )


def _read_evidence() -> Mapping[str, list[Evidence]]:
    """Strategy → effects that may teach, of each action the last one."""
    numbers = ("value", "variance", "shared_variance")
    comparison = ("source", "action__plan__unit__assessment", "assessment")
    teaching = Effect.objects.filter(may_teach=True).order_by("measured_at", "pk")
    rows: Iterable[Any] = teaching.values_list("action", "action__strategy", *numbers, *comparison)
    last: dict[int, tuple[str, Evidence]] = {}
    for action, strategy, value, variance, shared, *compared in rows:
        last[action] = strategy, Evidence(value, variance, shared, "/".join(map(str, compared)))
    found: dict[str, list[Evidence]] = defaultdict(list)
    for strategy, evidence in last.values():
        found[strategy].append(evidence)
    return found
