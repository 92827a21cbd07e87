"""What the worker does for plans: drafting after a tally, and mails to their leads."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from plans import digests, drafting
from surveys.models import Assessment


@shared_task
def draft(*, assessment_id: str) -> None:
    drafting.draft_plans(assessment_id=UUID(assessment_id), now=timezone.now())


@shared_task
def sweep() -> None:
    """Queue again what was scored and has no draft: a lost message costs a minute."""
    unfinished = Assessment.objects.scored().full().filter(plan_draft=None)
    for pk in unfinished.values_list("pk", flat=True):
        draft.delay_on_commit(assessment_id=str(pk))


@shared_task
def send_digests() -> None:
    digests.send_all(now=timezone.now())
