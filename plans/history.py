"""The history of an action and of a plan as sentences: one line for each event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from plans import reasons
from plans.models import Action, ActionEvent, EventKind, PlanEvent
from plans.words import day, local_day


def describe(event: ActionEvent) -> str:
    """What happened and who did it; check-ins are shown with a chip and their note instead."""
    values = {"who": str(event.actor) if event.actor else _("somebody"), **event.detail}
    if event.kind == EventKind.EDITED:
        return _edited(values)
    if event.kind == EventKind.STEP:
        ticked, opened = _("“%(text)s” ticked by %(who)s."), _("“%(text)s” opened by %(who)s.")
        return (ticked if event.detail.get("done") else opened) % values
    return _with_reason(_PATTERNS[EventKind(event.kind)]() % values, event.detail.get("because"))


_PATTERNS = {
    EventKind.ACCEPTED: lambda: _("Accepted by %(who)s, owner %(owner)s."),
    EventKind.ADDED: lambda: _("Added by %(who)s, owner %(owner)s."),
    EventKind.CHECKED_IN: lambda: _("Check-in by %(who)s."),
    EventKind.REOPENED: lambda: _("Reopened by %(who)s."),
    EventKind.STOPPED: lambda: _("Stopped by %(who)s."),
}


def _edited(values: Mapping[str, Any]) -> str:
    if "step" in values:
        return _("Step “%(step)s” added by %(who)s.") % values
    before, after = values.get("before", {}), values.get("after", {})
    if set(after) == {"due_date"}:
        days = {"old": _day(before["due_date"]), "new": _day(after["due_date"])}
        text = _("Due date moved from %(old)s to %(new)s by %(who)s.") % {**values, **days}
    elif set(after) == {"owner"}:
        names = {"old": before["owner"], "new": after["owner"]}
        text = _("Handed from %(old)s to %(new)s by %(who)s.") % {**values, **names}
    else:
        labels = [str(getattr(Action, name).field.verbose_name) for name in after]
        text = _("Changed by %(who)s: %(fields)s.") % {**values, "fields": ", ".join(labels)}
    return _with_reason(text, values.get("because"))


def _with_reason(text: str, because: str | None) -> str:
    return " ".join([text, _("Reason: %(because)s") % {"because": because}]) if because else text


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


@dataclass(frozen=True)
class Line:
    day: date
    text: str


def mentioned_in(events: Iterable[PlanEvent]) -> set[str]:
    """Keys of the strategies that changes of a plan name."""
    sides = [side for event in events for side in event.detail.values()]
    return {key for side in sides for key in (*side["pinned"], *side["left_out"])}


def describe_changes(events: Iterable[PlanEvent], names: reasons.Names) -> list[Line]:
    """What was changed about a plan, and by whom, newest first."""
    return [
        Line(local_day(event.at), " ".join([_by(event), *_changed(event.detail, names)]))
        for event in events
    ]


def _by(event: PlanEvent) -> str:
    who = str(event.actor) if event.actor else _("somebody")
    return _("Worked out again by %(who)s.") % {"who": who}


def _changed(detail: Mapping[str, Any], names: reasons.Names) -> Iterator[str]:
    before, after = detail["before"], detail["after"]
    for field, text in (
        ("budget_hours", _("Hours in a quarter: %(new)s, before %(old)s.")),
        ("horizon_weeks", _("Weeks until it shows: %(new)s, before %(old)s.")),
    ):
        old, new = before[field], after[field]
        if old != new:
            yield text % {"old": reasons.number(old), "new": reasons.number(new)}
    if pinned := set(after["pinned"]) - set(before["pinned"]):
        yield _("Must be in: %(names)s.") % {"names": reasons.listed(sorted(pinned), names)}
    for key, because in after["left_out"].items():
        if before["left_out"].get(key) != because:
            text = _("Left out: %(names)s.") % {"names": reasons.listed([key], names)}
            yield _with_reason(text, because)
    undone = {*before["pinned"], *before["left_out"]} - {*after["pinned"], *after["left_out"]}
    if undone:
        text = _("Left to the ranking again: %(names)s.")
        yield text % {"names": reasons.listed(sorted(undone), names)}
