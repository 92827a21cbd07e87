"""The home page of a manager: what needs them now, their teams, dates, what they asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from plans.models import MAX_OPEN_ACTIONS, Action, Plan, Request, RequestState
from plans.needs import Need, check_in_due, collect, title_of, waiting_requests, with_progress
from plans.newest import replaced
from plans.permissions import plans_of
from plans.words import Chip, local_day, request_chip, short_day
from surveys.headlines import Ranked, headline_of
from surveys.models import COLLECTING, Assessment, Certainty, SourceFinding, UnitKind

MOST_NEEDS = 5
MOST_TEAMS = 12
MOST_DATES = 6
MOST_REQUESTS = 5
MOST_PLANS = 500


@dataclass(frozen=True)
class TeamCard:
    name: str
    results_url: str
    plan_url: str
    headline: str
    chip: Chip | None
    chip_note: str
    actions: str
    next_step: str
    lead: str


@dataclass(frozen=True)
class DateLine:
    day: date
    short: str
    text: str
    url: str


@dataclass(frozen=True)
class Asked:
    title: str
    url: str
    text: str
    chip: Chip


@dataclass(frozen=True)
class Home:
    """`plans_count` is how many units are behind `teams`, which stops at twelve."""

    heading: str
    lede: str
    needs: Sequence[Need] = ()
    more_needs: Sequence[Need] = ()
    teams: Sequence[TeamCard] = ()
    plans_count: int = 0
    about: str = ""
    dates: Sequence[DateLine] = ()
    asked: Sequence[Asked] = ()
    running: Sequence[Assessment] = field(default=())


def read_home(user: User, now: datetime) -> Home:
    """A constant number of queries, whatever the number of teams and plans. Re-pulses that are due
    take as many again, so the page fetches them by themselves."""
    mine = list(user.managed_ids)
    every = _plans(mine)
    plans = _newest(every)
    actions = _open_actions(every)
    led = {plan.pk for plan in every if plan.lead_id in (user.pk, None)}
    needs = collect(
        plans=[plan for plan in plans if plan.pk in led],
        actions=[action for action in actions if action.plan_id in led],
        requests=waiting_requests(mine),
        dues=(),
        now=now,
    )
    running = _running(mine, user)
    return Home(
        heading=title_of(len(needs), user.first_name),
        lede=_lede(needs, has_plans=bool(plans), is_running=bool(running)),
        needs=needs[:MOST_NEEDS],
        more_needs=needs[MOST_NEEDS:],
        teams=_cards(plans[:MOST_TEAMS], actions, user),
        plans_count=len(plans),
        about=_about(plans),
        dates=_dates(plans, actions, running, local_day(now)),
        asked=_asked(led, user),
        running=running,
    )


def _plans(mine: Iterable[int]) -> list[Any]:
    """The newest first; with those that newer ones replaced, because their actions go on."""
    found = with_progress(plans_of(mine)).select_related("unit__assessment", "unit__node", "lead")
    return list(found.order_by("-unit__assessment__scored_at", "unit__position")[:MOST_PLANS])


def _newest(plans: Sequence[Any]) -> list[Any]:
    """Without those that newer ones replaced, in the order of the organisation."""
    gone = Plan.objects.filter(replaced(), pk__in=[plan.pk for plan in plans])
    old = set(gone.values_list("pk", flat=True))
    left = (plan for plan in plans if plan.pk not in old)
    return sorted(left, key=lambda plan: plan.unit.position)


def _open_actions(plans: Iterable[Any]) -> list[Action]:
    found = Action.objects.open().filter(plan__in=[plan.pk for plan in plans])
    return list(found.select_related("plan__unit", "owner").prefetch_related("check_ins"))


def _running(mine: Iterable[int], user: User) -> list[Assessment]:
    asked = Assessment.objects.filter(state__in=COLLECTING, member_teams__team__in=mine)
    made = Assessment.objects.filter(state__in=COLLECTING, created_by=user)
    found = (asked | made).distinct().select_related("source")
    return list(found.order_by("closes_at")[:MOST_DATES])


def _lede(needs: Sequence[Need], *, has_plans: bool, is_running: bool) -> str:
    if needs:
        minutes = 5 * -(-sum(need.minutes for need in needs) // 5)
        about = _("About %(minutes)s minutes. Everything else is on its way.")
        return about % {"minutes": minutes}
    if has_plans:
        return _("Your teams and the next dates stand below.")
    if is_running:
        return _("Your teams are answering. Results appear once, after counting.")
    return _("Results, plans and check-ins of your teams will stand here.")


def _about(plans: Sequence[Any]) -> str:
    closed = [plan.unit.assessment for plan in plans if plan.unit.assessment.closed_at]
    if not closed:
        return ""
    newest = max(closed, key=lambda assessment: assessment.closed_at)
    return _("%(name)s, closed %(day)s") % {
        "name": newest.name,
        "day": short_day(local_day(newest.closed_at)),
    }


def _cards(plans: Sequence[Any], actions: Iterable[Action], user: User) -> list[TeamCard]:
    by_unit: Mapping[UUID, list[SourceFinding]] = defaultdict(list)
    shown = SourceFinding.objects.filter(unit__in=[plan.unit_id for plan in plans])
    for finding in shown.exclude(estimate=None).select_related("source").order_by("-estimate"):
        by_unit[finding.unit_id].append(finding)
    by_plan: Mapping[int, list[Action]] = defaultdict(list)
    for action in actions:
        by_plan[action.plan_id].append(action)
    return [_card(plan, by_unit[plan.unit_id], by_plan[plan.pk], user) for plan in plans]


def _card(
    plan: Any, findings: Sequence[SourceFinding], actions: Sequence[Action], user: User
) -> TeamCard:
    """`lead` is named where it is somebody else."""
    count = _("%(part)s of %(all)s") % {"part": len(actions), "all": MAX_OPEN_ACTIONS}
    chip, note = _certainty(plan, findings)
    whom = _("this team") if plan.unit.kind == UnitKind.TEAM else _("these teams")
    return TeamCard(
        name=plan.unit.name,
        results_url=plan.unit.get_absolute_url(),
        plan_url=plan.get_absolute_url(),
        headline=headline(whom, plan, findings),
        chip=chip,
        chip_note=note,
        actions=count if actions else _("none yet"),
        next_step=_next_step(plan, actions),
        lead=str(plan.lead) if plan.lead and plan.lead != user else "",
    )


def headline(whom: str, plan: Plan, findings: Iterable[SourceFinding]) -> str:
    """The heading of the results in one sentence; `findings` with the strongest first."""
    ranked = [Ranked(f.source_id, f.source.name, f.estimate or 0, f.certainty) for f in findings]
    return headline_of(whom, ranked, has_ranking=plan.has_ranking).heading


def _certainty(plan: Any, findings: Sequence[SourceFinding]) -> tuple[Chip | None, str]:
    if not plan.has_ranking or not findings:
        return None, ""
    first = findings[0].certainty
    kind = {Certainty.CLEAR: "clear", Certainty.LIKELY: "likely"}.get(Certainty(first), "open")
    return Chip(kind), "" if kind == "open" else _("first source")


def _next_step(plan: Any, actions: Sequence[Action]) -> str:
    if actions:
        due = min(check_in_due(action) for action in actions)
        return _("check-in %(day)s") % {"day": short_day(due)}
    if plan.waiting and not plan.is_answered:
        return _("answer by %(day)s") % {"day": short_day(plan.answer_due_date)}
    return _("nothing planned")


def _dates(
    plans: Iterable[Any], actions: Iterable[Action], running: Iterable[Assessment], today: date
) -> list[DateLine]:
    lines = [
        _date(plan.answer_due_date, _("Answer to %(name)s"), plan.unit.name, plan)
        for plan in plans
        if plan.waiting and not plan.is_answered
    ]
    lines += [
        _date(action.due_date, _("%(name)s, due"), action.title, action) for action in actions
    ]
    lines += [
        _date(local_day(assessment.closes_at), _("%(name)s closes"), assessment.title, assessment)
        for assessment in running
        if assessment.closes_at
    ]
    coming = sorted((line for line in lines if line.day >= today), key=lambda line: line.day)
    return coming[:MOST_DATES]


def _date(day: date, pattern: str, name: str, target: Any) -> DateLine:
    text = pattern % {"name": name}
    return DateLine(day=day, short=short_day(day), text=text, url=target.get_absolute_url())


def _asked(led: Iterable[int], user: User) -> list[Asked]:
    """By the user, or for a plan that the user leads; what waits comes first."""
    mine = Request.objects.filter(Q(plan__in=led) | Q(asked_by=user)).order_by("-asked_at")
    found = mine.select_related("to_team")[: 2 * MOST_REQUESTS]
    waiting_first = sorted(found, key=lambda request: request.state != RequestState.ASKED)
    return [
        Asked(
            title=request.title,
            url=reverse("plans:request", args=[request.pk]),
            text=request.to_team.name if request.to_team else request.get_level_display(),
            chip=request_chip(request),
        )
        for request in waiting_first[:MOST_REQUESTS]
    ]
