"""The way from an idea to an open assessment, in a real browser, with and without script."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from surveys.models import Assessment, State
from tests.factories import (
    make_assessment,
    make_comment,
    make_organisation,
    make_people,
    make_source,
    make_statement,
    make_team,
    make_unit,
    make_user,
)

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def manager(transactional_db):
    """Ines manages 20 people in Calls and 6 in Back office; two statements can be asked."""
    make_organisation()
    manager = make_user(name="Ines Okafor")
    centre = make_team(name="Contact centre", managers=(manager,))
    make_people(team=make_team(name="Calls", parent=centre), count=20)
    make_people(team=make_team(name="Back office", parent=centre), count=6)
    make_statement(source=make_source(), text_en="There is time for it.")
    make_statement(text_en="I support it.")
    return manager


def sign_in(context, user, address) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])


def trouble_on(page) -> list[str]:
    """What axe finds, and whether the page is wider than the window."""
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*found, *(["too wide"] if wide else [])]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_manager_opens_an_assessment_from_a_wording(page, live_server, manager, size):
    page.set_viewport_size(size)
    sign_in(page.context, manager, live_server.url)
    trouble = {}

    def step(button: str) -> None:
        trouble[page.url] = trouble_on(page)
        page.get_by_role("button", name=button).or_(page.get_by_role("link", name=button)).click()

    page.goto(reverse("surveys:assessments"))
    step("New assessment")
    page.get_by_role("link", name="Complaints as help").click()
    step("Next: teams")
    page.get_by_label("Contact centre").check()
    below = page.get_by_label("Back office").is_checked()
    step("Next: groups")
    told = page.get_by_role("note").inner_text()
    step("Next: dates and languages")
    step("Next: check and open")
    step("Open and invite 26 people")
    trouble[page.url] = trouble_on(page)

    assessment = Assessment.objects.get()
    assert below
    assert "Calls, Back office." in told
    assert page.get_by_role("status").inner_text() == "Opening. Invitations are on their way."
    assert (assessment.state, assessment.name_en) == (State.OPENING, "Complaints as help")
    assert [found for found in trouble.values() if found] == []


def test_unticking_a_team_unticks_what_contains_it(page, live_server, manager):
    draft = make_assessment(created_by=manager)
    sign_in(page.context, manager, live_server.url)
    page.goto(reverse("surveys:wizard_teams", args=[draft.pk]))
    page.get_by_label("Contact centre").check()

    page.get_by_label("Back office").uncheck()

    assert not page.get_by_label("Contact centre").is_checked()
    assert page.get_by_label("Calls").is_checked()


def test_going_back_keeps_what_was_typed(page, live_server, manager):
    draft = make_assessment(created_by=manager, closes_at=now() + timedelta(days=9))
    draft.teams.set(manager.managed_teams.all())
    sign_in(page.context, manager, live_server.url)
    page.goto(reverse("surveys:wizard_dates", args=[draft.pk]))
    page.get_by_label("long, 4 statements").check()

    page.get_by_role("button", name="Back").click()
    page.get_by_role("link", name="Next: dates and languages").click()

    assert page.get_by_label("long, 4 statements").is_checked()


def test_wizard_works_without_script(browser, live_server, manager):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, manager, live_server.url)
    page = context.new_page()

    page.goto(reverse("surveys:wizard_new"))
    page.get_by_role("button", name="Next: teams").click()
    page.get_by_label("Contact centre").check()
    page.get_by_role("button", name="Next: groups").click()
    page.get_by_role("link", name="Next: dates and languages").click()
    page.get_by_role("button", name="Next: check and open").click()
    page.get_by_role("button", name="Open and invite 26 people").click()
    context.close()

    assert Assessment.objects.get().state == State.OPENING


def test_reviewer_releases_a_comment_after_a_second_look(page, live_server, manager):
    scored = make_assessment(state=State.SCORED)
    unit = make_unit(assessment=scored, teams=list(manager.managed_teams.all()))
    comment = make_comment(unit=unit, text="Ask Tom about it.", names_found=["Tom"])
    sign_in(page.context, make_user(is_reviewer=True), live_server.url)
    page.goto(reverse("surveys:comments"))
    page.get_by_role("link", name=unit.name).click()
    trouble = trouble_on(page)

    page.get_by_label("Release", exact=True).check()
    page.get_by_role("button", name="Look once more, then confirm").click()
    trouble += trouble_on(page)
    page.get_by_role("button", name="Confirm").click()
    trouble += trouble_on(page)

    comment.refresh_from_db()
    assert comment.state == "RELEASED"
    page.get_by_role("button", name="Take back").wait_for()
    assert trouble == []


@pytest.mark.parametrize("name", ["method", "privacy"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_pages_have_no_trouble_on_a_phone(page, manager, name, scheme):
    page.set_viewport_size({"width": 320, "height": 700})
    page.emulate_media(color_scheme=scheme)

    page.goto(reverse(f"surveys:{name}"))

    assert trouble_on(page) == []
