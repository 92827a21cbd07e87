"""The package for the works council and the data-protection officer: one ZIP, made in memory.

Pages that need nothing but a browser, the same tables as CSV and JSON, and the technical papers.
It holds rules, words and counts; no answer, no comment, no code and no name of an employee.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Organisation
from surveys import package_tables as tables
from surveys.attack_figures import Figures, figures_file, read_figures
from surveys.record import record_of_processing
from surveys.stored import stored_parts
from surveys.tables import Table

STYLES = ("ballot.css", "package.css")
#: written for people who check formulas and code; in English
PAPERS = ("statements.md", "scoring.md", "disclosure.md", "privacy.md")


@dataclass(frozen=True)
class Sheet:
    """One page of the package. Its first table stands below `lede`, `name` is its template's."""

    name: str
    title: str
    lede: str
    tables: Sequence[Table] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    place: int = 0

    @property
    def file(self) -> str:
        return f"{self.place}-{self.name.replace('_', '-')}.html"


def build_package(*, now: datetime, address: str) -> bytes:
    """The ZIP in the active language. `address` is where this installation is reached.

    The same state of the installation gives the same bytes for the same `now`.
    """
    out, moment = BytesIO(), timezone.localtime(now).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(now=now, address=address):
            entry = zipfile.ZipInfo(f"headwind-{get_language()}/{name}", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def contents() -> list[Sheet]:
    """The pages as they are listed before anything is downloaded."""
    return _sheets(read_figures(), address="")


def _files(*, now: datetime, address: str) -> Iterator[tuple[str, bytes]]:
    figures = read_figures()
    sheets = _sheets(figures, address=address)
    common = {
        "language": get_language(),
        "style": _style(),
        "sheets": sheets,
        "organisation": Organisation.current().name,
        "now": now,
        "address": address,
    }
    yield "index.html", _page("index", common)
    for sheet in sheets:
        yield sheet.file, _page(sheet.name, {**common, "sheet": sheet, **sheet.context})
    for table in _data(sheets):
        yield f"data/{table.stem}.csv", table.as_csv()
        yield f"data/{table.stem}.json", table.as_json()
    if figures_file().exists():
        yield "data/attack-figures.json", figures_file().read_bytes()
    for name in PAPERS:
        yield f"papers/{name}", (Path(settings.BASE_DIR) / "docs" / name).read_bytes()


def _page(name: str, context: Mapping[str, Any]) -> bytes:
    return render_to_string(f"package/{name}.html", dict(context)).encode()


def _style() -> str:
    """The employee pages' own sheet and a little more, to be written into each page."""
    paths = [str(finders.find(name)) for name in STYLES]
    return "".join(Path(path).read_text(encoding="utf-8") for path in paths)


def _data(sheets: Sequence[Sheet]) -> Iterator[Table]:
    for sheet in sheets:
        yield from sheet.tables
    yield tables.data_model_table()


def _sheets(figures: Sequence[Figures], *, address: str) -> list[Sheet]:
    sheets = [*_instrument(), *_data_protection(address=address), *_proof(figures)]
    return [
        Sheet(one.name, one.title, one.lede, one.tables, one.context, place)
        for place, one in enumerate(sheets, start=1)
    ]


def _instrument() -> list[Sheet]:
    return [
        Sheet(
            name="statements",
            title=_("What is asked"),
            lede=_("Every statement and question of the catalogue, in both languages."),
            tables=(tables.scale_table(), tables.statements_table(), tables.blockers_table()),
        ),
        Sheet(
            name="method",
            title=_("How answers become numbers"),
            lede=_("Each part says it in words first; the formula stands below."),
        ),
        Sheet(
            name="thresholds",
            title=_("Thresholds and the gate"),
            lede=_(
                "One gate decides what may be shown, before any statistics. There is no switch "
                "and no exception for any role."
            ),
            tables=(tables.rules_table(), tables.end_codes_table()),
            context={"participation": tables.participation_note()},
        ),
    ]


def _data_protection(*, address: str) -> list[Sheet]:
    parts = [
        (part.title, [(table, tables.fields_table(table)) for table in part.tables])
        for part in stored_parts()
    ]
    return [
        Sheet(
            name="data_model",
            title=_("Data model"),
            lede=_("Every field of every table that a ballot, an invitation or a comment touches."),
            context={"parts": parts},
        ),
        Sheet(
            name="retention",
            title=_("Retention"),
            lede=_("What is kept how long, and who or what removes it."),
            tables=(tables.retention(),),
        ),
        Sheet(
            name="record",
            title=_("Record of processing"),
            lede=_(
                "After Article 30 of the GDPR. Marked places hold what only the organisation "
                "knows: fill them in before you file this."
            ),
            context={"record": record_of_processing(address=address)},
        ),
    ]


def _proof(figures: Sequence[Figures]) -> list[Sheet]:
    return [
        Sheet(
            name="threats",
            title=_("Threat model"),
            lede=_("Who could learn how one person answered, and what is not protected."),
            tables=(tables.threats_table(),),
        ),
        Sheet(
            name="attacks",
            title=_("Attacks, tried out"),
            lede=_(
                "Two commands attack the programme as an owner of the database or a curious reader "
                "would. Each has to win against planted leaks first."
            ),
            context={"figures": figures},
        ),
        Sheet(
            name="assessments",
            title=_("Assessments so far"),
            lede=_("Frozen thresholds, three numbers to compare, and what the review did."),
            tables=(tables.assessments_table(), tables.reviews_table()),
        ),
    ]
