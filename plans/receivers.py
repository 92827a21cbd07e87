"""Hears that an assessment was scored and has the worker draft its plans."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from plans.tasks import draft
from surveys.signals import assessment_scored


@receiver(assessment_scored, dispatch_uid="plans.draft")
def queue_draft(*, assessment_id: UUID, **_kwargs: Any) -> None:
    draft.delay_on_commit(assessment_id=str(assessment_id))
