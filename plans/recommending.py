"""Turns a ranking into the recommendations of a plan, with the numbers of their sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from plans import ranking
from plans.evidence import Expected
from plans.market import Market
from plans.material import Material, market_of
from plans.models import Plan, Recommendation, RecommendationState
from plans.options import Limits, Why
from plans.outlook import Outlook, look_further
from plans.standing import Standing
from resistance.models import OwnerLevel
from surveys.models import SourceFinding

MOST_ALTERNATIVES = 8
NOT_OFFERED = {Why.ALREADY_TRIED, Why.EXCLUDED, Why.HIGHER_LEVEL}
NOTHING_SETTLED = Standing()

Ranked = ranking.Chosen | ranking.Alternative | ranking.Request


@dataclass(frozen=True)
class Draft:
    """Recommendations, unsaved and without rank, in the order of the plan page; never none.

    `outlook` is stored with the plan: numbers and keys only.
    """

    recommendations: list[Recommendation]
    outlook: dict[str, Any] = field(default_factory=dict)


def recommend(
    plan: Plan,
    material: Material,
    standing: Standing = NOTHING_SETTLED,
    *,
    most: int | None = MOST_ALTERNATIVES,
) -> Draft:
    """Work out the suggestions of a plan beside what stands; `most` alternatives at most."""
    if not plan.has_ranking:
        return Draft([_conversation("FEW_ANSWERED")])
    market = market_of(plan, material, standing)
    ranked = ranking.rank_market(market)
    findings = material.findings[plan.unit_id]
    numbers = _numbers(findings)
    if plan.level != OwnerLevel.ORGANISATION:
        for source in material.alike & numbers.keys():
            numbers[source]["alike"] = True
    counts = _counts(market, ranked, material.importance)
    writer = _Writer(plan, ranked, market.limits, numbers, standing, material.expected, counts)
    return Draft(list(writer.write(most)), _outlook(market, ranked))


def store_recommendations(plan: Plan, made: list[Recommendation], *, last: int = 0) -> None:
    """Save them in their order, behind rank `last`."""
    for rank, recommendation in enumerate(made, start=last + 1):
        recommendation.plan, recommendation.rank = plan, rank
    Recommendation.objects.bulk_create(made)


def _outlook(market: Market, ranked: ranking.Ranking) -> dict[str, Any]:
    further: Outlook = look_further(market, ranked)
    return {
        "value": ranked.value,
        "over": max(0.0, round(ranked.hours - market.limits.budget_hours, 1)),
        "together": [asdict(entry) for entry in ranked.together],
        "budget": asdict(further.budget) if further.budget else None,
        "horizon": asdict(further.horizon) if further.horizon else None,
    }


@dataclass(frozen=True)
class _Writer:
    plan: Plan
    ranked: ranking.Ranking
    limits: Limits
    numbers: Mapping[str, dict[str, Any]]
    standing: Standing
    expected: Mapping[str, Expected]
    counts: Mapping[str, dict[str, Any]]

    def write(self, most: int | None) -> Iterator[Recommendation]:
        chosen = [c for c in self.ranked.chosen if c.key not in self.standing.taken]
        if not chosen:
            yield _conversation("NOTHING_MORE" if self.ranked.chosen else "NOTHING_FITS")
        yield from self._suggested(chosen)
        yield from self._alternatives(most)
        for request in self.ranked.requests:
            reason = self._reason(request) | {"level": request.level.name}
            yield _recommendation(RecommendationState.UPWARDS, request, request.hours, reason)

    def _suggested(self, chosen: list[ranking.Chosen]) -> Iterator[Recommendation]:
        higher = _higher(self.ranked, self.numbers)
        for action in chosen:
            rivals = (a for a in self.ranked.alternatives if _is_rival(a, action))
            reason = self._reason(action) | self._order(action) | self._rival(next(rivals, None))
            reason |= self.counts.get(action.key, {})
            yield _recommendation(
                RecommendationState.SUGGESTED, action, action.hours, reason | higher
            )
            higher = {}

    def _alternatives(self, most: int | None) -> Iterator[Recommendation]:
        """The best ones, then all that does harm here (to be told before it is tried), what was
        begun before and what the lead left out."""
        settled = self.standing.settled
        others = [other for other in self.ranked.alternatives if other.key not in settled]
        offered = [other for other in others if other.why not in NOT_OFFERED | {Why.DOES_HARM}]
        harmful = [other for other in others if other.why is Why.DOES_HARM]
        tried = [other for other in others if other.why is Why.ALREADY_TRIED]
        left_out = [other for other in others if other.key in self.standing.left_out]
        for other in [*offered[:most], *harmful, *tried[:most], *left_out]:
            reason = self._reason(other) | self._why(other)
            made = _recommendation(RecommendationState.ALTERNATIVE, other, other.own_hours, reason)
            made.why_not = other.why.value
            yield made

    def _reason(self, ranked: Ranked) -> dict[str, Any]:
        about: dict[str, Any] = {
            "weeks": ranked.weeks,
            "members": self.plan.members,
            "severity": ranked.aim.severity,
            "value": ranked.value,
            "also": list(ranked.aim.also),
        }
        here = _here(self.expected[ranked.key])
        return about | self.numbers.get(ranked.aim.source, {}) | here

    def _order(self, action: ranking.Chosen) -> dict[str, Any]:
        """What comes first; nothing where the action stands by itself."""
        words = {
            "pinned": action.is_pinned,
            "after": list(action.after),
            "needs": list(action.needs),
            "weeks_in_all": action.weeks_in_all if action.after else 0,
        }
        return {key: value for key, value in words.items() if value}

    def _why(self, other: ranking.Alternative) -> dict[str, Any]:
        return {
            "why": other.why.value,
            "hours_together": other.hours,
            "hours_left": round(self.limits.budget_hours - self.ranked.hours, 1),
            "budget": self.plan.budget_hours,
            "horizon": self.plan.horizon_weeks,
            "needs": list(other.needs),
            "instead_of": other.instead_of,
            "plan_value": self.ranked.value,
        }

    def _rival(self, other: ranking.Alternative | None) -> dict[str, Any]:
        if other is None:
            return {}
        numbers = {"strategy": other.key, "drop": other.aim.drop, "hours": other.own_hours}
        return {"rival": numbers | {"weeks": other.weeks} | self._why(other)}


def _counts(
    market: Market, ranked: ranking.Ranking, importance: Mapping[str, float]
) -> dict[str, dict[str, Any]]:
    """Per chosen action that importance decides, with every source alike it would lose: the per
    cent that its source counts, and those of an average source."""
    if not market.severity.is_weighed:
        return {}
    average = sum(importance.values()) / len(importance)
    plain = market.unweighed().best_keys()
    return {
        action.key: {
            "counts": {
                "share": round(100 * importance[action.aim.source]),
                "average": round(100 * average),
            }
        }
        for action in ranked.chosen
        if action.key not in plain and importance.get(action.aim.source, 0.0) > average
    }


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
