"""Which plans stand still, and what waits for HR: work only, no results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans.models import (
    OPEN_STATUSES,
    Action,
    ActionStatus,
    CheckIn,
    Request,
    RequestState,
)
from plans.newest import newest_plans
from plans.words import Chip, action_chip, local_day
from surveys.models import Comment, CommentState

SILENT_AFTER = timedelta(weeks=2)
MOST_ROWS = 25


@dataclass(frozen=True)
class StalledRow:
    """An action that is blocked, overdue or without a word for two weeks."""

    title: str
    url: str
    unit: str
    chip: Chip
    waits_for: str
    owner: str


@dataclass(frozen=True)
class Standstill:
    """`stalled` of `open_actions` stand still; `rows` are the longest standing of them."""

    rows: Sequence[StalledRow]
    stalled: int
    open_actions: int
    overdue: int
    done: int
    plans: int
    answered: int


@dataclass(frozen=True)
class Waiting:
    comments: int
    requests: int
    first_due: Any


def read_standstill(now: datetime) -> Standstill:
    """Three queries."""
    today, silent = local_day(now), Q(last_word__lt=now - SILENT_AFTER)
    is_open = Q(status__in=OPEN_STATUSES)
    stands = is_open & (Q(status=ActionStatus.BLOCKED) | Q(due_date__lt=today) | silent)
    with_word = Action.objects.annotate(
        last_word=Coalesce(
            Subquery(_check_ins().values("action").annotate(at=Max("made_at")).values("at")),
            "accepted_at",
        )
    )
    counts = with_word.aggregate(
        stalled=Count("pk", filter=stands),
        open_actions=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due_date__lt=today)),
        done=Count("pk", filter=Q(status=ActionStatus.DONE)),
    )
    last_note = _check_ins().exclude(note="").order_by("-made_at", "-pk").values("note")[:1]
    rows = (
        with_word.filter(stands)
        .annotate(note=Subquery(last_note))
        .select_related("plan__unit", "owner")
        .order_by("last_word", "pk")[:MOST_ROWS]
    )
    return Standstill(rows=[_row(action, now) for action in rows], **counts, **_plans())


def read_waiting() -> Waiting:
    """Two queries."""
    asked = Request.objects.filter(state=RequestState.ASKED)
    requests = asked.aggregate(count=Count("pk"), due=Min("answer_due_date"))
    return Waiting(
        comments=Comment.objects.filter(state=CommentState.REVIEW).count(),
        requests=requests["count"],
        first_due=requests["due"],
    )


def _check_ins() -> Any:
    return CheckIn.objects.filter(action=OuterRef("pk")).order_by()


def _plans() -> dict[str, int]:
    """How many plans there are that none has replaced, and how many of them have an action or a
    request."""
    acted = Exists(Action.objects.filter(plan=OuterRef("pk")))
    asked = Exists(Request.objects.filter(plan=OuterRef("pk")))
    return newest_plans().aggregate(
        plans=Count("pk"), answered=Count("pk", filter=Q(acted) | Q(asked))
    )


def _row(action: Any, now: datetime) -> StalledRow:
    return StalledRow(
        title=action.title,
        url=action.get_absolute_url(),
        unit=action.plan.unit.name,
        chip=_chip(action, now),
        waits_for=action.note or _("not said"),
        owner=action.owner.name,
    )


def _chip(action: Any, now: datetime) -> Chip:
    is_late = action.due_date < local_day(now)
    if action.status == ActionStatus.BLOCKED or is_late:
        return action_chip(action, now)
    weeks = (now - action.last_word).days // 7
    text = ngettext("no check-in, %(count)s week", "no check-in, %(count)s weeks", weeks)
    return Chip("wait", text % {"count": weeks})
