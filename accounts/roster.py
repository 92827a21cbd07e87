"""Reads a roster file: bytes in, rows or a list of problems out; no database.

Columns: name and team, and if wanted e-mail, manager, number, language, in any order, with English
or German headings. A cell that is empty, or a column that is missing, leaves what is stored.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

MAX_BYTES = 20 * 1024 * 1024
MAX_PROBLEMS = 50
MAX_LEVELS = 10
HEADINGS = {
    "name": ("name", "full name", "vor- und nachname"),
    "email": ("email", "e-mail", "mail", "e-mail address", "e-mail-adresse", "emailadresse"),
    "team": ("team", "unit", "abteilung", "einheit"),
    "manager": ("manager", "lead", "führungskraft", "leitung", "vorgesetzte"),
    "number": ("number", "personnel number", "nummer", "personalnummer"),
    "language": ("language", "sprache"),
}
LENGTHS = {"name": 120, "email": 254, "number": 40}
YES = frozenset({"yes", "y", "ja", "j", "x", "1", "true", "wahr"})
NO = frozenset({"", "no", "n", "nein", "0", "false", "falsch", "-"})
LANGUAGES = {
    "": "", "en": "en", "english": "en", "englisch": "en",
    "de": "de", "german": "de", "deutsch": "de",
}  # fmt: skip
BETWEEN_TEAMS = re.compile(r"\s+/\s+|\s+>\s+")
STARTS_FORMULA = re.compile(r"[=+\-@\t\r]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
TEMPLATE = (
    "name;email;team;manager;number;language\r\n"
    "Tom Reyes;tom.reyes@example.org;Contact centre / Calls A;no;1001;en\r\n"
    "Ines Okafor;ines.okafor@example.org;Contact centre;yes;1002;de\r\n"
)


@dataclass(frozen=True)
class Row:
    """A person of the file; `line` is the line it stands on, the heading being line 1."""

    line: int
    name: str
    team: tuple[str, ...]
    email: str = ""
    number: str = ""
    language: str = ""
    is_manager: bool = False
    manager_email: str = ""


@dataclass(frozen=True)
class Problem:
    """What is wrong and where; line 0 is the file as a whole."""

    line: int
    column: str
    text: str


@dataclass(frozen=True)
class Roster:
    rows: tuple[Row, ...]
    ignored_columns: tuple[str, ...] = ()


class UnreadableRoster(Exception):
    """The file cannot be imported; `problems` says why, at most 50 of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems[:MAX_PROBLEMS]


def parse(content: bytes) -> Roster:
    """All rows of the file, or UnreadableRoster with every problem found."""
    table = read_table(decode(content))
    columns, ignored = find_columns(table[0][1])
    problems: list[Problem] = []
    rows = []
    for line, cells in table[1:]:
        row, found = read_row(line, cells, columns)
        problems += found
        if row:
            rows.append(row)
    problems += repeated(rows)
    if not problems and not rows:
        problems = [Problem(0, "", _("The file has a heading but no people."))]
    if problems:
        raise UnreadableRoster(sorted(problems, key=lambda problem: problem.line))
    return Roster(tuple(rows), ignored)


def decode(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise UnreadableRoster([Problem(0, "", _("The file is larger than 20 MB."))])
    if b"\x00" in content:
        raise UnreadableRoster(
            [Problem(0, "", _("This is not a CSV file. Save it as CSV, then try again."))]
        )
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def read_table(text: str) -> list[tuple[int, list[str]]]:
    """Lines with their numbers, empty ones left out; the separator is taken from the heading."""
    heading = text.lstrip("\r\n").partition("\n")[0]
    separator = max(";,\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    table = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                table.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        problem = Problem(reader.line_num, "", _("A quotation mark is not closed or misplaced."))
        raise UnreadableRoster([problem]) from error
    if not table:
        raise UnreadableRoster([Problem(0, "", _("The file is empty."))])
    return table


def find_columns(heading: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each column stands, and the headings that mean nothing to us."""
    known = {word: column for column, words in HEADINGS.items() for word in words}
    columns: dict[str, int] = {}
    ignored, problems = [], []
    for place, text in enumerate(heading):
        column = known.get(" ".join(text.lower().split()))
        if column is None:
            ignored.append(text)
        elif column in columns:
            problems.append(Problem(1, text, _("This column stands there twice.")))
        else:
            columns[column] = place
    problems += [
        Problem(1, column, _("This column is missing."))
        for column in ("name", "team")
        if column not in columns
    ]
    if problems:
        raise UnreadableRoster(problems)
    return columns, tuple(text for text in ignored if text)


def read_row(
    line: int, cells: list[str], columns: dict[str, int]
) -> tuple[Row | None, list[Problem]]:
    """The row, or None with what is wrong in it."""
    values = {
        column: cells[place] if place < len(cells) else "" for column, place in columns.items()
    }
    problems = [Problem(line, column, text) for column, text in wrong_cells(values)]
    if problems:
        return None, problems
    manager = values.get("manager", "").lower()
    row = Row(
        line=line,
        name=values["name"],
        team=split_path(values["team"]),
        email=values.get("email", "").lower(),
        number=values.get("number", ""),
        language=LANGUAGES[values.get("language", "").lower()],
        is_manager=manager in YES,
        manager_email=manager if "@" in manager else "",
    )
    return row, []


def split_path(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in BETWEEN_TEAMS.split(text))


def wrong_cells(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    for column, text in values.items():
        if column != "manager" and STARTS_FORMULA.match(text):
            yield column, _("A cell may not start with = + - or @.")
        elif CONTROL.search(text):
            yield column, _("The cell holds a line break or another control character.")
        elif len(text) > LENGTHS.get(column, 1000):
            yield column, _("The text is too long.")
    if not values["name"]:
        yield "name", _("The name is missing.")
    yield from wrong_team(values["team"])
    yield from wrong_address("email", values.get("email", ""))
    yield from wrong_manager(values)
    if values.get("language", "").lower() not in LANGUAGES:
        yield "language", _("Write en or de, or leave the cell empty.")


def wrong_team(text: str) -> Iterator[tuple[str, str]]:
    path = split_path(text)
    if not all(path):
        yield "team", _("The team is missing; write it like Stores / Northgate.")
    elif len(path) > MAX_LEVELS or max(map(len, path)) > LENGTHS["name"]:
        yield "team", _("The text is too long.")


def wrong_manager(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    text = values.get("manager", "").lower()
    if "@" in text:
        yield from wrong_address("manager", text)
    elif text not in YES and text not in NO:
        yield "manager", _("Write yes, no or the e-mail address of the manager.")
    elif text in YES and not values.get("email"):
        yield "email", _("A manager needs an e-mail address to sign in.")


def wrong_address(column: str, text: str) -> Iterator[tuple[str, str]]:
    try:
        if text:
            validate_email(text)
    except ValidationError:
        yield column, _("This is not an e-mail address.")


def repeated(rows: list[Row]) -> Iterator[Problem]:
    """People who stand in the file twice."""
    seen: dict[tuple[str, object], int] = {}
    for row in rows:
        marks: list[tuple[str, object]] = [
            (column, getattr(row, column)) for column in ("email", "number") if getattr(row, column)
        ]
        for column, value in marks or [("name", (row.name, row.team))]:
            if first := seen.get((column, value)):
                text = _("The same as in line %(line)s.") % {"line": first}
                yield Problem(row.line, column, text)
            seen.setdefault((column, value), row.line)
