"""Keeping what was tried on a plan: new limits and wishes, and the suggestions they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User, record
from plans.material import gather
from plans.models import Plan, PlanEvent
from plans.preview import work_out
from plans.recommending import Draft, store_recommendations
from plans.rules import NotAllowedError, PlanningError, locked_plan
from plans.standing import SETTLED, Standing, read_standing
from plans.wanted import Wanted

__all__ = ["NotAllowedError", "PlanningError", "keep_plan"]


def keep_plan(
    *,
    plan_id: int,
    by: User,
    wanted: Wanted,
    because: Mapping[str, str],
    now: datetime,
    seen: str = "",
) -> Plan:
    """Store limits and wishes and put new suggestions in place of those that wait.

    `because` holds reasons of what is left out. Actions, declined suggestions and requests stay
    and count. `seen` is the mark of what was kept when it was tried. Raises PlanningError when
    somebody has changed the plan since.
    """
    plan = Plan.objects.select_related("unit__assessment").get(pk=plan_id)
    before = read_standing(plan)
    reasons = {key: because.get(key, before.left_out.get(key, "")) for key in wanted.left_out}
    after = replace(before, pinned=wanted.pinned, left_out=reasons)
    draft = work_out(plan, gather(plan.unit.assessment, plan.unit_id), after, wanted)
    with transaction.atomic():
        locked = locked_plan(plan_id, by)
        kept = Wanted.as_kept(locked)
        is_same = kept == Wanted.as_kept(plan) and seen in ("", kept.mark)
        if not is_same or read_standing(locked) != before:
            raise PlanningError(_("The plan has just been changed. Please look at it again."))
        detail = {"before": _detail(plan, before), "after": _detail(wanted, after)}
        _store(locked, wanted, after, draft)
        PlanEvent.objects.create(plan=locked, actor=by, at=now, detail=detail)
        record(actor=by, verb=gettext_noop("plan worked out again"), subject=locked, **detail)
        return locked


def _store(plan: Plan, wanted: Wanted, standing: Standing, draft: Draft) -> None:
    plan.budget_hours, plan.horizon_weeks = wanted.budget_hours, wanted.horizon_weeks
    plan.pinned, plan.left_out = sorted(standing.pinned), dict(standing.left_out)
    plan.outlook = draft.outlook
    plan.save(update_fields=["budget_hours", "horizon_weeks", "pinned", "left_out", "outlook"])
    waiting = plan.recommendations.exclude(state__in=SETTLED)
    addresses = dict(waiting.exclude(strategy=None).order_by().values_list("strategy", "pk"))
    waiting.delete()
    for entry in draft.recommendations:
        entry.pk = addresses.get(entry.strategy_id or "")
    last = plan.recommendations.aggregate(last=Max("rank"))["last"] or 0
    store_recommendations(plan, draft.recommendations, last=last)


def _detail(limits: Plan | Wanted, standing: Standing) -> dict[str, Any]:
    return {
        "budget_hours": limits.budget_hours,
        "horizon_weeks": limits.horizon_weeks,
        "pinned": sorted(standing.pinned),
        "left_out": dict(standing.left_out),
    }
