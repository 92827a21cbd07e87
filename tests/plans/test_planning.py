from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import AuditEntry
from plans import planning
from plans.models import (
    ActionEvent,
    ActionStatus,
    EventKind,
    RecommendationState,
    Request,
    RequestState,
)
from resistance.models import OwnerLevel
from surveys.models import State, UnitKind
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_person,
    make_plan,
    make_recommendation,
    make_request,
    make_source,
    make_strategy,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


class Place:
    """A team with manager, owner, plan and one suggestion below a department with its director."""

    def __init__(self):
        self.director, self.manager, self.hr = make_user(), make_user(), make_user(is_hr=True)
        self.top = make_team(managers=(self.director,))
        self.team = make_team(parent=self.top, managers=(self.manager,))
        self.owner = make_person(team=self.team)
        self.unit = make_unit(assessment=make_assessment(state=State.SCORED), teams=[self.team])
        self.plan = make_plan(unit=self.unit, lead=self.manager)
        self.source = make_source()
        self.strategy = make_strategy(targets={self.source: 1.0})
        self.suggestion = self.recommend()

    def recommend(self, **fields):
        defaults = {"plan": self.plan, "strategy": self.strategy, "source": self.source}
        return make_recommendation(**{**defaults, **fields})

    def act(self, **fields):
        return make_action(plan=self.plan, source=self.source, owner=self.owner, **fields)

    def accept(self, **fields):
        arguments = {
            "recommendation_id": self.suggestion.pk,
            "by": self.manager,
            "owner": self.owner,
            "due_date": TODAY + timedelta(weeks=4),
            "now": NOW,
        }
        return planning.accept_recommendation(**{**arguments, **fields})


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

    with pytest.raises(planning.PlanningError, match="Three actions are open"):
        place.accept()


def test_accept_recommendation_does_not_count_finished_actions(place):
    for status in (ActionStatus.DONE, ActionStatus.STOPPED, ActionStatus.MOVING):
        place.act(status=status)

    assert place.accept().is_open


def test_accept_recommendation_works_once(place):
    place.accept()

    with pytest.raises(planning.PlanningError, match="decided already"):
        place.accept()


@pytest.mark.parametrize("stranger", ["other", "hr"])
def test_accept_recommendation_is_for_managers_of_the_unit(place, stranger):
    by = place.hr if stranger == "hr" else make_user()

    with pytest.raises(planning.NotAllowedError):
        place.accept(by=by)


def test_accept_recommendation_is_open_to_managers_above(place):
    assert place.accept(by=place.director).accepted_by == place.director


def test_accept_conversation_asks_for_its_source(place):
    talk = make_recommendation(plan=place.plan, reason={"conversation": "NOTHING_FITS"})

    with pytest.raises(planning.PlanningError, match="which source"):
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


def test_edit_action_writes_before_and_after(place):
    action = place.act(due_date=TODAY)

    planning.edit_action(
        action_id=action.pk,
        by=place.manager,
        now=NOW,
        because="rota was out",
        due_date=TODAY + timedelta(days=7),
        title=action.title,
    )

    assert action.events.get().detail == {
        "before": {"due_date": "2026-11-16"},
        "after": {"due_date": "2026-11-23"},
        "because": "rota was out",
    }


def test_edit_action_without_a_change_writes_nothing(place):
    action = place.act()

    planning.edit_action(action_id=action.pk, by=place.manager, now=NOW, title=action.title)

    assert not ActionEvent.objects.exists()


def test_decline_keeps_its_reason(place):
    planning.decline(
        recommendation_id=place.suggestion.pk, by=place.manager, because="Tried it.", now=NOW
    )

    place.suggestion.refresh_from_db()
    assert place.suggestion.state == RecommendationState.DECLINED
    assert place.suggestion.declined_because == "Tried it."


def test_decline_needs_a_reason(place):
    with pytest.raises(planning.PlanningError, match="reason"):
        planning.decline(
            recommendation_id=place.suggestion.pk, by=place.manager, because="  ", now=NOW
        )


def test_check_in_moves_the_state_and_its_date(place):
    action = place.act()
    later = NOW + timedelta(days=7)

    planning.check_in(
        action_id=action.pk, by=place.manager, state="BLOCKED", note="no room", now=later
    )

    action.refresh_from_db()
    assert (action.status, action.status_since) == (ActionStatus.BLOCKED, later)
    assert action.events.get().detail == {"state": "BLOCKED", "note": "no room"}


