"""Days and times in pages and mails, in the order the reader's language puts them."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import pgettext

register = template.Library()


@register.filter
def moment(value: datetime | None) -> str:
    """Weekday, day and time, such as “Friday 13 November, 18:00”; empty for nothing."""
    if value is None:
        return ""
    return date_format(localtime(value), pgettext("date format", "l j F, H:i"))


@register.filter
def day(value: date | datetime | None) -> str:
    """Day with year, such as “13 November 2026”; empty for nothing."""
    if value is None:
        return ""
    shown = localtime(value) if isinstance(value, datetime) else value
    return date_format(shown, pgettext("date format", "j F Y"))
