"""From stored findings of two assessments to changes, effects, and what they may teach."""

from datetime import timedelta

import pytest

from plans.measuring import measure_assessment
from plans.models import ActionStatus, Basis, Effect, Measurement, RequestState, Verdict
from resistance.change import DEFAULT_DRIFT
from surveys.models import ChangeFinding, Comparison, Invitation, Movement, SourceFinding, Unit
from tests.factories import (
    NOW,
    make_action,
    make_person,
    make_plan,
    make_recommendation,
    make_request,
    make_strategy,
    make_team,
)
from tests.waves import BEFORE, Company

pytestmark = pytest.mark.django_db
TAKEN_ON = BEFORE + timedelta(weeks=1)
DONE = {"status": ActionStatus.DONE, "status_since": NOW - timedelta(weeks=4)}


@pytest.fixture
def company():
    return Company(teams=12)


def unit_of(assessment, team):
    return Unit.objects.get(assessment=assessment, teams=team, is_cell=True)


def act(company, first, *, team=0, source=0, strategy=None, **fields):
    """An action of a team, done a month before the second assessment."""
    unit = unit_of(first, company.teams[team])
    plan = getattr(unit, "plan", None) or make_plan(unit=unit)
    aim = company.sources[source]
    return make_action(
        plan=plan,
        source=aim,
        strategy=strategy or make_strategy(targets={aim: 1.0}),
        owner=make_person(team=company.teams[team]),
        **{"accepted_at": TAKEN_ON, **DONE, **fields},
    )


def find(assessment, company, raw, *, team=0, source=0):
    SourceFinding.objects.filter(
        unit=unit_of(assessment, company.teams[team]), source=company.sources[source]
    ).update(raw=raw)


def measure(assessment):
    return measure_assessment(assessment_id=assessment.pk, now=NOW)


def test_measuring_tells_what_moves_without_action_and_what_an_action_left(company):
    first = company.first()
    action = act(company, first)
    second = company.second()
    find(first, company, 60)
    find(second, company, 40)

    assert measure(second)

    movement, effect = Movement.objects.get(), Effect.objects.get()
    slope, trend = movement.slopes["10"], movement.trends[company.sources[0].key]
    assert (movement.earlier, movement.later, movement.pairs) == (first, second, 95)
    assert (0.4 < slope[0] < 0.6, -3 < trend[0] < -1, trend[2]) == (True, True, 11)
    assert (effect.action, effect.source, effect.basis) == (action, action.source, Basis.FITTED)
    assert (effect.first, effect.second, effect.promised) == (60, 40, -4.0)
    assert effect.expected == pytest.approx(50 + trend[0] + slope[0] * 10, abs=0.02)
    assert effect.value == pytest.approx(40 - effect.expected)
    assert (effect.verdict, effect.high < 0) == (Verdict.WORKED, True)
    assert (effect.is_done, effect.is_alone, effect.may_teach) == (True, True, True)


def test_measuring_finds_the_change_that_a_plan_named(company):
    first = company.first()
    act(company, first)
    second = company.second()
    find(first, company, 60)
    find(second, company, 40)

    measure(second)

    named = ChangeFinding.objects.get(is_named=True)
    assert (named.comparison.unit.teams.get(), named.source) == (
        company.teams[0],
        company.sources[0],
    )
    assert (named.difference, named.is_change, named.p == named.q) == (-20, True, True)
    assert ChangeFinding.objects.filter(is_change=True).get() == named
    assert ChangeFinding.objects.count() == 12 * 8


def test_measuring_runs_twice_without_doubling(company):
    company.first()
    second = company.second()

    assert [measure(second), measure(second)] == [True, False]
    assert (Comparison.objects.count(), Measurement.objects.count()) == (12, 1)


def test_first_assessment_has_nothing_to_be_compared_with(company):
    first = company.first()

    assert measure(first)
    assert (Comparison.objects.count(), Movement.objects.count()) == (0, 0)


def test_other_initiatives_and_other_statements_are_not_compared(company):
    other = company.first(name_en="Same-day replies", name_de="")
    second = company.second()
    measure(second)
    assert Comparison.objects.count() == 0
    type(other).objects.filter(pk=other.pk).update(name_en=second.name_en, name_de=second.name_de)
    second.asked.filter(statement__source=company.sources[0]).delete()
    Measurement.objects.all().delete()

    measure(second)

    assert set(ChangeFinding.objects.values_list("source", flat=True)) == {
        source.key for source in company.sources[1:]
    }


def test_different_people_are_not_compared(company):
    first, second = company.first(), company.second()
    action = act(company, first)
    for invitation in Invitation.objects.filter(assessment=second, person__team=company.teams[0]):
        invitation.person = make_person(team=company.teams[0])
        invitation.save()

    measure(second)

    unit = unit_of(second, company.teams[0])
    assert (unit.comparison.has_different_people, unit.comparison.changes.count()) == (True, 0)
    effect = action.effects.get()
    assert (effect.basis, effect.value, effect.may_teach) == (Basis.DIFFERENT_PEOPLE, None, False)


def test_teams_that_were_reported_with_others_later_are_told_so(company):
    first, second = company.first(), company.second()
    action = act(company, first)
    alone = [unit_of(second, team) for team in company.teams[:2]]
    Unit.objects.filter(pk__in=[unit.pk for unit in alone]).delete()
    company.unit(second, company.teams[:2])

    measure(second)

    assert action.effects.get().basis == Basis.NO_UNIT


def beside(company, first):
    """Somebody else does something about the same source in the same team."""
    everybody = company.unit(first, company.teams, is_cell=False)
    make_action(
        plan=make_plan(unit=everybody),
        source=company.sources[0],
        owner=make_person(team=make_team()),
        accepted_at=TAKEN_ON,
    )


