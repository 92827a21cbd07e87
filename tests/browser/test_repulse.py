"""A re-pulse in a real browser: one click, nine questions on a phone, and what the action did."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.models import F
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Team
from plans.measuring import measure_assessment
from plans.models import ActionStatus, Effect
from resistance.models import StatementKind
from surveys.keystore import Keystore
from surveys.models import Assessment, Invitation, LedgerEntry, State, Unit
from surveys.questionnaire import questionnaire_for
from tests.factories import (
    NOW,
    make_action,
    make_organisation,
    make_people,
    make_plan,
    make_statement,
    make_strategy,
    make_team,
    make_user,
)
from tests.line import cast_form, form_of
from tests.waves import Company
from tests.worker import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "mast-gull-reef-42"
AGO = timedelta(weeks=12)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def lead():
    return make_user(name="Ines Okafor", password=PASSWORD)


@pytest.fixture
def action(lead):
    """Of one of nine teams of twelve; twice everybody was asked, and the action came after that."""
    make_organisation()
    company = Company(teams=9)
    for team in company.teams:
        company.people[team.pk] += make_people(team=team, count=10)
    teams = Team.objects.filter(pk__in=company.people)
    teams.update(parent=make_team(name="Service", managers=(lead,)))
    company.statements += statements(company.sources[0])
    company.first()
    second = company.second()
    measure_assessment(assessment_id=second.pk, now=NOW)
    names = ("opens_at", "closes_at", "closed_at", "scored_at")
    Assessment.objects.update(**{name: F(name) + (timezone.now() - NOW - AGO) for name in names})
    unit = Unit.objects.get(assessment=second, teams=company.teams[0])
    unit.source_findings.filter(source=company.sources[0]).update(raw=70, low=64, high=76)
    return make_action(
        plan=make_plan(unit=unit, lead=lead),
        source=company.sources[0],
        strategy=make_strategy(targets={company.sources[0]: 1.0}),
        owner=company.people[company.teams[0].pk][0],
        accepted_at=timezone.now() - AGO + timedelta(weeks=1),
        status=ActionStatus.DONE,
        status_since=timezone.now() - timedelta(weeks=4),
    )


def statements(source):
    """With that of the company three about the source, three outcomes, one open question; and the
    two that only a re-pulse asks."""
    for _ in range(2):
        make_statement(kind=StatementKind.FOLLOW_UP)
    about = [make_statement(source=source) for _ in range(2)]
    outcomes = [make_statement() for _ in range(3)]
    return [*about, *outcomes, make_statement(kind=StatementKind.OPEN)]


def test_lead_asks_again_with_one_click_and_sees_what_the_action_did(
    page, browser, live_server, celery_worker_process, lead, action
):
    sign_in(page, lead)
    page.goto("/repulses/")
    page.locator("main").get_by_role("link", name=str(action.source)).first.click()
    expect(page.get_by_text("9 questions to 108 people.")).to_be_visible()
    check_accessible(page)
    page.get_by_role("button", name="Ask 108 people now").click()
    expect(page.get_by_text("Invitations are on their way.")).to_be_visible()
    repulse = Assessment.objects.get(follows=action.plan.unit.assessment)
    wait_until(lambda: Assessment.objects.get(pk=repulse.pk).state == State.OPEN)

    of_the_unit, of_others = codes(repulse, action)
    answer_on_a_phone(browser, f"{live_server.url}/b/{repulse.pk}/#{of_the_unit[0]}")
    answer(repulse, of_the_unit[1:], action.source_id, levels=(1, 2))
    answer(repulse, of_others, action.source_id, levels=(2, 3, 4))
    assert LedgerEntry.objects.filter(assessment=repulse).count() == 108

    page.goto(f"/assessments/{repulse.pk}/close/")
    page.locator("main form button[type=submit]").click()
    wait_until(lambda: Effect.objects.filter(action=action).exists())
    cells = Unit.objects.filter(assessment=repulse, is_cell=True)
    page.goto(cells.get(teams=action.owner.team).get_absolute_url())
    expect(page.locator("h1")).to_contain_text(": 70 before, about 15 now.")
    page.get_by_role("link", name="Go to the plan").click()

    expect(page.locator(".effect-verdict")).to_have_text("Worked")
    card = page.locator(".effect")
    expect(card).to_contain_text("changed from 70 to 15")
    expect(card.get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(r"^Effect −\d+(\.\d)?, range −\d+ to −\d+$")
    )
    check_accessible(page)


def sign_in(page, user):
    page.goto("/account/login/")
    page.fill("input[name=login]", user.email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/")


def check_accessible(page):
    assert [found["id"] for found in Axe().run(page).response["violations"]] == []


def codes(repulse, action):
    """Of the people of the unit that acted, and of all others."""
    rows = Invitation.objects.filter(assessment=repulse).order_by("person")
    store, mine, others = Keystore(repulse.pk), [], []
    for pk, team in rows.values_list("pk", "person__team"):
        (mine if team == action.owner.team_id else others).append(store.code_for(pk))
    return mine, others


def answer_on_a_phone(browser, address):
    phone = browser.new_context(viewport=PHONE, locale="en-GB")
    page = phone.new_page()
    page.goto(address)
    page.get_by_role("button", name="Start").click()
    page.locator("#next").wait_for()
    rated = page.locator("fieldset.likert")
    assert rated.count() + page.locator("textarea").count() == 9
    while page.locator("#next").is_visible():
        for row in page.locator("fieldset.likert:visible").all():
            row.locator("input[value='2']").check()
        page.locator("#next").click()
    page.locator("textarea").fill("Ten minutes after a hard call.")
    page.locator("#send").click()
    page.get_by_role("heading", name=re.compile("sealed")).wait_for()
    phone.close()


def answer(repulse, codes, source, *, levels):
    asked = questionnaire_for(repulse.pk)
    for number, code in enumerate(codes):
        form = form_of(asked, {source: levels[number % len(levels)]})
        cast_form(repulse.pk, code, form, now=timezone.now())
