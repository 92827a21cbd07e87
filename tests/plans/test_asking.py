from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from plans import asking
from plans.models import RecommendationState, Request, RequestState
from plans.rules import NotAllowedError, PlanningError
from resistance.models import OwnerLevel
from surveys.models import UnitKind
from tests.factories import (
    NOW,
    make_plan,
    make_recommendation,
    make_request,
    make_strategy,
    make_team,
    make_unit,
)
from tests.plans.place import TODAY, Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return Place()


def test_ask_upwards_goes_to_the_team_above(place):
    wish = place.recommend(state=RecommendationState.UPWARDS)

    asked = asking.ask_upwards(
        plan_id=place.plan.pk, recommendation_id=wish.pk, by=place.manager, now=NOW, note="Please."
    )

    wish.refresh_from_db()
    assert (asked.to_team, asked.level, asked.title) == (
        place.top,
        OwnerLevel.DEPARTMENT,
        place.strategy.name,
    )
    assert asked.answer_due_date == TODAY + timedelta(days=14)
    assert wish.state == RecommendationState.ACCEPTED


def test_ask_upwards_for_the_organisation_goes_to_the_root(place):
    leaf = make_team(parent=place.team, managers=(place.manager,))
    unit = make_unit(assessment=place.unit.assessment, teams=[leaf])
    strategy = make_strategy(targets={place.source: 1.0}, owner_level=OwnerLevel.ORGANISATION)
    plan = make_plan(unit=unit)
    wish = make_recommendation(
        plan=plan, strategy=strategy, source=place.source, state=RecommendationState.UPWARDS
    )

    asked = asking.ask_upwards(
        plan_id=plan.pk, recommendation_id=wish.pk, by=place.manager, now=NOW
    )

    assert (asked.to_team, asked.level) == (place.top, OwnerLevel.ORGANISATION)


def test_ask_upwards_for_merged_teams_goes_to_their_own_node(place):
    unit = make_unit(
        assessment=place.unit.assessment,
        teams=[place.team, make_team(parent=place.top)],
        node=make_unit(assessment=place.unit.assessment, teams=[place.top]).node,
        kind=UnitKind.MERGED,
    )
    plan = make_plan(unit=unit)

    asked = asking.ask_upwards(plan_id=plan.pk, by=place.manager, title="A room", now=NOW)

    assert asked.to_team == place.top


def test_answer_request_grants_and_keeps_who_answered(place):
    request = make_request(plan=place.plan, to_team=place.top)

    asking.answer_request(
        request_id=request.pk, by=place.director, is_granted=True, answer="From May.", now=NOW
    )

    request.refresh_from_db()
    assert (request.state, request.answered_by) == (RequestState.GRANTED, place.director)
    assert AuditEntry.objects.filter(verb="request granted").exists()


def test_answer_request_refuses_only_with_a_reason(place):
    request = make_request(plan=place.plan, to_team=place.top)

    with pytest.raises(PlanningError, match="why not"):
        asking.answer_request(
            request_id=request.pk, by=place.director, is_granted=False, answer="", now=NOW
        )

    assert Request.objects.get().state == RequestState.ASKED


def test_answer_request_is_not_for_the_team_that_asks(place):
    request = make_request(plan=place.plan, to_team=place.top)

    with pytest.raises(NotAllowedError):
        asking.answer_request(
            request_id=request.pk, by=place.manager, is_granted=True, answer="", now=NOW
        )


def test_answer_request_answers_once(place):
    request = make_request(plan=place.plan, to_team=place.top)
    answer = {
        "request_id": request.pk,
        "by": place.hr,
        "is_granted": True,
        "answer": "",
        "now": NOW,
    }
    asking.answer_request(**answer)

    with pytest.raises(PlanningError, match="already"):
        asking.answer_request(**answer)
