"""A drafted plan with few strategies, made for trying other limits on it."""

from plans.drafting import draft_plans
from plans.models import Plan
from resistance.models import OwnerLevel
from surveys.models import State
from tests.factories import (
    NOW,
    make_assessment,
    make_organisation,
    make_source,
    make_source_finding,
    make_strategy,
    make_summary,
    make_team,
    make_unit,
)


def make_steered_plan(*, manager, team=None, sources=("time", "silos")):
    """Twenty people, 60 hours. `slot` costs 20, `aid` 24 (and helps silos), `drill` 58, `board`
    6 of it; `move` needs the organisation. The best plan is slot, aid and board."""
    make_organisation(hours_per_member=3)
    time, silos = (make_source(key=key, name_en=key.title()) for key in sources)
    for key, source, points, hours, also in (
        ("slot", time, 6, 20, {}),
        ("aid", time, 5, 24, {silos: 0.5}),
        ("drill", silos, 9, 58, {}),
        ("board", silos, 3, 6, {}),
    ):
        make_strategy(
            key=key,
            name_en=f"The {key}",
            targets={source: 1.0, **also},
            prior_points=-points,
            hours_fixed=hours,
            hours_per_member=0,
        )
    make_strategy(
        key="move", targets={time: 1.0}, owner_level=OwnerLevel.ORGANISATION, hours_per_member=0
    )
    assessment = make_assessment(state=State.SCORED)
    unit = make_unit(
        assessment=assessment, teams=[team or make_team(managers=(manager,))], invited=20
    )
    for source, raw in ((time, 70), (silos, 60)):
        make_summary(assessment=assessment, source=source)
        make_source_finding(unit=unit, source=source, raw=raw)
    draft_plans(assessment_id=assessment.pk, now=NOW)
    return Plan.objects.get(unit=unit)


def keys_of(plan, state="SUGGESTED"):
    found = plan.recommendations.filter(state=state).exclude(strategy=None)
    return sorted(found.values_list("strategy", flat=True))
