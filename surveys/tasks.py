"""What the worker does for assessments; each task takes ids and makes one call."""

from __future__ import annotations

from uuid import UUID

from celery import Task, shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from surveys import closing, keywatch, mailing, notices, participation, retention, setbacks
from surveys import tally as tallying
from surveys.models import Assessment, Mailing, State

#: in the cache when the last sweep ran, in seconds since 1970; in the data folder a file of that
#: age; `manage.py doctor` reads both
SWEPT_AT = "swept-at"
#: a busy worker may take so long to come to a task
LEAST_PATIENCE_SECONDS = 60


@shared_task
def finish_opening(*, assessment_id: str) -> None:
    if setbacks.try_opening(assessment_id=UUID(assessment_id), now=timezone.now()):
        queue_mailings(assessment_id=assessment_id)
        tell_hr.delay(assessment_id=assessment_id)


@shared_task
def tell_hr(*, assessment_id: str) -> None:
    notices.tell_hr(assessment_id=UUID(assessment_id))


@shared_task
def ask_trustees(*, assessment_id: str) -> None:
    notices.ask_trustees(assessment_id=UUID(assessment_id), now=timezone.now())


@shared_task
def watch_keys() -> None:
    keywatch.watch_keys(now=timezone.now())


@shared_task
def erase_given_up(*, assessment_id: str) -> None:
    setbacks.erase_given_up(assessment_id=UUID(assessment_id))


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
    for row in opening_now:
        if not row.waits_for_code:
            queue(finish_opening, assessment_id=str(row.pk))
    queue_mailings()
    for pk in tallying.due(now=now):
        queue(tally, assessment_id=str(pk))
    for pk in notices.opened_lately(now=now):
        queue(tell_hr, assessment_id=str(pk))
    for pk in notices.waiting_for_trustees(now=now):
        queue(ask_trustees, assessment_id=str(pk))
    for pk in setbacks.still_to_erase():
        queue(erase_given_up, assessment_id=str(pk))
    if keywatch.running().exists():
        queue(watch_keys)
    cache.set(SWEPT_AT, int(now.timestamp()), timeout=None)
    (settings.DATA_DIR / SWEPT_AT).touch(mode=0o600)


def queue(task: Task, **arguments: str | int) -> None:
    """For the next free worker; forgotten when none comes soon, as every sweep asks again."""
    soon = max(LEAST_PATIENCE_SECONDS, 3 * settings.SWEEP_SECONDS)
    task.apply_async(kwargs=arguments, expires=soon)


def queue_mailings(**fields: str) -> None:
    waiting = Mailing.objects.filter(done_at=None, assessment__state=State.OPEN, **fields)
    for pk in waiting.values_list("pk", flat=True):
        queue(send_mailing, mailing_id=pk)


@worker_ready.connect
def sweep_at_start(**_signal: object) -> None:
    sweep.delay()
