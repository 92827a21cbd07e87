"""Whether each running assessment still has the keys it needs, and who hears when it has not."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import AuditEntry, record
from surveys.blindsign import public_form
from surveys.keystore import KEY_FILES, TRUSTEE_KEY_FILES, Keystore, MissingKey
from surveys.models import Assessment, AssessmentQuerySet, Group, KeyMode, State
from surveys.notices import warn_hr
from surveys.signing_keys import SigningKeys
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
    return faults + _missing_signing_keys(assessment)


def _fits(assessment: Assessment, store: Keystore) -> bool:
    try:
        return store.box_public_key() == bytes(assessment.box_public_key or b"")
    except MissingKey:
        return False


def missing_keys(assessment: Assessment) -> list[Fault]:
    """What keeps answers from being taken or counted; leaves out what is only unsafe."""
    return [fault for fault in faults_of(assessment) if fault.wrong != EXPOSED]


def _missing_signing_keys(assessment: Assessment) -> list[Fault]:
    """By their names only, so that the sweep may look often; they end with the close."""
    if not assessment.is_open or not assessment.key_root:
        return []
    store, groups = Keystore(assessment.pk), Group.objects.filter(assessment=assessment)
    names = [f"sign-{number}" for number in groups.values_list("number", flat=True)]
    return [Fault(name, MISSING) for name in names if not store.has(name)]


def unfit_signing_keys(assessment: Assessment) -> list[Fault]:
    """Each group's signing key against its public half; reads every key."""
    if not assessment.is_open or not assessment.key_root:
        return []
    keys, faults = SigningKeys(assessment.pk), []
    groups = Group.objects.filter(assessment=assessment).order_by("number")
    for number, modulus in groups.values_list("number", "signing_modulus"):
        try:
            fits = public_form(keys.key(number)).modulus == int.from_bytes(modulus or b"", "big")
        except MissingKey:
            continue
        except ValueError:
            fits = False
        if not fits:
            faults.append(Fault(f"sign-{number}", UNFIT))
    return faults


def watch_keys(*, now: datetime) -> int:
    """Warn HR, once per assessment, of keys that are missing or do not fit; how many are not well.

    Raises `notices.MailServerDown`; the next sweep then goes on.
    """
    suspects = [assessment for assessment in running() if missing_keys(assessment)]
    ill = [assessment for assessment in suspects if _note(assessment.pk)]
    for assessment in ill:
        warn_hr(assessment=assessment, mark=f"key-{assessment.pk}-{now:%Y-%m}")
    return len(ill)


@transaction.atomic
def _note(assessment_id: UUID) -> bool:
    """One line in the audit log for each assessment, however often the sweep looks.

    False when a close or a tally took its keys away by right between the two looks.
    """
    assessment = locked(assessment_id)
    faults = [f"{fault.key}: {fault.wrong}" for fault in missing_keys(assessment)]
    known = AuditEntry.objects.filter(verb=KEY_IS_MISSING, detail__assessment=str(assessment_id))
    if faults and not known.exists():
        record(
            actor=None,
            verb=KEY_IS_MISSING,
            subject=assessment,
            assessment=str(assessment_id),
            keys=", ".join(faults),
        )
    return bool(faults)
