"""Everything that happens to a plan: taking on, changing, checking in, asking and answering.

Each function is one transaction that locks the plan, checks the right of `by` and writes history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, User, record
from plans import reasons
from plans.drafting import draft_plans
from plans.models import (
    ANSWER_DAYS,
    Action,
    ActionEvent,
    ActionStatus,
    ActionStep,
    CheckIn,
    CheckInState,
    EventKind,
    Plan,
    Recommendation,
    RecommendationState,
    Request,
    RequestState,
)
from plans.permissions import can_answer, can_name_lead, possible_leads
from plans.rules import (
    NotAllowedError,
    PlanningError,
    check_can_accept,
    check_open,
    check_room,
    locked_action,
    locked_plan,
    locked_recommendation,
    next_level,
    team_above,
)
from plans.upkeep import forget_outlook
from resistance.models import OwnerLevel, Source

__all__ = ["NotAllowedError", "PlanningError", "draft_plans", "team_above"]

EDITABLE = (
    "title",
    "description",
    "owner",
    "due_date",
    "source",
    "first_step_when",
    "first_step_then",
    "hours",
    "is_visible_to_team",
)


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
        action = _create_action(
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
        return _create_action(
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


def edit_action(
    *, action_id: int, by: User, now: datetime, because: str = "", **changes: Any
) -> Action:
    """Change fields of an open action; what they were stays in its history."""
    with transaction.atomic():
        action = locked_action(action_id, by)
        check_open(action)
        before, after = {}, {}
        for field in EDITABLE:
            if field in changes and getattr(action, field) != changes[field]:
                before[field] = _plain(getattr(action, field))
                after[field] = _plain(changes[field])
                setattr(action, field, changes[field])
        if after:
            action.save(update_fields=list(after))
            detail = {"before": before, "after": after, "because": because}
            _write(action, EventKind.EDITED, by, now, **detail)
        if "hours" in after:
            forget_outlook(action.plan)
        return action


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


def check_in(*, action_id: int, by: User, state: str, now: datetime, note: str = "") -> CheckIn:
    """Answer “how is it going?”; `state` is one of CheckInState."""
    with transaction.atomic():
        action = locked_action(action_id, by)
        check_open(action)
        state = CheckInState(state)
        entry = CheckIn.objects.create(
            action=action, state=state, note=note.strip(), made_by=by, made_at=now
        )
        _set_status(action, ActionStatus(state.value), now)
        _write(action, EventKind.CHECKED_IN, by, now, state=state.value, note=note.strip())
        return entry


def tick_step(*, step_id: int, by: User, is_done: bool, now: datetime) -> ActionStep:
    with transaction.atomic():
        action = locked_action(ActionStep.objects.get(pk=step_id).action_id, by)
        check_open(action)
        step = action.steps.get(pk=step_id)
        _tick(step, by, now, is_done=is_done)
        return step


def tick_steps(*, action_id: int, by: User, done: Collection[int], now: datetime) -> Action:
    """Tick the steps in `done` (primary keys) and open all others."""
    with transaction.atomic():
        action = locked_action(action_id, by)
        check_open(action)
        for step in action.steps.all():
            _tick(step, by, now, is_done=step.pk in done)
        return action


def add_step(*, action_id: int, by: User, text: str, now: datetime) -> ActionStep:
    with transaction.atomic():
        action = locked_action(action_id, by)
        check_open(action)
        last = action.steps.aggregate(last=Max("position"))["last"]
        step = ActionStep.objects.create(
            action=action, position=0 if last is None else last + 1, text=text
        )
        _write(action, EventKind.EDITED, by, now, step=text)
        return step


def stop_action(*, action_id: int, by: User, because: str, now: datetime) -> Action:
    """End an open action before it is done, with a reason."""
    with transaction.atomic():
        action = locked_action(action_id, by)
        check_open(action)
        if not because.strip():
            raise PlanningError(_("Please give a reason; the team may read it."))
        _set_status(action, ActionStatus.STOPPED, now)
        forget_outlook(action.plan)
        _write(action, EventKind.STOPPED, by, now, because=because.strip())
        return action


def reopen_action(*, action_id: int, by: User, now: datetime, because: str = "") -> Action:
    """Take a finished or stopped action up again. Raises PlanningError when three are open."""
    with transaction.atomic():
        action = locked_action(action_id, by)
        if action.is_open:
            raise PlanningError(_("This action is open already."))
        check_room(action.plan)
        _set_status(action, ActionStatus.MOVING, now)
        forget_outlook(action.plan)
        _write(action, EventKind.REOPENED, by, now, because=because.strip())
        return action


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


def _take_up(recommendation: Recommendation, level: OwnerLevel) -> OwnerLevel:
    """Mark a recommendation as asked for and return the level that can start it."""
    if recommendation.state in (RecommendationState.ACCEPTED, RecommendationState.DECLINED):
        raise PlanningError(_("This suggestion has been decided already."))
    recommendation.state = RecommendationState.ACCEPTED
    recommendation.save(update_fields=["state"])
    strategy = recommendation.strategy
    is_higher = strategy and strategy.owner_level == OwnerLevel.ORGANISATION
    return OwnerLevel.ORGANISATION if is_higher else level


def _own_words(recommendation: Recommendation) -> dict[str, Any]:
    """Title, description and hours of a suggestion that is taken on as it is."""
    strategy = recommendation.strategy
    return {
        "title": reasons.title(recommendation),
        "description": strategy.summary if strategy else "",
        "hours": recommendation.hours,
    }


def _create_action(
    *, plan: Plan, by: User, now: datetime, kind: EventKind, steps: Iterable[str], **fields: Any
) -> Action:
    if not fields.get("source_id"):
        raise PlanningError(_("Please say which source it aims at."))
    if not fields.get("title"):
        raise PlanningError(_("Please give the action a name."))
    action = Action.objects.create(
        plan=plan, accepted_by=by, accepted_at=now, status_since=now, **fields
    )
    ActionStep.objects.bulk_create(
        ActionStep(action=action, position=position, text=text[:200])
        for position, text in enumerate(steps)
    )
    _write(action, kind, by, now, owner=str(action.owner), due=_plain(action.due_date))
    return action


def _tick(step: ActionStep, by: User, now: datetime, *, is_done: bool) -> None:
    if (step.done_at is not None) == is_done:
        return
    step.done_at, step.done_by = (now, by) if is_done else (None, None)
    step.save(update_fields=["done_at", "done_by"])
    _write(step.action, EventKind.STEP, by, now, text=step.text, done=is_done)


def _set_status(action: Action, status: ActionStatus, now: datetime) -> None:
    if action.status != status:
        action.status, action.status_since = status, now
        action.save(update_fields=["status", "status_since"])


def _write(action: Action, kind: EventKind, by: User, now: datetime, **detail: Any) -> None:
    ActionEvent.objects.create(action=action, kind=kind, actor=by, at=now, detail=detail)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
