"""Which plans newer ones have replaced: the promise of an answer passes on to those."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet

from plans.models import Plan
from surveys.models import UnitTeam

SCORED_AT = "unit__assessment__scored_at"


def replaced() -> Any:
    """Of a plan: whether a newer assessment made a plan for every team of its unit.

    Actions and requests of a replaced plan go on; nobody waits for an answer to it any more.
    """
    newer = _planned().filter(
        team=OuterRef("team"), unit__assessment__scored_at__gt=OuterRef(OuterRef(SCORED_AT))
    )
    left = UnitTeam.objects.filter(~Exists(newer), unit=OuterRef("unit"))
    return ~Exists(left)


def newest_plans() -> QuerySet[Plan]:
    """Those of the whole organisation that none has replaced. An assessment that is the last one
    of no team is left out in one go."""
    last = _planned().order_by().values("team").annotate(last=Max(SCORED_AT)).values("last")
    return Plan.objects.filter(unit__assessment__scored_at__in=last).exclude(replaced())


def _planned() -> QuerySet[UnitTeam]:
    """Teams of units with a plan, in the smallest unit that holds each."""
    return UnitTeam.objects.filter(is_smallest=True, unit__plan__isnull=False)
