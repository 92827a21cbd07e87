"""The catalogue file: reads it, checks that it hangs together, names the entry at fault."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).with_name("catalogue.json")

Entry = Mapping[str, Any]

STEPS = 3
SOURCE_FIELDS = frozenset(
    {"key", "category", "position", "name_en", "name_de", "definition_en", "definition_de"}
    | {"part_title_en", "part_title_de", "blocker_en", "blocker_de"}
)
STATEMENT_FIELDS = frozenset(
    {"code", "kind", "source", "facet", "text_en", "text_de", "is_asset", "in_short_form"}
    | {"position"}
)
STRATEGY_FIELDS = frozenset(
    {"key", "name_en", "name_de", "summary_en", "summary_de", "method", "families"}
    | {"evidence_grade", "evidence", "owner_level", "owner_hint_en", "owner_hint_de"}
    | {"hours_fixed", "hours_per_member", "weeks_to_effect", "prior_points"}
    | {"steps_en", "steps_de", "leading_indicator_en", "leading_indicator_de"}
    | {"indicator_rises", "targets", "prerequisites"}
)
NAME_FIELDS = frozenset({"key", "name_en", "name_de"})
SECTIONS = {
    "categories": ("key", NAME_FIELDS),
    "families": ("key", NAME_FIELDS),
    "sources": ("key", SOURCE_FIELDS),
    "statements": ("code", STATEMENT_FIELDS),
    "strategies": ("key", STRATEGY_FIELDS),
}


class CatalogueError(ValueError):
    """The catalogue file cannot be used; the text names the entry and what is wrong with it."""


def read_catalogue(path: Path | None = None) -> dict[str, list[Entry]]:
    """The checked sections of the file; strategies stand behind their prerequisites.

    Raises CatalogueError.
    """
    data = _parse(path or CATALOGUE)
    for section, (key, fields) in SECTIONS.items():
        _check_section(data, section, key, fields)
    _check_statements(data)
    for strategy in data["strategies"]:
        _check_strategy(strategy, data)
    data["strategies"] = _by_prerequisite(data["strategies"])
    return data


@cache
def family_names(language: str) -> dict[str, str]:
    """Names of the families of strategies by key, in "en" or "de", from the shipped file."""
    return {family["key"]: family[f"name_{language}"] for family in read_catalogue()["families"]}


def _parse(path: Path) -> dict[str, list[Entry]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(data, dict) or set(data) != set(SECTIONS):
        raise CatalogueError(f"{path.name} must hold exactly: {', '.join(SECTIONS)}")
    return data


def _check_section(
    data: Mapping[str, list[Entry]], section: str, key: str, fields: frozenset[str]
) -> None:
    seen: set[str] = set()
    for number, entry in enumerate(data[section], start=1):
        name = f"{section}: {entry.get(key) or f'entry {number}'}"
        if missing := fields - set(entry):
            raise CatalogueError(f"{name} lacks {_listed(missing)}")
        if unknown := set(entry) - fields:
            raise CatalogueError(f"{name} has unknown {_listed(unknown)}")
        if entry[key] in seen:
            raise CatalogueError(f"{name} stands there twice")
        seen.add(entry[key])


def _check_statements(data: Mapping[str, list[Entry]]) -> None:
    sources = _keys(data["sources"])
    for statement in data["statements"]:
        source, is_about_source = statement["source"], statement["kind"] == "SOURCE"
        if (source in sources) != is_about_source or (source and not is_about_source):
            raise CatalogueError(f"statements: {statement['code']} has a wrong source: {source}")


def _check_strategy(strategy: Entry, data: Mapping[str, list[Entry]]) -> None:
    name = f"strategies: {strategy['key']}"
    for field, section in {
        "families": "families",
        "targets": "sources",
        "prerequisites": "strategies",
    }.items():
        if unknown := set(strategy[field]) - _keys(data[section]):
            raise CatalogueError(f"{name} has unknown {field}: {_listed(unknown)}")
    if not strategy["families"]:
        raise CatalogueError(f"{name} belongs to no family")
    if list(strategy["targets"].values()).count(1.0) != 1:
        raise CatalogueError(f"{name} needs exactly one target of weight 1")
    for field in ("steps_en", "steps_de"):
        steps = strategy[field]
        if len(steps) != STEPS or not all(isinstance(step, str) and step for step in steps):
            raise CatalogueError(f"{name} needs {STEPS} {field}")


def _by_prerequisite(strategies: Iterable[Entry]) -> list[Entry]:
    by_key = {strategy["key"]: strategy for strategy in strategies}
    graph = {key: strategy["prerequisites"] for key, strategy in by_key.items()}
    try:
        return [by_key[key] for key in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise CatalogueError(f"strategies: prerequisites in a circle: {circle}") from error


def _keys(entries: Iterable[Entry]) -> set[str]:
    return {entry["key"] for entry in entries}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
