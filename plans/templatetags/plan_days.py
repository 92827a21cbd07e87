"""Days on plan pages, in the order the reader's language puts them."""

from __future__ import annotations

from datetime import date, datetime

from django import template

from plans import words

register = template.Library()


@register.filter
def month_day(value: date | datetime) -> str:
    """“2 December”."""
    return words.day(_day(value))


@register.filter
def short_day(value: date | datetime) -> str:
    """“2 Dec”."""
    return words.short_day(_day(value))


@register.filter
def full_day(value: date | datetime) -> str:
    """“2 Dec 2026”."""
    return words.full_day(_day(value))


@register.filter
def week_day(value: date | datetime) -> str:
    """“Wednesday 2 December”."""
    return words.week_day(_day(value))


def _day(value: date | datetime) -> date:
    return words.local_day(value) if isinstance(value, datetime) else value
