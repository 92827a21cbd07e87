"""The tally: opens the box once, stores what may be shown, then erases ballots, ledger and keys.

closed → (awaiting trustee →) tallying → erasing → scored. The state and a lease live in the
database, so it may be killed anywhere and run again: before the findings it starts over, after
them it goes on erasing.
"""

from __future__ import annotations

import logging
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from surveys.findings import store_findings
from surveys.keystore import Keystore, MissingKey
from surveys.mailing import remove_outbox
from surveys.models import (
    Assessment,
    Ballot,
    Credential,
    Invitation,
    KeyMode,
    LedgerEntry,
    Mailing,
    Slip,
    State,
    WrappedKey,
)
from surveys.questionnaire import questionnaire_for
from surveys.scoring_run import score_box
from surveys.signals import assessment_scored
from surveys.unsealing import BrokenBox, open_box
from surveys.waves import group_numbers

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 20
BATCH = 5000

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker took over; this one must stop without writing."""


class UnforeseenError(Exception):
    """Counting broke off for a reason that trying again does not mend; names only its kind."""


def due(*, now: datetime) -> list[UUID]:
    """Assessments whose tally should be running and is not, as far as their leases tell."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    waiting = Assessment.objects.filter(
        free, state__in=(State.CLOSED, State.TALLYING, State.ERASING)
    )
    return [a.pk for a in waiting if a.state != State.CLOSED or _is_due(a, now)]


def _is_due(assessment: Assessment, now: datetime) -> bool:
    return assessment.tally_due_at is not None and assessment.tally_due_at <= now


def run_tally(*, assessment_id: UUID, now: datetime) -> bool:
    """Bring an assessment from wherever it stands to *scored*; whether this call did so.

    Returns False when it is not due or another worker holds the lease. A box that cannot be
    opened leaves the assessment *failed* with its reason, and everything else as it was.
    """
    holder = uuid.uuid4()
    if not _claim(assessment_id, holder, now):
        return False
    try:
        with _kept_lease(assessment_id, holder):
            with _failure_without_content():
                _count(assessment_id, holder, now)
            erase(assessment_id)
            _finish(assessment_id, holder, now)
    except (BrokenBox, MissingKey, UnforeseenError) as error:
        _fail(assessment_id, holder, error)
        return False
    except LeaseLost:
        return False
    assessment_scored.send(sender=Assessment, assessment_id=assessment_id)
    return True


def _claim(assessment_id: UUID, holder: UUID, now: datetime) -> bool:
    with transaction.atomic():
        assessment = Assessment.objects.select_for_update().get(pk=assessment_id)
        if assessment.lease_until and assessment.lease_until > now:
            return False
        if assessment.state == State.CLOSED and _is_due(assessment, now):
            assessment.state = State.TALLYING
        if assessment.state == State.TALLYING and _needs_trustee(assessment):
            assessment.state = State.AWAITING_TRUSTEE
            assessment.trustees_asked_at = None
            assessment.save(update_fields=["state", "trustees_asked_at"])
            return False
        if assessment.state not in (State.TALLYING, State.ERASING):
            return False
        assessment.lease_holder, assessment.lease_until = holder, now + LEASE
        assessment.save(update_fields=["state", "lease_holder", "lease_until"])
    return True


def _needs_trustee(assessment: Assessment) -> bool:
    """The box is still locked under a trustee's code, see surveys.trustees."""
    is_entrusted = assessment.key_mode == KeyMode.TRUSTEE
    return is_entrusted and not Keystore(assessment.pk).has("box")


