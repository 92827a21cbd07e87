"""What happened half a year before: everybody was asked a first time, and two teams acted on it.

The assessment of last month can therefore tell changes, and whether these actions worked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid5

from django.utils import timezone

from accounts.models import Person
from demonstration import company
from demonstration.answers import SPRING
from demonstration.people import Staff
from demonstration.story import NAMESPACE, all_teams, ask_everybody
from plans import planning, running
from plans.models import Plan
from surveys.models import Assessment

#: days before today at which things happened
OPENED, ANSWERED, CLOSED, TAKEN_ON, FINISHED = 221, 214, 207, 195, 120


@dataclass(frozen=True)
class Done:
    """What a unit did against a source, and who led it."""

    unit: str
    lead: str
    source: str


DONE = (
    Done("Calls A", "Tom Reyes", "understanding"),
    Done("Quayside", "Sofia Brandt", "leadership"),
)


def run_spring(staff: Staff, *, now: datetime) -> Assessment:
    """Asked everywhere, scored, and two plans of it carried out; nobody looks at the others now."""
    plans = [replace(plan, peaks=_peaks(plan)) for plan in all_teams()]
    assessment = ask_everybody(
        staff,
        uuid5(NAMESPACE, "one-call resolution, spring"),
        plans,
        season=SPRING,
        days=(OPENED, ANSWERED, CLOSED),
        now=now,
    )
    for done in DONE:
        _carry_out(done, assessment, staff, now)
    Plan.objects.filter(unit__assessment=assessment, actions=None).delete()
    return assessment


def _peaks(plan: company.TeamPlan) -> dict[str, int]:
    return company.SPRING_PEAKS.get(plan.name, plan.peaks)


def _carry_out(done: Done, assessment: Assessment, staff: Staff, now: datetime) -> None:
    plan = Plan.objects.get(unit__assessment=assessment, unit__name=done.unit)
    aiming = plan.recommendations.filter(source=done.source).exclude(strategy=None)
    lead, finished = staff.users[done.lead], now - timedelta(days=FINISHED)
    action = planning.accept_recommendation(
        recommendation_id=aiming[0].pk,
        by=lead,
        owner=Person.objects.get(name=done.lead),
        due_date=timezone.localdate(finished),
        now=now - timedelta(days=TAKEN_ON),
    )
    steps = action.steps.values_list("pk", flat=True)
    running.tick_steps(action_id=action.pk, by=lead, done=list(steps), now=finished)
    running.check_in(
        action_id=action.pk,
        by=lead,
        state="DONE",
        now=finished,
        note="All steps are done.",
    )
