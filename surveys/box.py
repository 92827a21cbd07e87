"""The SQL of casting, signing and the box, written by hand because everybody waits for it at once.

It goes to the driver itself: Django's cursor takes as long as these statements, and keeps them
with their values where DEBUG is on. Nothing here decides, logs or keeps anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from types import TracebackType
from typing import Any
from uuid import UUID
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connections

FIND = """
    SELECT c.holder, g.number, a.box_public_key
      FROM surveys_credential c
      JOIN surveys_group g ON g.id = c.group_id
      JOIN surveys_assessment a ON a.id = c.assessment_id
     WHERE c.secret_hash = ? AND c.assessment_id = ?
       AND a.state = 'OPEN' AND a.opens_at <= ? AND a.closes_at > ?
"""
_LEDGER = """
    INSERT INTO surveys_ledgerentry (entry, assessment_id, request_hash) VALUES (?, ?, ?)
    ON CONFLICT DO NOTHING
"""
_USED = "SELECT request_hash FROM surveys_ledgerentry WHERE assessment_id = ? AND entry = ?"
_BALLOT = "INSERT INTO surveys_ballot (nullifier, assessment_id, ciphertext)"
_STORE_AT_ONCE = f"""
    WITH used AS ({_LEDGER} RETURNING assessment_id)
    {_BALLOT} SELECT ?, assessment_id, ? FROM used
"""  # noqa: S608  (constants only)
_DROP = f"""
    {_BALLOT} SELECT ?, id, ? FROM surveys_assessment
     WHERE id = ? AND state IN ('OPEN', 'CLOSED', 'AWAITING_TRUSTEE')
       AND opens_at <= ? AND closes_at > ?
    ON CONFLICT DO NOTHING
"""  # noqa: S608  (constants only)
_DROPPED = """
    SELECT a.state, b.nullifier
      FROM surveys_assessment a
      LEFT JOIN surveys_ballot b ON b.assessment_id = a.id AND b.nullifier = ?
     WHERE a.id = ?
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
    """Ledger and box of one assessment, through one cursor; use it in a `with` statement.

    Raises Django's database errors.
    """

    def __init__(self, assessment_id: UUID) -> None:
        self._database = connections[DEFAULT_DB_ALIAS]
        self._is_sqlite = self._database.vendor == "sqlite"
        self._errors = self._database.wrap_database_errors
        self._assessment = self._key(assessment_id)

    def __enter__(self) -> Box:
        self._database.close_if_health_check_failed()
        self._database.ensure_connection()
        self._session: Any = self._database.connection
        self._cursor = self._session.cursor()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        self._cursor.close()
        self._errors.__exit__(kind, error, place)

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
        if not self._is_sqlite:
            self._run("casting_store", [*ledger, ballot, sealed])
            return bool(self._cursor.rowcount)
        with self._both_or_neither():
            self._run("casting_mark", ledger)
            if not self._cursor.rowcount:
                return False
            self._cursor.execute(f"{_BALLOT} VALUES (?, ?, ?)", [ballot, self._assessment, sealed])
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

    @contextmanager
    def _both_or_neither(self) -> Iterator[None]:
        """On SQLite, where a savepoint outside a transaction is one: half the work of Django's."""
        self._cursor.execute("SAVEPOINT casting")
        try:
            yield
        except BaseException:
            if self._session.in_transaction:
                self._cursor.execute("ROLLBACK TO casting")
            raise
        finally:
            if self._session.in_transaction:
                self._cursor.execute("RELEASE casting")

    def _run(self, name: str, values: list[Any]) -> None:
        """By its name where the session keeps the plan, else as it is."""
        sql = _PREPARED[name][1]
        if self._is_sqlite:
            self._cursor.execute(sql, values)
            return
        if self._session not in _ready_sessions:
            for prepared, (types, statement) in _PREPARED.items():
                self._cursor.execute(f"PREPARE {prepared} ({types}) AS {_numbered(statement)}")
            _ready_sessions.add(self._session)
        self._cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(values))})", values)

    def _moment(self, moment: datetime) -> Any:
        """A time as this database stores it: on SQLite as text, in UTC."""
        return str(moment.astimezone(UTC).replace(tzinfo=None)) if self._is_sqlite else moment

    def _key(self, value: UUID) -> Any:
        """A UUID as this database stores it."""
        return value.hex if self._is_sqlite else value


def _numbered(sql: str) -> str:
    """PostgreSQL's own placeholders, $1, $2, …, for those of SQLite."""
    numbers = count(1)
    return "".join(f"${next(numbers)}" if sign == "?" else sign for sign in sql)
