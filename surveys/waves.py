"""Earlier assessments of the same people: who was reported together, and what was known then."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from resistance.limits import is_nearly_the_same
from resistance.scoring import EarlierSource
from surveys.models import (
    AskedStatement,
    Assessment,
    Group,
    Invitation,
    SourceSummary,
    State,
    Unit,
    UnitKind,
)

PRIOR_FOR = timedelta(days=548)


def restriction_for(assessment: Assessment) -> Callable[[frozenset[int]], bool]:
    """Says of a set of group numbers whether its people differ by a few from an earlier unit's.

    Such a unit may show only bands and a rounded index, or the few could be worked out.
    """
    earlier = _earlier_units_of_people(assessment)
    if not earlier:
        return lambda _groups: False
    sizes = Counter(unit for units in earlier.values() for unit in units)
    people = _people_of_groups(assessment)

    def is_restricted(groups: frozenset[int]) -> bool:
        members = [person for group in groups for person in people[group]]
        shared = Counter(unit for person in members for unit in earlier.get(person, ()))
        return any(
            is_nearly_the_same(only_now=len(members) - both, only_before=sizes[unit] - both)
            for unit, both in shared.items()
        )

    return is_restricted


def _earlier_units_of_people(assessment: Assessment) -> dict[int, list[UUID]]:
    """Person → units of earlier assessments that asked one of the same statements."""
    statements = AskedStatement.objects.filter(assessment=assessment).values("statement")
    stored = (State.ERASING, State.SCORED)
    before = Assessment.objects.filter(state__in=stored, asked__statement__in=statements).exclude(
        pk=assessment.pk
    )
    rows = Unit.groups.through.objects.filter(unit__assessment__in=before.values("pk")).values_list(
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
    """Per source what the last organisation-wide assessment found, not older than 18 months."""
    last = (
        Assessment.objects.scored()
        .filter(
            units__kind=UnitKind.ORGANISATION,
            scored_at__gte=now - PRIOR_FOR,
            source_summaries__basis="ASSESSMENT",
        )
        .exclude(pk=assessment.pk)
        .order_by("-scored_at")
        .first()
    )
    if last is None:
        return {}
    return {
        row.source_id: EarlierSource(
            mean=row.mean,
            between_sd=row.between_sd,
            target=row.target,
            variance=row.variance,
            alpha=row.alpha,
        )
        for row in SourceSummary.objects.filter(assessment=last)
    }


def group_numbers(assessment: Assessment) -> set[int]:
    return set(Group.objects.filter(assessment=assessment).values_list("number", flat=True))
