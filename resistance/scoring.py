"""From what the gate shows to intervals, steadied estimates and certainty of the top three.

Nothing finer than the gate's output enters here. Formulas, their sources and worked examples:
docs/scoring.md.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy import special

from resistance.certainty import (
    DRAWS,
    TOP,
    Certainty,
    certainty_of,
    draw_truth,
    seed_of,
    shares_in_top,
    slice_normals,
)
from resistance.inputs import (
    Defaults,
    EarlierSource,
    Measured,
    OrganisationPrior,
    PooledSource,
    SourceData,
    SourceInput,
    prepare,
)
from resistance.reliability import icc1
from resistance.shrinkage import Prior, Sample, between_variance, shrink
from resistance.variance import (
    END_CODES,
    error_variance,
    estimate_prior_df,
    mean_inverse,
    moderate,
    rounding_variance,
)

__all__ = [
    "DRAWS",
    "Basis",
    "Between",
    "Certainty",
    "Defaults",
    "EarlierSource",
    "OrganisationPrior",
    "PooledSource",
    "Scored",
    "SourceInput",
    "SourceScore",
    "UnitScore",
    "draw_truth",
    "draws_for",
    "interval",
    "score_units",
    "seed_of",
]

MIN_UNITS = 8
MIN_UNITS_OWN_SPREAD = 20
MIN_RESPONSE = 0.30
MIDDLE_OF_BAND = 7
TARGET_PERCENTILE = 25
NARROW = 3.0
TWO_SIDED, ONE_SIDED = 0.975, 0.95
"""Quantiles of the half of a 95 % interval with two ends, and with one."""


class Basis(StrEnum):
    """Where the mean, the spread between units and the target of a source come from."""

    ASSESSMENT = "ASSESSMENT"
    EARLIER = "EARLIER"
    DEFAULTS = "DEFAULTS"


@dataclass(frozen=True)
class Between:
    """One source over all units: points, `icc` a share; None where units are too few."""

    mean: float
    between_sd: float
    target: float
    variance: float
    alpha: float
    icc: float | None
    basis: Basis
    units: int


@dataclass(frozen=True)
class SourceScore:
    """One source of one unit, in points.

    `low` to `high` holds the members' true mean 95 times in 100; `estimate` and `sd` (one
    decimal) are the steadied value and its uncertainty; `p_top3` and `certainty` are None for
    a unit without a ranking.
    """

    raw: int
    low: int
    high: int
    estimate: float
    est_low: int
    est_high: int
    sd: float
    p_top3: float | None
    certainty: Certainty | None


@dataclass(frozen=True)
class UnitScore:
    """All shown sources of one unit, by source key in alphabetical order."""

    scores: Mapping[str, SourceScore]
    has_ranking: bool

    @property
    def is_open(self) -> bool:
        """True when a ranked unit has no source that is clear or likely."""
        named = {Certainty.CLEAR, Certainty.LIKELY}
        return self.has_ranking and not any(s.certainty in named for s in self.scores.values())


@dataclass(frozen=True)
class Scored:
    units: Mapping[str, UnitScore]
    between: Mapping[str, Between]


def score_units(
    inputs: Iterable[SourceInput],
    pooled: Mapping[str, PooledSource],
    *,
    cells: Collection[str],
    seed: int,
    draws: int = DRAWS,
    earlier: OrganisationPrior | None = None,
    defaults: Defaults | None = None,
) -> Scored:
    """Score every unit and source; the result does not depend on the order of `inputs`.

    `cells` are the units that contain no other unit: they alone say how much units differ.
    """
    constants = defaults or Defaults()
    sources = prepare(inputs, pooled, frozenset(cells), earlier or {}, constants)
    prior_df = estimate_prior_df([data.own_variances for data in sources.values()])
    priors = _priors(sources, constants)
    scores: dict[str, dict[str, SourceScore]] = defaultdict(dict)
    between = {}
    for source, data in sources.items():
        prior, basis = priors[source]
        estimates = [_score(unit, data, prior, prior_df) for unit in data.units]
        between[source] = _describe(data, prior, basis, estimates, constants)
        for unit, score in zip(data.units, estimates, strict=True):
            scores[unit.entry.unit][source] = score
    ranked = _rankable(sources.values())
    units = _rank_units(scores, ranked, seed=seed, draws=draws)
    return Scored(units=units, between=between)


def draws_for(scored: Scored, unit: str, *, seed: int, draws: int = DRAWS) -> NDArray[np.float64]:
    """Draws x sources of the true means of `unit` in points, sources in alphabetical order."""
    scores = scored.units[unit].scores
    return draw_truth(
        [(key, s.estimate, s.sd) for key, s in scores.items()], seed=seed, draws=draws
    )


def interval(
    value: float, error: float, df: float, *, may_be_end_code: bool = False
) -> tuple[int, int]:
    """95 % interval in whole points within 0..100, from the variance `error` and Student's t.

    Its half is rounded up from a third of a point on while it is under 3 points, from nearer to a
    half the wider it is: a tenth of a point too little costs a narrow interval more than a tenth
    too much gains. A value that may stand for "this or beyond" is open towards its end of the
    scale and can err at the other end only, which gets all of the 5 %.
    """
    open_below = may_be_end_code and value <= END_CODES[0]
    open_above = may_be_end_code and value >= END_CODES[1]
    level = ONE_SIDED if open_below or open_above else TWO_SIDED
    half = float(special.stdtrit(df, level)) * error**0.5
    half = ceil(half - 0.5 + 0.5 / max(NARROW, half))
    low = 0 if open_below else _whole(value - half)
    return low, 100 if open_above else _whole(value + half)


def _priors(
    sources: Mapping[str, SourceData], constants: Defaults
) -> dict[str, tuple[Prior, Basis]]:
    samples = {
        source: _sample(data) for source, data in sources.items() if len(data.cells) >= MIN_UNITS
    }
    few = [sample for sample in samples.values() if len(sample.values) < MIN_UNITS_OWN_SPREAD]
    shared = between_variance(few) if few else 0.0
    priors = {}
    for source, data in sources.items():
        sample = samples.get(source)
        if sample is None:
            priors[source] = _borrowed_prior(data.earlier, constants)
            continue
        is_few = len(sample.values) < MIN_UNITS_OWN_SPREAD
        between = shared if is_few else between_variance([sample])
        mean, mean_variance = sample.weighted_mean(between)
        priors[source] = Prior(mean, mean_variance, between), Basis.ASSESSMENT
    return priors


def _sample(data: SourceData) -> Sample:
    """Cell values with the variance of a mean of answers about the team's expectation."""
    variances = []
    for cell in data.cells:
        entry = cell.entry
        inverse = mean_inverse(entry.n, entry.invited, entry.response)
        variances.append(data.variance * inverse + rounding_variance(entry.rounded))
    return Sample(np.array([cell.entry.value for cell in data.cells]), np.array(variances))


