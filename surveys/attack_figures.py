"""The latest figures of the attacks on this programme, from the file that their commands write.

The file holds an object per command. Each has a `date` and whatever the command found; lists of
objects become tables, everything else lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from surveys.tables import Cell, Table

COMMANDS = ("attack", "oracle")


@dataclass(frozen=True)
class Figures:
    """What `make <command>` found on `date`; without a date it has not run here yet."""

    command: str
    date: str
    tables: tuple[Table, ...]


def figures_file() -> Path:
    return Path(settings.BASE_DIR) / "docs/attack-figures.json"


def read_figures() -> list[Figures]:
    """One entry per command, also for those that have not run."""
    path = figures_file()
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [_figures(command, found.get(command) or {}) for command in COMMANDS]


def _figures(command: str, found: Mapping[str, Any]) -> Figures:
    rest = {name: value for name, value in found.items() if name != "date"}
    tables = [_table(command, name, value) for name, value in rest.items() if _is_table(value)]
    lines = [
        line for name, value in rest.items() if not _is_table(value) for line in _lines(name, value)
    ]
    if lines:
        head = (_("Figure"), _("Value"))
        tables.insert(0, Table(f"attack-figures-{command}", _("Figures"), head, lines))
    return Figures(command, str(found.get("date", "")), tuple(tables))


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(r, dict) for r in value)


def _table(command: str, name: str, rows: list[dict[str, Any]]) -> Table:
    head = list(dict.fromkeys(_words(column) for row in rows for column in row))
    by_words = [{_words(column): value for column, value in row.items()} for row in rows]
    return Table(
        stem=f"attack-figures-{command}-{name}",
        title=_words(name),
        head=head,
        rows=[[_cell(row.get(column)) for column in head] for row in by_words],
    )


def _lines(name: str, value: object) -> Iterator[tuple[str, Cell]]:
    """A line per figure; what is nested gets the names on its way."""
    if isinstance(value, dict):
        for inner, content in value.items():
            yield from _lines(f"{name}, {inner}", content)
    else:
        yield _words(name), _cell(value)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, int) or value is None else str(value)
