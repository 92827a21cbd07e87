"""What the plan page shows of one plan: suggestions with their reasons, gauges and lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans import reasons
from plans.models import (
    MAX_OPEN_ACTIONS,
    Action,
    ActionEvent,
    ActionStatus,
    EventKind,
    Plan,
    Recommendation,
    RecommendationState,
    Request,
)
from plans.words import Chip, action_chip, count_word, day, local_day, request_chip, short_day

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Suggestion:
    """A recommendation in words; points are signed, negative is better."""

    pk: int
    title: str
    sentence: str
    aim: str
    expected: str
    low: str
    high: str
    hours: str
    weeks: int | None
    tried: str
    steps: Sequence[str]
    strategy_url: str


@dataclass(frozen=True)
class Other:
    """An alternative, or what only a higher level can start, in one line."""

    pk: int
    title: str
    hours: str
    expected: str
    why: str


@dataclass(frozen=True)
class Card:
    url: str
    title: str
    chip: Chip
    words: str
    meta: Sequence[str]


@dataclass(frozen=True)
class Gauge:
    """`part` and `next_part` are shares of the whole as SVG lengths: “66.7%”."""

    label: str
    text: str
    part: str = ""
    next_part: str = ""
    note: str = ""


@dataclass(frozen=True)
class Board:
    plan: Plan
    heading: str
    lede: str
    gauges: Sequence[Gauge]
    suggestions: Sequence[Suggestion]
    others: Sequence[Other]
    upwards: Sequence[Other]
    declined: Sequence[Other]
    running: Sequence[Card]
    asked: Sequence[Card]
    finished: Sequence[Card]
    has_room: bool


def read_board(plan: Plan, now: datetime) -> Board:
    """Six queries, whatever the plan holds."""
    recommendations = list(plan.recommendations.select_related("strategy", "source"))
    actions = list(actions_of(plan))
    requests = list(plan.requests.select_related("to_team"))
    running = [action for action in actions if action.is_open]
    by_state = _by_state(recommendations)
    suggested = by_state[RecommendationState.SUGGESTED]
    names = known_names(recommendations)
    tried = _tried(suggested, plan)
    return Board(
        plan=plan,
        heading=heading(len(running), len(suggested)),
        lede=_lede(plan, len(running), len(suggested)),
        gauges=_gauges(plan, actions, suggested, now),
        suggestions=[suggestion(entry, names, tried) for entry in suggested],
        others=[_other(entry, names) for entry in by_state[RecommendationState.ALTERNATIVE]],
        upwards=[_upward(entry) for entry in by_state[RecommendationState.UPWARDS]],
        declined=[_declined(entry) for entry in by_state[RecommendationState.DECLINED]],
        running=[_card(action, now) for action in running],
        asked=[_request_card(request) for request in requests],
        finished=[_card(action, now) for action in actions if not action.is_open],
        has_room=len(running) < MAX_OPEN_ACTIONS,
    )


def actions_of(plan: Plan) -> QuerySet[Action]:
    """With owner, source, check-ins and the reason of a stop: three queries."""
    stops = ActionEvent.objects.filter(kind=EventKind.STOPPED)
    return plan.actions.select_related("owner", "source", "strategy").prefetch_related(
        "check_ins", Prefetch("events", queryset=stops, to_attr="stops")
    )


def known_names(recommendations: Iterable[Recommendation]) -> dict[str, str]:
    """Of their strategies and sources, by key."""
    found = {r.strategy.key: r.strategy.name for r in recommendations if r.strategy}
    return found | {r.source.key: r.source.name for r in recommendations if r.source}


def suggestion(
    entry: Recommendation, names: reasons.Names, tried: Counter[str] | None = None
) -> Suggestion:
    strategy = entry.strategy
    return Suggestion(
        pk=entry.pk,
        title=reasons.title(entry),
        sentence=reasons.sentence(entry, names),
        aim=entry.source.name if entry.source else "",
        expected=reasons.points(entry.expected_points),
        low=reasons.signed(entry.expected_low),
        high=reasons.signed(entry.expected_high),
        hours=reasons.number(round(entry.hours)),
        weeks=entry.reason.get("weeks"),
        tried=_tried_words((tried or Counter())[strategy.key] if strategy else 0),
        steps=reasons.first_steps(entry),
        strategy_url=strategy.get_absolute_url() if strategy else "",
    )


def heading(running: int, waiting: int) -> str:
    """The finding of the page: how many actions run and what comes next."""
    if running == 0 and waiting:
        return ngettext(
            "No actions yet. One suggestion waits.",
            "No actions yet. %(count)s suggestions wait.",
            waiting,
        ) % {"count": count_word(waiting)}
    return {
        0: _("No actions yet."),
        1: _("One action runs. There is room for two more."),
        2: _("Two actions run. There is room for one more."),
    }.get(running, _("Three actions run. That is enough for now."))


def _lede(plan: Plan, running: int, waiting: int) -> str:
    if not plan.has_ranking:
        return _("Scores, no ranking. Ask the team first what kept them.")
    if running == 0 and waiting:
        return _("One is enough to start. The team was promised an answer by %(day)s.") % {
            "day": day(plan.answer_due_date)
        }
    return _("Three at most, so that they get finished.")


def _by_state(
    recommendations: Iterable[Recommendation],
) -> dict[RecommendationState, list[Recommendation]]:
    found: dict[RecommendationState, list[Recommendation]] = {s: [] for s in RecommendationState}
    for entry in recommendations:
        found[RecommendationState(entry.state)].append(entry)
    return found


def _tried(suggested: Iterable[Recommendation], plan: Plan) -> Counter[str]:
    """In how many other plans a strategy was taken on."""
    keys = [entry.strategy_id for entry in suggested if entry.strategy_id]
    rows = (
        Action.objects.filter(strategy__in=keys)
        .exclude(plan=plan)
        .order_by()
        .values("strategy")
        .annotate(plans=Count("plan", distinct=True))
    )
    return Counter({row["strategy"]: row["plans"] for row in rows})


def _tried_words(count: int) -> str:
    if count == 0:
        return _("not tried yet")
    text = ngettext("tried by one team", "tried by %(count)s teams", count)
    return text % {"count": count}


def _other(entry: Recommendation, names: reasons.Names) -> Other:
    return _line(entry, reasons.why_later(entry, names))


def _upward(entry: Recommendation) -> Other:
    if entry.reason.get("level") == "ORGANISATION":
        return _line(entry, _("Only the organisation can start it."))
    return _line(entry, _("Only the department can start it."))


def _declined(entry: Recommendation) -> Other:
    return _line(entry, entry.declined_because)


def _line(entry: Recommendation, why: str) -> Other:
    return Other(
        pk=entry.pk,
        title=reasons.title(entry),
        hours=reasons.number(round(entry.hours)),
        expected=reasons.points(entry.expected_points),
        why=why,
    )


def _gauges(
    plan: Plan, actions: Sequence[Action], suggested: Sequence[Recommendation], now: datetime
) -> list[Gauge]:
    running = [action for action in actions if action.is_open]
    used = sum(action.hours for action in actions if action.status != ActionStatus.STOPPED)
    waiting = sum(entry.hours for entry in suggested)
    kept, expected = check_ins_kept(actions, now)
    of = _("%(part)s of %(all)s")
    gauges = [
        Gauge(
            label=_("Open actions"),
            text=of % {"part": len(running), "all": MAX_OPEN_ACTIONS},
            part=_share(len(running), MAX_OPEN_ACTIONS),
        ),
        Gauge(
            label=_("Hours this quarter"),
            text=of
            % {"part": reasons.number(round(used)), "all": reasons.number(plan.budget_hours)},
            part=_share(used, plan.budget_hours),
            next_part=_share(min(waiting, max(0, plan.budget_hours - used)), plan.budget_hours),
        ),
    ]
    if expected:
        text = of % {"part": kept, "all": expected}
        gauges.append(Gauge(_("Kept check-ins"), text, _share(kept, expected)))
    shows = _effect_from(running)
    if shows:
        note = _("the time the method usually needs")
        gauges.append(Gauge(_("An effect may show from"), shows, note=note))
    return gauges


def check_ins_kept(actions: Iterable[Action], now: datetime) -> tuple[int, int]:
    """Check-ins made and weeks that asked for one, over all actions of a plan."""
    kept = expected = 0
    for action in actions:
        end = now if action.is_open else action.status_since
        weeks = max(0, (end - action.accepted_at) // WEEK)
        expected += weeks
        kept += min(weeks, len(action.check_ins.all()))
    return kept, expected


def _effect_from(running: Iterable[Action]) -> str:
    found = [
        local_day(action.accepted_at + WEEK * action.strategy.weeks_to_effect)
        for action in running
        if action.strategy
    ]
    return day(min(found)) if found else ""


def _share(part: float, whole: float) -> str:
    return f"{min(100.0, 100 * part / whole) if whole else 0.0:.1f}%"


def last_note(action: Any) -> str:
    """The last word about an action: why it stopped, or the newest line of a check-in."""
    if action.status == ActionStatus.STOPPED and action.stops:
        return str(action.stops[0].detail.get("because", ""))
    return next((entry.note for entry in action.check_ins.all() if entry.note), "")


def _card(action: Action, now: datetime) -> Card:
    due = _("due %(day)s") % {"day": short_day(action.due_date)}
    when = due if action.is_open else short_day(local_day(action.status_since))
    return Card(
        url=action.get_absolute_url(),
        title=action.title,
        chip=action_chip(action, now),
        words=last_note(action),
        meta=[action.owner.name, when, action.source.name],
    )


def _request_card(request: Request) -> Card:
    asked = _("asked %(day)s") % {"day": short_day(local_day(request.asked_at))}
    to = request.to_team.name if request.to_team else request.get_level_display()
    return Card(
        url=reverse("plans:request", args=[request.pk]),
        title=request.title,
        chip=request_chip(request),
        words=request.answer or request.note,
        meta=[to, asked],
    )
