"""Mails to leads: what needs them this week, and actions that are past their date.

A mail holds work, never results, comments or who took part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import Team, User
from plans.models import Action, ActionQuerySet
from plans.needs import Need, collect, late, title_of, waiting_requests, with_progress
from plans.newest import replaced
from plans.permissions import plans_of
from plans.repulses import find_ready
from plans.words import local_day, week_day

MONDAY = 0
OVERDUE_DAYS = (1, 3, 7)
REMEMBER_SECONDS = 3 * 24 * 3600
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def send_all(*, now: datetime) -> int:
    """On Mondays what needs each lead, on other days what is 1, 3 or 7 days late.

    Returns how many mails were sent. Run twice on a day it sends each mail once.
    """
    today = local_day(now)
    if today.weekday() == MONDAY:
        managers = User.objects.filter(is_active=True, wants_digest=True)
        needed = {user: _needs(user, now) for user in managers.exclude(managed_teams=None)}
    else:
        needed = _overdue(now)
    sent = 0
    for user, needs in needed.items():
        if needs and cache.add(f"digest-{today}-{user.pk}", 1, REMEMBER_SECONDS):
            sent += _send(_message(user, needs, now))
    return sent


def _send(message: EmailMultiAlternatives) -> int:
    """0 for an address that is refused: the others must hear all the same."""
    try:
        return message.send()
    except (SMTPRecipientsRefused, SMTPDataError, ValueError):
        return 0


def _needs(user: User, now: datetime) -> list[Need]:
    mine = list(Team.objects.managed_by(user).values_list("pk", flat=True))
    plans = plans_of(mine).filter(lead=user)
    newest = with_progress(plans.exclude(replaced())).select_related("unit")
    with translation.override(_language(user)):
        return collect(
            plans=newest,
            actions=_open_actions().filter(plan__in=plans.values("pk")),
            requests=waiting_requests(Team.objects.filter(managers=user).values("pk")),
            dues=find_ready(user, now=now),
            now=now,
        )


def _overdue(now: datetime) -> dict[User, list[Need]]:
    today = local_day(now)
    late = _open_actions().filter(
        due_date__in=[today - timedelta(days=days) for days in OVERDUE_DAYS],
        plan__lead__is_active=True,
        plan__lead__wants_digest=True,
    )
    by_lead: Mapping[User, list[Action]] = defaultdict(list)
    for action in late.select_related("plan__lead", "plan__unit", "owner"):
        assert action.plan.lead is not None
        by_lead[action.plan.lead].append(action)
    return {lead: _of_actions(lead, actions, now) for lead, actions in by_lead.items()}


def _of_actions(lead: User, actions: Iterable[Action], now: datetime) -> list[Need]:
    with translation.override(_language(lead)):
        return [late(action, local_day(now)) for action in actions]


def _open_actions() -> ActionQuerySet:
    return Action.objects.open().select_related("plan__unit", "owner").prefetch_related("check_ins")


def _language(user: User) -> str:
    return user.language or settings.LANGUAGE_CODE


def _message(user: User, needs: list[Need], now: datetime) -> EmailMultiAlternatives:
    with translation.override(_language(user)):
        title = title_of(len(needs), user.first_name)
        context = {
            "title": title,
            "day": week_day(local_day(now)),
            "needs": needs,
            "address": settings.BASE_URL,
            "language": _language(user),
        }
        message = EmailMultiAlternatives(
            subject=" ".join(title.split()),
            body=render_to_string("mail/digest.txt", context),
            to=[user.email],
            headers=HEADERS,
        )
        message.attach_alternative(render_to_string("mail/digest.html", context), "text/html")
        return message
