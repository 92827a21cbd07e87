"""Small tables with a head, as CSV and JSON; safe to open in a spreadsheet program. Pure."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

Cell = str | int | date | None
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def defused(text: str) -> str:
    """`text` so that no spreadsheet program takes it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(DANGEROUS) else text


@dataclass(frozen=True)
class Table:
    """`stem` is the name of its files without ending, `title` stands above it on a page."""

    stem: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def as_csv(self) -> bytes:
        """UTF-8 with a byte order mark; days as 2026-11-30."""
        out = StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        for row in (self.head, *self.rows):
            writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
        return ("\ufeff" + out.getvalue()).encode()

    def as_json(self) -> bytes:
        rows = [dict(zip(self.head, row, strict=True)) for row in self.rows]
        return as_json({"title": self.title, "rows": rows})


def as_json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n").encode()
