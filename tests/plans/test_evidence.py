"""What effects teach the catalogue, and that plans are made from it."""

import pytest
from django.utils import timezone

from plans.drafting import draft_plans
from plans.evidence import Expected, read_expected
from plans.models import RecommendationState
from plans.options import Why
from plans.reasons import sentence, why_later
from resistance.learning import Evidence, learn
from surveys.models import State
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_effect,
    make_organisation,
    make_person,
    make_plan,
    make_source,
    make_source_finding,
    make_strategy,
    make_summary,
    make_team,
    make_unit,
)

pytestmark = pytest.mark.django_db
VARIANCE, SHARED = 9.0, 0.5


@pytest.fixture
def source():
    make_organisation()
    return make_source(name_en="Lack of time")


@pytest.fixture
def strategy(source):
    return make_strategy(targets={source: 1.0}, prior_points=-4)


@pytest.fixture
def first():
    return make_assessment(state=State.SCORED)


@pytest.fixture
def second():
    return make_assessment(state=State.SCORED)


def measured(strategy, value, *, first, second, action=None, **fields):
    """An effect of a strategy in a team of its own, or of an action that was measured before."""
    team = make_team()
    source = strategy.targets.get().source
    action = action or make_action(
        plan=make_plan(unit=make_unit(assessment=first, teams=[team])),
        source=source,
        strategy=strategy,
        owner=make_person(team=team),
    )
    return make_effect(action=action, assessment=second, value=value, **fields)


def expected(strategy):
    return read_expected([strategy])[strategy.key]


def test_prior_stands_below_five_units(strategy, first, second):
    for value in (-20, -18, -22, -19):
        measured(strategy, value, first=first, second=second)

    assert expected(strategy) == Expected(-4, 3.0, units=4)


def test_five_units_teach_what_the_pure_module_learns(strategy, first, second):
    values = (-8, -3, -12, -6, -9)
    for value in values:
        measured(strategy, value, first=first, second=second)
    measured(strategy, 30, first=first, second=second, may_teach=False)

    found = expected(strategy)

    learned = learn(-4, [Evidence(value, VARIANCE, SHARED, "one") for value in values])
    assert (found.points, found.sd, found.units) == (learned.value, learned.sd, 5)
    assert (found.local, found.does_harm) == (learned.local, False)


def test_last_effect_of_an_action_counts(strategy, first, second):
    effects = [measured(strategy, -5, first=first, second=second) for _ in range(5)]
    before = expected(strategy)
    measured(
        strategy,
        -15,
        first=first,
        second=make_assessment(state=State.SCORED),
        action=effects[0].action,
        measured_at=timezone.now(),
    )

    found = expected(strategy)

    assert (found.units, found.points < before.points) == (5, True)


def test_a_unit_counts_once_however_often_it_was_measured(strategy, first, second):
    team = make_team()
    for _ in range(5):
        assessment = make_assessment(state=State.SCORED)
        action = make_action(
            plan=make_plan(unit=make_unit(assessment=assessment, teams=[team])),
            source=strategy.targets.get().source,
            strategy=strategy,
            owner=make_person(team=team),
        )
        make_effect(action=action, assessment=second, value=-20)

    assert expected(strategy) == Expected(-4, 3.0, units=1)


def draft(source, team=None):
    assessment = make_assessment(state=State.SCORED)
    make_summary(assessment=assessment, source=source)
    unit = make_unit(assessment=assessment, teams=[team or make_team()])
    make_source_finding(unit=unit, source=source, raw=75)
    draft_plans(assessment_id=assessment.pk, now=NOW)
    return unit.plan


def test_plans_are_made_from_what_was_learned_and_say_so(source, strategy, first, second):
    better = make_strategy(targets={source: 1.0}, prior_points=-3)
    for value in (-12, -13, -11, -12, -14, -10):
        measured(better, value, first=first, second=second)

    suggestion = draft(source).recommendations.first()

    assert suggestion.strategy == better
    found = expected(better)
    assert suggestion.expected_points == pytest.approx(found.points, abs=0.01)
    assert suggestion.expected_low == pytest.approx(found.low, abs=0.01)
    assert suggestion.reason["here"]["units"] == 6
    assert "Measured in 6 teams here: −12 (−15 to −9)." in sentence(suggestion, {})


def test_what_does_harm_here_is_not_suggested_and_says_why(source, strategy, first, second):
    for value in (6, 9, 5, 14, 7, 8):
        measured(strategy, value, first=first, second=second)

    plan = draft(source)

    assert expected(strategy).does_harm
    lost = plan.recommendations.get(strategy=strategy)
    assert (lost.state, lost.why_not) == (RecommendationState.ALTERNATIVE, Why.DOES_HARM)
    assert why_later(lost, {}) == "Resistance rose in 6 teams here that did it."


def test_evidence_is_read_in_one_query(strategy, first, second, django_assert_num_queries):
    others = [make_strategy(targets={make_source(): 1.0}) for _ in range(2)]
    for one in (strategy, *others):
        measured(one, -5, first=first, second=second)

    with django_assert_num_queries(1):
        read_expected([strategy, *others])
