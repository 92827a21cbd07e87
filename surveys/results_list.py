"""Reads which units a person may look into, assessment by assessment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from accounts.models import User
from surveys.headlines import Ranked, answers_in_short, in_short
from surveys.models import (
    Assessment,
    AssessmentKind,
    Certainty,
    SourceFinding,
    State,
    Unit,
    UnitKind,
)
from surveys.results import raw_in_words
from surveys.standing import Standing, standing_of

PAGE_SIZE = 10
MOST_UNITS = 40


@dataclass(frozen=True)
class UnitLine:
    name: str
    url: str
    answers: str
    is_whole: bool
    strongest: str


@dataclass(frozen=True)
class Wave:
    """An assessment with the first units that may be seen; `has_more` if there are others."""

    assessment: Assessment
    standing: Standing
    units: Sequence[UnitLine]
    has_more: bool


def read_list(user: User, page: str | None) -> tuple[Page[Assessment], list[Wave]]:
    """Assessments that were opened, those still collecting first, then the newest."""
    opened = Assessment.objects.visible_to(user).exclude(state=State.DRAFT).select_related("source")
    ordered = opened.order_by(F("scored_at").desc(nulls_first=True), "-closes_at", "pk")
    found = Paginator(ordered, PAGE_SIZE).get_page(page)
    units = _first_units(user, [assessment.pk for assessment in found])
    strongest = _strongest([unit for some in units.values() for unit in some])
    return found, [
        Wave(
            assessment=assessment,
            standing=standing_of(assessment),
            units=[
                _line(unit, assessment, strongest[unit.pk])
                for unit in units[assessment.pk][:MOST_UNITS]
            ],
            has_more=len(units[assessment.pk]) > MOST_UNITS,
        )
        for assessment in found
    ]


def scored_units(user: User) -> QuerySet[Unit]:
    """Units that `user` may look into; none before their assessment is scored."""
    return Unit.objects.visible_to(user).filter(assessment__state=State.SCORED)


def _line(unit: Unit, assessment: Assessment, sources: Sequence[SourceFinding]) -> UnitLine:
    is_repulse = assessment.is_repulse
    ranked = [Ranked(f.source_id, f.source.name, f.estimate or 0, f.certainty) for f in sources]
    return UnitLine(
        name=unit.name,
        url=unit.get_absolute_url(),
        answers=answers_in_short(
            unit.answers,
            few=assessment.few,
            is_shared=unit.kind == UnitKind.MERGED,
            has_ranking=unit.has_ranking or is_repulse,
        ),
        is_whole=not unit.is_cell,
        strongest=_measured(sources)
        if is_repulse
        else in_short(ranked, has_ranking=unit.has_ranking),
    )


def _measured(findings: Sequence[SourceFinding]) -> str:
    """What a re-pulse found: a value and its range."""
    for found in findings:
        if found.raw is not None:
            words = {"raw": raw_in_words(found, found.raw), "low": found.low, "high": found.high}
            return _("%(raw)s points (%(low)s to %(high)s)") % words
    return _("Not shown.")


def _strongest(units: Sequence[Unit]) -> Mapping[UUID, list[SourceFinding]]:
    """Per unit its clear and likely sources, the strongest first; of a re-pulse its only one."""
    found: Mapping[UUID, list[SourceFinding]] = defaultdict(list)
    named = Q(certainty__in=(Certainty.CLEAR, Certainty.LIKELY))
    rows = SourceFinding.objects.filter(
        named | Q(unit__assessment__kind=AssessmentKind.REPULSE), unit__in=units
    )
    for row in rows.select_related("source").order_by("-estimate", "source__position"):
        found[row.unit_id].append(row)
    return found


def _first_units(user: User, assessments: Sequence[UUID]) -> Mapping[UUID, list[Unit]]:
    """Per assessment the first units in the order of the organisation, one more than listed."""
    seen = scored_units(user).filter(assessment__in=assessments).values("pk")
    numbered = Unit.objects.filter(pk__in=seen).annotate(
        place=Window(RowNumber(), partition_by=["assessment"], order_by=["position"])
    )
    units: Mapping[UUID, list[Unit]] = defaultdict(list)
    for unit in numbered.filter(place__lte=MOST_UNITS + 1).order_by("position"):
        units[unit.assessment_id].append(unit)
    return units
