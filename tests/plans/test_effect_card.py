"""What pages say of an effect: the subtraction adds up, and never more than the verdict."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from plans.effect_card import effect_card, effects_of
from plans.models import Action, Basis, Effect, Verdict
from plans.paper import read_paper
from plans.strategies import Here, StrategyFilters, read_strategies, read_strategy
from surveys.models import Comparison, State
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_effect,
    make_organisation,
    make_person,
    make_plan,
    make_source,
    make_strategy,
    make_team,
    make_unit,
    make_user,
)
from tests.surveys.test_results import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    make_organisation()
    return make_user()


@pytest.fixture
def team(manager):
    return make_team(name="Calls A", managers=(manager,))


@pytest.fixture
def strategy():
    return make_strategy(targets={make_source(name_en="Lack of time"): 1.0}, prior_points=-4)


@pytest.fixture
def second():
    return make_assessment(state=State.SCORED, closed_at=NOW)


def action_in(team, strategy, **fields):
    unit = make_unit(assessment=make_assessment(state=State.SCORED), teams=[team])
    fields = {"title": "Open question board", "strategy": strategy, **fields}
    source = strategy.targets.get().source
    return make_action(
        plan=make_plan(unit=unit), source=source, owner=make_person(team=team), **fields
    )


def lines_of(found):
    return [line for _source, lines in found.groups for line in lines]


def points_of(text):
    return float(text.replace("−", "-").replace("+", ""))


def test_card_writes_the_subtraction_out(team, strategy, second):
    effect = make_effect(action=action_in(team, strategy), assessment=second, value=-5.26)

    card = effect_card(effect)

    assert card.title == "Open question board, November 2026"
    assert card.lines == [
        ("Calls A changed from 60 to 50", "−10"),
        ("so did teams that did nothing about it", "−2"),
        ("values this high come back anyway", "−2.7"),
    ]
    rest = [points_of(points) for _name, points in card.lines]
    assert rest[0] - sum(rest[1:]) == pytest.approx(points_of(card.left)) == -5.3
    assert (card.verdict, card.words) == (
        "Worked",
        "Range −9 to −1. Consistent with the action having helped; other causes cannot be "
        "ruled out.",
    )
    assert card.label == "Effect −5.3, range −9 to −1"
    assert (card.bar.left, card.bar.value) == ("26.85%", "36.85%")


@pytest.mark.parametrize(
    ("fields", "verdict", "words"),
    [
        ({"verdict": Verdict.NO_SIGN}, "No sign", "What it promised (−4) lies outside."),
        ({"verdict": Verdict.TOO_FEW}, "Too few to say", "Both no effect and what it promised"),
        (
            {"verdict": Verdict.TOO_FEW, "basis": Basis.NO_TREND, "may_teach": False},
            "Too few to say",
            "Fewer than eight teams did nothing",
        ),
        (
            {"verdict": Verdict.TOO_FEW, "basis": Basis.UNFITTED, "may_teach": False},
            "Too few to say",
            "It takes two assessments of many teams",
        ),
    ],
)
def test_card_says_no_more_than_the_verdict(team, strategy, second, fields, verdict, words):
    effect = make_effect(action=action_in(team, strategy), assessment=second, **fields)

    card = effect_card(effect)

    assert card.verdict == verdict
    assert words in card.words


def test_card_without_a_number_gives_the_reason(team, strategy, second):
    numbers = ("first", "second", "expected", "trend", "low", "high", "value")
    effect = Effect(
        action=action_in(team, strategy),
        assessment=second,
        source=strategy.targets.get().source,
        basis=Basis.DIFFERENT_PEOPLE,
        verdict=Verdict.TOO_FEW,
        **dict.fromkeys(numbers),
    )

    card = effect_card(effect)

    assert (card.verdict, card.bar, card.lines) == ("Too few to say", None, ())
    assert card.words.startswith("Different people:")


def test_card_says_when_the_effect_is_not_of_the_action_alone(team, strategy, second):
    action = action_in(team, strategy)
    fields = {"is_alone": False, "is_done": False, "may_teach": False}

    card = effect_card(make_effect(action=action, assessment=second, **fields))

    assert card.notes == [
        "Something else was done about this source here; the effect is of both.",
        "It was not finished when people were asked again.",
    ]


def test_action_page_shows_its_last_effect(client, manager, team, strategy, second):
    action = action_in(team, strategy)
    make_effect(action=action, assessment=second)
    client.force_login(manager)

    text = text_of(client.get(action.get_absolute_url()))

    assert "Left for the action −5" in text
    assert "Too early to say" not in text


@pytest.mark.parametrize(("days", "heading"), [(1, "Too early to say"), (90, "Not measured yet")])
def test_action_page_says_why_no_effect_is_known(client, manager, team, strategy, days, heading):
    action = action_in(team, strategy, accepted_at=timezone.now() - timedelta(days=days))
    client.force_login(manager)

    assert heading in text_of(client.get(action.get_absolute_url()))


def test_plan_shows_what_the_plan_before_did_to_those_who_may_see_it(
    client, manager, team, strategy, second
):
    action = action_in(team, strategy)
    make_effect(action=action, assessment=second)
    unit = make_unit(assessment=second, teams=[team])
    Comparison.objects.create(unit=unit, earlier=action.plan.unit, has_different_people=False)
    plan = make_plan(unit=unit)
    other = make_action(plan=plan, source=action.source, owner=action.owner, title="New")
    client.force_login(manager)

    assert "What it did" in text_of(client.get(plan.get_absolute_url()))
    printed = text_of(client.get(reverse("plans:plan_print", args=[plan.pk])))
    assert "Open question board, November 2026 · Lack of time Worked" in printed
    assert "Left for the action −5" in printed
    assert "Range −9 to −1. Consistent with the action having helped" in printed
    assert "Last effect here" in text_of(client.get(other.get_absolute_url()))
    assert effects_of(plan, make_user()) == []
    assert read_paper(plan, make_user(), NOW).effects == []


def test_strategy_shows_where_it_ran_with_verdicts(client, manager, team, strategy, second):
    actions = [action_in(team, strategy), action_in(make_team(), strategy)]
    for action in actions:
        make_effect(action=action, assessment=second)
    client.force_login(manager)

    response = client.get(strategy.get_absolute_url())

    page = response.context["page"]
    assert [(run.action, run.verdict, run.effect) for run in page.runs] == [
        (actions[0], "Worked", "−5 (−9 to −1)")
    ]
    assert "Not yet measured here: 2 of 5 teams." in text_of(response)
    assert [mark.text for mark in page.marks] == ["−4 (−10 to +2)"]


def test_five_teams_show_prior_local_evidence_and_both(strategy, second):
    for value in (-8, -3, -12, -6, -9):
        make_effect(action=action_in(make_team(), strategy), assessment=second, value=value)

    page = read_strategy(strategy, Action.objects.none())
    line = lines_of(read_strategies(StrategyFilters()))[0]

    assert [mark.name for mark in page.marks] == [
        "From studies",
        "In 5 teams here",
        "Both together",
    ]
    assert page.here == line.here == f"In 5 teams here: {page.marks[1].text}"
    assert (page.scale, line.ran) == (15, "taken on in 5 plans")


@pytest.fixture
def four(strategy, second):
    """Helps in five teams, does harm in five, was taken on in one, was never taken on."""
    harmful, begun, idle = (make_strategy(targets={make_source(): 1.0}) for _ in range(3))
    for value in (-8, -3, -12, -6, -9):
        make_effect(action=action_in(make_team(), strategy), assessment=second, value=value)
        make_effect(action=action_in(make_team(), harmful), assessment=second, value=9 - value)
    action_in(make_team(), begun)
    return strategy, harmful, begun, idle


def test_strategies_are_summed_up_in_words(four):
    assert read_strategies(StrategyFilters()).summary == (
        "The catalogue holds 4 strategies. Three have been taken on. Two were measured in five "
        "teams or more, which now counts. One does harm here and is no longer recommended."
    )


def test_strategies_nothing_is_known_of_are_summed_up_in_words(strategy):
    assert read_strategies(StrategyFilters()).summary == (
        "The catalogue holds 1 strategy. None has been taken on yet. None has been measured in "
        "five teams yet, so studies alone say what to expect."
    )


def test_strategies_are_filtered_by_source_and_by_what_became_of_them(four):
    helps, harmful, begun, idle = four

    def found(**wanted):
        return [line.strategy for line in lines_of(read_strategies(StrategyFilters(**wanted)))]

    assert found() == [helps, harmful, begun, idle]
    assert found(here=Here.RAN) == [helps, harmful, begun]
    assert found(here=Here.MEASURED) == [helps, harmful]
    assert found(here=Here.HARM) == [harmful]
    assert found(source=begun.targets.get().source) == [begun]
    assert found(source=begun.targets.get().source, here=Here.HARM) == []


def test_strategies_page_filters_without_script(client, manager, four):
    helps, harmful, begun, _idle = four
    client.force_login(manager)
    url, source = reverse("plans:strategies"), begun.targets.get().source_id

    harm = text_of(client.get(url, {"here": "HARM", "source": ""}))
    nothing = text_of(client.get(url, {"here": "HARM", "source": source}))
    nonsense = text_of(client.get(url, {"here": "PERFECT"}))

    assert harmful.name in harm
    assert helps.name not in harm
    assert "Nothing matches Leave one of the filters out." in nothing
    assert "Show all" in nothing
    assert helps.name in nonsense
    assert "Select a valid choice" in nonsense


def test_strategies_page_says_when_there_are_none(client, manager):
    client.force_login(manager)

    page = text_of(client.get(reverse("plans:strategies")))

    assert "No strategies yet An administrator adds them to the catalogue." in page


@pytest.mark.parametrize("count", [1, 3])
def test_strategy_pages_ask_the_same_number_of_queries(
    count, strategy, second, django_assert_num_queries
):
    for _ in range(count):
        make_effect(action=action_in(make_team(), strategy), assessment=second)
        make_strategy(targets={make_source(): 1.0})

    with django_assert_num_queries(5):
        read_strategies(StrategyFilters())
    with django_assert_num_queries(5):
        read_strategy(strategy, Action.objects.all())