def test_check_in_keeps_the_date_of_an_unchanged_state(place):
    action = place.act(status=ActionStatus.BLOCKED)

    planning.check_in(
        action_id=action.pk, by=place.manager, state="BLOCKED", now=NOW + timedelta(days=7)
    )

    action.refresh_from_db()
    assert action.status_since == NOW


def test_check_in_refuses_a_finished_action(place):
    action = place.act(status=ActionStatus.DONE)

    with pytest.raises(planning.PlanningError, match="Reopen"):
        planning.check_in(action_id=action.pk, by=place.manager, state="MOVING", now=NOW)


def test_tick_steps_ticks_and_opens(place):
    action = place.accept()
    first, second = action.steps.all()

    planning.tick_steps(action_id=action.pk, by=place.manager, done={first.pk}, now=NOW)
    planning.tick_steps(action_id=action.pk, by=place.manager, done={second.pk}, now=NOW)

    assert [step.done_by for step in action.steps.all()] == [None, place.manager]
    assert action.events.filter(kind=EventKind.STEP).count() == 3


def test_tick_step_twice_writes_once(place):
    step = place.accept().steps.first()

    for _ in range(2):
        planning.tick_step(step_id=step.pk, by=place.manager, is_done=True, now=NOW)

    assert ActionEvent.objects.filter(kind=EventKind.STEP).count() == 1


def test_add_step_goes_to_the_end(place):
    action = place.accept()

    planning.add_step(action_id=action.pk, by=place.manager, text="Third", now=NOW)

    assert [step.text for step in action.steps.all()] == ["First step", "Second step", "Third"]


def test_stop_action_needs_a_reason_and_reopen_takes_it_up(place):
    action = place.act()
    with pytest.raises(planning.PlanningError, match="reason"):
        planning.stop_action(action_id=action.pk, by=place.manager, because="", now=NOW)

    planning.stop_action(action_id=action.pk, by=place.manager, because="No room.", now=NOW)
    reopened = planning.reopen_action(action_id=action.pk, by=place.manager, now=NOW)

    assert reopened.status == ActionStatus.MOVING
    kinds = list(action.events.values_list("kind", flat=True))
    assert kinds == [EventKind.REOPENED, EventKind.STOPPED]


def test_reopen_action_refuses_a_fourth(place):
    stopped = place.act(status=ActionStatus.STOPPED)
    for _ in range(3):
        place.act()

    with pytest.raises(planning.PlanningError, match="Three actions are open"):
        planning.reopen_action(action_id=stopped.pk, by=place.manager, now=NOW)


def test_ask_upwards_goes_to_the_team_above(place):
    wish = place.recommend(state=RecommendationState.UPWARDS)

    asked = planning.ask_upwards(
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

    asked = planning.ask_upwards(
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

    asked = planning.ask_upwards(plan_id=plan.pk, by=place.manager, title="A room", now=NOW)

    assert asked.to_team == place.top


def test_answer_request_grants_and_keeps_who_answered(place):
    request = make_request(plan=place.plan, to_team=place.top)

    planning.answer_request(
        request_id=request.pk, by=place.director, is_granted=True, answer="From May.", now=NOW
    )

    request.refresh_from_db()
    assert (request.state, request.answered_by) == (RequestState.GRANTED, place.director)
    assert AuditEntry.objects.filter(verb="request granted").exists()


def test_answer_request_refuses_only_with_a_reason(place):
    request = make_request(plan=place.plan, to_team=place.top)

    with pytest.raises(planning.PlanningError, match="why not"):
        planning.answer_request(
            request_id=request.pk, by=place.director, is_granted=False, answer="", now=NOW
        )

    assert Request.objects.get().state == RequestState.ASKED


def test_answer_request_is_not_for_the_team_that_asks(place):
    request = make_request(plan=place.plan, to_team=place.top)

    with pytest.raises(planning.NotAllowedError):
        planning.answer_request(
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
    planning.answer_request(**answer)

    with pytest.raises(planning.PlanningError, match="already"):
        planning.answer_request(**answer)


def test_name_lead_takes_a_manager_above_and_nobody_else(place):
    planning.name_lead(plan_id=place.plan.pk, by=place.hr, lead=place.director, now=NOW)

    place.plan.refresh_from_db()
    assert place.plan.lead == place.director
    with pytest.raises(planning.PlanningError, match="Only a manager"):
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
        except planning.PlanningError as error:
            return str(error)[:5]
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(accept, waiting))

    assert outcomes == ["Three"] * 3 + ["taken"] * 3
    assert place.plan.actions.open().count() == 3
