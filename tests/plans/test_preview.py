"""Trying other limits on a plan: what is shown, that nothing is kept, and who may."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from plans import planning, running
from plans.models import Plan, PlanEvent, Recommendation
from plans.preview import read_preview
from plans.wanted import Wanted
from tests.factories import NOW, make_action, make_person, make_user
from tests.plans.steered import keys_of, make_steered_plan

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def manager(client):
    user = make_user(name="Ines Okafor")
    client.force_login(user)
    return user


@pytest.fixture
def plan(manager):
    return make_steered_plan(manager=manager)


def tried(client, plan, *, headers=None, **query):
    query = {"budget_hours": "60", "horizon_weeks": "26"} | query
    return client.get(reverse("plans:preview", args=[plan.pk]), query, headers=headers)


def keep(client, plan, **data):
    data = {"budget_hours": "60", "horizon_weeks": "26"} | data
    return client.post(reverse("plans:keep", args=[plan.pk]), data)


def text_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def titles(response):
    return {entry.title for entry in response.context["next"].suggestions}


def test_preview_says_what_a_smaller_budget_makes_drop_out(client, plan):
    page = tried(client, plan, budget_hours="26")

    assert titles(page) == {"The slot", "The board"}
    assert "Drops out: “The aid”. More hours than are left (0)." in text_of(page)
    hint = "With 4 hours more, “The aid” would take the place of “The slot”."
    assert hint in text_of(page)


def test_preview_keeps_nothing_and_gives_the_same_again(client, plan):
    def stored():
        return list(Plan.objects.values()), list(Recommendation.objects.values())

    before = stored()

    pages = [tried(client, plan, budget_hours="26", left_out="slot") for _ in range(2)]

    assert read_preview(plan, Wanted(26, 26)) == read_preview(plan, Wanted(26, 26))
    assert text_of(pages[0]) == text_of(pages[1])
    assert stored() == before
    assert not PlanEvent.objects.exists()


def test_preview_part_for_htmx_is_the_part_of_the_page(client, plan):
    part = tried(client, plan, headers=HTMX, pinned="drill").content.decode()
    page = tried(client, plan, pinned="drill").content.decode()

    inner, said = part.split('<p id="said"')
    hide = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert hide.sub("", inner).strip() in hide.sub("", page)
    assert 'hx-swap-oob="innerHTML">Comes in: “The drill”.' in unescape(said)
    assert "<html" not in part


def test_preview_names_what_is_wished_and_how_to_undo_it(
    client, plan, django_assert_max_num_queries
):
    with django_assert_max_num_queries(15):
        page = tried(client, plan, pinned="drill", left_out=["aid", "slot"])

    wishes = [(w.title, w.is_pinned) for w in page.context["next"].wishes]
    assert wishes == [("The aid", False), ("The drill", True), ("The slot", False)]
    first = page.context["next"].wishes[0].undo_url
    assert first.endswith("budget_hours=60&horizon_weeks=26&pinned=drill&left_out=slot")
    assert 'name="because_aid"' in page.content.decode()


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"budget_hours": "many"}, "Enter a number."),
        ({"budget_hours": "-1"}, "greater than or equal to 0"),
        ({"budget_hours": "nan"}, "Enter a number."),
        ({"budget_hours": "1e300"}, "less than or equal to 100000"),
        ({"horizon_weeks": ""}, "This field is required."),
        ({"horizon_weeks": "999"}, "less than or equal to 104"),
        ({"pinned": "move"}, "One of the strategies cannot be started here."),
        ({"pinned": "x" * 40}, "One of the strategies cannot be started here."),
        ({"pinned": "slot", "left_out": "slot"}, "One of the strategies cannot be started here."),
        ({"pinned": ["slot", "aid", "drill", "board"]}, "Three strategies at most"),
    ],
)
def test_preview_and_keep_say_what_is_wrong(client, plan, query, error):
    for answer in (tried(client, plan, **query), keep(client, plan, **query)):
        assert answer.status_code == 200
        assert error in text_of(answer)
    assert Plan.objects.get().budget_hours == 60.0


def test_keep_stores_limits_wishes_and_reasons(client, plan):
    data = {"budget_hours": "26", "left_out": "aid", "because_aid": " No room "}

    answer = keep(client, plan, **data)

    assert answer.headers["Location"] == plan.get_absolute_url()
    plan.refresh_from_db()
    assert (plan.budget_hours, plan.left_out) == (26.0, {"aid": "No room"})
    text = text_of(client.get(plan.get_absolute_url()))
    assert "left out The aid , because: No room Undo" in text
    assert "Worked out again by Ines Okafor. Hours in a quarter: 26, before 60." in text
    assert "Left out: “The aid”. Reason: No room" in text


def test_keep_again_leaves_a_reason_that_was_not_typed(client, plan):
    keep(client, plan, left_out="aid", because_aid="No room")

    keep(client, plan, left_out="aid", budget_hours="50")

    assert Plan.objects.get().left_out == {"aid": "No room"}


def test_keep_does_not_undo_what_somebody_else_kept_meanwhile(client, plan):
    seen = tried(client, plan, budget_hours="26").context["preview"].seen
    keep(client, plan, budget_hours="50", seen=seen)

    answer = keep(client, plan, budget_hours="26", seen=seen)

    assert "The plan has just been changed. Please look at it again." in text_of(answer)
    assert Plan.objects.get().budget_hours == 50.0


def test_wishes_about_what_was_decided_are_refused(client, plan, manager):
    aid, slot = (plan.recommendations.get(strategy=key) for key in ("aid", "slot"))
    planning.decline(recommendation_id=aid.pk, by=manager, because="No room", now=NOW)
    planning.accept_recommendation(
        recommendation_id=slot.pk,
        by=manager,
        owner=make_person(team=plan.unit.node.team),
        due_date=NOW.date(),
        now=NOW,
    )

    for wish in ({"pinned": "aid"}, {"left_out": "slot"}):
        assert "One of the strategies cannot be started here." in text_of(
            tried(client, plan, **wish)
        )
    running.stop_action(action_id=plan.actions.get().pk, by=manager, because="No rota", now=NOW)
    assert titles(tried(client, plan, pinned="slot")) == {"The slot", "The board"}


@pytest.mark.parametrize("roles", [{}, {"is_hr": True}])
def test_preview_and_keep_are_not_there_for_others(client, plan, roles):
    client.force_login(make_user(**roles))

    assert tried(client, plan).status_code == keep(client, plan).status_code == 404
    assert Plan.objects.get().budget_hours == 60.0


def test_plan_without_ranking_cannot_be_tried(client, plan):
    Plan.objects.update(has_ranking=False)

    assert tried(client, plan).status_code == 404
    assert "Hours in a quarter" not in text_of(client.get(plan.get_absolute_url()))


def test_plan_offers_to_try_only_to_those_who_may(client, plan):
    mine = client.get(plan.get_absolute_url()).content.decode()
    client.force_login(make_user(is_hr=True))
    theirs = client.get(plan.get_absolute_url()).content.decode()

    address = reverse("plans:preview", args=[plan.pk])
    assert address in mine
    assert address not in theirs


def test_plan_offers_to_work_out_again_what_a_decision_made_untrue(client, plan, manager):
    slot = plan.recommendations.get(strategy="slot")
    planning.decline(recommendation_id=slot.pk, by=manager, because="No rota", now=NOW)

    page = client.get(plan.get_absolute_url())

    assert "Work them out again" in text_of(page)
    assert page.context["board"].next.together == []
    again = tried(client, plan)
    assert titles(again) == {"The aid", "The board"}
    assert "Keep this" in text_of(again)


def test_preview_is_as_quick_for_a_full_plan(client, plan, manager):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            tried(client, plan, headers=HTMX, budget_hours="40")
        return len(found)

    first = queries()
    source, owner = plan.recommendations.first().source, make_person(team=plan.unit.node.team)
    for _ in range(3):
        make_action(plan=plan, source=source, owner=owner)

    assert queries() == first <= 15


def test_every_lost_strategy_says_why_and_what_its_plan_would_cost(client, plan):
    others = {o.title: o for o in client.get(plan.get_absolute_url()).context["board"].next.others}

    drill = others["The drill"]
    assert keys_of(plan, "ALTERNATIVE") == ["drill"]
    assert drill.why == "More hours than are left (10)."
    assert drill.plan_with == "The plan with it: 102 h, takes away 36 % more."
    assert [e.also for e in client.get(plan.get_absolute_url()).context["board"].next.suggestions][
        :1
    ] == ["Silos"]
