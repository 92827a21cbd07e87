"""Loads the catalogue file into the database and makes new versions of statements.

What an administrator edited stays as it is (`edited_at`), what was used in an assessment is never
changed, and what is missing from the file is left alone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from resistance.catalogue_file import CatalogueError, Entry, read_catalogue
from resistance.models import Source, Statement, Strategy, StrategyTarget

__all__ = ["CatalogueError", "LoadResult", "load_catalogue", "supersede_statement"]


Row = TypeVar("Row", Source, Statement, Strategy)

# What people answered to: a used statement gets a new version when one of these changes.
WORDING = ("kind", "source_id", "text_en", "text_de", "is_asset")
# Where a statement stands in a survey: changed in place, assessments keep their own order.
ARRANGEMENT = ("facet", "in_short_form", "position")


class _Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    SUPERSEDED = "superseded"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class LoadResult:
    """How many sources, statements and strategies together met which fate."""

    created: int = 0
    updated: int = 0
    superseded: int = 0
    unchanged: int = 0


class StatementSupersededError(ValueError):
    """The statement has a newer version already."""


def load_catalogue(path: Path | None = None) -> LoadResult:
    """Brings the database up to the file (the shipped one by default), all or nothing.

    Raises CatalogueError. Running it again changes nothing.
    """
    data = read_catalogue(path)
    with transaction.atomic():
        outcomes = [
            *_load_sources(data["sources"]),
            *_load_statements(data["statements"]),
            *_load_strategies(data["strategies"]),
        ]
    return LoadResult(**Counter(outcome.value for outcome in outcomes))


@transaction.atomic
def supersede_statement(statement: Statement, **changes: object) -> Statement:
    """The next version of `statement`, with `changes` and unused; the old one stays as it is.

    Raises StatementSupersededError when somebody else made a new version meanwhile.
    """
    locked = Statement.objects.select_for_update().get(pk=statement.pk)
    if locked.superseded_by_id is not None:
        raise StatementSupersededError(f"{locked.code} version {locked.version}")
    kept = {field: getattr(locked, field) for field in (*WORDING, *ARRANGEMENT)}
    successor = Statement.objects.create(
        **{"code": locked.code, "version": locked.version + 1, **kept, **changes}
    )
    locked.superseded_by = successor
    locked.save(update_fields=["superseded_by"])
    return successor


def _load_sources(entries: Iterable[Entry]) -> list[_Outcome]:
    existing = Source.objects.in_bulk()
    rows = [(existing.get(entry["key"]), entry) for entry in entries]
    return [*_create(Source, rows), *(_update(row, fields) for row, fields in rows if row)]


def _load_statements(entries: Iterable[Entry]) -> list[_Outcome]:
    current = {statement.code: statement for statement in Statement.objects.current()}
    rows = [(current.get(entry["code"]), _statement_fields(entry)) for entry in entries]
    return [
        *_create(Statement, rows),
        *(_update_statement(row, fields) for row, fields in rows if row),
    ]


def _statement_fields(entry: Entry) -> Entry:
    fields = {**entry, "source_id": entry["source"]}
    del fields["source"]
    return fields


def _update_statement(current: Statement, fields: Entry) -> _Outcome:
    is_reworded = set(_differing(current, fields)) & set(WORDING)
    if current.edited_at or not current.is_used or not is_reworded:
        return _update(current, fields)
    _check(Statement(**fields))
    supersede_statement(current, **fields)
    return _Outcome.SUPERSEDED


def _load_strategies(entries: Iterable[Entry]) -> list[_Outcome]:
    existing = Strategy.objects.prefetch_related("targets", "prerequisites").in_bulk()
    rows = [(existing.get(entry["key"]), entry) for entry in entries]
    outcomes = _create(Strategy, [(row, _own_fields(entry)) for row, entry in rows])
    outcomes += [_update_strategy(row, entry) for row, entry in rows if row]
    _write_links([entry for row, entry in rows if not row or _is_relinked(row, entry)])
    return outcomes


def _update_strategy(existing: Strategy, entry: Entry) -> _Outcome:
    outcome = _update(existing, _own_fields(entry))
    return _Outcome.UPDATED if _is_relinked(existing, entry) else outcome


def _own_fields(entry: Entry) -> Entry:
    return {key: entry[key] for key in entry if key not in ("targets", "prerequisites")}


def _is_relinked(existing: Strategy, entry: Entry) -> bool:
    return not existing.edited_at and _links(existing) != _links_of(entry)


def _links(strategy: Strategy) -> tuple[dict[str, float], set[str]]:
    targets = {target.source_id: target.weight for target in strategy.targets.all()}
    return targets, {needed.pk for needed in strategy.prerequisites.all()}


def _links_of(entry: Entry) -> tuple[dict[str, float], set[str]]:
    return dict(entry["targets"]), set(entry["prerequisites"])


def _write_links(entries: Sequence[Entry]) -> None:
    """The targets and prerequisites of these strategies, in place of what they had."""
    keys, needs = [entry["key"] for entry in entries], Strategy.prerequisites.through
    StrategyTarget.objects.filter(strategy__in=keys).delete()
    needs.objects.filter(from_strategy__in=keys).delete()
    StrategyTarget.objects.bulk_create(
        StrategyTarget(strategy_id=entry["key"], source_id=source, weight=weight)
        for entry in entries
        for source, weight in entry["targets"].items()
    )
    needs.objects.bulk_create(
        needs(from_strategy_id=entry["key"], to_strategy_id=needed)
        for entry in entries
        for needed in entry["prerequisites"]
    )


def _create(model: type[Row], rows: Iterable[tuple[Row | None, Entry]]) -> list[_Outcome]:
    """Those that have no row yet."""
    created = [model(**fields) for existing, fields in rows if existing is None]
    for row in created:
        _check(row)
    model.objects.bulk_create(created)
    return [_Outcome.CREATED] * len(created)


def _update(existing: Source | Statement | Strategy, fields: Entry) -> _Outcome:
    if existing.edited_at or not (changed := _differing(existing, fields)):
        return _Outcome.UNCHANGED
    for field in changed:
        setattr(existing, field, fields[field])
    _check(existing)
    existing.save(update_fields=changed)
    return _Outcome.UPDATED


def _differing(row: models.Model, fields: Entry) -> list[str]:
    return [field for field, value in fields.items() if getattr(row, field) != value]


def _check(row: Source | Statement | Strategy) -> None:
    """The model's own rules about one row, without queries."""
    name = row.code if isinstance(row, Statement) else row.key
    try:
        row.clean_fields(exclude={"source"})
    except ValidationError as error:
        faults = "; ".join(
            f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()
        )
        raise CatalogueError(f"{row._meta.model_name} {name}: {faults}") from error
