"""What may be said of how units changed between two assessments, as rows to be stored.

The caller knows on what was acted; everything else comes from `surveys.comparison`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from resistance.change import compare, estimate_drift, judge
from resistance.effect import (
    Expectation,
    Pair,
    Slope,
    TooFewPairsError,
    Trend,
    fit_expectation,
    fit_trends,
)
from surveys.comparison import Both, Pairing
from surveys.models import Assessment, ChangeFinding, Comparison, Movement

BATCH = 5000
DECIMALS = 4


@dataclass(frozen=True)
class Changes:
    """Rows to store; `expectation` is what values do without action, None while nobody knows."""

    movement: Movement
    comparisons: list[Comparison]
    findings: list[ChangeFinding]
    expectation: Expectation | None


def find_changes(
    pairing: Pairing,
    *,
    touched: Collection[tuple[UUID, str]],
    named: Mapping[UUID, Collection[str]],
) -> Changes:
    """`touched`: (unit of the later assessment, source) on which somebody acted in between;
    `named`: per unit the sources that its plan named before it was asked again."""
    found = list(pairing.both())
    still = [
        both
        for both in found
        if pairing.later.units[both.unit].is_cell and (both.unit, both.source) not in touched
    ]
    drift = round(estimate_drift((b.source, b.before, b.after) for b in still), DECIMALS)
    pairs = [pair_of(both, pairing) for both in still]
    fitted, expectation = _expectation(pairing.later.assessment, pairs)
    movement = Movement(
        earlier=pairing.earlier.assessment,
        later=pairing.later.assessment,
        pairs=len(pairs),
        drift=drift,
        slopes=_slopes_as_json(fitted),
        trends=_trends_as_json(expectation.trends if expectation else {}),
    )
    comparisons = _comparisons(pairing)
    findings = _findings(comparisons, found, drift, named)
    return Changes(movement, list(comparisons.values()), findings, expectation)


def store_changes(changes: Changes) -> None:
    """To be called inside one transaction."""
    changes.movement.save(force_insert=True)
    Comparison.objects.bulk_create(changes.comparisons, BATCH)
    ChangeFinding.objects.bulk_create(changes.findings, BATCH)


def pair_of(both: Both, pairing: Pairing) -> Pair:
    return Pair(
        source=both.source,
        before=both.before.value,
        after=both.after.value,
        mean=pairing.earlier.summaries[both.source].mean,
        answers=min(both.before.least_answers, both.after.least_answers),
    )


def _expectation(
    assessment: Assessment, pairs: list[Pair]
) -> tuple[Mapping[int, Slope], Expectation | None]:
    """The slopes that were fitted here, and what is expected with these, else with those of the
    last two assessments that could tell. A re-pulse asks too little to tell slopes."""
    known = _last_slopes(assessment)
    if not (assessment.is_repulse and known):
        try:
            fitted = _rounded(fit_expectation(pairs))
        except TooFewPairsError:
            pass
        else:
            return fitted.slopes, fitted
    return {}, _rounded(fit_trends(known, pairs)) if known else None


def _last_slopes(assessment: Assessment) -> dict[int, Slope]:
    earlier = Movement.objects.filter(later__scored_at__lt=assessment.scored_at)
    last = earlier.exclude(slopes={}).order_by("-later__scored_at", "pk").first()
    if last is None:
        return {}
    return {int(size): Slope(*values) for size, values in last.slopes.items()}


def _rounded(found: Expectation) -> Expectation:
    """As it is stored, so that it can be worked out again from what is stored."""
    slopes = {
        size: replace(
            slope,
            value=round(slope.value, DECIMALS),
            sd=round(slope.sd, DECIMALS),
            variance=round(slope.variance, DECIMALS),
        )
        for size, slope in found.slopes.items()
    }
    trends = {
        source: replace(trend, value=round(trend.value, DECIMALS), sd=round(trend.sd, DECIMALS))
        for source, trend in found.trends.items()
    }
    return Expectation(slopes, trends)


def _slopes_as_json(slopes: Mapping[int, Slope]) -> dict[str, list[float]]:
    return {str(size): [s.value, s.sd, s.variance, s.pairs] for size, s in slopes.items()}


def _trends_as_json(trends: Mapping[str, Trend]) -> dict[str, list[float]]:
    return {source: [t.value, t.sd, t.units] for source, t in trends.items()}


def _comparisons(pairing: Pairing) -> dict[UUID, Comparison]:
    return {
        unit: Comparison(
            unit=pairing.later.units[unit],
            earlier=pairing.earlier.units[pairing.units[unit]],
            has_different_people=unit in pairing.changed,
        )
        for unit in sorted(pairing.units, key=str)
    }


def _findings(
    comparisons: Mapping[UUID, Comparison],
    found: Iterable[Both],
    drift: float,
    named: Mapping[UUID, Collection[str]],
) -> list[ChangeFinding]:
    by_unit: dict[UUID, list[Both]] = {}
    for both in found:
        by_unit.setdefault(both.unit, []).append(both)
    rows = []
    for unit, boths in by_unit.items():
        named_here = named.get(unit, ())
        compared = {b.source: compare(b.before, b.after, drift=drift) for b in boths}
        for source, change in judge(compared, named_here).items():
            rows.append(
                ChangeFinding(
                    comparison=comparisons[unit],
                    source_id=source,
                    difference=round(change.difference),
                    low=round(change.low, 1),
                    high=round(change.high, 1),
                    p=round(change.p, 4),
                    q=round(change.q, 4),
                    is_change=change.is_change,
                    is_named=source in named_here,
                )
            )
    return rows
