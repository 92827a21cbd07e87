"""What the owner of the database can copy: rows with their system columns, files, logs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

PLACE, WRITTEN = "#place", "#written"
_SYSTEM = {
    "postgresql": f'ctid::text AS "{PLACE}", xmin::text AS "{WRITTEN}"',
    "sqlite": f'rowid AS "{PLACE}", 0 AS "{WRITTEN}"',
    # a table without row numbers lies in the order of its key, which is how it is read
    "sorted": f'row_number() OVER () AS "{PLACE}", 0 AS "{WRITTEN}"',
}


def live_dump() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, with where it lies (`PLACE`) and which transaction wrote it."""
    with connection.cursor() as cursor:
        names = sorted(connection.introspection.table_names(cursor))
        without = tables_without_rowid(cursor)
        kinds = ["sorted" if name in without else connection.vendor for name in names]
        return {
            name: _rows(cursor, name, _SYSTEM[kind])
            for name, kind in zip(names, kinds, strict=True)
        }


def tables_without_rowid(cursor: Any) -> set[str]:
    if connection.vendor != "sqlite":
        return set()
    cursor.execute("SELECT name FROM pragma_table_list WHERE wr")
    return {name for (name,) in cursor.fetchall()}


def _rows(cursor: Any, name: str, system_columns: str) -> list[dict[str, Any]]:
    cursor.execute(f'SELECT {system_columns}, * FROM "{name}"')
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row[PLACE] = tuple(int(part) for part in re.findall(r"\d+", str(row[PLACE])))
        row[WRITTEN] = int(row[WRITTEN])
    return rows


def raw_files() -> bytes:
    """The files of all tables and indexes as they lie on the disk, dead rows included."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
            cursor.fetchall()
            return Path(connection.settings_dict["NAME"]).read_bytes()
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT pg_relation_filepath(oid) FROM pg_class"
            " WHERE relkind IN ('r', 'i', 't') AND oid >= 16384 ORDER BY oid"
        )
        return b"".join((_data() / path).read_bytes() for (path,) in cursor.fetchall())


def log_position() -> str:
    """From where `log_of_changes` shall be read later; from now on PostgreSQL keeps its log, as
    an archive would. SQLite has only the whole."""
    if connection.vendor == "sqlite":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET wal_keep_size = '1GB'")
        cursor.execute("SELECT pg_reload_conf()")
    return str(_ask("SELECT pg_current_wal_insert_lsn()"))


def log_of_changes(since: str) -> bytes:
    """The write-ahead log from a position on; of SQLite the whole -wal file."""
    if connection.vendor == "sqlite":
        log = Path(f"{connection.settings_dict['NAME']}-wal")
        return log.read_bytes() if log.exists() else b""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # writes what is still in memory
    first = str(_ask("SELECT pg_walfile_name(%s::pg_lsn + 1)", since))
    size = int(_ask("SELECT pg_size_bytes(current_setting('wal_segment_size'))"))
    start = int(_ask("SELECT (%s::pg_lsn - '0/0'::pg_lsn) %% %s", since, size))
    length = int(_ask("SELECT pg_current_wal_flush_lsn() - %s::pg_lsn", since))
    segments = sorted(p for p in (_data() / "pg_wal").glob("[0-9A-F]" * 24) if p.name >= first)
    return b"".join(path.read_bytes() for path in segments)[start : start + length]


def _ask(sql: str, *values: object) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchone()[0]


def _data() -> Path:
    return Path(settings.POSTGRES_DIR) / "data"


def table_file(name: str) -> bytes:
    """One table as it lies on the disk of PostgreSQL; of SQLite the file that holds all."""
    if connection.vendor == "sqlite":
        return raw_files()
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    return (_data() / str(_ask("SELECT pg_relation_filepath(%s::regclass)", name))).read_bytes()
