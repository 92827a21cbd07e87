"""What the page of a re-pulse says: two values with their ranges, and no claim."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from resistance.models import StatementKind
from surveys.models import Comparison, State, UnitKind, Visibility
from surveys.repulse_results import read_repulse, unit_before
from surveys.results_list import read_list
from tests.factories import (
    make_assessment,
    make_hidden_finding,
    make_organisation,
    make_plan,
    make_repulse,
    make_source,
    make_source_finding,
    make_statement,
    make_statement_finding,
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
def teams(manager):
    return [make_team(name=name, managers=(manager,)) for name in ("Calls", "Chat")]


@pytest.fixture
def source():
    return make_source(key="time", name_en="Lack of time")


@pytest.fixture
def first():
    return make_assessment(state=State.SCORED)


@pytest.fixture
def repulse(first, source):
    return make_repulse(follows=first, source=source, state=State.SCORED)


@pytest.fixture
def before(first, teams, source):
    unit = make_unit(assessment=first, teams=teams)
    make_source_finding(unit=unit, source=source, raw=62)
    return unit


@pytest.fixture
def now(repulse, teams, source):
    unit = make_unit(assessment=repulse, teams=teams, has_ranking=False)
    make_source_finding(unit=unit, source=source, raw=48, certainty="", p_top3=None)
    return unit


def changed(unit, **fields):
    kind = StatementKind.FOLLOW_UP
    statement = make_statement(code="follow-up-changed", kind=kind, text_en="Something changed.")
    return make_statement_finding(unit=unit, statement=statement, **fields)


def test_page_shows_both_values_with_their_ranges_and_claims_nothing(client, manager, before, now):
    changed(now, counts=[1, 2, 4, 6, 4])
    client.force_login(manager)

    text = text_of(client.get(now.get_absolute_url()))

    assert "Lack of time in Calls + Chat: 62 before, 48 now." in text
    assert "10 of 17 agree that something changed because of their answers." in text
    assert "62 (56 to 68)" in text
    assert "48 (42 to 54)" in text
    assert "A difference is not yet an effect" in text
    assert "Something changed." in text
    assert not {"worse", "better", "fell", "rose"} & set(text.split())


@pytest.mark.parametrize(
    ("band", "words"), [("high", "rather agree"), ("mixed", "are divided"), ("low", "disagree")]
)
def test_few_answers_say_in_words_whether_something_changed(manager, before, now, band, words):
    changed(now, visibility=Visibility.BAND, band=band)

    assert words in read_repulse(now, manager).changed


def test_change_that_may_not_be_shown_is_not_hinted_at(manager, before, now):
    changed(now, visibility=Visibility.SUPPRESSED)

    assert read_repulse(now, manager).changed == ""


def test_hidden_source_is_said_to_be_hidden(manager, before, repulse, teams, source):
    unit = make_unit(assessment=repulse, teams=teams, has_ranking=False)
    make_hidden_finding(unit=unit, source=source)

    found = read_repulse(unit, manager)

    assert found.heading == "Lack of time in Calls + Chat cannot be shown."
    assert [value.raw for value in found.values] == ["62", ""]
    assert found.values[1].note


def test_only_the_very_same_teams_are_held_against_each_other(manager, first, teams, now):
    make_unit(assessment=first, teams=teams[:1])
    make_unit(assessment=first, teams=[*teams, make_team()])
    assert unit_before(now, manager) is None

    same = make_unit(assessment=first, teams=list(reversed(teams)))

    assert unit_before(now, manager) == same


def test_page_without_an_earlier_value_says_so_and_links_nowhere(client, manager, now):
    client.force_login(manager)

    text = text_of(client.get(now.get_absolute_url()))

    assert "Lack of time in Calls + Chat: 48 now." in text
    assert "there is nothing to hold this value against" in text
    assert "Go to the plan" not in text


def test_value_before_is_shown_only_to_those_who_might_see_it_then(teams, source, first, now):
    """Who manages one of two teams saw that team alone before, and not both together."""
    mine = make_user()
    teams[1].managers.add(mine)
    together = make_unit(assessment=first, teams=teams, is_cell=False)
    make_source_finding(unit=together, source=source, raw=62)
    together.unit_teams.update(is_smallest=False)

    found = read_repulse(now, mine)

    assert (found.before, found.said) == (None, None)
    assert [value.raw for value in found.values] == ["48"]


def test_page_leads_to_the_plan_of_before(client, manager, before, now):
    plan = make_plan(unit=before)
    client.force_login(manager)

    page = client.get(now.get_absolute_url())

    assert f'href="{plan.get_absolute_url()}"' in page.text
    assert f'href="{before.get_absolute_url()}"' in page.text


def test_page_takes_at_most_15_queries(client, manager, before, now, django_assert_max_num_queries):
    changed(now, counts=[1, 2, 4, 6, 4])
    comparison = Comparison.objects.create(unit=now, earlier=before, has_different_people=False)
    found = {"difference": -14, "low": -20, "high": -8, "p": 0.0, "q": 0.0}
    comparison.changes.create(source=now.assessment.source, is_change=True, is_named=True, **found)
    client.force_login(manager)

    with django_assert_max_num_queries(15):
        page = client.get(now.get_absolute_url())

    assert "Fell by 8 to 20 points" in page.text


def test_acting_and_compared_teams_together_are_named_as_what_they_are(
    client, manager, repulse, source, teams, now
):
    top = make_team(name="Harbour Retail", managers=(manager,))
    fields = {"kind": UnitKind.ORGANISATION, "is_cell": False, "has_ranking": False}
    whole = make_unit(
        assessment=repulse, teams=[top, *teams], name="Harbour Retail", answers=40, **fields
    )
    make_source_finding(unit=whole, source=source, raw=55, certainty="", p_top3=None)
    client.force_login(manager)

    page = text_of(client.get(whole.get_absolute_url()))
    part = text_of(client.get(now.get_absolute_url()))
    client.force_login(make_user(is_hr=True))
    listed = text_of(client.get(reverse("surveys:results_list")))

    assert "Lack of time in the asked teams of Harbour Retail: 55 now." in page
    assert "it is neither the value of all teams nor an effect" in page
    assert "neither the value of all teams" not in part
    assert "40 answers, the asked teams together, whether they acted or not" in listed
    assert "all its teams" not in listed


def test_stranger_does_not_find_it(client, now):
    client.force_login(make_user())

    assert client.get(now.get_absolute_url()).status_code == 404


def test_list_names_the_source_and_the_value_with_its_range(before, now):
    _page, waves = read_list(make_user(is_hr=True), None)

    lines = {wave.assessment.title: [unit.strongest for unit in wave.units] for wave in waves}
    assert lines["One-call resolution: re-pulse on Lack of time"] == ["48 points (42 to 54)"]


def test_list_of_repulses_takes_the_same_queries_for_one_and_three(
    client, before, now, first, teams
):
    make_organisation()
    client.force_login(make_user(is_hr=True))
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("surveys:results_list"))
        counts.append(len(queries))
        for _number in range(2):
            other = make_repulse(follows=first, source=make_source(), state=State.SCORED)
            make_source_finding(
                unit=make_unit(assessment=other, teams=teams[:1]), source=other.source
            )

    assert counts[0] == counts[1]
