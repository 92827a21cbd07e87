"""What the worker does for plans: measuring and drafting after a tally, and mails to leads."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from plans import digests, drafting, measuring
from surveys.models import Assessment


@shared_task
def measure(*, assessment_id: str) -> None:
    """Plans come after it, so that they know what was learned from the same assessment."""
    measuring.measure_assessment(assessment_id=UUID(assessment_id), now=timezone.now())
    draft.delay_on_commit(assessment_id=assessment_id)


@shared_task
def draft(*, assessment_id: str) -> None:
    drafting.draft_plans(assessment_id=UUID(assessment_id), now=timezone.now())


@shared_task
def sweep() -> None:
    """Queue again what was scored and is not finished: a lost message costs a minute."""
    scored = Assessment.objects.scored().order_by("scored_at")
    for pk in scored.filter(measurement=None).values_list("pk", flat=True):
        measure.delay_on_commit(assessment_id=str(pk))
    for pk in scored.full().filter(plan_draft=None).values_list("pk", flat=True):
        draft.delay_on_commit(assessment_id=str(pk))


@shared_task
def send_digests() -> None:
    digests.send_all(now=timezone.now())
