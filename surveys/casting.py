"""Casting a ballot: the one place where an invitation is used and a sealed ballot is stored.

The plain path knows the code and the answers in one request and keeps neither: it writes a
ledger entry and a sealed ballot in one transaction, and both are unreadable without keys that
are destroyed at the tally. Written in SQL because everybody waits for it at once.
"""

from __future__ import annotations

import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, NoReturn
from uuid import UUID
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.views.decorators.debug import sensitive_variables

from surveys.ballot import BallotContent, encode
from surveys.codes import MalformedCode, hash_code
from surveys.keystore import Keystore
from surveys.models import Assessment, Credential, State
from surveys.sealing import seal

_FIND = """
    SELECT c.holder, g.number, a.box_public_key
      FROM surveys_credential c
      JOIN surveys_group g ON g.id = c.group_id
      JOIN surveys_assessment a ON a.id = c.assessment_id
     WHERE c.secret_hash = %s AND c.assessment_id = %s
       AND a.state = 'OPEN' AND a.opens_at <= %s AND a.closes_at > %s
"""
_LEDGER = """
    INSERT INTO surveys_ledgerentry (entry, assessment_id, request_hash) VALUES (%s, %s, %s)
"""
_BALLOT = "INSERT INTO surveys_ballot (nullifier, assessment_id, ciphertext)"
_STORE_AT_ONCE = f"""
    WITH used AS ({_LEDGER} ON CONFLICT DO NOTHING RETURNING assessment_id)
    {_BALLOT} SELECT %s, assessment_id, %s FROM used
"""  # noqa: S608  (constants only)
#: PostgreSQL takes far longer to plan these than to run them, so a session plans each once
_PREPARED = {
    "casting_find": ("bytea, uuid, timestamptz, timestamptz", _FIND),
    "casting_store": ("bytea, uuid, bytea, uuid, bytea", _STORE_AT_ONCE),
}
_ready_sessions: WeakSet[Any] = WeakSet()


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


@sensitive_variables()
def cast_plain(*, assessment_id: UUID, code: str, content: BallotContent, now: datetime) -> None:
    """Use the code and put the sealed answers into the box, both or neither.

    Raises `CodeNotAccepted` or `NotOpen`; then nothing was written.
    """
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        found = _find(database, cursor, assessment_id, _digest(code), now)
        if found is None:
            _say_why(assessment_id, now)
        holder, group, public_key = found
        sealed = seal(
            public_key=public_key,
            assessment=assessment_id.bytes,
            content=encode(content, group=group),
        )
        entry = Keystore(assessment_id).ledger_entry(holder)
        if not _store(database, cursor, assessment_id, entry, sealed):
            raise CodeNotAccepted


@sensitive_variables()
def look_up(*, assessment_id: UUID, code: str) -> GroupInfo:
    """The group of a code. Says nothing about use; raises `CodeNotAccepted`."""
    found = (
        Credential.objects.filter(secret_hash=_digest(code), assessment_id=assessment_id)
        .values_list("group__name", "group__invited")
        .first()
    )
    if found is None:
        raise CodeNotAccepted
    return GroupInfo(*found)


def _find(
    database: BaseDatabaseWrapper,
    cursor: CursorWrapper,
    assessment_id: UUID,
    secret_hash: bytes,
    now: datetime,
) -> tuple[UUID, int, bytes] | None:
    """Invitation, number of its group and the box's public key; None when none takes ballots."""
    moment = database.ops.adapt_datetimefield_value(now)
    sql = _planned(database, cursor, "casting_find", _FIND)
    cursor.execute(sql, [secret_hash, _key(database, assessment_id), moment, moment])
    row = cursor.fetchone()
    if row is None:
        return None
    holder = row[0] if isinstance(row[0], UUID) else UUID(row[0])
    return holder, row[1], bytes(row[2])


def _say_why(assessment_id: UUID, now: datetime) -> NoReturn:
    found = Assessment.objects.filter(pk=assessment_id).values_list(
        "state", "opens_at", "closes_at"
    )
    state, opens_at, closes_at = found.first() or ("", None, None)
    if state == State.OPEN and opens_at and closes_at and opens_at <= now < closes_at:
        raise CodeNotAccepted
    raise NotOpen(State.CLOSED if state == State.OPEN else state)


def _digest(code: str) -> bytes:
    try:
        return hash_code(code)
    except MalformedCode as error:
        raise CodeNotAccepted from error


def _store(
    database: BaseDatabaseWrapper,
    cursor: CursorWrapper,
    assessment_id: UUID,
    entry: bytes,
    sealed: bytes,
) -> bool:
    """Whether both rows were written; False when the invitation was used before."""
    assessment, nullifier = _key(database, assessment_id), _key(database, uuid.uuid4())
    ledger = [entry, assessment, secrets.token_bytes(32)]
    if database.vendor == "postgresql":
        sql = _planned(database, cursor, "casting_store", _STORE_AT_ONCE)
        cursor.execute(sql, [*ledger, nullifier, sealed])
        return bool(cursor.rowcount)
    with transaction.atomic():
        cursor.execute(f"{_LEDGER} ON CONFLICT DO NOTHING", ledger)
        if not cursor.rowcount:
            return False
        cursor.execute(f"{_BALLOT} VALUES (%s, %s, %s)", [nullifier, assessment, sealed])
        return True


def _planned(database: BaseDatabaseWrapper, cursor: CursorWrapper, name: str, sql: str) -> str:
    """How to run a statement: by its name where the session keeps the plan, else as it is."""
    if database.vendor != "postgresql":
        return sql
    session = database.connection
    if session not in _ready_sessions:
        for prepared, (types, statement) in _PREPARED.items():
            cursor.execute(f"PREPARE {prepared} ({types}) AS {_numbered(statement)}")
        _ready_sessions.add(session)
    return f"EXECUTE {name} ({', '.join(['%s'] * sql.count('%s'))})"


def _numbered(sql: str) -> str:
    """PostgreSQL's own placeholders, $1, $2, …, for those of the driver."""
    numbers = count(1)
    return re.sub("%s", lambda _match: f"${next(numbers)}", sql)


def _key(database: BaseDatabaseWrapper, value: UUID) -> Any:
    """A UUID as this database stores it."""
    return value if database.features.has_native_uuid_field else value.hex
