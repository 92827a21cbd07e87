"""Keeping a plan that was tried: limits, wishes, what stays, and what is written down."""

from dataclasses import replace

import pytest

from accounts.models import AuditEntry
from plans import planning, running
from plans.models import Plan
from plans.steering import NotAllowedError, keep_plan
from plans.wanted import Wanted
from tests.factories import NOW, make_person, make_user
from tests.plans.steered import keys_of, make_steered_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return make_user(name="Ines Okafor")


@pytest.fixture
def plan(manager):
    return make_steered_plan(manager=manager)


def keep(plan, manager, *, because=None, **changes):
    wanted = replace(Wanted.as_kept(plan), **changes)
    return keep_plan(plan_id=plan.pk, by=manager, wanted=wanted, because=because or {}, now=NOW)


def accept(plan, manager, key, **fields):
    suggestion = plan.recommendations.get(strategy=key)
    owner = make_person(team=plan.unit.node.team)
    return planning.accept_recommendation(
        recommendation_id=suggestion.pk,
        by=manager,
        owner=owner,
        due_date=NOW.date(),
        now=NOW,
        **fields,
    )


def test_keep_stores_limits_and_puts_other_suggestions_in_place(plan, manager):
    assert keys_of(plan) == ["aid", "board", "slot"]

    keep(plan, manager, budget_hours=26.0, horizon_weeks=12)

    plan = Plan.objects.get()
    assert (plan.budget_hours, plan.horizon_weeks) == (26.0, 12)
    assert keys_of(plan) == ["board", "slot"]
    why = dict(plan.recommendations.filter(state="ALTERNATIVE").values_list("strategy", "why_not"))
    assert why == {"aid": "OVER_BUDGET", "drill": "OVER_BUDGET"}
    assert plan.outlook["budget"] == {"more": 4, "comes": ["aid"], "goes": ["slot"]}


def test_keep_writes_who_changed_what(plan, manager):
    keep(plan, manager, budget_hours=26.0, left_out=frozenset({"aid"}), because={"aid": "no room"})

    event = plan.events.get()
    before = {"budget_hours": 60.0, "horizon_weeks": 26, "pinned": [], "left_out": {}}
    after = before | {"budget_hours": 26.0, "left_out": {"aid": "no room"}}
    assert (event.actor, event.detail) == (manager, {"before": before, "after": after})
    entry = AuditEntry.objects.get(verb="plan worked out again")
    assert (entry.actor, entry.detail) == (manager, event.detail)


def test_keep_without_change_leaves_every_address_as_it_is(plan, manager):
    before = list(plan.recommendations.values("pk", "strategy", "state", "reason", "hours"))

    keep(plan, manager)

    rows = list(plan.recommendations.values("pk", "strategy", "state", "reason", "hours"))
    assert rows == before


def test_wishes_are_kept_and_can_be_undone(plan, manager):
    keep(plan, manager, pinned=frozenset({"drill"}), left_out=frozenset({"slot"}))
    plan = Plan.objects.get()
    assert (plan.pinned, plan.left_out) == (["drill"], {"slot": ""})
    assert keys_of(plan) == ["drill"]
    assert plan.recommendations.get(strategy="slot").why_not == "EXCLUDED"

    keep(plan, manager, pinned=frozenset(), left_out=frozenset())

    plan = Plan.objects.get()
    assert (plan.pinned, plan.left_out) == ([], {})
    assert keys_of(plan) == ["aid", "board", "slot"]


def test_pinned_strategy_is_in_whatever_it_costs(plan, manager):
    keep(plan, manager, budget_hours=10.0, pinned=frozenset({"drill"}))

    plan = Plan.objects.get()
    assert keys_of(plan) == ["drill"]
    assert plan.outlook["over"] == 48.0


def test_what_was_accepted_stays_and_its_hours_and_effect_count(plan, manager):
    action = accept(plan, manager, "slot", hours=50)

    keep(plan, manager)

    assert list(plan.actions.all()) == [action]
    assert action.recommendation.state == "ACCEPTED"
    assert keys_of(plan) == ["board"]
    together = {row["source"]: row for row in Plan.objects.get().outlook["together"]}
    assert 5 < together["time"]["removed"] <= 6


def test_own_action_takes_hours_and_a_place(plan, manager):
    fields = {"title": "Ours", "source": plan.recommendations.first().source, "hours": 30}
    owner = make_person(team=plan.unit.node.team)
    planning.add_own_action(
        plan_id=plan.pk, by=manager, now=NOW, owner=owner, due_date=NOW.date(), **fields
    )

    keep(plan, manager)

    assert keys_of(plan) == ["aid", "board"]


def test_what_was_declined_stays_out_with_its_reason(plan, manager):
    slot = plan.recommendations.get(strategy="slot")
    planning.decline(recommendation_id=slot.pk, by=manager, because="No rota", now=NOW)

    keep(plan, manager)

    slot.refresh_from_db()
    assert (slot.state, slot.declined_because) == ("DECLINED", "No rota")
    assert keys_of(plan) == ["aid", "board"]
    assert plan.recommendations.filter(strategy="slot").count() == 1


def test_a_decision_answers_what_was_wished(plan, manager):
    keep(plan, manager, pinned=frozenset({"aid", "slot"}))
    aid = plan.recommendations.get(strategy="aid")

    planning.decline(recommendation_id=aid.pk, by=manager, because="No room", now=NOW)

    assert Plan.objects.get().pinned == ["slot"]


def test_what_was_stopped_counts_as_tried(plan, manager):
    action = accept(plan, manager, "slot")
    running.stop_action(action_id=action.pk, by=manager, because="No rota", now=NOW)

    keep(plan, manager)

    assert keys_of(plan) == ["aid", "board"]
    tried = plan.recommendations.get(strategy="slot", state="ALTERNATIVE")
    assert tried.why_not == "ALREADY_TRIED"


def test_keep_is_refused_to_a_stranger_and_changes_nothing(plan):
    with pytest.raises(NotAllowedError):
        keep(plan, make_user(), budget_hours=1.0)

    assert Plan.objects.get().budget_hours == 60.0
    assert not plan.events.exists()


def test_outlook_follows_what_is_taken_on(plan, manager, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        accept(plan, manager, "slot")

    outlook = Plan.objects.get().outlook
    assert outlook["budget"]["goes"] == ["aid"]


def test_outlook_is_empty_once_the_ranking_would_suggest_something_else(
    plan, manager, django_capture_on_commit_callbacks
):
    slot = plan.recommendations.get(strategy="slot")

    with django_capture_on_commit_callbacks(execute=True):
        accept(plan, manager, "drill")
        planning.decline(recommendation_id=slot.pk, by=manager, because="No rota", now=NOW)

    assert Plan.objects.get().outlook == {}
