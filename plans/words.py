"""Short words that several plan pages share: states as chips, days, counts, numbers in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from plans.models import Action, ActionStatus, Request, RequestState


@dataclass(frozen=True)
class Chip:
    """What `_chip.html` needs; an empty text is the kind's own word."""

    kind: str
    text: str = ""


def count_word(count: int) -> str:
    """“Two” to “Nine” as the first word of a sentence; figures beyond."""
    words = {
        2: _("Two"),
        3: _("Three"),
        4: _("Four"),
        5: _("Five"),
        6: _("Six"),
        7: _("Seven"),
        8: _("Eight"),
        9: _("Nine"),
    }
    return words.get(count, str(count))


def day(value: date) -> str:
    return date_format(value, pgettext("date format", "j F"))


def short_day(value: date) -> str:
    """As short as a list needs: “2 Dec”."""
    return date_format(value, pgettext("date format", "j M"))


def full_day(value: date) -> str:
    """With its year, short: “2 Dec 2026”."""
    return date_format(value, pgettext("date format", "j M Y"))


def week_day(value: date) -> str:
    """“Wednesday 2 December”."""
    return date_format(value, pgettext("date format", "l j F"))


def local_day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def action_chip(action: Action, now: datetime) -> Chip:
    today = local_day(now)
    if action.status == ActionStatus.BLOCKED:
        count = action.days_in_status(now)
        text = ngettext("blocked for %(count)s day", "blocked for %(count)s days", count)
        return Chip("blocked", text % {"count": count} if count else _("blocked today"))
    if action.is_open and action.due_date < today:
        late = (today - action.due_date).days
        text = ngettext("%(count)s day overdue", "%(count)s days overdue", late)
        return Chip("wait", text % {"count": late})
    if action.status == ActionStatus.DONE:
        return Chip("done")
    if action.status == ActionStatus.MOVING:
        return Chip("moving")
    return Chip("note", action.get_status_display())


def request_chip(request: Request) -> Chip:
    if request.state == RequestState.ASKED:
        return Chip("wait", _("answer due %(day)s") % {"day": short_day(request.answer_due_date)})
    if request.state == RequestState.GRANTED:
        return Chip("done", _("granted"))
    return Chip("note", _("refused"))
