"""What plans are worked out from, read once: findings, options and what was tried before.

Drafting and preview share it; both rank from stored findings alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from plans import ranking
from plans.evidence import Expected, read_expected
from plans.models import Action, ActionStatus, Plan
from plans.options import Level, Limits, Option
from resistance.models import Strategy
from resistance.scoring import draw_truth, seed_of
from surveys.models import Assessment, SourceFinding, SourceSummary, UnitTeam

EQUAL_IMPORTANCE = 1 / 11


@dataclass
class History:
    """What was done about earlier findings, as strategy keys per team."""

    done: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    tried: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Material:
    """Everything that the plans of one assessment are ranked from."""

    seed: int
    targets: Mapping[str, float]
    importance: Mapping[str, float]
    options: tuple[Option, ...]
    expected: Mapping[str, Expected]
    findings: Mapping[UUID, list[SourceFinding]]
    teams: Mapping[UUID, list[int]]
    history: History


def gather(assessment: Assessment) -> Material:
    findings: dict[UUID, list[SourceFinding]] = defaultdict(list)
    shown = SourceFinding.objects.filter(unit__assessment=assessment, estimate__isnull=False)
    for finding in shown.order_by("source"):
        findings[finding.unit_id].append(finding)
    teams: dict[UUID, list[int]] = defaultdict(list)
    members = UnitTeam.objects.filter(unit__assessment=assessment)
    for unit, team in members.values_list("unit", "team"):
        teams[unit].append(team)
    strategies = list(Strategy.objects.active().prefetch_related("targets", "prerequisites"))
    expected = read_expected(strategies)
    summaries = list(SourceSummary.objects.filter(assessment=assessment))
    return Material(
        seed=seed_of(str(assessment.pk)),
        targets={row.source_id: row.target for row in summaries},
        importance=_importance(summaries),
        options=tuple(_options(strategies, expected)),
        expected=expected,
        findings=findings,
        teams=teams,
        history=_history(assessment),
    )


def _importance(summaries: Iterable[SourceSummary]) -> dict[str, float]:
    """The same for all sources where an assessment was counted before there was any."""
    return {row.source_id: row.importance or EQUAL_IMPORTANCE for row in summaries}


def _options(strategies: Iterable[Strategy], expected: Mapping[str, Expected]) -> Iterator[Option]:
    for strategy in strategies:
        yield Option(
            key=strategy.key,
            targets={target.source_id: target.weight for target in strategy.targets.all()},
            points=-expected[strategy.key].points,
            points_sd=expected[strategy.key].sd,
            does_harm=expected[strategy.key].does_harm,
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


def rank(plan: Plan, material: Material) -> ranking.Ranking:
    """The ranking of a plan with ranking, within its own limits."""
    findings = material.findings[plan.unit_id]
    sources = [finding.source_id for finding in findings]
    stored = [(f.source_id, f.estimate or 0.0, f.estimate_sd or 0.1) for f in findings]
    teams = material.teams[plan.unit_id]
    done = frozenset().union(*(material.history.done.get(team, ()) for team in teams))
    tried = frozenset().union(*(material.history.tried.get(team, ()) for team in teams))
    return ranking.rank_actions(
        draw_truth(stored, seed=material.seed),
        sources,
        material.targets,
        material.importance,
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
