"""What happens to an action from the day it is taken on: started, changed, checked in, ended.

Each function is one transaction that locks the plan, checks the right of `by` and writes history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from plans.models import (
    Action,
    ActionEvent,
    ActionStatus,
    ActionStep,
    CheckIn,
    CheckInState,
    EventKind,
    Plan,
)
from plans.rules import PlanningError, check_open, check_room, locked_action
from plans.upkeep import forget_outlook

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


def start_action(
    *, plan: Plan, by: User, now: datetime, kind: EventKind, steps: Iterable[str], **fields: Any
) -> Action:
    """Inside the transaction of whoever decided on it; `fields` are those of the model."""
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
