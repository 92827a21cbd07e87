"""What is stored about a survey, read from the models themselves so that no page can forget it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Field, Model
from django.utils.translation import gettext as _

from accounts.models import Person
from surveys.models import (
    Ballot,
    Comment,
    Credential,
    Delivery,
    Invitation,
    LedgerEntry,
    SourceFinding,
    StatementFinding,
)


@dataclass(frozen=True)
class StoredTable:
    """One kind of row: its name, what it is for, its fields as the database has them, how long."""

    name: str
    purpose: str
    fields: tuple[str, ...]
    kept: str


def stored_tables() -> list[StoredTable]:
    """Every table that holds something about people or answers, in the order of a survey."""
    until_counted = _("deleted at the counting")
    with_assessment = _("as long as the assessment")
    return [
        _table(Person, _("Who may be invited, from HR's roster."), _("until HR removes it")),
        _table(
            Invitation,
            _("Who was invited, in which group. Not whether they took part."),
            _("24 months"),
        ),
        _table(
            Credential,
            _("The fingerprint of a code. The code itself is stored nowhere."),
            until_counted,
        ),
        _table(
            Delivery,
            _("Which mails still have to go out. The text is made when it is sent."),
            until_counted,
        ),
        _table(
            LedgerEntry,
            _("That an invitation was used, scrambled with a key outside the database."),
            until_counted,
        ),
        _table(
            Ballot,
            _("Sealed answers, all of one size. No person, team, time, address or order."),
            until_counted,
        ),
        _table(SourceFinding, _("What may be shown of a source for a unit."), with_assessment),
        _table(
            StatementFinding, _("What may be shown of a statement for a unit."), with_assessment
        ),
        _table(
            Comment,
            _("A comment at one unit. No author, time or score; readable after a review."),
            with_assessment,
        ),
    ]


def _table(model: type[Model], purpose: str, kept: str) -> StoredTable:
    fields = [field for field in model._meta.get_fields() if isinstance(field, Field)]
    name = str(model._meta.verbose_name)
    return StoredTable(
        name=name[:1].upper() + name[1:],
        purpose=purpose,
        fields=tuple(field.column for field in fields if field.column),
        kept=kept,
    )
