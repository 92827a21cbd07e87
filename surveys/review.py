"""The review of comments: nothing is released before a reviewer has read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User, record
from surveys.models import Comment, CommentQuerySet, CommentState, Readers, Unit

#: what may point to somebody: an e-mail address, or three digits and more in a row
POINTERS = r"[^\s@]+@[^\s@]+\.\w+|\+?\d[\d /.-]*\d{2}"
#: what is put in the place of something that was taken out
LEFT_OUT = "[…]"


@dataclass(frozen=True)
class Piece:
    """A stretch of a comment; `is_marked` where it may tell who wrote it or who is meant."""

    text: str
    is_marked: bool


@dataclass(frozen=True)
class CommentRow:
    id: UUID
    question: str
    pieces: tuple[Piece, ...]
    readers: str
    is_for_reviewer_only: bool
    is_redacted: bool
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def suggestion(self) -> str:
        """The text without what is marked, for the reviewer to go on from."""
        return "".join(LEFT_OUT if piece.is_marked else piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Decisions:
    """What is to happen to comments, by their ids; `redact` holds the new texts."""

    release: frozenset[UUID] = frozenset()
    redact: Mapping[UUID, str] = field(default_factory=dict)
    drop: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.release or self.redact or self.drop)


def comments_of(unit: Unit, *, state: str, ids: Iterable[UUID] | None = None) -> list[CommentRow]:
    """Comments of the unit in this state, in their random order; `ids` narrows them."""
    rows = Comment.objects.filter(unit=unit, state=state).select_related("statement")
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    return [_row(comment) for comment in rows]


def _row(comment: Comment) -> CommentRow:
    return CommentRow(
        id=comment.pk,
        question=comment.statement.text,
        pieces=mark(comment.text, comment.names_found),
        readers=str(Readers(comment.readers).label),
        is_for_reviewer_only=comment.readers == Readers.REVIEWER,
        is_redacted=comment.is_redacted,
        names=tuple(comment.names_found),
    )


def mark(text: str, names: Iterable[str]) -> tuple[Piece, ...]:
    """The text cut at the names, addresses and numbers in it."""
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    pattern = rf"\b(?:{words})\b|{POINTERS}" if words else POINTERS
    pieces, end = [], 0
    for found in re.finditer(pattern, text, re.IGNORECASE):
        pieces.append(Piece(text[end : found.start()], is_marked=False))
        pieces.append(Piece(found.group(), is_marked=True))
        end = found.end()
    pieces.append(Piece(text[end:], is_marked=False))
    return tuple(piece for piece in pieces if piece.text)


@transaction.atomic
def decide(*, unit: Unit, decisions: Decisions, by: User) -> list[UUID]:
    """Release, change or drop waiting comments of the unit; returns the ids that are released now.

    A changed text takes the place of the author's, a dropped one leaves only its being counted.
    What somebody else has decided meanwhile stays as it is.
    """
    waiting = Comment.objects.select_for_update().filter(unit=unit, state=CommentState.REVIEW)
    released = _set(waiting, decisions.release, state=CommentState.RELEASED)
    redacted = _redact(waiting, decisions.redact)
    dropped = _set(
        waiting,
        decisions.drop,
        state=CommentState.DROPPED,
        text="",
        names_found=[],
        is_redacted=False,
    )
    for verb, ids in (
        (gettext_noop("comments released"), released),
        (gettext_noop("comments changed and released"), redacted),
        (gettext_noop("comments dropped"), dropped),
    ):
        if ids:
            record(actor=by, verb=verb, subject=unit.assessment, number=len(ids))
    return released + redacted


def _set(
    waiting: CommentQuerySet, ids: Iterable[UUID], **values: str | bool | list[str]
) -> list[UUID]:
    found = list(waiting.filter(pk__in=list(ids)).values_list("pk", flat=True))
    Comment.objects.filter(pk__in=found).update(**values)
    return found


def _redact(waiting: CommentQuerySet, texts: Mapping[UUID, str]) -> list[UUID]:
    found = list(waiting.filter(pk__in=list(texts)))
    for comment in found:
        comment.is_redacted = comment.is_redacted or texts[comment.pk] != comment.text
        comment.text = texts[comment.pk]
        comment.names_found = names_in(comment.text, comment.names_found)
        comment.state = CommentState.RELEASED
        comment.save(update_fields=["is_redacted", "text", "names_found", "state"])
    return [comment.pk for comment in found]


def names_in(text: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are still in the text; the others are not kept either."""
    return [name for name in names if re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)]


@transaction.atomic
def take_back(*, unit: Unit, ids: Iterable[UUID], by: User) -> int:
    """Put released comments back into review; returns how many. The caller knows whose they are.

    What was changed or dropped does not come back: it is not there any more.
    """
    released = Comment.objects.filter(unit=unit, pk__in=list(ids), state=CommentState.RELEASED)
    count = released.update(state=CommentState.REVIEW)
    if count:
        verb = gettext_noop("comments back in review")
        record(actor=by, verb=verb, subject=unit.assessment, number=count)
    return count
