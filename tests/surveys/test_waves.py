from datetime import timedelta

import pytest

from resistance.models import Statement
from resistance.shown import Index, Reading
from surveys.models import AskedStatement, Invitation, SourceSummary
from surveys.questionnaire import questionnaire_for
from surveys.waves import earlier_priors, group_numbers, restriction_for
from tests.factories import NOW, make_people, make_user
from tests.line import cast_form, close_and_tally, codes_by_team, form_of, make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(weeks=20)


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def teams():
    return make_teams({"Calls": 14, "Stores": 12})


@pytest.fixture
def first(teams, hr):
    """A scored assessment of both teams."""
    assessment = open_over(teams, by=hr)
    asked = questionnaire_for(assessment.pk)
    for codes in codes_by_team(assessment).values():
        for number, code in enumerate(codes):
            cast_form(assessment.pk, code, form_of(asked, {"time": 1 + number % 5}))
    return close_and_tally(assessment, by=hr)


def second(teams, hr):
    return open_over(teams, by=hr, now=LATER)


def restricted(assessment):
    """Which single groups, and whether all together, may show only coarse values."""
    before = restriction_for(assessment)
    numbers = sorted(group_numbers(assessment))
    units = [*(frozenset({number}) for number in numbers), frozenset(numbers)]
    return [before(unit).is_changed for unit in units]


def leave(team, count):
    for person in team.people.all()[:count]:
        person.is_active = False
        person.save()


def test_first_assessment_is_not_restricted(first):
    assert restricted(first) == [False, False, False]


def test_same_people_are_not_restricted(first, teams, hr):
    assert restricted(second(teams, hr)) == [False, False, False]


@pytest.mark.parametrize("count", [1, 4, 6])
def test_few_who_left_would_be_told_by_the_difference(first, teams, hr, count):
    leave(teams[0], count)

    assert restricted(second(teams, hr)) == [True, False, True]


def test_many_who_joined_are_told_by_no_difference(first, teams, hr):
    make_people(team=teams[0], count=20)

    assert restricted(second(teams, hr)) == [False, False, False]


def test_what_would_have_revealed_somebody_stays_withheld_from_the_same_people(first, teams, hr):
    unit = first.units.get(name="Calls")
    found = unit.statement_findings.exclude(statement__source=None).first()
    revealing = {"visibility": "SUPPRESSED", "reason": "REVEALING"}
    nothing = {"band": "", "answers": None, "mean": None, "counts": None}
    unit.statement_findings.filter(pk=found.pk).update(**revealing, **nothing)
    again = second(teams, hr)

    before = restriction_for(again)
    calls, stores = (before(frozenset({group.number})) for group in again.groups.order_by("number"))

    assert calls.items == {str(found.statement_id)}
    assert (calls.is_changed, stores.is_changed, stores.items) == (False, False, frozenset())


def test_indices_that_were_shown_stand_beside_the_number_of_those_who_left(first, teams, hr):
    calls = first.units.get(name="Calls")
    shown = calls.source_findings.exclude(visibility="SUPPRESSED").get(source="time")
    leave(teams[0], 3)
    again = second(teams, hr)
    number = again.groups.get(name="Calls").number

    found = restriction_for(again)(frozenset({number})).readings["time"]

    index = Index(shown.raw, 14, rounded=shown.visibility == "ROUNDED", end=shown.end)
    assert found == (Reading(14, *index.range, gone=3, come=0, outside=8),)


def test_few_who_joined_and_left_count_together(first, teams, hr):
    leave(teams[1], 2)
    make_people(team=teams[1], count=2)

    assert restricted(second(teams, hr)) == [False, True, True]


def test_other_statements_say_nothing_about_the_earlier_ones(first, teams, hr):
    leave(teams[0], 1)
    again = second(teams, hr)
    copies = dict.fromkeys(AskedStatement.objects.filter(assessment=again))
    for number, row in enumerate(copies):
        statement = Statement.objects.get(pk=row.statement_id)
        statement.pk, statement.code = None, f"new-{number}"
        statement.save()
        AskedStatement.objects.filter(pk=row.pk).update(statement=statement)

    assert restricted(again) == [False, False, False]


def test_assessment_that_was_not_counted_restricts_nothing(teams, hr):
    waiting = open_over(teams[:1], by=hr)
    leave(teams[0], 1)

    assert Invitation.objects.filter(assessment=waiting).count() == 14
    assert restricted(open_over(teams[1:], by=hr)) == [False, False]


def test_earlier_figures_hold_for_eighteen_months(first, teams, hr):
    SourceSummary.objects.filter(assessment=first).update(basis="ASSESSMENT")
    again = second(teams, hr)
    figures = SourceSummary.objects.get(assessment=first, source="time")

    priors = earlier_priors(again, now=LATER)

    assert len(priors) == 11
    assert (priors["time"].mean, priors["time"].target) == (figures.mean, figures.target)
    assert earlier_priors(again, now=first.scored_at + timedelta(days=549)) == {}


def test_figures_that_were_defaults_are_no_evidence(first, teams, hr):
    SourceSummary.objects.filter(assessment=first).update(basis="DEFAULTS")

    assert earlier_priors(second(teams, hr), now=LATER) == {}
