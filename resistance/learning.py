"""What an organisation's own actions say about a strategy: prior and local evidence together.

Pure; formulas, their sources and worked examples: docs/scoring.md. Points are signed: negative
is less resistance. The caller hands in only effects that may teach (`Effect.teaches`), of actions
that were done before the second assessment and alone on their source.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from resistance.shrinkage import Sample, between_variance
from resistance.variance import moderate

PRIOR_SD = 3.0
SHOWN_FROM_UNITS = 5
HARM_PROBABILITY = 0.90
USUAL_BETWEEN_SD, USUAL_BETWEEN_DF = 2.0, 4.0
"""How much a strategy's effect differs between units before enough of them tell, in points."""


@dataclass(frozen=True)
class Evidence:
    """One measured effect in points, with the two variances of `resistance.effect.Effect`.

    `comparison` names what shares a trend: the source and the two assessments.
    """

    effect: float
    variance: float
    shared_variance: float
    comparison: str


@dataclass(frozen=True)
class LocalEffect:
    """Effect of a strategy over the units where it was measured: points with 95 % interval."""

    value: float
    low: float
    high: float
    variance: float
    between_sd: float
    units: int

    @property
    def is_shown(self) -> bool:
        return self.units >= SHOWN_FROM_UNITS


@dataclass(frozen=True)
class Learned:
    """What a strategy is expected to do in the next unit: points, and how sure that is."""

    value: float
    sd: float
    local: LocalEffect | None

    @property
    def does_harm(self) -> bool:
        """At least .9 sure, from at least five units, that resistance rises."""
        is_enough = self.local is not None and self.local.is_shown
        return is_enough and float(special.ndtr(self.value / self.sd)) >= HARM_PROBABILITY


def learn(prior: float, evidence: Collection[Evidence]) -> Learned:
    """Posterior of a strategy's mean effect; `prior` in points, its uncertainty is 3 points.

    From five units on, evidence that contradicts the prior widens it: else a strategy that does
    much more or less than promised would be believed only after dozens of units.
    """
    if not evidence:
        return Learned(prior, PRIOR_SD, None)
    local = pool_effects(evidence)
    spread = _prior_variance(prior, local)
    precision = 1 / spread + 1 / local.variance
    value = (prior / spread + local.value / local.variance) / precision
    return Learned(value, precision**-0.5, local)


def pool_effects(evidence: Collection[Evidence]) -> LocalEffect:
    """Mean over units with variance between units; a shared trend counts once.

    Generalised least squares: effects with the same comparison err together. The variance
    between units is estimated inside comparisons and moderated towards 2 points squared.
    """
    rows = sorted(evidence, key=lambda row: (row.comparison, row.effect, row.variance))
    between = _between(rows)
    covariance = _covariance(rows, between)
    weights = np.linalg.solve(covariance, np.ones(len(rows)))
    variance = 1 / float(weights.sum())
    value = float(weights @ [row.effect for row in rows]) * variance
    half = 1.96 * sqrt(variance)
    return LocalEffect(value, value - half, value + half, variance, sqrt(between), len(rows))


def _prior_variance(prior: float, local: LocalEffect) -> float:
    """3 points squared, or what makes the evidence most likely if that is more."""
    if not local.is_shown:
        return PRIOR_SD**2
    return max(PRIOR_SD**2, (local.value - prior) ** 2 - local.variance)


def _between(rows: Sequence[Evidence]) -> float:
    parts = [[row for row in rows if row.comparison == name] for name in _comparisons(rows)]
    parts = [part for part in parts if len(part) > 1]
    freedom = sum(len(part) - 1 for part in parts)
    samples = [
        Sample(np.array([row.effect for row in part]), np.array([row.variance for row in part]))
        for part in parts
    ]
    found = between_variance(samples) if samples else 0.0
    return moderate(found, freedom, USUAL_BETWEEN_SD**2, USUAL_BETWEEN_DF)


def _covariance(rows: Sequence[Evidence], between: float) -> NDArray[np.float64]:
    own = np.diag([row.variance + between for row in rows])
    names = np.array([row.comparison for row in rows])
    shared = np.array([row.shared_variance for row in rows])
    together = names[:, None] == names[None, :]
    return np.asarray(own + together * np.sqrt(np.outer(shared, shared)), dtype=np.float64)


def _comparisons(rows: Sequence[Evidence]) -> list[str]:
    return sorted({row.comparison for row in rows})
