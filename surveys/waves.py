"""Earlier assessments of the same people: who was reported together, and what was known then."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet

from resistance.change import MIN_PAIRS_FOR_DRIFT
from resistance.earlier import EarlierUnit, Overlap, fewest_outside
from resistance.importance import Importance, ImportanceBasis
from resistance.scoring import EarlierSource
from resistance.shown import UNTOUCHED, Before, Index
from surveys.models import (
    AskedStatement,
    Assessment,
    AssessmentKind,
    Group,
    Invitation,
    Movement,
    Reason,
    SourceFinding,
    SourceSummary,
    State,
    StatementFinding,
    Unit,
    UnitKind,
    Visibility,
)
from surveys.power import Spread, spread_of

PRIOR_FOR = timedelta(days=548)
ENDS: Mapping[int, Literal[-1, 0, 1]] = {-1: -1, 0: 0, 1: 1}


def restriction_for(assessment: Assessment) -> Callable[[frozenset[int]], Before]:
    """Says of a set of group numbers how its people were reported before.

    Of a unit of almost the same people nothing is counted out, or the few could be worked out;
    its indices are shown only where they leave these open beside those that were shown then.
    """
    found = _earlier_units(assessment)
    units = _described(found)
    if not units:
        return lambda _groups: UNTOUCHED
    earlier = _units_of_people(found)
    people = _people_of_groups(assessment)

    def standing_of(groups: frozenset[int]) -> Before:
        members = [person for group in groups for person in people[group]]
        shared = Counter(unit for person in members for unit in earlier.get(person, ()))
        return Overlap(len(members), shared, units).before()

    return standing_of


def _earlier_units(assessment: Assessment) -> QuerySet[Unit]:
    """The units of earlier assessments that asked one of the same statements."""
    statements = AskedStatement.objects.filter(assessment=assessment).values("statement")
    stored = (State.ERASING, State.SCORED)
    before = Assessment.objects.filter(state__in=stored, asked__statement__in=statements)
    others = before.exclude(pk=assessment.pk).values("pk")
    return Unit.objects.filter(assessment__in=others).order_by()


def _described(found: QuerySet[Unit]) -> dict[UUID, EarlierUnit]:
    rows = list(found.values_list("pk", "assessment", "invited", "is_cell"))
    of_statements = StatementFinding.objects.filter(unit__in=found.values("pk"))
    of_sources = SourceFinding.objects.filter(unit__in=found.values("pk"))
    items, sources = _withheld(of_statements, "statement"), _withheld(of_sources, "source")
    shown, outside = _indices(of_sources), _outside(of_statements)
    return {
        pk: EarlierUnit(wave, invited, is_cell, items[pk], sources[pk], shown[pk], outside[pk])
        for pk, wave, invited, is_cell in rows
    }


def _indices(findings: QuerySet[SourceFinding]) -> defaultdict[UUID, dict[str, Index]]:
    """Unit → source → its index as it was shown."""
    shown: defaultdict[UUID, dict[str, Index]] = defaultdict(dict)
    rows = findings.exclude(visibility=Visibility.SUPPRESSED).order_by()
    for unit, source, visibility, raw, answers, end in rows.values_list(
        "unit", "source", "visibility", "raw", "answers", "end"
    ):
        is_rounded = visibility == Visibility.ROUNDED
        shown[unit][source] = Index(raw or 0, answers, rounded=is_rounded, end=ENDS[end])
    return shown


def _outside(findings: QuerySet[StatementFinding]) -> defaultdict[UUID, dict[str, int]]:
    """Unit → source → the fewest answers outside the biggest side of a statement."""
    counted: dict[UUID, dict[str, list[list[int]]]] = defaultdict(lambda: defaultdict(list))
    rows = findings.filter(visibility=Visibility.EXACT, statement__source__isnull=False)
    for unit, source, counts in rows.order_by().values_list("unit", "statement__source", "counts"):
        if counts is not None:
            counted[unit][source].append(counts)
    return defaultdict(dict, {unit: fewest_outside(found) for unit, found in counted.items()})


def _withheld(findings: QuerySet[Any], name: str) -> defaultdict[UUID, frozenset[str]]:
    """Unit → keys of what it did not show because that would have revealed somebody."""
    rows = findings.filter(visibility=Visibility.SUPPRESSED, reason=Reason.REVEALING)
    found: dict[UUID, set[str]] = defaultdict(set)
    for unit, key in rows.order_by().values_list("unit", name):
        found[unit].add(str(key))
    return defaultdict(frozenset, {unit: frozenset(keys) for unit, keys in found.items()})


def _units_of_people(found: QuerySet[Unit]) -> dict[int, list[UUID]]:
    """Person → the earlier units in which they were invited."""
    rows = Unit.groups.through.objects.filter(unit__in=found.values("pk")).values_list(
        "group_id", "unit_id"
    )
    units_of_group: dict[int, list[UUID]] = defaultdict(list)
    for group, unit in rows:
        units_of_group[group].append(unit)
    invited = Invitation.objects.filter(group__in=list(units_of_group)).values_list(
        "person_id", "group_id"
    )
    earlier: dict[int, list[UUID]] = defaultdict(list)
    for person, group in invited:
        earlier[person] += units_of_group[group]
    return earlier


def _people_of_groups(assessment: Assessment) -> Mapping[int, list[int]]:
    people: dict[int, list[int]] = defaultdict(list)
    rows = Invitation.objects.filter(assessment=assessment).values_list(
        "group__number", "person_id"
    )
    for group, person in rows:
        people[group].append(person)
    return people


def earlier_priors(assessment: Assessment, *, now: datetime) -> dict[str, EarlierSource]:
    """Per source what the last organisation-wide assessment found, not older than 18 months; for
    a re-pulse, whose teams are no picture of the organisation, the one that it follows."""
    summaries = SourceSummary.objects.all()
    if assessment.is_repulse:
        return _known_of(summaries.filter(assessment=assessment.follows_id))
    return _known_of(summaries.filter(assessment__in=_last_whole(assessment, now)))


def _known_of(summaries: Iterable[SourceSummary]) -> dict[str, EarlierSource]:
    return {
        row.source_id: EarlierSource(
            mean=row.mean,
            between_sd=row.between_sd,
            target=row.target,
            variance=row.variance,
            alpha=row.alpha,
        )
        for row in summaries
        if row.basis != "DEFAULTS"
    }


def _last_whole(assessment: Assessment, now: datetime) -> QuerySet[Assessment, UUID]:
    return (
        Assessment.objects.scored()
        .full()
        .filter(
            units__kind=UnitKind.ORGANISATION,
            scored_at__gte=now - PRIOR_FOR,
            source_summaries__basis="ASSESSMENT",
        )
        .exclude(pk=assessment.pk)
        .order_by("-scored_at")
        .values_list("pk", flat=True)[:1]
    )


def earlier_importance(assessment: Assessment, *, now: datetime) -> dict[str, Importance]:
    """Per source its weight in the last assessment that could tell it, not older than 18 months."""
    own = SourceSummary.objects.filter(
        importance_basis=ImportanceBasis.ASSESSMENT,
        assessment__state=State.SCORED,
        assessment__scored_at__gte=now - PRIOR_FOR,
    ).exclude(assessment=assessment)
    last = own.order_by("-assessment__scored_at").values("assessment")[:1]
    return {
        row.source_id: Importance(
            row.importance or 0.0, row.stated_share, row.derived_share, ImportanceBasis.EARLIER
        )
        for row in own.filter(assessment__in=list(last.values_list("assessment", flat=True)))
    }


def spread_before(assessment: Assessment, *, now: datetime) -> Spread:
    """How answers spread where the organisation was last asked, and move between two assessments;
    two queries. A re-pulse is judged by the default drift, as it has too few pairs to tell one."""
    spread = spread_of(earlier_priors(assessment, now=now).values())
    drift = None if assessment.is_repulse else _last_drift(now)
    return spread if drift is None else replace(spread, drift=drift, is_own_drift=True)


def _last_drift(now: datetime) -> float | None:
    """Of the last full assessment that could tell it, not older than 18 months."""
    told = Movement.objects.filter(
        pairs__gte=MIN_PAIRS_FOR_DRIFT,
        later__kind=AssessmentKind.FULL,
        later__scored_at__gte=now - PRIOR_FOR,
    )
    newest_first = told.order_by("-later__scored_at", "-pairs", "pk")
    return newest_first.values_list("drift", flat=True).first()


def spread_found(summaries: Iterable[SourceSummary]) -> Spread:
    """The spread of an assessment itself, for what a re-pulse can see."""
    return spread_of(_known_of(summaries).values())


def group_numbers(assessment: Assessment) -> set[int]:
    return set(Group.objects.filter(assessment=assessment).values_list("number", flat=True))
