"""The whole line in a real browser, from an empty installation to the exported plan.

A separate worker opens, mails, counts and drafts. Run on both databases; on PostgreSQL it is the
journey that the product promises.
"""

from __future__ import annotations

import email
import re
import urllib.parse
import urllib.request
from datetime import timedelta
from email import policy
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone

from accounts.models import Team, User
from plans import exports
from plans.models import Action, Plan
from resistance.catalogue import load_catalogue
from surveys.models import Assessment, Ballot, Delivery, LedgerEntry, State
from surveys.questionnaire import questionnaire_for
from tests.worker import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a-long-journey-2026"
PEOPLE = 30
ON_THE_PAGE = 6


@pytest.fixture
def journey(page, live_server, celery_worker_process):
    load_catalogue()
    return page


def roster() -> bytes:
    lines = ["name,email,team"]
    lines.append("Ines Okafor,ines@example.org,Contact centre / Calls A")
    for number in range(1, PEOPLE):
        team = "Calls A" if number < 17 else "Calls B"
        lines.append(f"Person {number},person{number}@example.org,Contact centre / {team}")
    return "\n".join(lines).encode()


def test_journey_from_an_empty_installation_to_the_exported_plan(
    journey, browser, live_server, settings
):
    page = journey
    create_administrator(page)
    import_roster(page)
    name_manager(page)
    sign_out(page)
    manager = User.objects.get(email="ines@example.org")
    manager.set_password(PASSWORD)
    manager.save()

    sign_in(page, "ines@example.org")
    assessment = open_assessment(page)
    links = wait_for_invitations(assessment, settings)
    assert len(links) == PEOPLE
    for link in links[:ON_THE_PAGE]:
        answer_on_the_page(browser, live_server.url + urllib.parse.urlsplit(link).path, link)
    for number, link in enumerate(links[ON_THE_PAGE:]):
        answer_by_request(live_server.url, assessment, link, number)
    assert LedgerEntry.objects.count() == Ballot.objects.count() == PEOPLE

    close(page, assessment)
    wait_until(lambda: Plan.objects.filter(unit__name="Calls A").exists())
    wait_until(lambda: Assessment.objects.get().state == State.SCORED)
    assert not Ballot.objects.exists()
    assert not LedgerEntry.objects.exists()
    accept_two_actions(page, Plan.objects.get(unit__name="Calls A"))
    sign_out(page)

    sign_in(page, "helen@example.org")
    shown, exported = plans_table(page), exported_table(page)
    assert exported == shown
    assert len(shown) == 1 + 2 + Plan.objects.filter(actions=None).count()


def create_administrator(page):
    page.goto("/")
    page.fill("[name=organisation]", "Harbour Retail")
    page.fill("[name=name]", "Helen Kowalski")
    page.fill("[name=email]", "helen@example.org")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=password_again]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/")


def import_roster(page):
    page.goto("/roster/import/")
    page.set_input_files(
        "input[type=file]", {"name": "roster.csv", "mimeType": "text/csv", "buffer": roster()}
    )
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/roster/import/[-\w]+/$"))
    page.locator("form[action$='/apply/'] button[type=submit]").click()
    page.wait_for_url("**/roster/")


def name_manager(page):
    page.goto(f"/roster/teams/{Team.objects.get(name='Contact centre').pk}/")
    page.get_by_label("E-mail of the new manager").fill("ines@example.org")
    page.get_by_role("button", name="Add the manager").click()
    page.get_by_text("ines@example.org").first.wait_for()


def sign_in(page, address):
    page.goto("/account/login/")
    page.fill("[name=login]", address)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/")


def sign_out(page):
    page.context.clear_cookies()


