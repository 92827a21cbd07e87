"""Rows of many simulated organisations as arrays: one per kind of row, columns by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.simulation.plans import PlanValue
from bench.simulation.study import Acted, Quiet, Score, Study
from bench.simulation.worlds import Kind, World

Table = NDArray[Any]
"""A structured array; columns are named after what they hold."""

KINDS = tuple(Kind)


@dataclass(frozen=True, eq=False)
class Tables:
    scores: Table
    plans: Table
    quiet: Table
    acted: Table
    waves: int


def tabulate(studies: Iterable[Study]) -> Tables:
    found = list(studies)
    return Tables(
        scores=_table((row for study in found for row in study.scores), _score),
        plans=_table((row for study in found for row in study.plans), _plan),
        quiet=_table((row for study in found for row in study.quiet), _quiet),
        acted=_table((row for study in found for row in study.acted), _acted),
        waves=sum(study.waves for study in found),
    )


def join(parts: list[Tables]) -> Tables:
    """The parts in their order; empty ones have no columns and are left out."""

    def stack(name: str) -> Table:
        tables = [getattr(part, name) for part in parts if len(getattr(part, name))]
        return np.concatenate(tables)

    return Tables(
        stack("scores"),
        stack("plans"),
        stack("quiet"),
        stack("acted"),
        sum(part.waves for part in parts),
    )


def _table(rows: Iterable[Any], flatten: Callable[[Any], dict[str, float]]) -> Table:
    flat = [flatten(row) for row in rows]
    if not flat:
        return np.empty(0)
    names = list(flat[0])
    types = [(name, np.float64) for name in names]
    return np.array([tuple(row[name] for name in names) for row in flat], dtype=types)


def _of_world(world: World) -> dict[str, float]:
    return {
        "world": world.number,
        "kind": KINDS.index(world.kind),
        "response": world.response,
        "units": world.units,
        "effect": world.effect,
        "is_steady": world.is_steady,
    }


def _score(row: Score) -> dict[str, float]:
    return _of_world(row.world) | {
        "invited": row.invited,
        "is_band": row.is_band,
        "is_cell": row.is_cell,
        "is_covered": row.is_covered,
        "width": row.width,
        "error": row.error,
        "p_top3": np.nan if row.p_top3 is None else row.p_top3,
        "is_top3": row.is_top3,
        "is_naive_top3": row.is_naive_top3,
    }


def _plan(row: PlanValue) -> dict[str, float]:
    return vars(row)


def _quiet(row: Quiet) -> dict[str, float]:
    return _of_world(row.world) | {
        "invited": row.invited,
        "is_flagged": row.is_flagged,
        "is_flagged_without_drift": row.is_flagged_without_drift,
        "is_naive_flagged": row.is_naive_flagged,
        "wrong_way": row.wrong_way,
        "flags": row.flags,
    }


def _acted(row: Acted) -> dict[str, float]:
    effect = row.effect
    return _of_world(row.world) | {
        "invited": row.invited,
        "truth": row.truth,
        "raw_change": row.raw_change,
        "value": effect.value,
        "low": effect.low,
        "high": effect.high,
        "variance": effect.variance,
        "shared_variance": effect.shared_variance,
        "basis": ("FITTED", "NO_TREND", "UNFITTED").index(effect.basis),
        "verdict": ("WORKED", "NO_SIGN", "TOO_FEW").index(effect.verdict),
        "source": hash_of(row.comparison),
        "is_seen": row.is_seen,
    }


def hash_of(comparison: str) -> float:
    """A number that is the same for the same world and source: world, then source's letters."""
    world, source = comparison.split("/")
    return float(int(world) * 10_000 + sum(map(ord, source)))
