"""Whether each running assessment still has the keys it needs, and who hears when it has not."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import AuditEntry, record
from surveys.keystore import KEY_FILES, TRUSTEE_KEY_FILES, Keystore, MissingKey
from surveys.models import Assessment, AssessmentQuerySet, KeyMode, State
from surveys.notices import warn_hr
from surveys.states import locked

KEY_IS_MISSING = gettext_noop("key missing")
RUNNING = (State.OPEN, State.CLOSED, State.AWAITING_TRUSTEE, State.TALLYING)


class Fault(NamedTuple):
    """A key by its file name, and what is wrong: missing, does not fit, should not be there."""

    key: str
    wrong: str


MISSING, UNFIT, EXPOSED = "missing", "does not fit", "should not be there"


def running() -> AssessmentQuerySet:
    return Assessment.objects.filter(state__in=RUNNING)


def faults_of(assessment: Assessment) -> list[Fault]:
    """What is wrong with the keys of an assessment that is open, closed or being counted."""
    if assessment.state not in RUNNING:
        return []
    store = Keystore(assessment.pk)
    is_trustee = assessment.key_mode == KeyMode.TRUSTEE
    needed = TRUSTEE_KEY_FILES if is_trustee else KEY_FILES
    faults = [Fault(name, MISSING) for name in needed if not store.has(name)]
    if is_trustee and store.has("box") and assessment.state != State.TALLYING:
        faults.append(Fault("box", EXPOSED))
    if store.has("box") and not _fits(assessment, store):
        faults.append(Fault("box", UNFIT))
    return faults


def _fits(assessment: Assessment, store: Keystore) -> bool:
    try:
        return store.box_public_key() == bytes(assessment.box_public_key or b"")
    except MissingKey:
        return False


def watch_keys(*, now: datetime) -> int:
    """Warn HR, once per assessment, of keys that are missing or do not fit; how many are not well.

    Raises `notices.MailServerDown`; the next sweep then goes on.
    """
    ill = [one for one in running() if any(fault.wrong != EXPOSED for fault in faults_of(one))]
    for assessment in ill:
        _note(assessment)
        warn_hr(assessment=assessment, mark=f"key-{assessment.pk}-{now:%Y-%m}")
    return len(ill)


@transaction.atomic
def _note(assessment: Assessment) -> None:
    """One line in the audit log for each assessment, however often the sweep looks."""
    locked(assessment.pk)
    known = AuditEntry.objects.filter(verb=KEY_IS_MISSING, detail__assessment=str(assessment.pk))
    if not known.exists():
        faults = [f"{fault.key}: {fault.wrong}" for fault in faults_of(assessment)]
        record(
            actor=None,
            verb=KEY_IS_MISSING,
            subject=assessment,
            assessment=str(assessment.pk),
            keys=", ".join(faults),
        )
