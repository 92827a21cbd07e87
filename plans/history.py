"""The history of an action as sentences: one line for each event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from plans.models import Action, ActionEvent, EventKind
from plans.words import day


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
