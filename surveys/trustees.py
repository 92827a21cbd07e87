"""What a trustee does: takes the code of a box before the opening, opens the box after the close.

The code exists in the memory of one web request and on the trustee's paper. The server keeps the
public half and the private one locked under the code (surveys.wrapping).
"""

from __future__ import annotations

import secrets
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from accounts.models import User, record
from surveys import crockford, tasks
from surveys.keystore import Keystore, MissingKey
from surveys.models import Assessment, State, WrappedKey
from surveys.sealing import new_box_key
from surveys.states import LifecycleError, locked
from surveys.wrapping import (
    CODE_BYTES,
    RANDOM_BYTES,
    WrongCode,
    public_half,
    unwrap,
    wrap,
    written_code,
)

MAX_TRIES, TRY_SECONDS = 10, 600


@sensitive_variables()
@transaction.atomic
def make_code(*, assessment_id: UUID, by: User) -> str:
    """Make the box's key pair and the code that locks it; the code is returned and never stored.

    Until the code was typed back it may be made anew, which makes the one before worthless.
    Raises `LifecycleError`.
    """
    assessment = locked(assessment_id)
    _refuse_late(assessment)
    private, _public = new_box_key()
    code = written_code(secrets.token_bytes(CODE_BYTES))
    wrapped = wrap(
        private_key=private,
        code=code,
        companion=_companion(assessment_id),
        assessment=assessment_id.bytes,
        drawn=secrets.token_bytes(RANDOM_BYTES),
    )
    WrappedKey.objects.filter(assessment=assessment).delete()
    WrappedKey.objects.create(assessment=assessment, wrapped=wrapped)
    record(actor=by, verb=gettext_noop("trustee’s code made"), subject=assessment)
    return code


def _refuse_late(assessment: Assessment) -> None:
    if not assessment.waits_for_code:
        raise LifecycleError(_("The code of this assessment was taken already."))


def _companion(assessment_id: UUID) -> bytes:
    """Keys of an earlier attempt to open without a trustee are of no use: nobody was asked yet."""
    store = Keystore(assessment_id)
    if store.exists() and not store.has("companion"):
        store.destroy()
    return store.create_for_trustee()


@sensitive_variables()
def confirm_code(*, assessment_id: UUID, by: User, typed: str) -> None:
    """The trustee has kept the code: from now on it can't be made anew, and opening goes on.

    Raises `LifecycleError`.
    """
    _count_try(assessment_id, by)
    with transaction.atomic():
        assessment = locked(assessment_id)
        _refuse_late(assessment)
        _private, public = _unlocked(assessment, typed)
        assessment.box_public_key = public
        assessment.trustees_asked_at = None
        assessment.save(update_fields=["box_public_key", "trustees_asked_at"])
        record(actor=by, verb=gettext_noop("trustee’s code taken"), subject=assessment)
        tasks.finish_opening.delay_on_commit(assessment_id=str(assessment_id))


@sensitive_variables()
def unlock(*, assessment_id: UUID, by: User, typed: str) -> None:
    """Lay the box's key beside the others for this tally, and let the tally start.

    Raises `LifecycleError`; then the box is as closed as before and nothing is lost.
    """
    _count_try(assessment_id, by)
    with transaction.atomic():
        assessment = locked(assessment_id)
        if assessment.state != State.AWAITING_TRUSTEE:
            raise LifecycleError(_("This assessment does not wait for a code now."))
        private, public = _unlocked(assessment, typed)
        if public != bytes(assessment.box_public_key or b""):
            raise LifecycleError(_wrong())
        Keystore(assessment_id).put_box(private=private, public=public)
        assessment.state = State.TALLYING
        assessment.lease_holder = assessment.lease_until = None
        assessment.save(update_fields=["state", "lease_holder", "lease_until"])
        record(actor=by, verb=gettext_noop("box opened by trustee"), subject=assessment)
        tasks.tally.delay_on_commit(assessment_id=str(assessment_id))


def _count_try(assessment_id: UUID, by: User) -> None:
    """Each try costs memory and time on purpose; ten in ten minutes are enough for a person."""
    key = f"trustee-tries-{assessment_id}-{by.pk}"
    cache.add(key, 0, TRY_SECONDS)
    if cache.incr(key) > MAX_TRIES:
        raise LifecycleError(
            _("Too many tries. Nothing is lost; wait ten minutes, then try again.")
        )


@sensitive_variables()
def _unlocked(assessment: Assessment, typed: str) -> tuple[bytes, bytes]:
    """Private and public half of the box's key. Raises `LifecycleError`."""
    kept = WrappedKey.objects.filter(assessment=assessment).first()
    if kept is None:
        raise LifecycleError(_("There is no code yet. Make it first."))
    wrapped = bytes(kept.wrapped)
    try:
        companion = Keystore(assessment.pk).companion()
        private = unwrap(
            wrapped=wrapped, code=typed, companion=companion, assessment=assessment.pk.bytes
        )
    except crockford.Malformed as error:
        raise LifecycleError(
            _("A code has six groups of four letters or digits. Look at your note and try again.")
        ) from error
    except MissingKey as error:
        raise LifecycleError(
            _("A key on the server is missing, so the code cannot be tried. Tell HR.")
        ) from error
    except WrongCode as error:
        raise LifecycleError(_wrong()) from error
    return private, public_half(wrapped)


def _wrong() -> str:
    return _("This code does not open this box. Nothing is lost; check every symbol and try again.")
