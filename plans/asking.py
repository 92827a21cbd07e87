"""Asking a higher level for what only it can do, and its answer.

Each function is one transaction that checks the right of `by`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, record
from plans import reasons
from plans.models import (
    ANSWER_DAYS,
    Recommendation,
    RecommendationState,
    Request,
    RequestState,
)
from plans.permissions import can_answer
from plans.rules import NotAllowedError, PlanningError, locked_plan, next_level, team_above
from resistance.models import OwnerLevel


def ask_upwards(
    *,
    plan_id: int,
    by: User,
    now: datetime,
    recommendation_id: int | None = None,
    title: str = "",
    note: str = "",
) -> Request:
    """Ask the next level for what only it can do; it has two weeks to answer."""
    with transaction.atomic():
        plan = locked_plan(plan_id, by)
        level, recommendation = next_level(plan.level), None
        if recommendation_id is not None:
            recommendation = plan.recommendations.get(pk=recommendation_id)
            level = _take_up(recommendation, level)
            title = title or reasons.title(recommendation)
        return Request.objects.create(
            plan=plan,
            recommendation=recommendation,
            strategy=recommendation.strategy if recommendation else None,
            title=title[:120],
            note=note.strip(),
            level=level,
            to_team=team_above(plan, level),
            asked_by=by,
            asked_at=now,
            answer_due_date=timezone.localdate(now) + timedelta(days=ANSWER_DAYS),
        )


def answer_request(
    *, request_id: int, by: User, is_granted: bool, answer: str, now: datetime
) -> Request:
    """Grant or refuse; a refusal needs the reason that the team will read."""
    with transaction.atomic():
        request = Request.objects.select_for_update().get(pk=request_id)
        if not can_answer(by, request):
            raise NotAllowedError(_("Only the team that was asked can answer."))
        if request.state != RequestState.ASKED:
            raise PlanningError(_("This request has been answered already."))
        if not is_granted and not answer.strip():
            raise PlanningError(_("Please say why not; the team will read it."))
        request.state = RequestState.GRANTED if is_granted else RequestState.REFUSED
        request.answer, request.answered_by, request.answered_at = answer.strip(), by, now
        request.save()
        record(actor=by, verb=f"request {request.state.lower()}", subject=request.title)
        return request


def _take_up(recommendation: Recommendation, level: OwnerLevel) -> OwnerLevel:
    """Mark a recommendation as asked for and return the level that can start it."""
    if recommendation.state in (RecommendationState.ACCEPTED, RecommendationState.DECLINED):
        raise PlanningError(_("This suggestion has been decided already."))
    recommendation.state = RecommendationState.ACCEPTED
    recommendation.save(update_fields=["state"])
    strategy = recommendation.strategy
    is_higher = strategy and strategy.owner_level == OwnerLevel.ORGANISATION
    return OwnerLevel.ORGANISATION if is_higher else level