def granted(company, first):
    plan = unit_of(first, company.teams[0]).plan
    strategy = make_strategy(targets={company.sources[3]: 1.0, company.sources[0]: 0.2})
    make_request(plan=plan, strategy=strategy, state=RequestState.GRANTED, answered_at=TAKEN_ON)


@pytest.mark.parametrize(
    ("fields", "other", "facts"),
    [
        ({"status": ActionStatus.MOVING}, None, (False, True)),
        ({"status_since": NOW - timedelta(days=2)}, None, (False, True)),
        ({}, beside, (True, False)),
        ({}, granted, (True, False)),
    ],
)
def test_effect_of_what_is_not_done_or_not_alone_teaches_nothing(company, fields, other, facts):
    first = company.first()
    action = act(company, first, **fields)
    if other:
        other(company, first)

    measure(company.second())

    effect = action.effects.get()
    assert (effect.is_done, effect.is_alone, effect.may_teach) == (*facts, False)


def test_effect_beside_a_strategys_own_source_teaches_nothing(company):
    first = company.first()
    mainly, beside_it = company.sources[1], company.sources[0]
    strategy = make_strategy(targets={mainly: 1.0, beside_it: 0.5}, prior_points=-6)
    action = act(company, first, strategy=strategy)

    measure(company.second())

    effect = action.effects.get()
    assert (effect.basis, effect.promised, effect.may_teach) == (Basis.FITTED, -3.0, False)


def test_promise_is_what_the_suggestion_said(company):
    first = company.first()
    action = act(company, first)
    suggestion = make_recommendation(
        plan=action.plan, source=action.source, strategy=action.strategy, expected_points=-5.5
    )
    action.recommendation = suggestion
    action.save()

    measure(company.second())

    assert action.effects.get().promised == -5.5


@pytest.mark.parametrize(
    "fields",
    [
        {"accepted_at": NOW - timedelta(weeks=5)},  # the strategy needs six
        {"accepted_at": NOW - timedelta(days=3)},  # people had been asked already
        {"status": ActionStatus.STOPPED},
    ],
)
def test_no_effect_is_told_too_early_or_of_what_was_stopped(company, fields):
    first = company.first()
    act(company, first, **fields)

    measure(company.second())

    assert not Effect.objects.exists()


@pytest.mark.parametrize(
    ("teams", "sources", "basis", "has_slopes"),
    [(4, 3, Basis.UNFITTED, False), (8, 9, Basis.NO_TREND, True)],
)
def test_too_few_to_compare_with_is_too_few_to_say(teams, sources, basis, has_slopes):
    company = Company(teams=teams, sources=sources)
    first = company.first()
    action = act(company, first)
    second = company.second()
    find(second, company, 5)

    measure(second)

    effect, movement = action.effects.get(), Movement.objects.get()
    assert (effect.basis, effect.verdict, effect.may_teach) == (basis, Verdict.TOO_FEW, False)
    assert (bool(movement.slopes), effect.trend) == (has_slopes, 0)
    assert has_slopes or movement.drift == DEFAULT_DRIFT


def test_repulse_uses_stored_slopes_with_the_trend_of_its_own_teams(company):
    company.first()
    second = company.second()
    measure(second)
    stored = Movement.objects.get().slopes
    later = NOW + timedelta(weeks=10)
    done = {"accepted_at": NOW + timedelta(days=1), "status_since": NOW + timedelta(weeks=7)}
    action, elsewhere = act(company, second, **done), act(company, second, source=1, **done)
    repulse = company.repulse(follows=second, when=later)
    find(repulse, company, 25)

    measure(repulse)

    movement = Movement.objects.get(later=repulse)
    units = unit_of(repulse, company.teams[0]), unit_of(second, company.teams[0])
    assert (movement.slopes, movement.trends[company.sources[0].key][2]) == ({}, 11)
    effect = action.effects.get()
    expected = 50 + movement.trends[company.sources[0].key][0]
    expected += stored["10"][0] * (effect.first - 50)
    assert effect.expected == pytest.approx(expected, abs=0.02)
    assert (effect.verdict, effect.may_teach) == (Verdict.WORKED, True)
    assert not elsewhere.effects.exists()
    change = ChangeFinding.objects.get(comparison__unit=units[0])
    assert (change.comparison.earlier, change.is_named, change.is_change) == (units[1], True, True)


def test_values_of_few_answers_enter_rounded_and_without_their_number(company):
    """What stands beside the rounded index in the database changes nothing that is stored."""
    first, second = company.first(answers=None), company.second(answers=None)
    act(company, first)
    measure(second)
    kept = stored()
    for model in (Movement, Comparison, Effect, Measurement):
        model.objects.all().delete()
    SourceFinding.objects.update(low=0, high=100, p_top3=0.5, certainty="NO")
    Unit.objects.update(has_ranking=False)

    measure(second)

    assert stored() == kept
    assert {row[0] % 5 for row in kept[0]} == {0}


def stored():
    changes = ChangeFinding.objects.order_by("comparison__unit", "source")
    effects = Effect.objects.values_list("first", "second", "expected", "value", "low", "high")
    movements = Movement.objects.values_list("drift", "slopes", "trends")
    return (
        list(changes.values_list("difference", "low", "high", "p", "q", "is_change")),
        list(effects),
        list(movements),
    )


@pytest.mark.parametrize("teams", [2, 6])
def test_measuring_asks_the_database_as_often_for_few_teams_as_for_many(
    teams, django_assert_num_queries
):
    company = Company(teams=teams, sources=2)
    first = company.first()
    for team in range(teams):
        act(company, first, team=team)
    second = company.second()

    with django_assert_num_queries(32):
        measure(second)
