"""The one number that may be shown while an assessment is open, renewed once a day."""

from __future__ import annotations

from datetime import date

from resistance.limits import participation_percent
from surveys.models import Assessment, Invitation, LedgerEntry


def update_participation(*, today: date) -> int:
    """Store today's number of every open assessment that has none yet; returns how many."""
    changed = 0
    for assessment in Assessment.objects.open().exclude(participation_date=today):
        percent = participation_percent(
            LedgerEntry.objects.filter(assessment=assessment).count(),
            Invitation.objects.filter(assessment=assessment).count(),
        )
        changed += Assessment.objects.filter(pk=assessment.pk).update(
            participation_percent=percent, participation_date=today
        )
    return changed
