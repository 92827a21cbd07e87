"""The review of comments: nothing is released before a reviewer has read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from accounts.models import User, record
from surveys.models import Comment, CommentState, Readers, Unit

#: what may point to somebody: an e-mail address, or three digits and more in a row
POINTERS = r"[^\s@]+@[^\s@]+\.\w+|\+?\d[\d /.-]*\d{2}"


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
    names: tuple[str, ...]


@dataclass(frozen=True)
class UnitRow:
    """How far the review of a unit is; counts of comments."""

    unit: Unit
    waiting: int
    released: int
    dropped: int


def units_with_comments() -> list[UnitRow]:
    """Units that have comments, newest assessment first; one query."""
    units = (
        Unit.objects.filter(comments__isnull=False)
        .select_related("assessment")
        .annotate(
            waiting=Count("comments", filter=Q(comments__state=CommentState.REVIEW)),
            released=Count("comments", filter=Q(comments__state=CommentState.RELEASED)),
            dropped=Count("comments", filter=Q(comments__state=CommentState.DROPPED)),
        )
        .order_by("-assessment__scored_at", "assessment", "position")
    )
    return [UnitRow(unit, unit.waiting, unit.released, unit.dropped) for unit in units]


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
def decide(*, unit: Unit, release: Iterable[UUID], drop: Iterable[UUID], by: User) -> list[UUID]:
    """Release and drop waiting comments of the unit; returns the ids that were decided now.

    What somebody else has decided meanwhile stays as it is.
    """
    waiting = Comment.objects.select_for_update().filter(unit=unit, state=CommentState.REVIEW)
    decided: list[UUID] = []
    for ids, state in ((release, CommentState.RELEASED), (drop, CommentState.DROPPED)):
        found = list(waiting.filter(pk__in=list(ids)).values_list("pk", flat=True))
        Comment.objects.filter(pk__in=found).update(state=state)
        decided += found
        if found:
            verb = f"comments {state.lower()}"
            record(actor=by, verb=verb, subject=unit.assessment, number=len(found))
    return decided


@transaction.atomic
def take_back(*, unit: Unit, ids: Iterable[UUID], by: User) -> int:
    """Put decided comments back into review; returns how many. The caller knows whose they are."""
    decided = Comment.objects.filter(unit=unit, pk__in=list(ids)).exclude(state=CommentState.REVIEW)
    count = decided.update(state=CommentState.REVIEW)
    if count:
        record(actor=by, verb="comments back in review", subject=unit.assessment, number=count)
    return count