def open_assessment(page) -> Assessment:
    page.goto("/assessments/new/?template=")
    page.fill("[name=name_en]", "One-call resolution")
    page.fill("[name=purpose_en]", "Every request is settled in one call.")
    page.get_by_role("button", name="Next: teams").click()
    page.get_by_label("Calls A").check()
    page.get_by_label("Calls B").check()
    page.get_by_role("button", name="Next: groups").click()
    page.wait_for_url("**/groups/")
    assert page.locator(".group-row .group-name").count() == 2
    page.locator(".footbar .btn-primary").click()
    page.wait_for_url("**/dates/")
    closes = timezone.localtime() + timedelta(days=7)
    page.fill("[name=closes_at]", closes.strftime("%Y-%m-%dT%H:%M"))
    page.locator(".footbar .btn-primary").click()
    page.get_by_role("button", name=f"Open and invite {PEOPLE} people").click()
    assessment = Assessment.objects.get()
    wait_until(lambda: Assessment.objects.get().state == State.OPEN)
    return assessment


def wait_for_invitations(assessment: Assessment, settings) -> list[str]:
    """The links in the mails that the worker wrote, in the order of the roster."""
    sent = Delivery.objects.filter(mailing__assessment=assessment, is_sent=True)
    wait_until(lambda: sent.count() == PEOPLE)
    folder = Path(settings.EMAIL_FILE_PATH) / assessment.pk.hex
    texts = [text for file in folder.iterdir() for text in mails_in(file)]
    return sorted(
        {link for text in texts for link in re.findall(r"http[^\s<>]+/b/[^\s<>]+#[^\s<>]+", text)}
    )


def mails_in(file: Path) -> list[str]:
    """The plain bodies of the mails in a file; a line of hyphens ends each."""
    parts = re.split(rb"\n-{79}\n", file.read_bytes())
    mails = [
        email.message_from_bytes(part, policy=policy.default) for part in parts if part.strip()
    ]
    return [mail.get_body(("plain",)).get_content() for mail in mails if mail.get_body(("plain",))]


def answer_on_the_page(browser, address: str, link: str):
    """Somebody's own phone: a fresh browser context without anything in it."""
    phone = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    page = phone.new_page()
    page.goto(f"{address}#{urllib.parse.urlsplit(link).fragment}")
    page.get_by_role("button", name="Start").click()
    page.locator("#next").wait_for()
    while page.locator("#next").is_visible():
        for row in page.locator("fieldset.likert:visible").all():
            row.locator("input[value='4']").check()
        page.locator("#next").click()
    page.locator("[name=top]").nth(10).check()
    page.locator("#send").click()
    page.get_by_role("heading", name=re.compile("sealed")).wait_for()
    phone.close()


def answer_by_request(base: str, assessment: Assessment, link: str, number: int):
    """What a browser without script sends: one POST with the code and all answers."""
    answers = {
        f"s{question.position}": str(1 + (number + question.position) % 5)
        for question in questionnaire_for(assessment.pk).rated
    }
    fields = {"code": urllib.parse.urlsplit(link).fragment, **answers}
    body = urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(f"{base}/b/{assessment.pk}/", body) as response:
        assert "sealed" in response.read().decode()
        assert response.headers["Set-Cookie"] is None


def close(page, assessment: Assessment):
    page.goto(f"/assessments/{assessment.pk}/close/")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/assessments/{assessment.pk}/")
    assert Assessment.objects.get().state != State.OPEN


def accept_two_actions(page, plan: Plan):
    for owner in ("Person 1", "Person 2"):
        page.goto(f"/plans/{plan.pk}/")
        page.get_by_role("link", name=re.compile("^Accept")).first.click()
        page.select_option("[name=owner]", label=owner)
        due = timezone.localdate() + timedelta(weeks=4)
        page.fill("[name=due_date]", due.isoformat())
        page.get_by_role("button", name="Take it on").click()
        page.wait_for_url(re.compile(r"/(plans|actions)/\d+/$"))
    assert Action.objects.filter(plan=plan).count() == 2


def plans_table(page) -> list[list[str]]:
    page.goto("/plans/")
    return page.locator("#plans-table tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )


def exported_table(page) -> list[list[str]]:
    """The reopened file, its dates and numbers written as the page writes them."""
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    book = openpyxl.load_workbook(BytesIO(Path(download.value.path()).read_bytes()))
    assert len(book.sheetnames) == 1
    return [[as_text(cell) for cell in row] for row in book.active.iter_rows(values_only=True)]


def as_text(value) -> str:
    if hasattr(value, "date"):
        value = value.date()
    return exports.as_text(value) if value is not None else ""
