"""What the plan page shows of one plan: suggestions with their reasons, gauges and lanes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans import reasons
from plans.history import Line, describe_changes, mentioned_in
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
from plans.suggested import Next, group_by_state, read_kept, read_next, read_words
from plans.words import (
    Chip,
    action_chip,
    count_word,
    day,
    full_day,
    local_day,
    request_chip,
    short_day,
)
from surveys.models import SourceSummary
from surveys.power import smallest_change
from surveys.waves import spread_found
from surveys.weights import weights_in_words

WEEK = timedelta(days=7)


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
    next: Next
    changes: Sequence[Line]
    running: Sequence[Card]
    asked: Sequence[Card]
    finished: Sequence[Card]
    has_room: bool
    repulse: str
    weights: str


def read_board(plan: Plan, now: datetime, *, is_replaced: bool) -> Board:
    """Seven queries, whatever the plan holds. `is_replaced`: its teams have a newer plan."""
    worked = read_kept(plan)
    actions = list(actions_of(plan))
    requests = list(plan.requests.select_related("to_team"))
    running = [action for action in actions if action.is_open]
    suggested = group_by_state(worked.recommendations)[RecommendationState.SUGGESTED]
    changed = list(plan.events.select_related("actor"))
    words = read_words(worked, mentioned_in(changed))
    summaries = list(SourceSummary.objects.filter(assessment=plan.unit.assessment_id))
    return Board(
        plan=plan,
        heading=heading(len(running), len(suggested), ended=len(actions) - len(running)),
        lede=_replaced() if is_replaced else _lede(plan, len(running), len(suggested)),
        gauges=_gauges(plan, actions, suggested, now),
        next=read_next(worked, words),
        changes=describe_changes(changed, words.names),
        running=[_card(action, now) for action in running],
        asked=[_request_card(request) for request in requests],
        finished=[_card(action, now) for action in actions if not action.is_open],
        has_room=len(running) < MAX_OPEN_ACTIONS,
        repulse=_repulse(plan, summaries),
        weights=weights_in_words(summaries) if plan.has_ranking else "",
    )


def _repulse(plan: Plan, summaries: Iterable[SourceSummary]) -> str:
    """What asking again can find, told before anybody starts: it depends on the size alone."""
    assessment = plan.unit.assessment
    change = smallest_change(
        plan.unit.invited, spread=spread_found(summaries), thresholds=assessment.thresholds
    )
    return _(
        "A re-pulse here finds a fall of %(points)s points in one named source eight times in ten,"
        " if three of four answer; less will often look like no change."
    ) % {"points": change}


def actions_of(plan: Plan) -> QuerySet[Action]:
    """With owner, source, check-ins and `stop`, the detail of the last stop: two queries."""
    stops = ActionEvent.objects.filter(action=OuterRef("pk"), kind=EventKind.STOPPED)
    found = plan.actions.select_related("owner", "source", "strategy")
    return found.prefetch_related("check_ins").annotate(stop=Subquery(stops.values("detail")[:1]))


def heading(running: int, waiting: int, *, ended: int) -> str:
    """The finding of the page: how many actions run, after how many that ended, and what waits."""
    if running == 0 and ended and waiting:
        return ngettext(
            "No action runs now. One suggestion waits.",
            "No action runs now. %(count)s suggestions wait.",
            waiting,
        ) % {"count": count_word(waiting)}
    if running == 0 and ended:
        return _("No action runs now.")
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


def _replaced() -> str:
    return _(
        "A newer assessment made a new plan for these teams. Nobody waits for an answer to this "
        "one; what runs goes on."
    )


def _lede(plan: Plan, running: int, waiting: int) -> str:
    if not plan.has_ranking:
        return _("Scores, no ranking. Ask the team first what kept them.")
    if running == 0 and waiting:
        return _("One is enough to start. The team was promised an answer by %(day)s.") % {
            "day": day(plan.answer_due_date)
        }
    return _("Three at most, so that they get finished.")


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
    return [*gauges, *_effect_from(running, local_day(now))]


def check_ins_kept(actions: Iterable[Action], now: datetime) -> tuple[int, int]:
    """Check-ins made and weeks that asked for one, over all actions of a plan."""
    kept = expected = 0
    for action in actions:
        end = now if action.is_open else action.status_since
        weeks = max(0, (end - action.accepted_at) // WEEK)
        expected += weeks
        kept += min(weeks, len(action.check_ins.all()))
    return kept, expected


def _effect_from(running: Iterable[Action], today: date) -> Iterator[Gauge]:
    """From when on the first of the running actions may have done something."""
    found = [
        local_day(action.accepted_at + WEEK * action.strategy.weeks_to_effect)
        for action in running
        if action.strategy
    ]
    first = min(found, default=None)
    if first is None:
        return
    if first > today:
        note = _("the time the method usually needs")
        yield Gauge(_("An effect may show from"), day(first), note=note)
    else:
        note = _("the method had its usual time by %(day)s") % {"day": full_day(first)}
        yield Gauge(_("An effect may show"), _("now"), note=note)


def _share(part: float, whole: float) -> str:
    return f"{min(100.0, 100 * part / whole) if whole else 0.0:.1f}%"


def last_note(action: Any) -> str:
    """The last word about an action: why it stopped, or the newest line of a check-in."""
    if action.status == ActionStatus.STOPPED and action.stop:
        return str(action.stop.get("because", ""))
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
