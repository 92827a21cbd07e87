"""Draft the plan of every unit of a scored assessment, from its stored findings alone.

May run twice and be killed anywhere: each unit is one transaction, and a unit that has a plan
is left alone. The row of `PlanDraft` is written last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Organisation, Team
from plans import ranking
from plans.models import (
    Action,
    ActionStatus,
    Plan,
    PlanDraft,
    Recommendation,
    RecommendationState,
    answer_due,
)
from plans.options import Level, Limits, Option, Why
from plans.permissions import parents_of_teams, with_ancestors
from resistance.models import OwnerLevel, Strategy
from resistance.scoring import draw_truth, seed_of
from surveys.models import Assessment, SourceFinding, SourceSummary, Unit, UnitKind, UnitTeam

MOST_ALTERNATIVES = 8
IMPORTANCE = 1 / 11
NOT_OFFERED = {Why.ALREADY_TRIED, Why.EXCLUDED, Why.HIGHER_LEVEL}

LEVELS = {
    UnitKind.TEAM: OwnerLevel.TEAM,
    UnitKind.MERGED: OwnerLevel.TEAM,
    UnitKind.PARENT: OwnerLevel.DEPARTMENT,
    UnitKind.ORGANISATION: OwnerLevel.ORGANISATION,
}


class NotScoredError(Exception):
    """Plans can be drafted of a scored assessment only."""


@dataclass
class History:
    """What was done about earlier findings, as strategy keys per team."""

    done: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    tried: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Material:
    """Everything that the plans of one assessment are drafted from, read once."""

    seed: int
    targets: Mapping[str, float]
    options: tuple[Option, ...]
    findings: Mapping[UUID, list[SourceFinding]]
    teams: Mapping[UUID, list[int]]
    parents: Mapping[int, int | None]
    managers: Mapping[int, int]
    history: History
    hours_per_member: float


def draft_plans(*, assessment_id: UUID, now: datetime) -> int:
    """Draft what is missing and return how many plans were made. Raises NotScoredError."""
    assessment = Assessment.objects.scored().filter(pk=assessment_id).first()
    if assessment is None or assessment.scored_at is None:
        raise NotScoredError(assessment_id)
    material = _gather(assessment)
    due_date = answer_due(assessment.scored_at)
    made = 0
    waiting = Unit.objects.filter(assessment=assessment, plan=None).select_related("node")
    for unit in waiting.in_order():
        if unit.pk in material.findings:
            made += _draft(unit, material, drafted_at=now, answer_due_date=due_date)
    PlanDraft.objects.get_or_create(assessment=assessment, defaults={"drafted_at": now})
    return made


def _gather(assessment: Assessment) -> Material:
    findings: dict[UUID, list[SourceFinding]] = defaultdict(list)
    shown = SourceFinding.objects.filter(unit__assessment=assessment, estimate__isnull=False)
    for finding in shown.order_by("source"):
        findings[finding.unit_id].append(finding)
    teams: dict[UUID, list[int]] = defaultdict(list)
    members = UnitTeam.objects.filter(unit__assessment=assessment)
    for unit, team in members.values_list("unit", "team"):
        teams[unit].append(team)
    managing = Team.managers.through.objects.filter(user__is_active=True).order_by("-pk")
    summaries = SourceSummary.objects.filter(assessment=assessment)
    return Material(
        seed=seed_of(str(assessment.pk)),
        targets=dict(summaries.values_list("source", "target")),
        options=tuple(_options()),
        findings=findings,
        teams=teams,
        parents=parents_of_teams(),
        managers=dict(managing.values_list("team", "user")),
        history=_history(assessment),
        hours_per_member=float(Organisation.current().hours_per_member),
    )


def _options() -> Iterator[Option]:
    for strategy in Strategy.objects.active().prefetch_related("targets", "prerequisites"):
        yield Option(
            key=strategy.key,
            targets={target.source_id: target.weight for target in strategy.targets.all()},
            points=-strategy.prior_points,
            hours_fixed=strategy.hours_fixed,
            hours_per_member=strategy.hours_per_member,
            weeks=strategy.weeks_to_effect,
            level=Level[strategy.owner_level],
            prerequisites=frozenset(other.key for other in strategy.prerequisites.all()),
        )


def _history(assessment: Assessment) -> History:
    """Of other assessments: what is done fulfils prerequisites, what was begun is not repeated."""
    history = History()
    earlier = Action.objects.exclude(plan__unit__assessment=assessment).exclude(strategy=None)
    rows = earlier.order_by().values_list("plan__unit__unit_teams__team", "strategy", "status")
    for team, strategy, status in rows:
        kept = history.done if status == ActionStatus.DONE else history.tried
        kept[team].add(strategy)
    return history


def _draft(unit: Unit, material: Material, **dates: Any) -> bool:
    """One plan with its recommendations in one transaction; False if another worker was first."""
    plan = Plan(
        unit=unit,
        lead_id=_lead(unit, material),
        members=unit.invited,
        budget_hours=round(material.hours_per_member * unit.invited, 1),
        level=LEVELS[UnitKind(unit.kind)],
        has_ranking=unit.has_ranking,
        **dates,
    )
    recommendations = list(_recommend(plan, material))
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=unit.pk)
        is_first = not Plan.objects.filter(unit=unit).exists()
        if is_first:
            plan.save(force_insert=True)
            for rank, recommendation in enumerate(recommendations, start=1):
                recommendation.plan, recommendation.rank = plan, rank
            Recommendation.objects.bulk_create(recommendations)
    return is_first


def _lead(unit: Unit, material: Material) -> int | None:
    """The first manager of the unit's node, else of the nearest team above that has one."""
    above = with_ancestors([unit.node.team_id], material.parents)
    return next((material.managers[team] for team in above if team in material.managers), None)


