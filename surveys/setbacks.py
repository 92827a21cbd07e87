"""When opening or counting cannot go on: failed openings, the way back to a draft, giving up."""

from __future__ import annotations

import logging
import traceback
from datetime import datetime
from uuid import UUID

from django.core.cache import cache
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User, record
from surveys import tally
from surveys.keystore import Keystore, MissingKey
from surveys.models import (
    GIVEN_UP,
    AskedStatement,
    Assessment,
    Credential,
    Group,
    Invitation,
    MemberTeam,
    Node,
    Slip,
    State,
    WrappedKey,
)
from surveys.opening import finish_opening
from surveys.states import LifecycleError, locked

TRIES, TRIES_WITHIN_SECONDS = 3, 24 * 3600
KEYS_NOT_WRITABLE = "KEYS_NOT_WRITABLE"
#: what belongs to an opened assessment and not to a draft; members of groups go with the groups
FROZEN = (Credential, Slip, Invitation, Group, Node, AskedStatement, MemberTeam, WrappedKey)

logger = logging.getLogger(__name__)


def try_opening(*, assessment_id: UUID, now: datetime) -> bool:
    """Finish an opening; at the third failure in a row the assessment is *failed*, with its reason.

    Returns whether it is open now. A lost database is no failure: the sweep tries again.
    """
    try:
        return finish_opening(assessment_id=assessment_id, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error("Opening broke off in %s:%s", place.name, place.lineno)
        is_about_keys = isinstance(error, (OSError, MissingKey))
        _count_failure(assessment_id, KEYS_NOT_WRITABLE if is_about_keys else type(error).__name__)
        return False


def _count_failure(assessment_id: UUID, failure: str) -> None:
    key = f"opening-failed-{assessment_id}"
    cache.add(key, 0, TRIES_WITHIN_SECONDS)
    if cache.incr(key) < TRIES:
        return
    cache.delete(key)
    with transaction.atomic():
        assessment = locked(assessment_id)
        if assessment.state == State.OPENING:
            assessment.state, assessment.failed_from = State.FAILED, State.OPENING
            assessment.failure = failure
            assessment.save(update_fields=["state", "failed_from", "failure"])
            record(actor=None, verb=gettext_noop("opening failed"), subject=assessment)


def may_go_back(assessment: Assessment) -> bool:
    """Nobody has been invited yet: mails are queued in the step that opens it."""
    if assessment.state == State.FAILED:
        return assessment.failed_from == State.OPENING
    return assessment.state == State.OPENING


@transaction.atomic
def back_to_draft(*, assessment_id: UUID, by: User) -> None:
    """Undo an opening that has invited nobody: groups, teams and keys go, the draft stays.

    A re-pulse has no draft; it goes, and is proposed again.
    """
    assessment = locked(assessment_id)
    if not may_go_back(assessment):
        raise LifecycleError(_("People were invited already, so it can’t be a draft again."))
    for model in FROZEN:
        model._default_manager.filter(assessment=assessment).delete()
    assessment.state = State.DRAFT
    assessment.failure = assessment.failed_from = ""
    assessment.box_public_key = assessment.key_root = assessment.trustees_asked_at = None
    assessment.save()
    record(actor=by, verb=gettext_noop("opening taken back"), subject=assessment)
    if assessment.is_repulse:
        assessment.delete()
    Keystore(assessment_id).destroy()


def may_give_up(assessment: Assessment) -> bool:
    """Failed for good, or waiting for a code that is lost."""
    if assessment.state == State.AWAITING_TRUSTEE:
        return True
    return assessment.has_failed and not assessment.is_given_up


@transaction.atomic
def give_up(*, assessment_id: UUID, by: User) -> None:
    """Let an assessment fail for good: its teams are free at once, the worker erases the rest.

    There will never be results. Raises `LifecycleError`.
    """
    assessment = locked(assessment_id)
    if not may_give_up(assessment):
        raise LifecycleError(_("Only an assessment that cannot be counted can be given up."))
    assessment.state, assessment.failure = State.FAILED, GIVEN_UP
    assessment.failed_from = State.ERASING
    assessment.lease_holder = assessment.lease_until = None
    assessment.save()
    assessment.member_teams.update(is_collecting=False)
    record(actor=by, verb=gettext_noop("assessment given up"), subject=assessment)


def still_to_erase() -> list[UUID]:
    """Given up, and not everything is erased yet."""
    waiting = Assessment.objects.filter(state=State.FAILED, failure=GIVEN_UP)
    return list(waiting.filter(failed_from=State.ERASING).values_list("pk", flat=True))


def erase_given_up(*, assessment_id: UUID) -> None:
    """Ballots, ledger, codes, mails and keys of an assessment that was given up; repeatable."""
    if assessment_id not in still_to_erase():
        return
    tally.erase(assessment_id)
    Assessment.objects.filter(pk=assessment_id, failure=GIVEN_UP).update(failed_from="")
