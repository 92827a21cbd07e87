"""What pages say of a change: with its range, never more than its test allows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.measuring import measure_assessment
from surveys.charts import trend_points
from surveys.models import ChangeFinding, Comparison, Unit, UnitTeam
from surveys.trends import EARLIER, read_change, read_trends, said_of
from tests.factories import NOW, make_organisation, make_team, make_unit, make_user
from tests.surveys.test_results import text_of
from tests.waves import Company

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    make_organisation()
    return make_user()


@pytest.fixture
def company(manager):
    made = Company(teams=2, sources=5)
    made.teams[0].managers.add(manager)
    return made


def measured(company):
    """The unit of the first team, asked twice."""
    company.first()
    second = company.second()
    measure_assessment(assessment_id=second.pk, now=NOW)
    found = Unit.objects.select_related("assessment")
    return found.get(assessment=second, teams=company.teams[0])


def change(**fields):
    made = {"difference": -10, "low": -14.2, "high": -5.6, "is_change": True, **fields}
    return ChangeFinding(**made)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Fell by 6 to 14 points since May 2026, more than chance."),
        ({"high": -0.4}, "Fell by up to 14 points since May 2026, more than chance."),
        (
            {"difference": 9, "low": 3.0, "high": 15.4},
            "Rose by 3 to 15 points since May 2026, more than chance.",
        ),
        (
            {"difference": -7, "low": -15.0, "high": 1.3, "is_change": False},
            "No clear change since May 2026: between −15 and +1 points.",
        ),
    ],
)
def test_change_is_said_with_its_range(fields, words):
    said = said_of(change(**fields), "May 2026")

    assert f"{said.words} {said.rest}" == words


def test_trend_points_stand_between_0_and_100():
    first, last = trend_points([("May 26", 100, 90, 100, "100"), ("Nov 26", 0, 0, 10, "≤ 0")])

    assert (first.x, first.y, first.top, first.bottom) == ("25%", "18", "18", "34")
    assert (first.next_x, first.next_y) == (last.x, last.y) == ("75%", "178")
    assert (last.next_x, last.value, last.value_y) == ("", "≤ 0", "156")


def test_page_shows_three_trends_and_every_change_in_a_table(
    client, manager, company, django_assert_max_num_queries
):
    unit = measured(company)
    named = company.sources[4]
    ChangeFinding.objects.filter(source=named).update(
        is_change=True, is_named=True, low=-14.2, high=-5.6, difference=-10
    )
    client.force_login(manager)

    with django_assert_max_num_queries(15):
        response = client.get(unit.get_absolute_url())

    assert response.context["results"].is_open_case
    found = response.context["results"].trends
    assert (len(found.trends), len(found.rows)) == (3, 5)
    assert found.trends[0].name == named.name
    assert "Fell by 6 to 14 points since May 2026, more than chance." in text_of(response)
    assert found.trends[0].label.startswith(f"{named.name}. May 26: 54 (48 to 60), Nov 26: ")
    assert f"{named.name} May 26 54 48 to 60 {named.name} Nov 26" in text_of(response)


def test_different_people_are_said_and_not_drawn(client, manager, company):
    unit = measured(company)
    unit.comparison.changes.all().delete()
    Comparison.objects.update(has_different_people=True)
    client.force_login(manager)

    response = client.get(unit.get_absolute_url())

    assert "Different people. More than three in ten" in text_of(response)
    assert response.context["results"].trends.trends == ()
    unit.refresh_from_db()
    assert read_change(unit, company.sources[0]).words == "Different people."


def test_teams_that_stood_elsewhere_before_lead_to_what_can_be_compared(
    manager, company, django_assert_num_queries
):
    above = measured(company)
    team = make_team(parent=company.teams[0])
    between, below = (make_unit(assessment=above.assessment, teams=[team]) for _ in range(2))
    above.is_cell = between.is_cell = False
    between.parent, below.parent = above, between
    for unit in (above, between, below):
        unit.save()
    assert manager.managed_ids

    below = Unit.objects.select_related(*EARLIER).get(pk=below.pk)
    with django_assert_num_queries(1):
        assert read_trends(below, manager).together == above
    assert read_trends(below, make_user()) is None


def test_what_another_manager_was_shown_before_stays_theirs(company):
    unit = measured(company)
    stranger = make_user()
    UnitTeam.objects.filter(unit=unit).update(team=make_team(managers=(stranger,)))

    assert Unit.objects.visible_to(stranger).get() == unit
    assert read_trends(unit, stranger) is None


def test_trends_go_back_as_long_as_the_people_are_the_same(manager, company):
    unit = measured(company)
    later = NOW + timedelta(weeks=26)
    moments = {"opens_at": NOW + timedelta(days=9), "closes_at": later, "closed_at": later}
    third = company.scored(lambda team, source: 40, scored_at=later, **moments)
    measure_assessment(assessment_id=third.pk, now=later)
    now = Unit.objects.get(assessment=third, teams=company.teams[0])

    assert [point.label for point in read_trends(now, manager).trends[0].points] == [
        "May 26",
        "Nov 26",
        "May 27",
    ]
    Comparison.objects.filter(unit=unit).update(has_different_people=True)
    now.refresh_from_db()
    assert len(read_trends(now, manager).trends[0].points) == 2


def test_trends_cost_the_same_for_few_sources_as_for_many(manager, company):
    unit = Unit.objects.select_related("assessment", *EARLIER).get(pk=measured(company).pk)
    assert manager.managed_ids
    counts = []
    for left in (5, 2):
        keep = [source.pk for source in company.sources[:left]]
        unit.comparison.changes.exclude(source__in=keep).delete()
        with CaptureQueriesContext(
            connection,
        ) as found:
            read_trends(unit, manager)
        counts.append(len(found))

    assert counts == [2, 2]
