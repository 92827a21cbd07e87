"""Keeping true what is said about the suggestions of a plan together, after every decision."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from plans.material import gather
from plans.models import Plan, RecommendationState
from plans.recommending import recommend
from plans.standing import read_standing


def forget_outlook(plan: Plan, *, decided: str | None = None) -> None:
    """A decision makes it untrue; once the decision is stored it is looked up again.

    What was wished about the strategy that is `decided` has had its answer.
    """
    plan.outlook = {}
    plan.pinned = [key for key in plan.pinned if key != decided]
    plan.left_out = {key: text for key, text in plan.left_out.items() if key != decided}
    plan.save(update_fields=["outlook", "pinned", "left_out"])
    transaction.on_commit(partial(renew_outlook, plan.pk), robust=True)


def renew_outlook(plan_id: int) -> None:
    """Store the outlook if the waiting suggestions are still what the ranking gives; else it
    stays empty, and the page offers to work them out again."""
    plan = Plan.objects.select_related("unit__assessment").get(pk=plan_id)
    if not plan.has_ranking:
        return
    material = gather(plan.unit.assessment, plan.unit_id)
    draft = recommend(plan, material, read_standing(plan))
    suggested = RecommendationState.SUGGESTED
    waiting = plan.recommendations.filter(state=suggested).exclude(strategy=None)
    new = {r.strategy_id for r in draft.recommendations if r.state == suggested and r.strategy_id}
    if new == set(waiting.values_list("strategy", flat=True)):
        Plan.objects.filter(pk=plan_id, outlook={}).update(outlook=draft.outlook)
