"""Which sources matter to the organisation as a whole: named by people, derived from answers.

Never for a team. Pure: what enters exists at the tally only, and nothing about a person leaves.
Formulas, their sources and worked examples: docs/scoring.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from resistance.resampling import resampled_products

Floats = NDArray[np.float64]

STATED_WEIGHT, DERIVED_WEIGHT, EQUAL_WEIGHT = 0.5, 0.3, 0.2
MIN_PEOPLE = 120
MIN_PEOPLE_PER_SOURCE = 10
LOWER_BOUND = 0.20
"""Share of the bootstrap below the bound: 80 in 100 samples give a larger weight."""

ROUNDS = 400
SMALLEST_EIGENVALUE = 1e-9
SMALLEST_SPREAD = 1e-6


class ImportanceBasis(StrEnum):
    """Where the importance of the sources comes from."""

    ASSESSMENT = "ASSESSMENT"
    EARLIER = "EARLIER"
    EQUAL = "EQUAL"


@dataclass(frozen=True)
class Importance:
    """Of one source, a share of 1 to three decimals; the parts to two, None where there is none."""

    value: float
    stated: float | None
    derived: float | None
    basis: ImportanceBasis


class NotEstimableError(ValueError):
    """Raised when people are too few, or too much alike, to derive anything from them."""


def people_needed(sources: int) -> int:
    """Fewest complete answer sets from which weights of that many sources are derived."""
    return max(MIN_PEOPLE, MIN_PEOPLE_PER_SOURCE * sources)


def stated_shares(named: Mapping[str, float]) -> dict[str, float]:
    """How the naming of blockers falls on the sources; sums to 1.

    `named`: share of people (or count) that named each source. Raises NotEstimableError when
    nobody named any.
    """
    total = sum(named.values())
    if total <= 0:
        raise NotEstimableError("nobody named a blocker")
    return {source: share / total for source, share in sorted(named.items())}


def relative_weights(between: Floats, with_outcome: Floats) -> Floats:
    """Johnson's (2000) relative weights: parts of R^2 that sum to it.

    `between`: correlations of the sources with each other, (..., k, k); `with_outcome`: their
    correlations with the outcome, (..., k). The sources are replaced by the nearest set of
    uncorrelated ones, Lambda = V sqrt(D) V' for between = V D V'; the squared weights of these
    on the outcome are handed back to the sources by the squares of Lambda. Raises
    NotEstimableError when one source follows from the others.
    """
    values, vectors = np.linalg.eigh(between)
    if float(values.min()) < SMALLEST_EIGENVALUE:
        raise NotEstimableError("a source follows from the others")
    turned = np.swapaxes(vectors, -1, -2)
    to_nearest = (vectors * np.sqrt(values)[..., None, :]) @ turned
    back = (vectors / np.sqrt(values)[..., None, :]) @ turned
    on_outcome = (back @ with_outcome[..., None])[..., 0]
    weights = (to_nearest**2 @ (on_outcome**2)[..., None])[..., 0]
    return np.asarray(weights, dtype=np.float64)


def derived_shares(
    sources: Sequence[str],
    scores: Floats,
    outcome: Floats,
    *,
    generator: np.random.Generator,
    rounds: int = ROUNDS,
) -> dict[str, float]:
    """Shares of the lower 80 % bounds of the relative weights on the outcome; sum to 1.

    `scores` is people x `sources`, `outcome` one value per person, both in points of resistance
    and NaN where missing; people with a gap are left out. A source that goes with less
    resistance in the outcome counts as 0. Raises NotEstimableError for too few people (see
    `people_needed`), for a source that does not vary, and when every bound is 0.
    """
    table = np.column_stack([scores, outcome])
    table = table[~np.isnan(table).any(axis=1)]
    if len(table) < people_needed(len(sources)):
        raise NotEstimableError("too few complete answers")
    bounds = lower_bounds(table, generator=generator, rounds=rounds)
    if bounds.sum() <= 0:
        raise NotEstimableError("no source goes with the outcome")
    shares = bounds / bounds.sum()
    return {source: float(share) for source, share in zip(sources, shares, strict=True)}


def lower_bounds(table: Floats, *, generator: np.random.Generator, rounds: int) -> Floats:
    """Lower 80 % bootstrap bounds of the relative weights; the last column is the outcome."""
    with_one = np.column_stack([np.ones(len(table)), table - table.mean(axis=0)])
    products = resampled_products(with_one, generator=generator, rounds=rounds)
    drawn = _weights(_correlations(products))
    return np.asarray(np.quantile(drawn, LOWER_BOUND, axis=0), dtype=np.float64)


def combine_importance(
    sources: Collection[str],
    *,
    stated: Mapping[str, float] | None,
    derived: Mapping[str, float] | None,
) -> dict[str, float]:
    """Importance per source, sums to 1: .5 stated + .3 derived + .2 equal.

    A part that is None drops out and the others keep their proportions; without both every
    source counts the same. A source missing from a part counts as 0 in it.
    """
    order = sorted(sources)
    parts = [(EQUAL_WEIGHT, dict.fromkeys(order, 1 / len(order)))]
    parts += [
        (weight, _limited_to(order, part))
        for weight, part in ((STATED_WEIGHT, stated), (DERIVED_WEIGHT, derived))
        if part is not None
    ]
    total = sum(weight for weight, _ in parts)
    return {s: sum(weight * part[s] for weight, part in parts) / total for s in order}


def weigh_sources(
    sources: Collection[str],
    *,
    stated: Mapping[str, float] | None,
    derived: Mapping[str, float] | None,
    earlier: Mapping[str, Importance],
) -> dict[str, Importance]:
    """Importance of every source: from this assessment, else an earlier one, else the same for all.

    Takes the parts rounded, so that the whole follows from what is stored. An earlier assessment
    counts only if it knew all these sources.
    """
    if stated is None and derived is None:
        if set(sources) <= set(earlier):
            return {s: replace(earlier[s], basis=ImportanceBasis.EARLIER) for s in sorted(sources)}
        equal = round(1 / len(sources), 3)
        basis = ImportanceBasis.EQUAL
        return {source: Importance(equal, None, None, basis) for source in sorted(sources)}
    shares = combine_importance(sources, stated=stated, derived=derived)
    return {
        source: Importance(
            value=round(share, 3),
            stated=None if stated is None else stated.get(source, 0.0),
            derived=None if derived is None else derived.get(source, 0.0),
            basis=ImportanceBasis.ASSESSMENT,
        )
        for source, share in shares.items()
    }


def _limited_to(sources: Sequence[str], part: Mapping[str, float]) -> dict[str, float]:
    total = sum(part.get(source, 0.0) for source in sources)
    if total <= 0:
        return dict.fromkeys(sources, 1 / len(sources))
    return {source: part.get(source, 0.0) / total for source in sources}


def _correlations(products: Floats) -> Floats:
    """Of sums of products whose first variable is 1 for everybody: (rounds, 1 + k, 1 + k)."""
    people = products[:, 0, 0, None, None]
    means = products[:, 0, 1:, None] / people
    covariance = products[:, 1:, 1:] / people - means @ np.swapaxes(means, 1, 2)
    spread = np.sqrt(np.maximum(0.0, np.diagonal(covariance, axis1=1, axis2=2)))
    if (spread < SMALLEST_SPREAD).any():
        raise NotEstimableError("a source or the outcome does not vary")
    return np.asarray(covariance / (spread[:, :, None] * spread[:, None, :]), dtype=np.float64)


def _weights(correlations: Floats) -> Floats:
    with_outcome = correlations[:, :-1, -1]
    weights = relative_weights(correlations[:, :-1, :-1], with_outcome)
    return np.where(with_outcome > 0, weights, 0.0)
