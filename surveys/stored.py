"""Which tables and fields hold something about people and answers, read from the models.

The words come from `stored_texts` and `stored_results`; names, kinds and order from the models,
so that no page can leave out a field. Pages and the package for the works council use this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Field, Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.stored_results import DESCRIPTIONS
from surveys.stored_texts import Description, Part

KINDS = {
    "AutoField": gettext_lazy("number"),
    "BigAutoField": gettext_lazy("number"),
    "BinaryField": gettext_lazy("bytes"),
    "BooleanField": gettext_lazy("yes or no"),
    "CharField": gettext_lazy("text"),
    "DateField": gettext_lazy("day"),
    "DateTimeField": gettext_lazy("day and time"),
    "DecimalField": gettext_lazy("number"),
    "EmailField": gettext_lazy("text"),
    "FloatField": gettext_lazy("number"),
    "ForeignKey": gettext_lazy("reference"),
    "JSONField": gettext_lazy("list"),
    "ManyToManyField": gettext_lazy("references, in a table of their own"),
    "OneToOneField": gettext_lazy("reference"),
    "PositiveIntegerField": gettext_lazy("number"),
    "PositiveSmallIntegerField": gettext_lazy("number"),
    "SlugField": gettext_lazy("text"),
    "SmallIntegerField": gettext_lazy("number"),
    "TextField": gettext_lazy("text"),
    "TreeNodeForeignKey": gettext_lazy("reference"),
    "UUIDField": gettext_lazy("random number"),
}


@dataclass(frozen=True)
class StoredField:
    """A column as the database has it, the kind of its values, and what it is for."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class StoredTable:
    """One kind of row: `name` is the database's, `title` the reader's."""

    name: str
    title: str
    purpose: str
    kept: str
    fields: tuple[StoredField, ...]


@dataclass(frozen=True)
class StoredPart:
    title: str
    tables: tuple[StoredTable, ...]


def stored_parts() -> list[StoredPart]:
    """Every table, in four chapters, in the active language.

    Raises KeyError for a field that nobody has described.
    """
    return [
        StoredPart(
            title=str(part.label),
            tables=tuple(_table(one) for one in DESCRIPTIONS if one.part == part),
        )
        for part in Part
    ]


def stored_tables() -> list[StoredTable]:
    return [table for part in stored_parts() for table in part.tables]


def fields_of(model: type[Model]) -> list[Field[Any, Any]]:
    """The fields that are columns or tables of their own; not what points here from elsewhere."""
    fields = [field for field in model._meta.get_fields() if isinstance(field, Field)]
    return [field for field in fields if field.column or field.many_to_many]


def _table(described: Description) -> StoredTable:
    return StoredTable(
        name=described.model._meta.db_table,
        title=str(described.title),
        purpose=str(described.purpose),
        kept=str(described.kept.label),
        fields=tuple(
            StoredField(
                name=field.column or field.name,
                kind=_kind(field),
                meaning=str(described.meanings[field.name]),
            )
            for field in fields_of(described.model)
        ),
    )


def _kind(field: Field[Any, Any]) -> str:
    kind = str(KINDS[field.get_internal_type()])
    return _("%(kind)s, may be empty") % {"kind": kind} if field.null else kind
