from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation
from plans.board import heading
from plans.models import Action, ActionStatus, CheckIn, RecommendationState, Request
from surveys.models import State
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_person,
    make_plan,
    make_recommendation,
    make_request,
    make_source,
    make_source_finding,
    make_strategy,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def manager(client):
    user = make_user(name="Ines Okafor")
    client.force_login(user)
    return user


def plan_of(manager, *, suggestions=1, actions=0, assessment=None):
    assessment = assessment or make_assessment(state=State.SCORED)
    team = make_team(managers=(manager,))
    unit = make_unit(assessment=assessment, teams=[team])
    plan = make_plan(unit=unit, lead=manager)
    source = make_source()
    make_source_finding(unit=unit, source=source, certainty="CLEAR")
    for _ in range(suggestions):
        strategy = make_strategy(targets={source: 1.0})
        make_recommendation(plan=plan, strategy=strategy, source=source)
    for _ in range(actions):
        action = make_action(plan=plan, source=source, owner=make_person(team=team))
        CheckIn.objects.create(action=action, state="MOVING", note="On its way.", made_at=NOW)
    return plan


def accept(client, plan, **fields):
    suggestion = plan.recommendations.first()
    data = {"owner": make_person(team=plan.unit.node.team).pk, "due_date": "2026-12-11"}
    return client.post(reverse("plans:accept", args=[suggestion.pk]), {**data, **fields})


def test_home_counts_what_needs_the_manager(client, manager):
    plan_of(manager, suggestions=3)
    plan_of(manager, actions=1).actions.update(status=ActionStatus.BLOCKED)

    page = client.get("/").content.decode()

    assert "Two things need you, Ines." in page
    assert "Three suggestions are ready; together they cost 30 of 60 hours." in page


def test_home_shows_no_needs_of_plans_that_others_lead(client, manager):
    plan = plan_of(manager, suggestions=2)
    plan.lead = make_user()
    plan.save()

    assert "Nothing needs you today, Ines." in client.get("/").content.decode()


def test_home_shows_five_needs_and_folds_the_rest(client, manager):
    for _ in range(7):
        plan_of(manager)

    home = client.get("/").context["home"]

    assert (len(home.needs), len(home.more_needs)) == (5, 2)


def test_home_shows_the_newest_plan_and_what_still_runs_of_the_one_before(client, manager):
    old = plan_of(manager, actions=1)
    old.actions.update(status=ActionStatus.BLOCKED)
    later = make_assessment(state=State.SCORED, scored_at=NOW + timedelta(weeks=13))
    unit = make_unit(assessment=later, teams=[old.unit.node.team])
    new = make_plan(unit=unit, lead=manager)
    make_recommendation(plan=new)

    home = client.get("/").context["home"]

    assert "A newer assessment made a new plan" in client.get(old.get_absolute_url()).text
    assert "A newer assessment made a new plan" not in client.get(new.get_absolute_url()).text
    assert [card.plan_url for card in home.teams] == [new.get_absolute_url()]
    assert [need.url for need in home.needs] == [
        new.get_absolute_url(),
        old.actions.get().get_absolute_url(),
    ]


