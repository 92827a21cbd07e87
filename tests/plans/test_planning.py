from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from plans import planning
from plans.models import ActionStatus, EventKind, RecommendationState
from plans.rules import NotAllowedError, PlanningError
from tests.factories import NOW, make_recommendation, make_user
from tests.plans.place import TODAY, Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return Place()


def test_accept_recommendation_makes_an_action_with_steps_and_history(place):
    action = place.accept(first_step_when="the rota is drafted", first_step_then="mark the slot")

    place.suggestion.refresh_from_db()
    assert place.suggestion.state == RecommendationState.ACCEPTED
    assert (action.title, action.source, action.hours) == (place.strategy.name, place.source, 10)
    assert [step.text for step in action.steps.all()] == ["First step", "Second step"]
    assert [event.kind for event in action.events.all()] == [EventKind.ACCEPTED]


def test_accept_recommendation_refuses_a_fourth_open_action(place):
    for _ in range(3):
        place.act()

    with pytest.raises(PlanningError, match="Three actions are open"):
        place.accept()


def test_accept_recommendation_does_not_count_finished_actions(place):
    for status in (ActionStatus.DONE, ActionStatus.STOPPED, ActionStatus.MOVING):
        place.act(status=status)

    assert place.accept().is_open


def test_accept_recommendation_works_once(place):
    place.accept()

    with pytest.raises(PlanningError, match="decided already"):
        place.accept()


@pytest.mark.parametrize("stranger", ["other", "hr"])
def test_accept_recommendation_is_for_managers_of_the_unit(place, stranger):
    by = place.hr if stranger == "hr" else make_user()

    with pytest.raises(NotAllowedError):
        place.accept(by=by)


def test_accept_recommendation_is_open_to_managers_above(place):
    assert place.accept(by=place.director).accepted_by == place.director


def test_accept_conversation_asks_for_its_source(place):
    talk = make_recommendation(plan=place.plan, reason={"conversation": "NOTHING_FITS"})

    with pytest.raises(PlanningError, match="which source"):
        place.accept(recommendation_id=talk.pk)

    action = place.accept(recommendation_id=talk.pk, source=place.source)
    assert (action.title, action.steps.count()) == ("A conversation with the team", 3)


def test_add_own_action_keeps_its_steps_in_order(place):
    action = planning.add_own_action(
        plan_id=place.plan.pk,
        by=place.manager,
        now=NOW,
        title="Coffee with Returns",
        source=place.source,
        owner=place.owner,
        due_date=TODAY,
        steps=["Ask", "Meet"],
    )

    assert [(step.position, step.text) for step in action.steps.all()] == [(0, "Ask"), (1, "Meet")]
    assert action.events.get().kind == EventKind.ADDED


def test_decline_keeps_its_reason(place):
    planning.decline(
        recommendation_id=place.suggestion.pk, by=place.manager, because="Tried it.", now=NOW
    )

    place.suggestion.refresh_from_db()
    assert place.suggestion.state == RecommendationState.DECLINED
    assert place.suggestion.declined_because == "Tried it."


def test_decline_needs_a_reason(place):
    with pytest.raises(PlanningError, match="reason"):
        planning.decline(
            recommendation_id=place.suggestion.pk, by=place.manager, because="  ", now=NOW
        )


def test_name_lead_takes_a_manager_above_and_nobody_else(place):
    planning.name_lead(plan_id=place.plan.pk, by=place.hr, lead=place.director, now=NOW)

    place.plan.refresh_from_db()
    assert place.plan.lead == place.director
    with pytest.raises(PlanningError, match="Only a manager"):
        planning.name_lead(plan_id=place.plan.pk, by=place.hr, lead=make_user(), now=NOW)


def test_note_viewed_remembers_the_first_time_of_the_lead(place):
    planning.note_viewed(plan=place.plan, by=place.director, now=NOW)
    place.plan.refresh_from_db()
    assert place.plan.viewed_at is None

    planning.note_viewed(plan=place.plan, by=place.manager, now=NOW)
    place.plan.refresh_from_db()
    assert place.plan.viewed_at == NOW


@pytest.mark.django_db(transaction=True)
def test_accept_recommendation_keeps_to_three_when_six_come_at_once():
    place = Place()
    waiting = [place.recommend().pk for _ in range(6)]

    def accept(pk):
        try:
            place.accept(recommendation_id=pk)
        except PlanningError as error:
            return str(error)[:5]
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(accept, waiting))

    assert outcomes == ["Three"] * 3 + ["taken"] * 3
    assert place.plan.actions.open().count() == 3
