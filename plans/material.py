"""What plans are worked out from, read once: findings, options and what was tried before.

Drafting and preview share it; both rank from stored findings alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q

from plans.evidence import Expected, read_expected
from plans.market import Market
from plans.models import Action, ActionStatus, Plan
from plans.options import Level, Option
from plans.severity import Severity
from plans.standing import Standing, limits_of, options_of
from resistance.models import Source, Strategy, StrategyQuerySet
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
    sources: Mapping[str, Source]
    strategies: Mapping[str, Strategy]
    options: tuple[Option, ...]
    expected: Mapping[str, Expected]
    findings: Mapping[UUID, list[SourceFinding]]
    teams: Mapping[UUID, list[int]]
    history: History


def gather(assessment: Assessment, unit: UUID | None = None) -> Material:
    """Of one unit, or of all units of the assessment: seven queries."""
    only = {"unit": unit} if unit else {"unit__assessment": assessment}
    findings: dict[UUID, list[SourceFinding]] = defaultdict(list)
    shown = SourceFinding.objects.filter(**only, estimate__isnull=False)
    for finding in shown.order_by("source"):
        findings[finding.unit_id].append(finding)
    teams: dict[UUID, list[int]] = defaultdict(list)
    for of_unit, team in UnitTeam.objects.filter(**only).values_list("unit", "team"):
        teams[of_unit].append(team)
    summaries = SourceSummary.objects.filter(assessment=assessment).select_related("source")
    by_key = {strategy.key: strategy for strategy in _strategies(unit)}
    expected = read_expected(by_key.values())
    return Material(
        seed=seed_of(str(assessment.pk)),
        targets={summary.source_id: summary.target for summary in summaries},
        importance=_importance(summaries),
        sources={summary.source_id: summary.source for summary in summaries},
        strategies=by_key,
        options=tuple(_options(by_key.values(), expected)),
        expected=expected,
        findings=findings,
        teams=teams,
        history=_history(assessment, teams[unit] if unit else None),
    )


def _importance(summaries: Iterable[SourceSummary]) -> dict[str, float]:
    """The same for all sources where an assessment was counted before there was any."""
    return {row.source_id: row.importance or EQUAL_IMPORTANCE for row in summaries}


def _strategies(unit: UUID | None) -> StrategyQuerySet:
    """With targets and prerequisites; for one unit also `tried`, in how many other plans."""
    found = Strategy.objects.active().prefetch_related("targets", "prerequisites")
    if unit is None:
        return found
    others = Count("actions__plan", distinct=True, filter=~Q(actions__plan__unit=unit))
    return found.annotate(tried=others)


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


def _history(assessment: Assessment, teams: list[int] | None) -> History:
    """Of other assessments: what is done fulfils prerequisites, what was begun is not repeated."""
    history = History()
    earlier = Action.objects.exclude(plan__unit__assessment=assessment).exclude(strategy=None)
    if teams is not None:
        earlier = earlier.filter(plan__unit__unit_teams__team__in=teams)
    rows = earlier.order_by().values_list("plan__unit__unit_teams__team", "strategy", "status")
    for team, strategy, status in rows:
        kept = history.done if status == ActionStatus.DONE else history.tried
        kept[team].add(strategy)
    return history


def market_of(plan: Plan, material: Material, standing: Standing) -> Market:
    """The options of a plan with ranking, within its own limits."""
    findings, teams = material.findings[plan.unit_id], material.teams[plan.unit_id]
    sources = [finding.source_id for finding in findings]
    stored = [(f.source_id, f.estimate or 0.0, f.estimate_sd or 0.1) for f in findings]
    draws = draw_truth(stored, seed=material.seed)
    severity = Severity(draws, sources, material.targets, material.importance)
    limits = limits_of(
        plan,
        standing,
        known=material.strategies.keys(),
        done=frozenset().union(*(material.history.done.get(team, ()) for team in teams)),
        tried=frozenset().union(*(material.history.tried.get(team, ()) for team in teams)),
    )
    return Market(severity, options_of(material.options, standing), limits)
