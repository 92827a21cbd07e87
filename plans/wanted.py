"""What somebody tries on a plan: limits and wishes; a query string holds all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlencode

from django.urls import reverse

from plans.models import Plan


@dataclass(frozen=True)
class Wanted:
    budget_hours: float
    horizon_weeks: int
    pinned: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()

    @classmethod
    def as_kept(cls, plan: Plan) -> Wanted:
        pinned, left_out = frozenset(plan.pinned), frozenset(plan.left_out)
        return cls(plan.budget_hours, plan.horizon_weeks, pinned, left_out)

    def pinning(self, key: str) -> Wanted:
        return replace(self, pinned=self.pinned | {key}, left_out=self.left_out - {key})

    def leaving_out(self, key: str) -> Wanted:
        return replace(self, pinned=self.pinned - {key}, left_out=self.left_out | {key})

    def without_wish(self, key: str) -> Wanted:
        return replace(self, pinned=self.pinned - {key}, left_out=self.left_out - {key})

    def with_hours(self, more: int) -> Wanted:
        return replace(self, budget_hours=self.budget_hours + more)

    def with_weeks(self, more: int) -> Wanted:
        return replace(self, horizon_weeks=self.horizon_weeks + more)

    @property
    def budget_text(self) -> str:
        """As a form field holds it."""
        return plain_number(self.budget_hours)

    @property
    def mark(self) -> str:
        """The same for the same limits and wishes; tells whether somebody changed them."""
        parts = (self.budget_text, self.horizon_weeks, sorted(self.pinned), sorted(self.left_out))
        return sha256(repr(parts).encode()).hexdigest()[:16]

    def url(self, plan: Plan) -> str:
        """The address of its preview."""
        query: list[tuple[str, object]] = [
            ("budget_hours", plain_number(self.budget_hours)),
            ("horizon_weeks", self.horizon_weeks),
        ]
        query += _pairs("pinned", self.pinned) + _pairs("left_out", self.left_out)
        return f"{reverse('plans:preview', args=[plan.pk])}?{urlencode(query)}"


def plain_number(value: float) -> str:
    """As a form field and an address hold it, in any language: “60” or “60.5”."""
    return f"{value:g}" if abs(value) < 1e5 else f"{value:.1f}"


def _pairs(name: str, keys: Iterable[str]) -> list[tuple[str, object]]:
    return [(name, key) for key in sorted(keys)]
