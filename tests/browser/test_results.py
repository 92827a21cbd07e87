"""From the list of results to what lies behind a source, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from accounts.models import User
from surveys.models import CommentState, State, Visibility
from tests.factories import (
    make_assessment,
    make_comment,
    make_group,
    make_organisation,
    make_plan,
    make_source,
    make_source_finding,
    make_statement,
    make_statement_finding,
    make_summary,
    make_team,
    make_unit,
    make_user,
)

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
KEYS = ("time", "training", "mistakes", "silos")


@pytest.fixture
def unit(transactional_db):
    """Calls A below the contact centre, as its manager and HR see it."""
    make_organisation()
    manager = make_user(name="Ines Okafor", email="ines@example.org")
    make_user(name="Helen Kowalski", email="helen@example.org", is_hr=True)
    team = make_team(name="Calls A", managers=(manager,))
    assessment = make_assessment(state=State.SCORED, created_by=manager)
    whole = make_unit(assessment=assessment, teams=[make_team(name="Contact centre")])
    unit = make_unit(assessment=assessment, teams=[team], parent=whole)
    unit.groups.add(make_group(assessment=assessment, node=unit.node))
    for number, key in enumerate(KEYS):
        source = make_source(key=key, name_en=f"Source of {key}")
        raw, certainty = 70 - 10 * number, ("CLEAR", "CLEAR", "LIKELY", "OPEN")[number]
        make_source_finding(unit=unit, source=source, raw=raw, high=raw + 12, certainty=certainty)
        make_summary(assessment=assessment, source=source)
        make_statement_finding(unit=unit, statement=make_statement(source=source))
    hidden = make_statement(source=source)
    make_statement_finding(
        unit=unit, statement=hidden, visibility=Visibility.SUPPRESSED, reason="REVEALING"
    )
    banded = make_statement(text_en="I support it.", is_asset=True)
    make_statement_finding(
        unit=unit, statement=banded, visibility=Visibility.BAND, band="low", reason="ALIKE"
    )
    make_comment(unit=unit, text="Ten minutes after a hard call.", state=CommentState.RELEASED)
    make_plan(unit=unit)
    return unit


def sign_in(context, email, address) -> None:
    client = Client()
    client.force_login(User.objects.get(email=email))
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])


def trouble_on(page) -> list[str]:
    """What axe finds, and whether the page is wider than the window."""
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*found, *(["too wide"] if wide else [])]


def test_manager_reads_results_from_the_list_down_to_a_statement(page, live_server, unit):
    sign_in(page.context, "ines@example.org", live_server.url)

    page.goto("/results/")
    page.get_by_role("link", name="Calls A").click()
    page.get_by_role("heading", name="Time and training hold Calls A back most.").wait_for()
    page.locator("summary", has_text="Source of training").click()
    page.locator("summary", has_text="All statements as a table").click()

    bars = page.get_by_role("img", name="0 strongly disagree, 1 disagree, 3 in between")
    assert bars.locator("visible=true").count() == 2
    assert page.get_by_role("table").locator("visible=true").count() == 1
    page.get_by_text("Ten minutes after a hard call.").wait_for()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_result_pages_are_accessible(page, live_server, unit, size, colours):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=colours)
    sign_in(page.context, "helen@example.org", live_server.url)
    trouble = {}

    for path in ("/results/", unit.get_absolute_url(), "/overview/"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        trouble[path] = trouble_on(page)

    assert list(trouble.values()) == [[], [], []]
