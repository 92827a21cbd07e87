"""Codes for people without e-mail: unnamed slips per group, to be drawn by hand.

A sheet is what one group is handed at one time: all its slips of the opening, or those made when
people joined later. Its slips are in the order of their codes, which says nothing. Nothing here
knows, or could find out, which slips were used.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from accounts.models import Person
from surveys.models import Assessment, Group, Invitation, Slip

BATCH = 2000
#: the first bytes of a slip's id tell its round: 0 at the opening, then one per time people joined
_ROUND_BYTES = 2


@dataclass(frozen=True)
class Sheet:
    """Slips of a group: of the opening (`round` 0) or of the n-th time that people joined."""

    number: int
    round: int
    name: str
    invited: int
    slips: tuple[UUID, ...]

    @property
    def count(self) -> int:
        return len(self.slips)


def count_without_email(teams: Iterable[int]) -> int:
    """How many people of these teams would draw a slip if they were asked now."""
    people = Person.objects.active().filter(team__in=list(teams))
    return people.filter(Q(email=None) | Q(email="")).count()


def holders_of_codes(
    assessment: Assessment, joiners: Sequence[Invitation] | None = None
) -> dict[UUID, int]:
    """What a code is derived from → id of its group: invitations, and slips that are made here.

    For everybody invited, at the opening, or for these joiners. Whoever has no e-mail address at
    that moment gets no code of their own, also not later.
    """
    holders: dict[UUID, int] = {}
    missing: Counter[int] = Counter()
    only = None if joiners is None else {invitation.pk for invitation in joiners}
    invited = Invitation.objects.filter(assessment=assessment)
    for pk, group, email in invited.values_list("pk", "group", "person__email"):
        if only is None or pk in only:
            if email:
                holders[pk] = group
            else:
                missing[group] += 1
    return holders | _make_slips(assessment, missing, is_opening=joiners is None)


def _make_slips(
    assessment: Assessment, missing: Counter[int], *, is_opening: bool
) -> dict[UUID, int]:
    """That many slips per group id, in random order."""
    made = Slip.objects.filter(assessment=assessment).values_list("pk", flat=True)
    when = 0 if is_opening else max(map(_round_of, made), default=0) + 1
    slips = [
        Slip(id=_new_id(when), assessment=assessment, group_id=group)
        for group in missing.elements()
    ]
    slips.sort(key=lambda slip: slip.id)
    Slip.objects.bulk_create(slips, BATCH)
    return {slip.id: slip.group_id for slip in slips}


def _new_id(when: int) -> UUID:
    """Random but for the first bytes, so that a later sheet holds the later slips alone."""
    return UUID(bytes=when.to_bytes(_ROUND_BYTES, "big") + secrets.token_bytes(16 - _ROUND_BYTES))


def _round_of(slip: UUID) -> int:
    return int.from_bytes(slip.bytes[:_ROUND_BYTES], "big")


def sheets_of(assessment: Assessment) -> list[Sheet]:
    """What can be printed, group by group; empty where everybody has e-mail."""
    slips: dict[tuple[int, int], list[UUID]] = {}
    for pk, group in Slip.objects.filter(assessment=assessment).values_list("pk", "group"):
        slips.setdefault((group, _round_of(pk)), []).append(pk)
    groups = Group.objects.in_bulk({group for group, _round in slips})
    sheets = [
        Sheet(groups[group].number, when, groups[group].name, groups[group].invited, tuple(found))
        for (group, when), found in slips.items()
    ]
    return sorted(sheets, key=lambda sheet: (sheet.number, sheet.round))