def _borrowed_prior(earlier: EarlierSource | None, constants: Defaults) -> tuple[Prior, Basis]:
    if earlier is None:
        mean, mean_sd, between_sd = constants.mean, constants.mean_sd, constants.between_sd
        return Prior(mean, mean_sd**2, between_sd**2, is_borrowed=True), Basis.DEFAULTS
    mean, mean_sd, between_sd = earlier.mean, constants.drift_sd, earlier.between_sd
    return Prior(mean, mean_sd**2, between_sd**2, is_borrowed=True), Basis.EARLIER


def _score(unit: Measured, data: SourceData, prior: Prior, prior_df: float) -> SourceScore:
    """Interval and estimate; without ranks."""
    entry = unit.entry
    variance, df = _moderated(unit, data, prior_df)
    error = error_variance(
        variance,
        entry.n,
        entry.invited,
        data.alpha,
        entry.response,
        is_rounded_to_five=entry.rounded,
    )
    low, high = interval(entry.value, error, df, may_be_end_code=entry.n is None)
    expected = prior.between + data.alpha * data.variance / entry.invited
    mean, posterior = shrink(entry.value, error, expected, prior)
    estimate, sd = round(min(100.0, max(0.0, mean)), 1), max(0.1, round(posterior**0.5, 1))
    return SourceScore(
        raw=_whole(entry.value),
        low=low,
        high=high,
        estimate=estimate,
        est_low=_whole(estimate - 1.96 * sd),
        est_high=_whole(estimate + 1.96 * sd),
        sd=sd,
        p_top3=None,
        certainty=None,
    )


def _moderated(unit: Measured, data: SourceData, prior_df: float) -> tuple[float, float]:
    """Variance for the unit and its degrees of freedom, at most those of all cells together."""
    most = float(data.pooled_df) if data.pooled_df else prior_df
    if unit.own is None:
        return data.variance, min(prior_df, most)
    variance = moderate(unit.own, unit.df, data.variance, prior_df)
    return variance, max(float(unit.df), min(prior_df + unit.df, most))


def _describe(
    data: SourceData,
    prior: Prior,
    basis: Basis,
    scores: Sequence[SourceScore],
    constants: Defaults,
) -> Between:
    cells = [s.estimate for unit, s in zip(data.units, scores, strict=True) if unit.is_cell]
    icc, target = None, data.earlier.target if data.earlier else constants.target
    if basis is Basis.ASSESSMENT:
        icc = round(icc1(prior.between, data.variance), 2)
        target = round(float(np.percentile(cells, TARGET_PERCENTILE)), 1)
    return Between(
        mean=round(prior.mean, 1),
        between_sd=round(prior.between**0.5, 1),
        target=target,
        variance=round(data.variance, 1),
        alpha=round(data.alpha, 2),
        icc=icc,
        basis=basis,
        units=len(cells),
    )


def _rankable(sources: Iterable[SourceData]) -> dict[str, bool]:
    """Units with enough answers: 30 % of the invited, 7 assumed where only 5-9 is known."""
    answers: dict[str, tuple[int, int]] = {}
    for entry in (unit.entry for data in sources for unit in data.units):
        n = entry.n or min(MIDDLE_OF_BAND, entry.invited)
        answers[entry.unit] = max(answers.get(entry.unit, (0, 0)), (n, entry.invited))
    return {unit: n >= MIN_RESPONSE * invited for unit, (n, invited) in answers.items()}


def _rank_units(
    scores: Mapping[str, Mapping[str, SourceScore]],
    rankable: Mapping[str, bool],
    *,
    seed: int,
    draws: int,
) -> dict[str, UnitScore]:
    sources = sorted({source for found in scores.values() for source in found})
    normals = {source: slice_normals(seed, source, draws) for source in sources}
    units = {}
    for unit in sorted(scores):
        found = scores[unit]
        has_ranking = rankable[unit] and len(found) > TOP
        units[unit] = UnitScore(_rank(found, normals) if has_ranking else found, has_ranking)
    return units


def _rank(
    scores: Mapping[str, SourceScore], normals: Mapping[str, NDArray[np.float64]]
) -> dict[str, SourceScore]:
    truth = np.array([s.estimate + s.sd * normals[key] for key, s in scores.items()])
    ranked = {}
    for (source, score), share in zip(scores.items(), shares_in_top(truth), strict=True):
        p_top3 = round(float(share), 2)
        ranked[source] = replace(score, p_top3=p_top3, certainty=certainty_of(p_top3))
    return ranked


def _whole(value: float) -> int:
    return round(min(100.0, max(0.0, value)))
