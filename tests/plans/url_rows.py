"""Rows of the table of addresses: plans."""

from datetime import timedelta

from django.utils import timezone

from plans.models import Action, Plan, Recommendation, RecommendationState
from surveys.models import Assessment
from tests.factories import (
    ask,
    make_action,
    make_plan,
    make_recommendation,
    make_request,
    make_source,
    make_statement,
    make_strategy,
)
from tests.url_table import EVERYONE, Row, World


def a_plan(world: World) -> Plan:
    return make_plan(unit=world.unit, lead=world.user("manager"))


def plan(world: World) -> dict[str, object]:
    return {"pk": a_plan(world).pk}


def recommendation(world: World, state: str = RecommendationState.SUGGESTED) -> Recommendation:
    source = make_source()
    strategy = make_strategy(targets={source: 1.0})
    return make_recommendation(plan=a_plan(world), strategy=strategy, source=source, state=state)


def suggestion(world: World) -> dict[str, object]:
    return {"pk": recommendation(world).pk}


def upwards(world: World) -> dict[str, object]:
    return {"pk": recommendation(world, RecommendationState.UPWARDS).pk}


def an_action(world: World) -> Action:
    return make_action(plan=a_plan(world), source=make_source(), owner=world.person)


def action(world: World) -> dict[str, object]:
    return {"pk": an_action(world).pk}


def request(world: World) -> dict[str, object]:
    return {"pk": make_request(plan=a_plan(world), to_team=world.team).pk}


def strategy(_world: World) -> dict[str, object]:
    return {"slug": make_strategy(targets={make_source(): 1.0}).key}


def due(world: World) -> dict[str, object]:
    """An action that had its time, on a source with a value from before."""
    begun = timezone.now() - timedelta(weeks=30)
    source = make_source()
    Assessment.objects.filter(pk=world.scored.pk).update(scored_at=begun)
    ask(world.scored, [make_statement(source=source)])
    make_action(
        plan=a_plan(world),
        source=source,
        owner=world.person,
        strategy=make_strategy(targets={source: 1.0}),
        accepted_at=begun,
    )
    return {"follows": world.scored.pk, "source": source.pk}


ROWS: dict[str, Row] = {
    "plans:home": Row(EVERYONE),
    "plans:overview": Row("hr"),
    "plans:plans": Row(EVERYONE),
    "plans:plan": Row("manager hr", arguments=plan),
    "plans:preview": Row("manager", arguments=plan),
    "plans:keep": Row("manager", method="post", arguments=plan),
    "plans:plan_print": Row("manager hr", arguments=plan),
    "plans:add": Row("manager", arguments=plan),
    "plans:ask_own": Row("manager", arguments=plan),
    "plans:lead": Row("manager hr", arguments=plan),
    "plans:accept": Row("manager", arguments=suggestion),
    "plans:decline": Row("manager", arguments=suggestion),
    "plans:ask": Row("manager", arguments=upwards),
    "plans:requests": Row(EVERYONE),
    "plans:request": Row("manager hr", arguments=request),
    "plans:action": Row("manager hr", arguments=action),
    "plans:check_in": Row("manager", method="post", arguments=action),
    "plans:steps": Row("manager", method="post", arguments=action),
    "plans:add_step": Row("manager", method="post", arguments=action),
    "plans:edit": Row("manager", arguments=action),
    "plans:stop": Row("manager", arguments=action),
    "plans:reopen": Row("manager", arguments=action),
    "plans:strategies": Row(EVERYONE),
    "plans:strategy": Row(EVERYONE, arguments=strategy),
    "plans:repulses": Row("manager other_manager hr"),
    "plans:repulses_due": Row("manager other_manager hr"),
    "plans:repulse": Row("manager hr", arguments=due),
    "plans:repulse_preview": Row("manager hr", arguments=due),
    "plans:export_xlsx": Row(EVERYONE),
    "plans:export_csv": Row(EVERYONE),
}
