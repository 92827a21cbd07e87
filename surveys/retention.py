"""What is forgotten after a time, and the table of how long everything is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.utils.translation import gettext as _

from surveys.models import Invitation
from surveys.stored_results import DESCRIPTIONS
from surveys.stored_texts import Kept

#: 24 months; until then a later assessment can tell whether nearly the same people were reported
INVITATIONS_KEPT = timedelta(days=730)
BATCH = 5000


@dataclass(frozen=True)
class Retention:
    """Something that is kept, where, how long, and who or what removes it."""

    what: str
    where: str
    kept: str
    removed_by: str


def forget(*, now: datetime) -> int:
    """Delete what its time is up for: sessions that expired, and who was invited to assessments
    that were counted 24 months ago. Returns the number of invitations."""
    SessionStore.clear_expired()
    old = Invitation.objects.filter(assessment__scored_at__lte=now - INVITATIONS_KEPT)
    count = 0
    while keys := list(old.values_list("pk", flat=True)[:BATCH]):
        Invitation.objects.filter(pk__in=keys).delete()
        count += len(keys)
    return count


def retention_table() -> list[Retention]:
    """Every table of the description, and what lies outside of it, in the active language."""
    return [*_described(), *_accounts(), *_outside()]


def _described() -> list[Retention]:
    """Only the counting and the daily task delete by themselves."""
    ways = {
        Kept.COUNTING: _("the counting itself"),
        Kept.MONTHS: _("a daily task"),
        Kept.ASSESSMENT: _("the organisation, by its own rules"),
        Kept.ROSTER: _("the organisation, by its own rules"),
        Kept.CATALOGUE: _("nobody; it holds nothing about people"),
    }
    return [
        Retention(
            what=str(one.title),
            where=one.model._meta.db_table,
            kept=str(one.kept.label),
            removed_by=ways[one.kept],
        )
        for one in DESCRIPTIONS
    ]


def _accounts() -> list[Retention]:
    return [
        Retention(
            _("Accounts of managers, HR, reviewers and administrators"),
            "accounts_user",
            _("as long as the installation; who has left is set inactive"),
            _("the organisation, by its own rules"),
        ),
        Retention(
            _("Sign-in sessions of these accounts"),
            "django_session",
            _("two weeks"),
            _("a daily task"),
        ),
        Retention(
            _("Audit log: who did what and when; never answers, codes or addresses"),
            "accounts_auditentry",
            _("until the organisation removes it"),
            _("the organisation, by its own rules"),
        ),
        Retention(
            _("Plans, actions, check-ins, requests and effects"),
            "plans_*",
            _("as long as the assessment"),
            _("the organisation, by its own rules"),
        ),
    ]


def _outside() -> list[Retention]:
    browser, keys = _("the employee’s own browser"), _("the key directory")
    return [
        Retention(
            _("Draft of the answers"),
            browser,
            _("until they are sent or the tab is closed; longer only if the employee wants it"),
            _("the page itself"),
        ),
        Retention(_("Keys of an assessment"), keys, _("until the counting"), _("counting")),
        Retention(
            _("Mails in the demonstration’s outbox"),
            _("files"),
            _("until the counting"),
            _("counting"),
        ),
        Retention(
            _("Backups"),
            _("where the organisation keeps them"),
            _("as long as the organisation keeps them; they open no ballot"),
            _("the organisation, by its own rules"),
        ),
    ]
