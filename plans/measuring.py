"""Compares a scored assessment with those before it: changes of units and effects of actions.

From stored findings alone. May run twice and be killed anywhere: everything is worked out first
and written in one transaction, together with the row of `Measurement`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from plans.acts import Acts, read_acts
from plans.effects import Case, asked_again, cases_of, closed, find_effects
from plans.models import Effect, Measurement
from surveys.changes import BATCH, Changes, find_changes, store_changes
from surveys.comparison import Pairing, read_pairings
from surveys.models import Assessment


@dataclass(frozen=True)
class Found:
    """What one pair of assessments says."""

    changes: Changes
    effects: list[Effect]


def measure_assessment(*, assessment_id: UUID, now: datetime) -> bool:
    """Store what a scored assessment says about changes and effects; whether this call did so."""
    waiting = Assessment.objects.scored().filter(pk=assessment_id, measurement=None).first()
    if waiting is None:
        return False
    pairings = read_pairings(waiting)
    found = [_find(pairing, now, is_newest=pairing is pairings[0]) for pairing in pairings]
    with transaction.atomic():
        Assessment.objects.select_for_update().get(pk=assessment_id)
        if Measurement.objects.filter(assessment=waiting).exists():
            return False
        for part in found:
            store_changes(part.changes)
            Effect.objects.bulk_create(part.effects, BATCH)
        Measurement.objects.create(assessment=waiting, measured_at=now)
    return True


def _find(pairing: Pairing, now: datetime, *, is_newest: bool) -> Found:
    acts = read_acts(since=closed(pairing.earlier.assessment), until=asked_again(pairing))
    cases = cases_of(pairing, is_newest=is_newest)
    changes = find_changes(pairing, touched=_touched(pairing, acts), named=_named(pairing, cases))
    effects = find_effects(cases, pairing, acts, changes.expectation, now=now)
    return Found(changes, list(effects))


def _touched(pairing: Pairing, acts: Acts) -> set[tuple[UUID, str]]:
    return {
        (unit, source)
        for unit in pairing.units
        for act in acts.in_teams(pairing.later.teams[unit])
        for source in act.sources
    }


def _named(pairing: Pairing, cases: list[Case]) -> Mapping[UUID, set[str]]:
    """Of a re-pulse its one source everywhere, else what the actions of a unit's plan aimed at."""
    repulsed = pairing.later.assessment.source_id
    if repulsed:
        return {unit: {repulsed} for unit in pairing.units}
    named: dict[UUID, set[str]] = defaultdict(set)
    for case in cases:
        if case.unit:
            named[case.unit].add(case.action.source_id)
    return named
