"""Draft the plan of every unit of a scored assessment, from its stored findings alone.

May run twice and be killed anywhere: each unit is one transaction, and a unit that has a plan
is left alone. The row of `PlanDraft` is written last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Organisation, Team
from plans.material import Material, gather
from plans.models import Plan, PlanDraft, answer_due
from plans.permissions import parents_of_teams, with_ancestors
from plans.recommending import recommend, store_recommendations
from resistance.models import OwnerLevel
from surveys.models import Assessment, Unit, UnitKind

LEVELS = {
    UnitKind.TEAM: OwnerLevel.TEAM,
    UnitKind.MERGED: OwnerLevel.TEAM,
    UnitKind.PARENT: OwnerLevel.DEPARTMENT,
    UnitKind.ORGANISATION: OwnerLevel.ORGANISATION,
}


class NotScoredError(Exception):
    """Plans can be drafted of a scored assessment only."""


@dataclass(frozen=True)
class Frame:
    """What a new plan takes from the organisation: hours and who leads."""

    hours_per_member: float
    parents: Mapping[int, int | None]
    managers: Mapping[int, int]

    @classmethod
    def of_today(cls) -> Frame:
        managing = Team.managers.through.objects.filter(user__is_active=True).order_by("-pk")
        return cls(
            hours_per_member=float(Organisation.current().hours_per_member),
            parents=parents_of_teams(),
            managers=dict(managing.values_list("team", "user")),
        )

    def lead(self, unit: Unit) -> int | None:
        """The first manager of the unit's node, else of the nearest team above that has one."""
        above = with_ancestors([unit.node.team_id], self.parents)
        return next((self.managers[team] for team in above if team in self.managers), None)


def draft_plans(*, assessment_id: UUID, now: datetime) -> int:
    """Draft what is missing and return how many plans were made. Raises NotScoredError.

    A re-pulse asks whether plans worked; it makes none.
    """
    assessment = Assessment.objects.scored().filter(pk=assessment_id).first()
    if assessment is None or assessment.scored_at is None:
        raise NotScoredError(assessment_id)
    if assessment.is_repulse:
        return 0
    material, frame = gather(assessment), Frame.of_today()
    due_date = answer_due(assessment.scored_at)
    made = 0
    waiting = Unit.objects.filter(assessment=assessment, plan=None).select_related("node")
    for unit in waiting.in_order():
        if unit.pk in material.findings:
            made += _draft(unit, material, frame, drafted_at=now, answer_due_date=due_date)
    PlanDraft.objects.get_or_create(assessment=assessment, defaults={"drafted_at": now})
    return made


def _draft(unit: Unit, material: Material, frame: Frame, **dates: Any) -> bool:
    """One plan with its recommendations in one transaction; False if another worker was first."""
    plan = Plan(
        unit=unit,
        lead_id=frame.lead(unit),
        members=unit.invited,
        budget_hours=round(frame.hours_per_member * unit.invited, 1),
        level=LEVELS[UnitKind(unit.kind)],
        has_ranking=unit.has_ranking,
        **dates,
    )
    draft = recommend(plan, material)
    plan.outlook = draft.outlook
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=unit.pk)
        is_first = not Plan.objects.filter(unit=unit).exists()
        if is_first:
            plan.save(force_insert=True)
            store_recommendations(plan, draft.recommendations)
    return is_first
