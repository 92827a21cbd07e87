"""Closing, by hand or by time. Counting starts once casting has ended, a little later."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, record
from surveys.models import Assessment, State
from surveys.signing_keys import SigningKeys
from surveys.states import LifecycleError, locked


@transaction.atomic
def close_assessment(*, assessment_id: UUID, by: User | None, now: datetime) -> None:
    """End the assessment; counting starts once casting has ended, a little later."""
    assessment = locked(assessment_id)
    if not assessment.is_open:
        raise LifecycleError(_("Only an open assessment can be closed."))
    assessment.state = State.CLOSED
    assessment.closed_at = now
    assessment.closes_at = min(assessment.closes_at or now, now)
    if assessment.opens_at and assessment.closes_at <= assessment.opens_at:
        assessment.closes_at = assessment.opens_at + timedelta(microseconds=1)
    assessment.save()
    assessment.member_teams.update(is_collecting=False)
    record(actor=by, verb="assessment closed", subject=assessment)
    transaction.on_commit(SigningKeys(assessment_id).destroy)


def close_due(*, now: datetime) -> int:
    """Close every open assessment whose time is over; returns how many."""
    due = list(Assessment.objects.open().filter(closes_at__lte=now).values_list("pk", flat=True))
    return sum(_close_if_due(assessment_id, now) for assessment_id in due)


@transaction.atomic
def _close_if_due(assessment_id: UUID, now: datetime) -> bool:
    """False if it was closed or extended by somebody else meanwhile."""
    assessment = locked(assessment_id)
    is_due = assessment.is_open and assessment.closes_at is not None and assessment.closes_at <= now
    if is_due:
        close_assessment(assessment_id=assessment_id, by=None, now=now)
    return is_due
