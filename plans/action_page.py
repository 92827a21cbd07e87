"""What the page of one action shows: check-ins, steps, history and facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans import reasons
from plans.effect_card import EffectCard, last_effect
from plans.evidence import read_expected
from plans.history import describe
from plans.models import Action, ActionStep, CheckInState, EventKind
from plans.needs import check_in_due
from plans.strategies import usual_points
from plans.words import Chip, action_chip, day, local_day


@dataclass(frozen=True)
class Event:
    """A line of the history; a check-in has a chip, its text is the note."""

    day: date
    text: str
    chip: Chip | None = None


@dataclass(frozen=True)
class ActionPage:
    chip: Chip
    check_in_title: str
    last_state: str
    steps: Sequence[ActionStep]
    history: Sequence[Event]
    facts: Sequence[tuple[str, str]]
    waiting: tuple[str, str]
    card: EffectCard | None


def read_action(action: Action, now: datetime) -> ActionPage:
    """Five queries, one less for an action of the team's own."""
    check_ins = list(action.check_ins.all())
    events = list(action.events.select_related("actor"))
    return ActionPage(
        chip=action_chip(action, now),
        check_in_title=_check_in_title(action, len(check_ins), local_day(now)),
        last_state=check_ins[0].state if check_ins else "",
        steps=list(action.steps.select_related("done_by")),
        history=[_event(event.at, describe(event), event.kind, event.detail) for event in events],
        facts=_facts(action),
        waiting=_waiting(action, local_day(now)),
        card=last_effect(action),
    )


def _check_in_title(action: Action, made: int, today: date) -> str:
    due = check_in_due(action)
    when = _("due today") if due == today else _("due %(day)s") % {"day": day(due)}
    return _("Check-in %(number)s, %(when)s") % {"number": made + 1, "when": when}


def _event(at: datetime, text: str, kind: str, detail: dict[str, str]) -> Event:
    if kind != EventKind.CHECKED_IN:
        return Event(local_day(at), text)
    state = CheckInState(detail["state"])
    return Event(local_day(at), detail.get("note", ""), Chip(state.value.lower()))


def _facts(action: Action) -> list[tuple[str, str]]:
    hours = round(action.hours)
    cost = ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": reasons.number(hours)}
    facts = [
        (_("Owner"), action.owner.name),
        (_("Due"), day(action.due_date)),
        (_("Aims at"), action.source.name),
        (_("Cost"), cost),
    ]
    if action.strategy:
        facts.append((_("Early sign"), action.strategy.leading_indicator))
        facts += usual_points(read_expected([action.strategy])[action.strategy.key])
    shown = _("yes") if action.is_visible_to_team else _("no")
    return [*[fact for fact in facts if fact[1]], (_("Shown to the team"), shown)]


def _waiting(action: Action, today: date) -> tuple[str, str]:
    """A heading and a sentence in the place of an effect that is not known."""
    if action.strategy is None:
        text = _("The effect of an own action shows in the next assessment.")
        return _("Not measured yet"), text
    weeks = action.strategy.weeks_to_effect
    shows = local_day(action.accepted_at + timedelta(weeks=weeks))
    if shows <= today:
        text = _("The method has had its %(weeks)s weeks. The next assessment will tell.")
        return _("Not measured yet"), text % {"weeks": weeks}
    text = _("The method usually needs %(weeks)s weeks, so nothing can be said before %(day)s.")
    return _("Too early to say"), text % {"weeks": weeks, "day": day(shows)}
