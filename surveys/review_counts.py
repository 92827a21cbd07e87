"""How many comments came in at a unit and what the reviewer did with them: counts, never texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from surveys.models import Comment, CommentState, Unit


@dataclass(frozen=True)
class ReviewCounts:
    """`released` are word for word, `redacted` are released after the reviewer changed them."""

    waiting: int = 0
    released: int = 0
    redacted: int = 0
    dropped: int = 0

    @property
    def received(self) -> int:
        return self.waiting + self.released + self.redacted + self.dropped


def counts_of(unit: Unit) -> ReviewCounts:
    """The counts of one unit; one query."""
    return ReviewCounts(**Comment.objects.filter(unit=unit).aggregate(**_counts("")))


def counted_units() -> Iterator[tuple[Unit, ReviewCounts]]:
    """Units that have comments with their counts, newest assessment first; one query."""
    rows: QuerySet[Unit] = (
        Unit.objects.filter(comments__isnull=False)
        .select_related("assessment")
        .annotate(**_counts("comments__"))
        .order_by("-assessment__scored_at", "assessment", "position")
    )
    names = ReviewCounts.__dataclass_fields__
    for unit in rows:
        yield unit, ReviewCounts(**{name: getattr(unit, name) for name in names})


def _counts(prefix: str) -> dict[str, Count]:
    released = Q(**{f"{prefix}state": CommentState.RELEASED})
    changed = Q(**{f"{prefix}is_redacted": True})
    wanted = {
        "waiting": Q(**{f"{prefix}state": CommentState.REVIEW}),
        "released": released & ~changed,
        "redacted": released & changed,
        "dropped": Q(**{f"{prefix}state": CommentState.DROPPED}),
    }
    return {name: Count(f"{prefix}pk", filter=which) for name, which in wanted.items()}
