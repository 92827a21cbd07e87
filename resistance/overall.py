"""What is said of the organisation as a whole beyond its units, taken from single answers.

Only people in cells whose values are all exact enter, as for `resistance.pooling`: nothing here
tells what the gate keeps back. Every result is rounded. Formulas: docs/scoring.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resistance.certainty import seed_of
from resistance.importance import NotEstimableError, derived_shares, people_needed
from resistance.indices import columns_of, person_scores, resistance_steps, sources_of
from resistance.limits import share_in_steps
from resistance.pooling import cell_numbers, centred, exact_cells
from resistance.reliability import (
    TooLittleDataError,
    alpha_from_covariance,
    alpha_interval,
    omega_from_covariance,
    omega_interval_of,
)
from resistance.shown import Answers, Item, Protected

MIN_FOR_ALPHA, MIN_FOR_OMEGA = 50, 100
ALIKE_FROM, GAPS_FROM = 0.9, 0.6
SCALE = range(1, 6)

Floats = NDArray[np.float64]
Span = tuple[float, float]


@dataclass(frozen=True)
class Consistency:
    """How well the statements of a source go together, each with its 95 % interval, to .01.

    Omega is None below 100 people or three statements.
    """

    alpha: float
    alpha_span: Span
    omega: float | None = None
    omega_span: Span | None = None


@dataclass(frozen=True)
class Careless:
    """Per cent of ballots, in steps of 5 (`resistance.limits.share_in_steps`).

    `alike`: the same answer to nine of ten statements or more, whichever way they are worded;
    `gaps`: more than six of ten statements without an answer.
    """

    alike: int
    gaps: int


@dataclass(frozen=True)
class Overall:
    """`derived`: shares per source to .01. Empty or None where people are too few."""

    derived: Mapping[str, float] | None = None
    consistency: Mapping[str, Consistency] | None = None
    careless: Careless | None = None


def look_at_all(
    answers: Answers, items: Sequence[Item], protected: Protected, *, seed: int
) -> Overall:
    """The same for the same ballots in any order; `seed` is the assessment's."""
    return Overall(
        derived=_derived(answers, items, protected, seed),
        consistency=_consistency(answers, items, protected, seed),
        careless=_careless(answers, items, protected),
    )


def _derived(
    answers: Answers, items: Sequence[Item], protected: Protected, seed: int
) -> dict[str, float] | None:
    """Shares of the relative weights on the outcome, people compared within their cells."""
    sources = sources_of(items)
    cells = exact_cells(protected, [item.key for item in items], sources)
    outcome = _outcome_scores(answers, items)
    scores = np.column_stack([*(_scores(answers, items, s) for s in sources), outcome])
    complete = np.asarray((scores >= 0).all(axis=1), dtype=np.bool_)
    rows = list(centred(answers, cells, scores, complete))
    if sum(len(part) - 1 for part in rows) < people_needed(len(sources)):
        return None
    table = np.concatenate(rows)
    generator = np.random.default_rng(seed_of(f"{seed}/importance"))
    try:
        shares = derived_shares(sources, table[:, :-1], table[:, -1], generator=generator)
    except NotEstimableError:
        return None
    return {source: round(share, 2) for source, share in shares.items()}


def _scores(answers: Answers, items: Sequence[Item], source: str) -> Floats:
    """Person scores in points, below 0 where missing."""
    found = person_scores(answers, items, source)
    return np.asarray(found.scores / found.fineness, dtype=np.float64)


def _outcome_scores(answers: Answers, items: Sequence[Item]) -> Floats:
    """As a source of all statements that belong to none: support, expected success, mood."""
    outcomes = [Item(item.key, item.source or "", item.is_asset) for item in items]
    return _scores(answers, outcomes, "")


def _consistency(
    answers: Answers, items: Sequence[Item], protected: Protected, seed: int
) -> dict[str, Consistency]:
    found = {}
    for source in sources_of(items):
        columns = columns_of(items, source)
        cells = exact_cells(protected, [items[column].key for column in columns], [source])
        steps = resistance_steps(answers, items, columns).astype(np.float64)
        complete = np.asarray((steps >= 0).all(axis=1), dtype=np.bool_)
        parts = list(centred(answers, cells, steps, complete))
        generator = np.random.default_rng(seed_of(f"{seed}/omega/{source}"))
        if sum(map(len, parts)) >= MIN_FOR_ALPHA and (one := _measure(parts, generator)):
            found[source] = one
    return found


def _measure(parts: Sequence[Floats], generator: np.random.Generator) -> Consistency | None:
    """Alpha, and omega where there are people enough; None when the statements do not vary."""
    rows = np.concatenate(parts)
    freedom, width = len(rows) - len(parts), rows.shape[1]
    covariance = np.asarray(rows.T @ rows / max(1, freedom))
    try:
        alpha = alpha_from_covariance(covariance)
        span = _rounded(alpha_interval(alpha, freedom + 1, width))
        if len(rows) < MIN_FOR_OMEGA or width < 3:
            return Consistency(_round(alpha), span)
        omega = omega_from_covariance(covariance)
        omega_span = _rounded(omega_interval_of(rows, freedom, generator=generator))
    except TooLittleDataError:
        return None
    return Consistency(_round(alpha), span, _round(omega), omega_span)


def _careless(answers: Answers, items: Sequence[Item], protected: Protected) -> Careless | None:
    cells = exact_cells(protected, [item.key for item in items], sources_of(items))
    values = answers.values[cell_numbers(answers, cells) >= 0] if cells else answers.values[:0]
    most_alike = np.max([(values == step).mean(axis=1) for step in SCALE], axis=0)
    is_asset = np.array([item.is_asset for item in items])
    if not is_asset.any() or is_asset.all():
        most_alike = np.zeros(len(values))  # without both wordings one answer can be sincere
    alike = share_in_steps(int((most_alike >= ALIKE_FROM).sum()), len(values))
    gaps = share_in_steps(int(((values == 0).mean(axis=1) > GAPS_FROM).sum()), len(values))
    return None if alike is None or gaps is None else Careless(alike, gaps)


def _round(value: float) -> float:
    return round(value, 2) + 0.0


def _rounded(span: Span) -> Span:
    return _round(span[0]), _round(span[1])
