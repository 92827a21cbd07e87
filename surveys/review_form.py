"""What a reviewer says about each waiting comment: release, change, drop, or nothing yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.review import CommentRow, Decisions

MAX_TEXT = 2000


class Decision(TextChoices):
    RELEASE = "release", gettext_lazy("Release")
    REDACT = "redact", gettext_lazy("Change and release")
    DROP = "drop", gettext_lazy("Drop")
    WAIT = "wait", gettext_lazy("Decide later")


@dataclass(frozen=True)
class Entry:
    """A comment with what was chosen for it; `text` is what it would become when changed."""

    row: CommentRow
    choice: str
    text: str
    problems: Sequence[str]


class ReviewForm(forms.Form):
    """Per comment `d-<id>`, a `Decision`, and `t-<id>`, the changed text."""

    decisions_offered = Decision.choices

    def __init__(self, data: QueryDict | None, *, rows: Sequence[CommentRow]) -> None:
        super().__init__(data)
        self.rows = rows
        for row in rows:
            self.fields[f"d-{row.id}"] = forms.ChoiceField(choices=Decision.choices, required=False)
            self.fields[f"t-{row.id}"] = forms.CharField(max_length=MAX_TEXT, required=False)

    def clean(self) -> None:
        for row in self.rows:
            name = f"t-{row.id}"
            choice, text = self.cleaned_data.get(f"d-{row.id}"), self.cleaned_data.get(name)
            if choice == Decision.REDACT and not text and name not in self.errors:
                self.add_error(name, _("Write what is left of it, or drop it."))
            if choice == Decision.RELEASE and text and _is_edited(row, text):
                self.add_error(
                    name,
                    _("You have changed the text: choose “Change and release” if that is meant."),
                )

    def decisions(self) -> Decisions:
        """What was chosen, after `is_valid()`. A text on one line, as comments are kept."""
        chosen = {row.id: self.cleaned_data[f"d-{row.id}"] for row in self.rows}
        texts = {row.id: _on_one_line(self.cleaned_data[f"t-{row.id}"]) for row in self.rows}
        unchanged = {row.id for row in self.rows if texts[row.id] == row.text}
        changed = _those(chosen, Decision.REDACT)
        return Decisions(
            release=_those(chosen, Decision.RELEASE) | (changed & unchanged),
            redact={pk: texts[pk] for pk in changed - unchanged},
            drop=_those(chosen, Decision.DROP),
        )

    def entries(self) -> Iterator[Entry]:
        for row in self.rows:
            choice, text = self[f"d-{row.id}"], self[f"t-{row.id}"]
            yield Entry(
                row=row,
                choice=choice.value() or Decision.WAIT,
                text=row.suggestion if text.value() is None else text.value(),
                problems=[*choice.errors, *text.errors],
            )


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _is_edited(row: CommentRow, text: str) -> bool:
    return _on_one_line(text) not in (row.text, row.suggestion)


def _those(chosen: dict[UUID, str], decision: Decision) -> frozenset[UUID]:
    return frozenset(pk for pk, value in chosen.items() if value == decision)
