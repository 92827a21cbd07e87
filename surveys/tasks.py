"""What the worker does for assessments; each task takes ids and makes one call."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready
from django.utils import timezone

from surveys import closing, mailing, opening, participation, retention
from surveys import tally as tallying
from surveys.models import Assessment, Mailing, State


@shared_task
def finish_opening(*, assessment_id: str) -> None:
    if opening.finish_opening(assessment_id=UUID(assessment_id), now=timezone.now()):
        queue_mailings(assessment_id=assessment_id)
        tell_hr.delay(assessment_id=assessment_id)


@shared_task
def tell_hr(*, assessment_id: str) -> None:
    mailing.tell_hr(assessment_id=UUID(assessment_id))


@shared_task
def send_mailing(*, mailing_id: int) -> None:
    mailing.send_mailing(mailing_id=mailing_id, now=timezone.now())


@shared_task
def tally(*, assessment_id: str) -> None:
    tallying.run_tally(assessment_id=UUID(assessment_id), now=timezone.now())


@shared_task
def update_participation() -> None:
    participation.update_participation(today=timezone.localdate())


@shared_task
def forget() -> None:
    retention.forget(now=timezone.now())


@shared_task
def sweep() -> None:
    """Pick up whatever the database says is not finished; a lost message costs a few seconds."""
    now = timezone.now()
    closing.close_due(now=now)
    opening_now = Assessment.objects.filter(state=State.OPENING, opens_at__lte=now)
    for pk in opening_now.values_list("pk", flat=True):
        finish_opening.delay(assessment_id=str(pk))
    queue_mailings()
    for pk in tallying.due(now=now):
        tally.delay(assessment_id=str(pk))


def queue_mailings(**fields: str) -> None:
    waiting = Mailing.objects.filter(done_at=None, assessment__state=State.OPEN, **fields)
    for pk in waiting.values_list("pk", flat=True):
        send_mailing.delay(mailing_id=pk)


@worker_ready.connect
def sweep_at_start(**_signal: object) -> None:
    sweep.delay()