@contextmanager
def _kept_lease(assessment_id: UUID, holder: UUID) -> Iterator[None]:
    """Renew the lease from a thread of its own while the body runs."""
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(RENEW_SECONDS):
            Assessment.objects.filter(pk=assessment_id, lease_holder=holder).update(
                lease_until=timezone.now() + LEASE
            )
        connection.close()

    thread = threading.Thread(target=renew, name="tally lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _failure_without_content() -> Iterator[None]:
    """A lost database is tried again; else an error's own words could hold what somebody wrote."""
    try:
        yield
    except (BrokenBox, MissingKey, LeaseLost, OperationalError, InterfaceError):
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("Counting broke off in %s:%s", place.name, place.lineno)
        raise UnforeseenError(type(error).__name__) from None


def _held(assessment_id: UUID, holder: UUID) -> Assessment:
    """The locked row of an assessment whose lease is still ours; raises `LeaseLost`."""
    assessment = Assessment.objects.select_for_update().get(pk=assessment_id)
    if assessment.lease_holder != holder:
        raise LeaseLost
    return assessment


def _count(assessment_id: UUID, holder: UUID, now: datetime) -> None:
    """Compute outside any transaction, store in one short one, and only then go on erasing."""
    assessment = Assessment.objects.get(pk=assessment_id)
    if assessment.state == State.ERASING:
        return
    questionnaire = questionnaire_for(assessment_id)
    box = open_box(assessment, questionnaire, group_numbers(assessment))
    outcome = score_box(assessment, questionnaire, box, now=now)
    with transaction.atomic():
        assessment = _held(assessment_id, holder)
        store_findings(assessment, questionnaire, box, outcome)
        assessment.state = State.ERASING
        assessment.invited_count = Invitation.objects.filter(assessment=assessment).count()
        assessment.taken_part_count = LedgerEntry.objects.filter(assessment=assessment).count()
        assessment.ballot_count = box.count
        if outcome.overall.careless:
            assessment.alike_percent = outcome.overall.careless.alike
            assessment.gaps_percent = outcome.overall.careless.gaps
        if box.count > assessment.taken_part_count:
            raise BrokenBox("MORE_BALLOTS_THAN_PEOPLE")
        assessment.save()


def erase(assessment_id: UUID) -> None:
    """Ballots and ledger in batches, then codes and mails, then the keys. May be repeated."""
    _delete_in_batches(Ballot.objects.filter(assessment=assessment_id), "nullifier")
    _delete_in_batches(LedgerEntry.objects.filter(assessment=assessment_id), "entry")
    Credential.objects.filter(assessment=assessment_id).delete()
    Slip.objects.filter(assessment=assessment_id).delete()
    Mailing.objects.filter(assessment=assessment_id).delete()
    WrappedKey.objects.filter(assessment=assessment_id).delete()
    remove_outbox(assessment_id)
    _tidy_storage()
    destroy_keys(assessment_id)


def _delete_in_batches(rows: QuerySet[Any], key: str) -> None:
    while keys := list(rows.order_by().values_list(key, flat=True)[:BATCH]):
        rows.filter(**{f"{key}__in": keys}).delete()


def destroy_keys(assessment_id: UUID) -> None:
    Keystore(assessment_id).destroy()


def _tidy_storage() -> None:
    """Hand freed pages back; what remains in them is ciphertext whose key is about to go."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM surveys_ballot, surveys_ledgerentry, surveys_credential")


def _finish(assessment_id: UUID, holder: UUID, now: datetime) -> None:
    with transaction.atomic():
        assessment = _held(assessment_id, holder)
        assessment.state = State.SCORED
        assessment.scored_at = now
        assessment.lease_holder = assessment.lease_until = None
        assessment.save()


def _fail(assessment_id: UUID, holder: UUID, error: Exception) -> None:
    logger.error("Tally of %s failed: %s", assessment_id, type(error).__name__)
    Assessment.objects.filter(pk=assessment_id, lease_holder=holder).update(
        state=State.FAILED,
        failed_from=State.TALLYING,
        failure=_code_of(error),
        lease_holder=None,
        lease_until=None,
    )


def _code_of(error: Exception) -> str:
    """What `surveys.standing` has a sentence for; of an unforeseen error its kind."""
    return "MISSING_KEY" if isinstance(error, MissingKey) else str(error) or "BROKEN_BOX"
