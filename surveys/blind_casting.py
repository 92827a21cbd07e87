"""Casting by the blind path: one request knows the person, another one the answers.

`sign` marks a code as used and signs what it cannot read; `cast_blind` takes answers with a token
that carries such a signature and never a code. Both may be repeated and then answer the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from surveys.ballot import BallotContent, encode
from surveys.blindsign import (
    BlindingRefused,
    admits,
    blind_sign,
    nullifier,
    request_hash,
)
from surveys.box import Box
from surveys.casting import CodeNotAccepted, NotOpen, find
from surveys.keystore import Keystore
from surveys.models import State
from surveys.receipts import hash_receipt, receipt_for
from surveys.sealing import seal
from surveys.signing_keys import SigningKeys, published_keys

TAKING = (State.OPEN, State.CLOSED, State.AWAITING_TRUSTEE)


class TokenNotAdmitted(Exception):
    """The token was not made for this group or not signed by its key."""


@sensitive_variables()
def sign(*, assessment_id: UUID, code: str, blinded: bytes, now: datetime) -> bytes:
    """Use the code for this blinded token and sign it; the same request gives the same signature.

    Raises `BlindingRefused`, `CodeNotAccepted`, `NotOpen`, `MissingKey` or `NoSigningKeys`; then
    nothing was written. The key is read first: a close in between destroys its file.
    """
    with Box(assessment_id) as box:
        holder, group, _public_key = find(box, assessment_id, code, now)
        if not published_keys(assessment_id).public[group].can_sign(blinded):
            raise BlindingRefused  # what cannot be signed must not use up a code
        key = SigningKeys(assessment_id).key(group)
        entry = Keystore(assessment_id).ledger_entry(holder)
        if not box.mark(entry, request_hash(blinded)):
            raise CodeNotAccepted
    return blind_sign(key, blinded)


@sensitive_variables()
def cast_blind(
    *,
    assessment_id: UUID,
    group: int,
    token: bytes,
    signature: bytes,
    content: BallotContent,
    now: datetime,
) -> None:
    """Put the sealed answers into the box; a ballot that lies there already stays as it is.

    Possible until ten minutes after the close. Raises `TokenNotAdmitted`, `NotOpen` or
    `NoSigningKeys`.
    """
    keys = published_keys(assessment_id)
    if not 0 <= group < len(keys.public) or not admits(
        keys.public[group],
        assessment=assessment_id,
        group=group,
        token=token,
        signature=signature,
    ):
        raise TokenNotAdmitted
    hashed = hash_receipt(assessment=assessment_id, receipt=receipt_for(token))
    sealed = seal(
        public_key=keys.box_public_key,
        assessment=assessment_id.bytes,
        content=encode(content, group=group, receipt_hash=hashed),
    )
    _drop(assessment_id, nullifier(token), sealed, now)


def _drop(assessment_id: UUID, number: UUID, sealed: bytes, now: datetime) -> None:
    """Stored and, seen after that, not opened yet: only then the tally is sure to find it."""
    after = now - timedelta(seconds=settings.CASTING_GRACE_SECONDS)
    with Box(assessment_id) as box:
        box.drop(number, sealed, after=after, now=now)
        state, is_there = box.state(number)
    if state not in TAKING or not is_there:
        raise NotOpen(state)
