"""The translations: collects msgids from code and templates, checks them, compiles them.

``python -m config.messages`` merges new msgids into the German catalogue; ``--check`` fails and
names every msgid that is missing, empty, fuzzy or has other placeholders in German.
"""

import argparse
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("accounts", "config", "demonstration", "plans", "resistance", "surveys", "templates")
CATALOGUE = ROOT / "locale/de/LC_MESSAGES/django.po"
COMMENTS = ("Translators:",)
CONTEXT = ((1, "c"), 2)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": CONTEXT,
    "pgettext_lazy": CONTEXT,
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, only complain")
    if parser.parse_args().check:
        return report(faults(load(CATALOGUE), collect()))
    merge()
    return 0


def collect() -> Catalog:
    """Every msgid of the project, with the files it stands in."""
    catalogue = Catalog(project="Headwind", charset="utf-8")
    for file in sorted(source_files()):
        name = file.relative_to(ROOT).as_posix()
        for line, msgid, comments, context in extract_file(file):
            catalogue.add(msgid, None, [(name, line)], auto_comments=comments, context=context)
    return catalogue


def source_files() -> Iterator[Path]:
    for folder in SOURCES:
        for file in (ROOT / folder).rglob("*"):
            is_template = "templates" in file.parts and file.suffix in {".html", ".txt"}
            if is_template or (file.suffix == ".py" and "migrations" not in file.parts):
                yield file


def extract_file(file: Path) -> list[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    """Templates are turned into Python first; indentation means nothing there, so it goes."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        lines = templatize(text, origin=str(file)).splitlines()
        text = "\n".join(line.lstrip() for line in lines)
    options = {"encoding": "utf-8"}
    return list(extract("python", io.BytesIO(text.encode()), KEYWORDS, COMMENTS, options))


def load(file: Path) -> Catalog:
    if not file.exists():
        return Catalog(locale="de", project="Headwind", charset="utf-8")
    with file.open("rb") as stream:
        return read_po(stream, locale="de", charset="utf-8")


def faults(catalogue: Catalog, wanted: Catalog) -> list[str]:
    """A line for each msgid that German readers would meet in English, or broken."""
    found = []
    for message in wanted:
        if message.id:
            translated = catalogue.get(message.id, message.context)
            if fault := fault_of(translated, catalogue):
                found.append(f"{fault}: {message.id!r} ({message.locations[0][0]})")
    return found


def fault_of(message: Message | None, catalogue: Catalog) -> str | None:
    if message is None:
        return "missing"
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(strings):
        return "empty"
    if message.fuzzy:
        return "fuzzy"
    return "; ".join(str(error) for error in message.check(catalogue)) or None


def report(lines: list[str]) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


def merge() -> None:
    """Add new msgids with an empty translation, drop old ones, keep what is translated."""
    catalogue, template = load(CATALOGUE), collect()
    template.creation_date = catalogue.creation_date
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as stream:
        write_po(stream, catalogue, width=100, sort_by_file=True, include_lineno=False)


def compile_catalogues() -> None:
    """Write the binary form of every catalogue that is newer than its last one.

    In one step: another process may be reading or writing it.
    """
    for source in ROOT.glob("locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as stream:
            catalogue = read_po(stream)
        new = target.with_suffix(f".{os.getpid()}.mo")
        with new.open("wb") as stream:
            write_mo(stream, catalogue)
        new.replace(target)


if __name__ == "__main__":
    sys.exit(main())
