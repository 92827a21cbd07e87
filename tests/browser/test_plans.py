"""A manager's way through a plan in a real browser: home, accept, tick, check in, export."""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect

from plans.drafting import draft_plans
from plans.models import Action
from resistance.catalogue import load_catalogue
from resistance.models import Source
from surveys.models import State
from tests.factories import (
    make_assessment,
    make_person,
    make_source_finding,
    make_summary,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "mast-gull-reef-42"


@pytest.fixture
def plan():
    load_catalogue()
    now = timezone.now()
    manager = make_user(name="Ines Okafor", password=PASSWORD)
    team = make_team(name="Calls A", managers=(manager,))
    make_person(team=team, name="Tom Reyes")
    assessment = make_assessment(
        state=State.SCORED, closed_at=now - timedelta(days=1), scored_at=now
    )
    unit = make_unit(assessment=assessment, teams=[team])
    for source in Source.objects.all():
        is_first = source.key == "time"
        make_summary(assessment=assessment, source=source)
        make_source_finding(
            unit=unit,
            source=source,
            raw=68 if is_first else 42,
            certainty="CLEAR" if is_first else "OPEN",
        )
    draft_plans(assessment_id=assessment.pk, now=now)
    return unit.plan


def sign_in(page, user):
    page.goto("/account/login/")
    page.fill("input[name=login]", user.email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").first.click()


def check_accessible(page):
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []


def test_manager_takes_a_suggestion_on_and_keeps_it_moving(page, plan):
    sign_in(page, plan.lead)
    expect(page.locator("h1")).to_have_text("One thing needs you, Ines.")
    check_accessible(page)

    page.get_by_role("link", name="Read and decide").click()
    expect(page.locator("h1")).to_contain_text("No actions yet.")
    expect(page.locator(".reason").first).to_contain_text("Lack of time or resources")
    check_accessible(page)

    page.get_by_label("Hours in a quarter").fill("200")
    expect(page.locator(".trial")).to_contain_text("Not kept yet. Comes in:")
    expect(page.get_by_role("status").filter(has_text="Comes in:")).to_have_count(1)
    check_accessible(page)
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_text("Kept. What runs stays as it is.")).to_be_visible()

    page.get_by_role("link", name=re.compile("Accept and name an owner")).first.click()
    page.get_by_label("Owner").select_option(label="Tom Reyes")
    page.get_by_label("If …").fill("the rota is drafted")
    page.get_by_label("then I …").fill("mark the slot")
    check_accessible(page)
    page.get_by_role("button", name="Take it on").click()

    expect(page.locator(".ifthen")).to_contain_text("If the rota is drafted, then I mark the slot")
    with page.expect_response(re.compile("/steps/")):
        page.locator(".steps-list input").first.check()
    expect(page.locator(".done-step")).to_have_count(1)
    page.get_by_label("One line for the team").fill("16 of 20 slots kept")
    page.get_by_role("button", name="Moving").click()
    expect(page.locator(".history")).to_contain_text("16 of 20 slots kept")
    check_accessible(page)

    action = Action.objects.get()
    assert (action.status, action.owner.name) == ("MOVING", "Tom Reyes")
    assert action.steps.exclude(done_at=None).count() == 1


def test_table_on_the_page_and_in_the_file_are_the_same(page, plan):
    sign_in(page, plan.lead)
    page.goto("/plans/")
    check_accessible(page)
    shown = page.locator("#plans-table tbody tr").first.locator("th, td").all_inner_texts()

    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()

    content = Path(download.value.path()).read_bytes()
    row = [cell.value for cell in load_workbook(BytesIO(content)).active[2]]
    assert [row[0], row[3]] == [shown[0], shown[3]] == ["Calls A", "no actions yet"]


def test_declined_suggestion_leaves_room_without_script(browser, live_server, plan):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, plan.lead)
    page.goto(plan.get_absolute_url())

    page.get_by_role("link", name=re.compile("Not for us")).first.click()
    page.get_by_label("Because").fill("We did this in spring.")
    page.get_by_role("button", name="Decline it").click()

    page.get_by_text("Declined, and why").click()
    expect(page.get_by_text("We did this in spring.")).to_be_visible()
    context.close()
