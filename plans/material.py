"""What plans are worked out from, read once: findings, options and what was tried before.

Drafting and preview share it; both rank from stored findings alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q

from plans.evidence import Expected, read_expected
from plans.market import Market
from plans.models import Action, ActionQuerySet, ActionStatus, Plan
from plans.options import Level, Option
from plans.severity import Severity
from plans.standing import Standing, limits_of, options_of
from resistance.models import Source, Strategy, StrategyQuerySet
from resistance.reliability import are_units_alike
from resistance.scoring import draw_truth, seed_of
from surveys.models import Assessment, SourceFinding, SourceSummary, UnitTeam

EQUAL_IMPORTANCE = 1 / 11


@dataclass
class Past:
    """What the teams of a unit did about earlier findings, as strategy keys: what is done
    fulfils prerequisites, what was begun is not repeated."""

    done: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)

    def add(self, strategy: str, status: str) -> None:
        (self.done if status == ActionStatus.DONE else self.tried).add(strategy)


@dataclass(frozen=True)
class Material:
    """Everything that the plans of one assessment are ranked from; on the sources `alike` its
    units hardly differ."""

    seed: int
    targets: Mapping[str, float]
    importance: Mapping[str, float]
    alike: frozenset[str]
    sources: Mapping[str, Source]
    strategies: Mapping[str, Strategy]
    options: tuple[Option, ...]
    expected: Mapping[str, Expected]
    findings: Mapping[UUID, list[SourceFinding]]
    summaries: Sequence[SourceSummary]
    past: Mapping[UUID, Past]


def gather(assessment: Assessment, unit: UUID | None = None) -> Material:
    """Of one unit, or of all units of the assessment: eight queries at most."""
    only = {"unit": unit} if unit else {"unit__assessment": assessment}
    findings: dict[UUID, list[SourceFinding]] = defaultdict(list)
    shown = SourceFinding.objects.filter(**only, estimate__isnull=False)
    for finding in shown.order_by("source"):
        findings[finding.unit_id].append(finding)
    of_all = SourceSummary.objects.filter(assessment=assessment).select_related("source")
    summaries = list(of_all)
    by_key = {strategy.key: strategy for strategy in _strategies(unit)}
    expected = read_expected(by_key.values())
    return Material(
        seed=seed_of(str(assessment.pk)),
        targets={summary.source_id: summary.target for summary in summaries},
        importance=_importance(summaries),
        alike=frozenset(row.source_id for row in summaries if are_units_alike(row.icc)),
        sources={summary.source_id: summary.source for summary in summaries},
        strategies=by_key,
        options=tuple(_options(by_key.values(), expected)),
        expected=expected,
        findings=findings,
        summaries=summaries,
        past=_past(assessment, unit) if unit else _pasts(assessment),
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


def _pasts(assessment: Assessment) -> Mapping[UUID, Past]:
    """Of every unit; two queries."""
    units: dict[int, list[UUID]] = defaultdict(list)
    members = UnitTeam.objects.filter(unit__assessment=assessment)
    for team, unit in members.values_list("team", "unit"):
        units[team].append(unit)
    found: dict[UUID, Past] = defaultdict(Past)
    rows = _earlier(assessment)
    for team, strategy, status in rows.values_list(_TEAM, "strategy", "status"):
        for unit in units[team]:
            found[unit].add(strategy, status)
    return found


def _past(assessment: Assessment, unit: UUID) -> Mapping[UUID, Past]:
    """Of one unit; one query."""
    found = Past()
    teams = UnitTeam.objects.filter(unit=unit).values("team")
    rows = _earlier(assessment).filter(**{f"{_TEAM}__in": teams})
    for strategy, status in rows.values_list("strategy", "status"):
        found.add(strategy, status)
    return {unit: found}


_TEAM = "plan__unit__unit_teams__team"


def _earlier(assessment: Assessment) -> ActionQuerySet:
    """Actions that followed a strategy, of other assessments."""
    others = Action.objects.exclude(plan__unit__assessment=assessment)
    return others.exclude(strategy=None).order_by()


def market_of(plan: Plan, material: Material, standing: Standing) -> Market:
    """The options of a plan with ranking, within its own limits."""
    findings, past = material.findings[plan.unit_id], material.past[plan.unit_id]
    sources = [finding.source_id for finding in findings]
    stored = [(f.source_id, f.estimate or 0.0, f.estimate_sd or 0.1) for f in findings]
    draws = draw_truth(stored, seed=material.seed)
    severity = Severity(draws, sources, material.targets, material.importance)
    limits = limits_of(
        plan,
        standing,
        known=material.strategies.keys(),
        done=past.done,
        tried=past.tried,
    )
    return Market(severity, options_of(material.options, standing), limits)
