"""What every step of an assessment's life shares: its lock and its refusal."""

from __future__ import annotations

from uuid import UUID

from surveys.models import Assessment


class LifecycleError(Exception):
    """What was asked for is not possible now; the text says why and what to do."""


def locked(assessment_id: UUID) -> Assessment:
    """The assessment's row, locked until the end of the transaction."""
    return Assessment.objects.select_for_update().get(pk=assessment_id)
