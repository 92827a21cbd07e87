"""Turns a ranking into the recommendations of a plan, with the numbers of their sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plans import ranking
from plans.evidence import Expected
from plans.material import Material, rank
from plans.models import Plan, Recommendation, RecommendationState
from plans.options import Why
from surveys.models import SourceFinding

MOST_ALTERNATIVES = 8
NOT_OFFERED = {Why.ALREADY_TRIED, Why.EXCLUDED, Why.HIGHER_LEVEL}


def recommend(plan: Plan, material: Material) -> Iterator[Recommendation]:
    """Unsaved and without rank, in the order of the plan page; a plan is never empty."""
    if not plan.has_ranking:
        yield _conversation("FEW_ANSWERED")
        return
    findings = material.findings[plan.unit_id]
    ranked = rank(plan, material)
    numbers = _numbers(findings)
    if ranked.is_empty:
        yield _conversation("NOTHING_FITS")
    higher = _higher(ranked, numbers)
    for chosen in ranked.chosen:
        rival = next((a for a in ranked.alternatives if _is_rival(a, chosen)), None)
        reason = (
            _reason(chosen, plan, numbers, material) | _rival(rival, plan, ranked.hours) | higher
        )
        higher = {}
        yield _recommendation(RecommendationState.SUGGESTED, chosen, chosen.hours, reason)
    for other in _offered(ranked.alternatives):
        reason = _reason(other, plan, numbers, material) | _why(other, plan, ranked.hours)
        made = _recommendation(RecommendationState.ALTERNATIVE, other, other.own_hours, reason)
        made.why_not = other.why.value
        yield made
    for request in ranked.requests:
        reason = _reason(request, plan, numbers, material) | {"level": request.level.name}
        yield _recommendation(RecommendationState.UPWARDS, request, request.hours, reason)


def _numbers(findings: list[SourceFinding]) -> dict[str, dict[str, Any]]:
    """Per source its estimate, its place among the shown sources and how sure that is."""
    strongest_first = sorted(findings, key=lambda f: (-(f.estimate or 0.0), f.source_id))
    return {
        finding.source_id: {
            "estimate": round(finding.estimate or 0.0),
            "place": place,
            "certainty": finding.certainty,
        }
        for place, finding in enumerate(strongest_first, start=1)
    }


def _offered(alternatives: Sequence[ranking.Alternative]) -> list[ranking.Alternative]:
    """The best that lost, and all that does harm here: that has to be told before it is tried."""
    others = [other for other in alternatives if other.why not in NOT_OFFERED]
    harmful = [other for other in others if other.why == Why.DOES_HARM]
    return [other for other in others if other not in harmful][:MOST_ALTERNATIVES] + harmful


Ranked = ranking.Chosen | ranking.Alternative | ranking.Request


def _reason(
    ranked: Ranked, plan: Plan, numbers: Mapping[str, dict[str, Any]], material: Material
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "weeks": ranked.weeks,
        "members": plan.members,
        "severity": ranked.aim.severity,
        "value": ranked.value,
    }
    return about | numbers.get(ranked.aim.source, {}) | _here(material.expected[ranked.key])


def _here(expected: Expected) -> dict[str, Any]:
    """What was measured here, which is in the expected points already."""
    if expected.local is None:
        return {}
    found = {"value": expected.local.value, "low": expected.local.low, "high": expected.local.high}
    points = {name: round(value, 1) for name, value in found.items()}
    return {"here": {"units": expected.units, **points}}


def _is_rival(other: ranking.Alternative, chosen: ranking.Chosen) -> bool:
    """Another way to the same source that promises as much or more on its own."""
    is_same = other.aim.source == chosen.aim.source and other.why not in NOT_OFFERED
    return is_same and other.aim.drop >= chosen.aim.drop


def _rival(other: ranking.Alternative | None, plan: Plan, used: float) -> dict[str, Any]:
    if other is None:
        return {}
    numbers = {"strategy": other.key, "drop": other.aim.drop, "hours": other.own_hours}
    return {"rival": numbers | {"weeks": other.weeks} | _why(other, plan, used)}


def _higher(ranked: ranking.Ranking, numbers: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The strongest source where no chosen action aims at it, and why the best way to it lost.

    What a team could start says more than what it could not, so it is asked first.
    """
    strongest = next((source for source, row in numbers.items() if row["place"] == 1), "")
    if strongest in {chosen.aim.source for chosen in ranked.chosen}:
        return {}
    ways = [other for other in ranked.alternatives if other.aim.source == strongest]
    best = min(ways, key=lambda other: other.why in NOT_OFFERED, default=None)
    if best is None:
        return {}
    estimate = numbers[strongest]["estimate"]
    return {"higher": {"source": strongest, "estimate": estimate, "why": best.why.value}}


def _why(other: ranking.Alternative, plan: Plan, used: float) -> dict[str, Any]:
    return {
        "why": other.why.value,
        "hours_together": other.hours,
        "hours_left": round(plan.budget_hours - used, 1),
        "budget": plan.budget_hours,
        "horizon": plan.horizon_weeks,
        "needs": list(other.needs),
        "instead_of": other.instead_of,
    }


def _recommendation(
    state: RecommendationState, ranked: Ranked, hours: float, reason: dict[str, Any]
) -> Recommendation:
    """Points are signed as on the pages: negative is better."""
    return Recommendation(
        strategy_id=ranked.key,
        source_id=ranked.aim.source or None,
        state=state,
        hours=hours,
        expected_points=-ranked.aim.drop,
        expected_low=-ranked.aim.high,
        expected_high=-ranked.aim.low,
        reason=reason,
    )


def _conversation(why: str) -> Recommendation:
    """What is left when nothing can be ranked or nothing fits: talk with the team first."""
    return Recommendation(
        state=RecommendationState.SUGGESTED,
        hours=0,
        expected_points=0,
        expected_low=0,
        expected_high=0,
        reason={"conversation": why},
    )
