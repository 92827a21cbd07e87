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
from resistance.learning import PRIOR_SD, SHOWN_FROM_UNITS, Evidence, LocalEffect, learn
from resistance.models import Strategy
from surveys.models import UnitKind

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


@dataclass(frozen=True)
class Measured:
    """An effect and where it was measured."""

    unit: tuple[int | None, str]
    evidence: Evidence


def read_expected(strategies: Iterable[Strategy]) -> dict[str, Expected]:
    """For each of `strategies`, by key; one query."""
    found = _read_evidence()
    return {one.key: _expected(one.prior_points, found.get(one.key, [])) for one in strategies}


def _expected(prior: float, found: list[Measured]) -> Expected:
    units = len({row.unit for row in found})
    if units < SHOWN_FROM_UNITS:
        return Expected(prior, PRIOR_SD, units)
    learned = learn(prior, [row.evidence for row in found])
    return Expected(learned.value, learned.sd, units, learned.local, does_harm=learned.does_harm)


def _read_evidence() -> Mapping[str, list[Measured]]:
    """Strategy → effects that may teach, of each action the last one.

    A unit is known again in the next assessment by its team, or by its name where the smallest
    team that holds it holds others too.
    """
    numbers = ("value", "variance", "shared_variance")
    comparison = ("source", "action__plan__unit__assessment", "assessment")
    unit = (
        "action__plan__unit__node__team",
        "action__plan__unit__kind",
        "action__plan__unit__name",
    )
    teaching = Effect.objects.filter(may_teach=True).order_by("measured_at", "pk")
    rows: Iterable[Any] = teaching.values_list(
        "action", "action__strategy", *numbers, *unit, *comparison
    )
    last: dict[int, tuple[str, Measured]] = {}
    for action, strategy, value, variance, shared, team, kind, name, *compared in rows:
        evidence = Evidence(value, variance, shared, "/".join(map(str, compared)))
        where = (team, name if kind == UnitKind.MERGED else "")
        last[action] = strategy, Measured(where, evidence)
    found: dict[str, list[Measured]] = defaultdict(list)
    for strategy, measured in last.values():
        found[strategy].append(measured)
    return found
