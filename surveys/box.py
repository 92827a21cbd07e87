"""The SQL of casting, signing and the box, written by hand because everybody waits for it at once.

One connection, one statement wherever possible; nothing here decides, logs or keeps anything.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connections, transaction

FIND = """
    SELECT c.holder, g.number, a.box_public_key
      FROM surveys_credential c
      JOIN surveys_group g ON g.id = c.group_id
      JOIN surveys_assessment a ON a.id = c.assessment_id
     WHERE c.secret_hash = %s AND c.assessment_id = %s
       AND a.state = 'OPEN' AND a.opens_at <= %s AND a.closes_at > %s
"""
_LEDGER = """
    INSERT INTO surveys_ledgerentry (entry, assessment_id, request_hash) VALUES (%s, %s, %s)
    ON CONFLICT DO NOTHING
"""
_USED = "SELECT request_hash FROM surveys_ledgerentry WHERE assessment_id = %s AND entry = %s"
_BALLOT = "INSERT INTO surveys_ballot (nullifier, assessment_id, ciphertext)"
_STORE_AT_ONCE = f"""
    WITH used AS ({_LEDGER} RETURNING assessment_id)
    {_BALLOT} SELECT %s, assessment_id, %s FROM used
"""  # noqa: S608  (constants only)
_DROP = f"""
    {_BALLOT} SELECT %s, id, %s FROM surveys_assessment
     WHERE id = %s AND state IN ('OPEN', 'CLOSED', 'AWAITING_TRUSTEE')
       AND opens_at <= %s AND closes_at > %s
    ON CONFLICT DO NOTHING
"""  # noqa: S608  (constants only)
_DROPPED = """
    SELECT a.state, b.nullifier
      FROM surveys_assessment a
      LEFT JOIN surveys_ballot b ON b.assessment_id = a.id AND b.nullifier = %s
     WHERE a.id = %s
"""
#: PostgreSQL takes far longer to plan these than to run them, so a session plans each once
_PREPARED = {
    "casting_find": ("bytea, uuid, timestamptz, timestamptz", FIND),
    "casting_store": ("bytea, uuid, bytea, uuid, bytea", _STORE_AT_ONCE),
    "casting_mark": ("bytea, uuid, bytea", _LEDGER),
    "casting_used": ("uuid, bytea", _USED),
    "casting_drop": ("uuid, bytea, uuid, timestamptz, timestamptz", _DROP),
    "casting_dropped": ("uuid, uuid", _DROPPED),
}
_ready_sessions: WeakSet[Any] = WeakSet()


class Box:
    """Ledger and box of one assessment, through one cursor; use it in a `with` statement."""

    def __init__(self, assessment_id: UUID) -> None:
        self._database = connections[DEFAULT_DB_ALIAS]
        self._assessment = self._key(assessment_id)

    def __enter__(self) -> Box:
        self._cursor = self._database.cursor()
        return self

    def __exit__(self, *_error: object) -> None:
        self._cursor.close()

    def find(self, secret_hash: bytes, now: datetime) -> tuple[UUID, int, bytes] | None:
        """Holder of a code, number of the group and the box's public key, while it is open."""
        moment = self._moment(now)
        self._run("casting_find", [secret_hash, self._assessment, moment, moment])
        row = self._cursor.fetchone()
        if row is None:
            return None
        holder = row[0] if isinstance(row[0], UUID) else UUID(row[0])
        return holder, row[1], bytes(row[2])

    def store(self, entry: bytes, request_hash: bytes, nullifier: UUID, sealed: bytes) -> bool:
        """Mark and drop, both or neither; False when the code was used before."""
        ledger, ballot = [entry, self._assessment, request_hash], self._key(nullifier)
        if self._database.vendor == "postgresql":
            self._run("casting_store", [*ledger, ballot, sealed])
            return bool(self._cursor.rowcount)
        with transaction.atomic():
            self._run("casting_mark", ledger)
            if not self._cursor.rowcount:
                return False
            values = [ballot, self._assessment, sealed]
            self._cursor.execute(f"{_BALLOT} VALUES (%s, %s, %s)", values)
            return True

    def mark(self, entry: bytes, request_hash: bytes) -> bool:
        """Mark a code as used for one request; False when it was used for another one."""
        self._run("casting_mark", [entry, self._assessment, request_hash])
        if self._cursor.rowcount:
            return True
        self._run("casting_used", [self._assessment, entry])
        row = self._cursor.fetchone()
        return row is not None and bytes(row[0]) == request_hash

    def drop(self, nullifier: UUID, sealed: bytes, *, after: datetime, now: datetime) -> None:
        """Put a ballot into the box unless it lies there or the survey closed before `after`."""
        moments = [self._moment(now), self._moment(after)]
        self._run("casting_drop", [self._key(nullifier), sealed, self._assessment, *moments])

    def state(self, nullifier: UUID) -> tuple[str, bool]:
        """The assessment's state ("" for none), and whether this ballot lies in the box."""
        self._run("casting_dropped", [self._key(nullifier), self._assessment])
        state, found = self._cursor.fetchone() or ("", None)
        return state, found is not None

    def _run(self, name: str, values: list[Any]) -> None:
        """By its name where the session keeps the plan, else as it is."""
        sql = _PREPARED[name][1]
        if self._database.vendor != "postgresql":
            self._cursor.execute(sql, values)
            return
        session = self._database.connection
        if session not in _ready_sessions:
            for prepared, (types, statement) in _PREPARED.items():
                self._cursor.execute(f"PREPARE {prepared} ({types}) AS {_numbered(statement)}")
            _ready_sessions.add(session)
        self._cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * sql.count('%s'))})", values)

    def _moment(self, moment: datetime) -> Any:
        return self._database.ops.adapt_datetimefield_value(moment)

    def _key(self, value: UUID) -> Any:
        """A UUID as this database stores it."""
        return value if self._database.features.has_native_uuid_field else value.hex


def _numbered(sql: str) -> str:
    """PostgreSQL's own placeholders, $1, $2, …, for those of the driver."""
    numbers = count(1)
    return re.sub("%s", lambda _match: f"${next(numbers)}", sql)