def test_home_asks_the_same_number_of_queries(client, manager, django_assert_max_num_queries):
    counts = []
    for size in (1, 3):
        assessment = make_assessment(state=State.SCORED)
        for _ in range(size):
            plan_of(manager, actions=2, assessment=assessment)
        with django_assert_max_num_queries(15) as queries:
            client.get("/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_home_sends_hr_to_the_overview_once_there_is_an_assessment(client):
    client.force_login(make_user(is_hr=True))

    first = client.get("/")
    make_assessment()
    second = client.get("/")

    assert "Two steps to the first survey" in first.content.decode()
    assert second.headers["Location"] == reverse("plans:overview")


@pytest.mark.parametrize(
    ("roles", "text"),
    [
        ({}, "To answer a survey you need no account"),
        ({"is_reviewer": True}, "Review comments"),
        ({"is_staff": True}, "Keep accounts and the catalogue"),
    ],
)
def test_home_has_a_page_for_everybody_else(client, roles, text):
    client.force_login(make_user(**roles))

    assert text in client.get("/").content.decode()


def test_home_says_when_results_come(client, manager):
    assessment = make_assessment(state=State.OPEN, created_by=manager)
    make_team(managers=(manager,))

    page = client.get("/").content.decode()

    assert "Still open until 20 November 2026." in page
    assert assessment.name in page


def test_plan_asks_the_same_number_of_queries(client, manager, django_assert_max_num_queries):
    counts = []
    for size in (1, 3):
        plan = plan_of(manager, suggestions=size, actions=size)
        with django_assert_max_num_queries(15) as queries:
            client.get(reverse("plans:plan", args=[plan.pk]))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_plan_says_what_a_repulse_can_find(client, manager):
    plan = plan_of(manager)

    page = client.get(reverse("plans:plan", args=[plan.pk])).content.decode()

    assert "A re-pulse here finds a fall of 16 points in one named source" in page


@pytest.mark.parametrize(
    ("weeks_ago", "label", "text", "note"),
    [
        (5, "An effect may show from", "23 November", "the time the method usually needs"),
        (6, "An effect may show", "now", "the method had its usual time by 16 Nov 2026"),
        (60, "An effect may show", "now", "the method had its usual time by 3 Nov 2025"),
    ],
)
def test_plan_says_from_when_an_effect_may_show(client, manager, weeks_ago, label, text, note):
    plan = plan_of(manager, actions=1)
    strategy = make_strategy(targets={}, weeks_to_effect=6)
    plan.actions.update(strategy=strategy, accepted_at=NOW - timedelta(weeks=weeks_ago))

    gauge = client.get(reverse("plans:plan", args=[plan.pk])).context["board"].gauges[-1]

    assert (gauge.label, gauge.text, gauge.note) == (label, text, note)


def test_plan_shows_hr_no_buttons(client, manager):
    plan = plan_of(manager)
    client.force_login(make_user(is_hr=True))

    page = client.get(reverse("plans:plan", args=[plan.pk]))

    assert page.status_code == 200
    assert reverse("plans:accept", args=[plan.recommendations.first().pk]) not in str(page.content)


def test_plan_without_ranking_says_so(client, manager):
    plan = plan_of(manager, suggestions=0)
    plan.has_ranking = False
    plan.save()
    make_recommendation(plan=plan, reason={"conversation": "FEW_ANSWERED"}, hours=0)

    page = client.get(reverse("plans:plan", args=[plan.pk])).content.decode()

    assert "Scores, no ranking." in page
    assert "A conversation with the team" in page


def test_accept_makes_an_action(client, manager):
    plan = plan_of(manager)

    response = accept(client, plan, first_step_when="Monday", first_step_then="start")

    action = Action.objects.get()
    assert response.headers["Location"] == reverse("plans:action", args=[action.pk])
    assert (action.first_step_when, action.title) == ("Monday", action.strategy.name)


def test_accept_changes_words_when_asked(client, manager):
    plan = plan_of(manager)
    url = reverse("plans:accept", args=[plan.recommendations.first().pk]) + "?change=1"
    owner = make_person(team=plan.unit.node.team)

    data = {"owner": owner.pk, "due_date": "2026-12-11", "title": "Our way", "hours": "3"}
    client.post(url, data)

    assert (Action.objects.get().title, Action.objects.get().hours) == ("Our way", 3)


def test_accept_shows_the_rule_of_three(client, manager):
    plan = plan_of(manager, actions=3)

    page = accept(client, plan).content.decode()

    assert "Three actions are open, which is the most." in page


def test_accept_refuses_an_owner_from_elsewhere(client, manager):
    plan = plan_of(manager)

    response = accept(client, plan, owner=make_person(team=make_team()).pk)

    assert (response.status_code, Action.objects.count()) == (200, 0)


def test_accept_is_not_there_for_a_stranger(client, manager):
    plan = plan_of(make_user())

    assert accept(client, plan).status_code == 404


def test_decline_keeps_the_reason_on_the_plan(client, manager):
    plan = plan_of(manager)
    suggestion = plan.recommendations.first()

    client.post(reverse("plans:decline", args=[suggestion.pk]), {"because": "Tried last year."})

    page = client.get(reverse("plans:plan", args=[plan.pk])).content.decode()
    assert "Tried last year." in page


def test_add_keeps_an_own_action_with_steps(client, manager):
    plan = plan_of(manager)
    data = {
        "title": "Coffee with Returns",
        "source": make_source().pk,
        "owner": make_person(team=plan.unit.node.team).pk,
        "due_date": "2026-12-11",
        "hours": "2",
        "steps": "Ask\n\nMeet\n",
    }

    client.post(reverse("plans:add", args=[plan.pk]), data)

    assert [step.text for step in Action.objects.get().steps.all()] == ["Ask", "Meet"]


def test_ask_makes_a_request_and_its_answer_returns(client, manager):
    plan = plan_of(manager)
    director = make_user()
    top = make_team(managers=(director,))
    plan.unit.node.team.parent = top
    plan.unit.node.team.save()
    wish = plan.recommendations.first()
    wish.state = RecommendationState.UPWARDS
    wish.save()

    client.post(reverse("plans:ask", args=[wish.pk]), {"title": "A quiet room", "note": "Please"})
    request = Request.objects.get()
    client.force_login(director)
    data = {"decision": "refused", "answer": "No room is free."}
    client.post(reverse("plans:request", args=[request.pk]), data)

    client.force_login(manager)
    page = client.get(reverse("plans:plan", args=[plan.pk])).content.decode()
    assert (request.title, request.to_team) == ("A quiet room", top)
    assert "No room is free." in page


def test_request_needs_a_reason_for_a_no(client, manager):
    plan = plan_of(manager)
    request = make_request(plan=plan, to_team=plan.unit.node.team)

    data = {"decision": "refused", "answer": ""}
    page = client.post(reverse("plans:request", args=[request.pk]), data).content.decode()

    assert "Please say why not" in page


def test_lead_is_named_by_hr(client, manager):
    plan = plan_of(manager)
    other = make_user()
    plan.unit.node.team.managers.add(other)
    client.force_login(make_user(is_hr=True))

    client.post(reverse("plans:lead", args=[plan.pk]), {"lead": other.pk})

    plan.refresh_from_db()
    assert plan.lead == other


def test_action_asks_the_same_number_of_queries(client, manager, django_assert_max_num_queries):
    counts = []
    for size in (1, 3):
        action = plan_of(manager, actions=1).actions.get()
        for number in range(size):
            action.steps.create(text=f"Step {number}", position=number)
            action.events.create(kind="ADDED", at=NOW, detail={"owner": "Tom"}, actor=make_user())
            CheckIn.objects.create(action=action, state="MOVING", made_at=NOW)
        with django_assert_max_num_queries(15) as queries:
            client.get(reverse("plans:action", args=[action.pk]))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_check_in_from_home_returns_there(client, manager):
    action = plan_of(manager, actions=1).actions.get()

    data = {"state": "BLOCKED", "note": "No room", "from": "home"}
    response = client.post(reverse("plans:check_in", args=[action.pk]), data)

    action.refresh_from_db()
    assert response.headers["Location"] == "/"
    assert action.status == ActionStatus.BLOCKED


def test_check_in_refuses_another_word(client, manager):
    action = plan_of(manager, actions=1).actions.get()

    client.post(reverse("plans:check_in", args=[action.pk]), {"state": "PERFECT"})

    action.refresh_from_db()
    assert action.status == ActionStatus.PLANNED


def test_steps_return_the_fragment_to_htmx(client, manager):
    action = plan_of(manager, actions=1).actions.get()
    step = action.steps.create(text="Ask", position=0)
    url = reverse("plans:steps", args=[action.pk])

    part = client.post(url, {"done": [step.pk]}, headers={"HX-Request": "true"})
    whole = client.post(url, {"done": []})

    assert part.content.decode().strip().startswith("<form")
    assert whole.status_code == 302
    assert action.steps.get().done_at is None


def test_add_step_stands_at_the_end(client, manager):
    action = plan_of(manager, actions=1).actions.get()

    client.post(reverse("plans:add_step", args=[action.pk]), {"text": "Tell everybody"})

    assert action.steps.get().text == "Tell everybody"


def test_edit_writes_the_history(client, manager):
    action = plan_of(manager, actions=1).actions.get()
    data = {
        "title": action.title,
        "source": action.source_id,
        "owner": action.owner_id,
        "due_date": "2026-12-24",
        "hours": "10",
        "is_visible_to_team": "on",
        "because": "The rota was out.",
    }

    client.post(reverse("plans:edit", args=[action.pk]), data)

    page = client.get(reverse("plans:action", args=[action.pk])).content.decode()
    assert "Due date moved from 16 December to 24 December" in page
    assert "The rota was out." in page


def test_stop_and_reopen_work_from_the_pages(client, manager):
    action = plan_of(manager, actions=1).actions.get()

    client.post(reverse("plans:stop", args=[action.pk]), {"because": "No room."})
    action.refresh_from_db()
    stopped = action.status
    client.post(reverse("plans:reopen", args=[action.pk]), {"because": ""})
    action.refresh_from_db()

    assert (stopped, action.status) == (ActionStatus.STOPPED, ActionStatus.MOVING)


def test_plan_print_holds_actions_and_sources(client, manager):
    Organisation.objects.create(pk=1, name="Harbour Retail")
    plan = plan_of(manager, actions=1)

    page = client.get(reverse("plans:plan_print", args=[plan.pk])).content.decode()

    assert "Harbour Retail" in page
    assert plan.actions.get().title in page
    assert "17 people answered, 85 %." in page


def test_plan_print_asks_the_same_number_of_queries(client, manager, django_assert_max_num_queries):
    counts = []
    for size in (1, 3):
        plan = plan_of(manager, actions=size)
        for number in range(size):
            make_request(plan=plan, to_team=plan.unit.node.team)
            plan.actions.first().steps.create(text=f"Step {number}", position=number)
        with django_assert_max_num_queries(15) as queries:
            client.get(reverse("plans:plan_print", args=[plan.pk]))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_strategy_shows_where_it_runs_to_those_who_may_see_it(client, manager):
    plan = plan_of(manager)
    accept(client, plan)
    url = Action.objects.get().strategy.get_absolute_url()

    mine = client.get(url).content.decode()
    client.force_login(make_user())
    theirs = client.get(url).content.decode()

    assert plan.unit.name in mine
    assert plan.unit.name not in theirs


def test_requests_lists_what_waits_for_me(client, manager):
    plan = plan_of(manager)
    make_request(plan=plan, to_team=plan.unit.node.team, title="A quiet room")

    page = client.get(reverse("plans:requests")).content.decode()

    assert "A quiet room" in page
    assert "waits for you" in page


def test_home_asks_for_a_check_in_after_a_week(client, manager):
    action = plan_of(manager, actions=1).actions.get()
    action.check_ins.update(made_at=NOW - timedelta(days=8))
    Action.objects.update(accepted_at=NOW - timedelta(days=20), due_date="2100-01-01")

    page = client.get("/").content.decode()

    assert f"Check in: {action.title}" in page
    assert reverse("plans:check_in", args=[action.pk]) in page


@pytest.mark.parametrize(
    ("running", "waiting", "ended", "text"),
    [
        (0, 2, 0, "No actions yet. Two suggestions wait."),
        (0, 0, 0, "No actions yet."),
        (0, 1, 1, "No action runs now. One suggestion waits."),
        (0, 0, 2, "No action runs now."),
        (2, 1, 1, "Two actions run. There is room for one more."),
    ],
)
def test_heading_says_what_runs_what_ended_and_what_waits(running, waiting, ended, text):
    assert heading(running, waiting, ended=ended) == text
