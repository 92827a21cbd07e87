"""What is decided about a plan: taking a suggestion on, adding an own one, declining, who leads.

What happens to its actions then stands in `plans.running`, what is asked of others in
`plans.asking`.

Each function is one transaction that locks the plan, checks the right of `by` and writes history.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Person, User, record
from plans import reasons
from plans.models import Action, EventKind, Plan, Recommendation, RecommendationState
from plans.permissions import can_name_lead, possible_leads
from plans.rules import (
    NotAllowedError,
    PlanningError,
    check_can_accept,
    check_room,
    locked_plan,
    locked_recommendation,
)
from plans.running import start_action
from plans.upkeep import forget_outlook
from resistance.models import Source


def accept_recommendation(
    *,
    recommendation_id: int,
    by: User,
    owner: Person,
    due_date: date,
    now: datetime,
    source: Source | None = None,
    **fields: Any,
) -> Action:
    """Take a suggestion on. `source` is needed only where the suggestion aims at none.

    `fields` may hold title, description, hours, first_step_when, first_step_then and
    is_visible_to_team. Raises PlanningError when three actions are open already.
    """
    with transaction.atomic():
        recommendation, plan = locked_recommendation(recommendation_id, by)
        check_can_accept(recommendation)
        check_room(plan)
        action = start_action(
            plan=plan,
            by=by,
            now=now,
            kind=EventKind.ACCEPTED,
            steps=reasons.first_steps(recommendation),
            recommendation=recommendation,
            strategy=recommendation.strategy,
            source_id=recommendation.source_id or (source and source.pk),
            owner=owner,
            due_date=due_date,
            **{**_own_words(recommendation), **fields},
        )
        forget_outlook(plan, decided=recommendation.strategy_id)
        recommendation.state = RecommendationState.ACCEPTED
        recommendation.save(update_fields=["state"])
        return action


def add_own_action(
    *,
    plan_id: int,
    by: User,
    now: datetime,
    title: str,
    source: Source,
    owner: Person,
    due_date: date,
    steps: Iterable[str] = (),
    **fields: Any,
) -> Action:
    """Add something that no suggestion holds. Raises PlanningError when three are open."""
    with transaction.atomic():
        plan = locked_plan(plan_id, by)
        check_room(plan)
        forget_outlook(plan)
        return start_action(
            plan=plan,
            by=by,
            now=now,
            kind=EventKind.ADDED,
            steps=steps,
            title=title,
            source_id=source.pk,
            owner=owner,
            due_date=due_date,
            **fields,
        )


def decline(*, recommendation_id: int, by: User, because: str, now: datetime) -> Recommendation:
    """Say no to a suggestion, with the reason that the team may read."""
    with transaction.atomic():
        recommendation, plan = locked_recommendation(recommendation_id, by)
        check_can_accept(recommendation)
        if not because.strip():
            raise PlanningError(_("Please give a reason; the team may read it."))
        recommendation.state = RecommendationState.DECLINED
        recommendation.declined_because = because.strip()
        recommendation.save(update_fields=["state", "declined_because"])
        forget_outlook(plan, decided=recommendation.strategy_id)
        record(actor=by, verb="suggestion declined", subject=plan, at=now.isoformat())
        return recommendation


def name_lead(*, plan_id: int, by: User, lead: User, now: datetime) -> Plan:
    """Hand the plan to another manager of its teams, or of a team above."""
    with transaction.atomic():
        plan = (
            Plan.objects.select_for_update(of=("self",))
            .select_related("unit__node")
            .get(pk=plan_id)
        )
        if not can_name_lead(by, plan):
            raise NotAllowedError(_("You can read this plan, but not change it."))
        if not possible_leads(plan).filter(pk=lead.pk).exists():
            raise PlanningError(_("Only a manager of these teams, or above, can lead this plan."))
        plan.lead = lead
        plan.save(update_fields=["lead"])
        record(actor=by, verb="lead named", subject=plan, lead=lead.pk, at=now.isoformat())
        return plan


def note_viewed(*, plan: Plan, by: User, now: datetime) -> None:
    """Remember when the lead first opened the plan."""
    if plan.viewed_at is None and plan.lead_id == by.pk:
        Plan.objects.filter(pk=plan.pk, viewed_at=None).update(viewed_at=now)


def _own_words(recommendation: Recommendation) -> dict[str, Any]:
    """Title, description and hours of a suggestion that is taken on as it is."""
    strategy = recommendation.strategy
    return {
        "title": reasons.title(recommendation),
        "description": strategy.summary if strategy else "",
        "hours": recommendation.hours,
    }
