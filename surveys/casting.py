"""Casting by the plain path: code and answers in one request, which keeps neither.

It writes a ledger entry and a sealed ballot in one transaction, and both are unreadable without
keys that are destroyed at the tally. `blind_casting` needs two requests and knows less.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from surveys.ballot import BallotContent, encode
from surveys.blindsign import TOKEN_BYTES, nullifier
from surveys.box import Box
from surveys.codes import MalformedCode, hash_code
from surveys.keystore import Keystore
from surveys.models import Assessment, Credential, State
from surveys.receipts import hash_receipt, receipt_for
from surveys.sealing import seal


class CodeNotAccepted(Exception):
    """The code is unknown, belongs to another assessment, or was used: never said which."""


class NotOpen(Exception):
    """The assessment does not take ballots now; `state` says why."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class GroupInfo:
    """With whom the owner of a code is reported."""

    name: str
    invited: int
    number: int


@sensitive_variables()
def cast_plain(*, assessment_id: UUID, code: str, content: BallotContent, now: datetime) -> str:
    """Use the code and put the sealed answers into the box, both or neither; the receipt.

    Raises `CodeNotAccepted` or `NotOpen`; then nothing was written.
    """
    with Box(assessment_id) as box:
        holder, group, public_key = find(box, assessment_id, code, now)
        token = secrets.token_bytes(TOKEN_BYTES)
        receipt = receipt_for(token)
        sealed = seal(
            public_key=public_key,
            assessment=assessment_id.bytes,
            content=encode(
                content,
                group=group,
                receipt_hash=hash_receipt(assessment=assessment_id, receipt=receipt),
            ),
        )
        entry = Keystore(assessment_id).ledger_entry(holder)
        if not box.store(entry, secrets.token_bytes(32), nullifier(token), sealed):
            raise CodeNotAccepted
    return receipt


@sensitive_variables()
def look_up(*, assessment_id: UUID, code: str) -> GroupInfo:
    """The group of a code. Says nothing about use; raises `CodeNotAccepted`."""
    found = (
        Credential.objects.filter(secret_hash=digest_of(code), assessment_id=assessment_id)
        .values_list("group__name", "group__invited", "group__number")
        .first()
    )
    if found is None:
        raise CodeNotAccepted
    return GroupInfo(*found)


@sensitive_variables()
def find(box: Box, assessment_id: UUID, code: str, now: datetime) -> tuple[UUID, int, bytes]:
    """Holder, number of the group and the box's public key.

    Raises `CodeNotAccepted`, or `NotOpen` when nobody may use a code now.
    """
    found = box.find(digest_of(code), now)
    if found is None:
        _say_why(assessment_id, now)
    return found


def _say_why(assessment_id: UUID, now: datetime) -> NoReturn:
    found = Assessment.objects.filter(pk=assessment_id).values_list(
        "state", "opens_at", "closes_at"
    )
    state, opens_at, closes_at = found.first() or ("", None, None)
    if state == State.OPEN and opens_at and closes_at and opens_at <= now < closes_at:
        raise CodeNotAccepted
    raise NotOpen(State.CLOSED if state == State.OPEN else state)


def digest_of(code: str) -> bytes:
    try:
        return hash_code(code)
    except MalformedCode as error:
        raise CodeNotAccepted from error