def _recommend(plan: Plan, material: Material) -> Iterator[Recommendation]:
    """In the order of the plan page; a plan is never empty."""
    if not plan.has_ranking:
        yield _conversation("FEW_ANSWERED")
        return
    findings = material.findings[plan.unit_id]
    ranked = _rank(plan, findings, material)
    numbers = _numbers(findings)
    if ranked.is_empty:
        yield _conversation("NOTHING_FITS")
    higher = _higher(ranked, numbers)
    for chosen in ranked.chosen:
        rival = next((a for a in ranked.alternatives if _is_rival(a, chosen)), None)
        reason = _reason(chosen, plan, numbers) | _rival(rival, plan, ranked.hours) | higher
        higher = {}
        yield _recommendation(RecommendationState.SUGGESTED, chosen, chosen.hours, reason)
    others = [other for other in ranked.alternatives if other.why not in NOT_OFFERED]
    for other in others[:MOST_ALTERNATIVES]:
        reason = _reason(other, plan, numbers) | _why(other, plan, ranked.hours)
        made = _recommendation(RecommendationState.ALTERNATIVE, other, other.own_hours, reason)
        made.why_not = other.why.value
        yield made
    for request in ranked.requests:
        reason = _reason(request, plan, numbers) | {"level": request.level.name}
        yield _recommendation(RecommendationState.UPWARDS, request, request.hours, reason)


def _rank(plan: Plan, findings: list[SourceFinding], material: Material) -> ranking.Ranking:
    sources = [finding.source_id for finding in findings]
    stored = [(f.source_id, f.estimate or 0.0, f.estimate_sd or 0.1) for f in findings]
    teams = material.teams[plan.unit_id]
    done = frozenset().union(*(material.history.done.get(team, ()) for team in teams))
    tried = frozenset().union(*(material.history.tried.get(team, ()) for team in teams))
    return ranking.rank_actions(
        draw_truth(stored, seed=material.seed),
        sources,
        material.targets,
        dict.fromkeys(sources, IMPORTANCE),
        material.options,
        Limits(
            members=plan.members,
            budget_hours=plan.budget_hours,
            horizon_weeks=plan.horizon_weeks,
            level=Level[plan.level],
            done=done,
            tried=tried,
        ),
    )


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


Ranked = ranking.Chosen | ranking.Alternative | ranking.Request


def _reason(ranked: Ranked, plan: Plan, numbers: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    about = {
        "weeks": ranked.weeks,
        "members": plan.members,
        "severity": ranked.aim.severity,
        "value": ranked.value,
    }
    return about | numbers.get(ranked.aim.source, {})


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
