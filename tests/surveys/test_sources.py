"""The page about the sources over a whole assessment, and what others say of it."""

import pytest
from django.urls import reverse

from surveys.models import UnitKind
from surveys.sources import read_sources
from tests.factories import (
    make_assessment,
    make_plan,
    make_source,
    make_source_finding,
    make_summary,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

MEASURED = {
    "importance_basis": "ASSESSMENT",
    "measured_alpha": 0.78,
    "alpha_low": -0.71,
    "alpha_high": 0.84,
    "omega": 0.79,
    "omega_low": 0.72,
    "omega_high": 0.85,
}


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def assessment():
    return make_assessment(state="SCORED", alike_percent=5, gaps_percent=20)


def add(assessment, key, importance, **fields):
    source = make_source(key=key, name_en=key.title(), name_de=key.title())
    make_summary(assessment=assessment, source=source, importance=importance, **fields)
    return source


def address(assessment):
    return reverse("surveys:sources", args=[assessment.pk])


def text_of(client, url):
    return " ".join(client.get(url).content.decode().split())


def test_page_says_what_counts_most_and_how_well_it_is_measured(client, hr, assessment):
    shares = {"stated_share": 0.4, "derived_share": 0.26, "icc": 0.03}
    add(assessment, "silos", 0.091, **MEASURED, stated_share=0.1, derived_share=0.04, icc=0.21)
    add(assessment, "time", 0.296, **MEASURED, **shares)
    client.force_login(hr)

    page = text_of(client, address(assessment))

    assert "What counts most for the organisation: time and silos." in page
    assert page.index('<th scope="row">Time') < page.index('<th scope="row">Silos')
    for words in ("<b>30</b>", ">40<", ">26<", "−0.71 to 0.84", "0.72 to 0.85", "about 20 %"):
        assert words in page
    assert page.count("Units do not differ: work on it for all") == 1
    assert "5 % or less" in page


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ("", "All sources count the same here."),
        ("EQUAL", "plans weigh every source alike"),
        ("EARLIER", "taken from the last larger assessment"),
    ],
)
def test_page_names_where_importance_comes_from(client, hr, assessment, basis, words):
    add(assessment, "time", None if not basis else 0.091, importance_basis=basis)
    client.force_login(hr)

    page = text_of(client, address(assessment))

    assert words in page
    assert "Too few to tell" in page
    assert "Goes with the outcome" not in page


@pytest.mark.parametrize(
    ("basis", "shares", "words", "parts"),
    [
        ("", {}, "Every source counts the same:", "It takes eight units."),
        ("EQUAL", {}, "Every source counts the same:", "It takes eight units."),
        ("ASSESSMENT", {"stated_share": 0.4, "derived_share": 0.3}, "never by team.", "Half of it"),
        ("ASSESSMENT", {"stated_share": 0.4}, "never by team.", "Five of seven parts"),
        ("ASSESSMENT", {"derived_share": 0.3}, "never by team.", "Three of five parts"),
        ("EARLIER", {"stated_share": 0.4}, "of the past 18 months.", "Five of seven parts"),
    ],
)
def test_plan_preview_and_results_say_how_much_sources_count(
    client, assessment, basis, shares, words, parts
):
    manager = make_user()
    source = add(assessment, "time", 0.2 if basis else None, importance_basis=basis, **shares)
    unit = make_unit(assessment=assessment, teams=[make_team(managers=(manager,))])
    make_source_finding(unit=unit, source=source)
    plan = make_plan(unit=unit)
    client.force_login(manager)

    pages = [
        text_of(client, url)
        for url in (
            unit.get_absolute_url(),
            plan.get_absolute_url(),
            reverse("plans:preview", args=[plan.pk]) + "?budget_hours=60&horizon_weeks=26",
        )
    ]

    for page in pages:
        assert words in page
        assert reverse("surveys:method") + "#importance" in page
    for page in pages[1:]:
        assert "Every set of up to three strategies" in page
        assert parts in page


def test_nothing_is_said_of_weights_where_nothing_is_ranked(client, assessment):
    manager = make_user()
    source = add(assessment, "time", 0.2, importance_basis="ASSESSMENT", stated_share=1.0)
    team = make_team(managers=(manager,))
    unit = make_unit(assessment=assessment, teams=[team], has_ranking=False)
    make_source_finding(unit=unit, source=source)
    plan = make_plan(unit=unit, has_ranking=False)
    client.force_login(manager)

    pages = [text_of(client, one.get_absolute_url()) for one in (unit, plan)]

    assert not any("#importance" in page for page in pages)


def test_page_of_an_assessment_without_a_finding_says_so(client, hr, assessment):
    client.force_login(hr)

    assert "Too few answered for any number about the sources." in text_of(
        client, address(assessment)
    )


def test_page_is_for_hr_and_for_counted_assessments(client, hr, assessment):
    client.force_login(make_user())
    assert client.get(address(assessment)).status_code == 404
    client.force_login(hr)
    assert client.get(address(make_assessment(state="OPEN"))).status_code == 404


def test_reading_the_sources_costs_one_query(assessment, django_assert_num_queries):
    for number in range(3):
        add(assessment, f"source{number}", 0.2, importance_basis="ASSESSMENT")

    with django_assert_num_queries(1):
        read_sources(assessment)


def test_the_whole_says_on_which_sources_units_do_not_differ(client, hr, assessment):
    source = add(assessment, "time", 0.1, icc=0.04)
    other = add(assessment, "silos", 0.1, icc=0.05)
    teams = [make_team(), make_team()]
    whole = make_unit(assessment=assessment, teams=teams, kind=UnitKind.ORGANISATION, is_cell=False)
    part = make_unit(assessment=assessment, teams=teams[:1], parent=whole)
    for unit in (whole, part):
        make_source_finding(unit=unit, source=source)
        make_source_finding(unit=unit, source=other)
    client.force_login(hr)

    of_whole = text_of(client, whole.get_absolute_url())
    of_part = text_of(client, part.get_absolute_url())

    assert "On time less than a twentieth of people’s differences" in of_whole
    assert address(assessment) in of_whole
    assert "less than a twentieth" not in of_part
    assert address(assessment) not in of_part
