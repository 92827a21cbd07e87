"""What needs a lead now: answers, requests, check-ins, blocked and overdue actions.

The home page and the weekly mail are made from the same needs. No results, only work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans import reasons
from plans.models import Action, ActionStatus, Plan, RecommendationState, Request, RequestState
from plans.repulses import Due
from plans.words import count_word, days, local_day, short_day, week_day

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Need:
    """One line of “what needs you now”; `check_in_url` is set where two taps do it."""

    when: Sequence[str]
    title: str
    text: str
    url: str
    button: str
    minutes: int
    order: tuple[int, date]
    is_first_choice: bool = False
    check_in_url: str = ""


def with_progress(plans: QuerySet[Plan]) -> QuerySet[Plan]:
    """Adds `waiting` and `waiting_hours` of suggestions, and `is_answered`."""
    suggested = Q(recommendations__state=RecommendationState.SUGGESTED)
    return plans.annotate(
        waiting=Count("recommendations", filter=suggested, distinct=True),
        waiting_hours=Sum("recommendations__hours", filter=suggested),
        is_answered=Exists(Action.objects.filter(plan=OuterRef("pk")))
        | Exists(Request.objects.filter(plan=OuterRef("pk"))),
    )


def collect(
    *,
    plans: Iterable[Any],
    actions: Iterable[Action],
    requests: Iterable[Request],
    dues: Iterable[Due],
    now: datetime,
) -> list[Need]:
    """In the order of the page; `plans` come from `with_progress`, `actions` are open ones with
    plan, owner and check-ins, `requests` are waiting for an answer, `dues` are re-pulses
    that can go out."""
    today = local_day(now)
    found = [_answer(plan, today) for plan in plans if plan.waiting and not plan.is_answered]
    found += [_request(request, today) for request in requests]
    found += [need for action in actions for need in _of_action(action, now)]
    found += [ask_again(due) for due in dues]
    return sorted(found, key=lambda need: need.order)


def waiting_requests(teams: Iterable[int]) -> QuerySet[Request]:
    asked = Request.objects.filter(state=RequestState.ASKED, to_team__in=teams)
    return asked.select_related("plan__unit")


def check_in_due(action: Action) -> date:
    """A week after the last check-in, or after it was taken on."""
    last = [entry.made_at for entry in action.check_ins.all()]
    return local_day(max([action.accepted_at, *last]) + WEEK)


def _answer(plan: Any, today: date) -> Need:
    due = plan.answer_due_date
    return Need(
        when=_by(due, today),
        title=_("Answer %(unit)s") % {"unit": plan.unit.name},
        text=_("The team was promised a plan or an honest no.") + " " + _suggestions(plan),
        url=plan.get_absolute_url(),
        button=_("Read and decide"),
        minutes=5,
        order=(0, due),
        is_first_choice=True,
    )


def _suggestions(plan: Any) -> str:
    if not plan.has_ranking or not plan.waiting_hours:
        return _("A conversation comes first.")
    hours = reasons.number(round(plan.waiting_hours))
    if plan.waiting == 1:
        text = _("One suggestion is ready; it costs %(hours)s of %(budget)s hours.")
    else:
        text = _(
            "%(count)s suggestions are ready; together they cost %(hours)s of %(budget)s hours."
        )
    budget = reasons.number(plan.budget_hours)
    return text % {"count": count_word(plan.waiting), "hours": hours, "budget": budget}


def _request(request: Request, today: date) -> Need:
    text = _("%(unit)s asks you for what only you can start.")
    return Need(
        when=_by(request.answer_due_date, today),
        title=_("Answer a request: %(title)s") % {"title": request.title},
        text=request.note or text % {"unit": request.plan.unit.name},
        url=reverse("plans:request", args=[request.pk]),
        button=_("Read and answer"),
        minutes=3,
        order=(1, request.answer_due_date),
        is_first_choice=True,
    )


def _of_action(action: Action, now: datetime) -> Iterator[Need]:
    today = local_day(now)
    if action.status == ActionStatus.BLOCKED:
        count = action.days_in_status(now)
        yield _open(action, [_("Blocked"), days(count)], 3, local_day(action.status_since))
    elif check_in_due(action) <= today:
        yield _check_in(action, today)
    elif action.due_date < today:
        yield late(action, today)


def late(action: Action, today: date) -> Need:
    """An open action past its date."""
    return _open(action, [_("Overdue"), days((today - action.due_date).days)], 4, action.due_date)


def _check_in(action: Action, today: date) -> Need:
    due = check_in_due(action)
    when = [_("Due today")] if due == today else [_("Due since"), short_day(due)]
    return Need(
        when=when,
        title=_("Check in: %(action)s") % {"action": action.title},
        text=_about(action),
        url=action.get_absolute_url(),
        button=_("Open the action"),
        minutes=1,
        order=(2, due),
        check_in_url=reverse("plans:check_in", args=[action.pk]),
    )


def _open(action: Action, when: list[str], kind: int, since: date) -> Need:
    return Need(
        when=when,
        title=action.title,
        text=_about(action),
        url=action.get_absolute_url(),
        button=_("Open the action"),
        minutes=3,
        order=(kind, since),
    )


def ask_again(due: Due) -> Need:
    units = ", ".join(entry.cell.name for entry in due.acting)
    text = _("%(units)s: what was done has had its time. Nine questions show whether it helped.")
    return Need(
        when=[_("Due since"), short_day(due.day)],
        title=_("Ask again: %(source)s") % {"source": due.source.name},
        text=text % {"units": units},
        url=due.get_absolute_url(),
        button=_("See whom it asks"),
        minutes=2,
        order=(5, due.day),
    )


def _about(action: Action) -> str:
    text = _("%(unit)s, owner %(owner)s.") % {
        "unit": action.plan.unit.name,
        "owner": action.owner.name,
    }
    note = next((entry.note for entry in action.check_ins.all() if entry.note), "")
    return " ".join([text, _("Last word: %(note)s") % {"note": note}]) if note else text


def _by(due: date, today: date) -> list[str]:
    if due < today:
        return [_("Overdue since"), short_day(due)]
    return [_("Due today")] if due == today else [_("By %(day)s") % {"day": week_day(due)}]


def title_of(count: int, name: str) -> str:
    """The heading of home and mail: how many things need somebody."""
    if count == 0:
        return _("Nothing needs you today, %(name)s.") % {"name": name}
    return ngettext(
        "One thing needs you, %(name)s.", "%(count)s things need you, %(name)s.", count
    ) % {"count": count_word(count), "name": name}
