"""Hears that an assessment was scored: the worker measures changes and then drafts plans."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from plans.tasks import measure
from surveys.signals import assessment_scored


@receiver(assessment_scored, dispatch_uid="plans.measure")
def queue_measurement(*, assessment_id: UUID, **_kwargs: Any) -> None:
    measure.delay_on_commit(assessment_id=str(assessment_id))
