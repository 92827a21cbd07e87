"""A typed code on a device that many people use: it answers, keeps nothing, and goes back."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from surveys import slips
from surveys.keystore import Keystore
from surveys.models import Ballot
from surveys.pages import finished_page
from surveys.questionnaire import questionnaire_for
from tests.factories import make_person, make_user
from tests.line import make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}
STORED = "sessionStorage.length + localStorage.length"


@pytest.fixture
def survey():
    """Open for nine people, of whom two have no e-mail: (assessment, the codes of their slips)."""
    finished_page.cache_clear()
    questionnaire_for.cache_clear()
    (team,) = make_teams({"Stores": 7})
    for _number in range(2):
        make_person(team=team, email=None)
    assessment = open_over([team], by=make_user(is_hr=True), now=timezone.now())
    (sheet,) = slips.sheets_of(assessment)
    return assessment, list(Keystore(assessment.pk).codes_for(list(sheet.slips)).values())


@pytest.fixture
def kiosk(page):
    """At the page for a code, with a clock that the test moves."""
    page.set_viewport_size(PHONE)
    page.clock.install()
    page.goto("/b/?shared=1")
    return page


def type_code(page, code):
    page.get_by_label("Your code").fill(code.lower())
    page.get_by_role("button", name="Go to the survey").click()
    page.get_by_text("You are counted with 9 people:").wait_for()


def faults(page):
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


def test_slip_is_answered_on_the_kiosk_which_returns_by_itself(kiosk, survey):
    assessment, codes = survey
    addresses = []
    kiosk.on("request", lambda request: addresses.append(request.url))
    type_code(kiosk, codes[0])
    kiosk.get_by_role("button", name="Start").click()
    kiosk.get_by_label("Agree", exact=True).first.check()
    while kiosk.locator("#next").is_visible():
        kiosk.locator("#next").click()
    kiosk.get_by_role("button", name="Send, sealed").click()
    kiosk.wait_for_url(f"**/b/{assessment.pk}/sent/?lang=en&shared=1")
    kiosk.get_by_text("Thank you. Your answers are sealed.").wait_for()

    kiosk.clock.fast_forward(61_000)

    kiosk.wait_for_url("**/b/?lang=en&shared=1")
    assert kiosk.get_by_label("Your code").input_value() == ""
    assert kiosk.evaluate(STORED) == 0
    assert Ballot.objects.count() == 1
    assert [url for url in addresses if codes[0].lower() in url.lower()] == []
    assert kiosk.context.cookies() == []


def test_kiosk_clears_what_was_left_half_way(kiosk, survey):
    _assessment, codes = survey
    type_code(kiosk, codes[0])
    kiosk.get_by_role("button", name="Start").click()
    kiosk.locator("#s0 input[value='4']").check()
    kiosk.clock.fast_forward(100_000)
    assert re.search(r"clears itself in 1:\d\d", kiosk.locator("#shared").inner_text())
    kiosk.locator("#s1 input[value='4']").check()
    kiosk.clock.fast_forward(155_000)
    assert "clears itself in 30 seconds" in kiosk.locator("#shared-soon").inner_text()

    kiosk.clock.fast_forward(30_000)

    kiosk.wait_for_url("**/b/?lang=en&shared=1")
    assert kiosk.evaluate(STORED) == 0
    kiosk.go_back()
    assert kiosk.locator("#s0 input:checked").count() == 0
    assert codes[0] not in kiosk.content()


def test_next_person_finds_nothing_of_the_last(kiosk, survey):
    _assessment, codes = survey
    type_code(kiosk, codes[0])
    kiosk.get_by_role("button", name="Start").click()
    kiosk.locator("#s0 input[value='4']").check()
    kiosk.get_by_role("button", name="Clear it now").click()
    kiosk.wait_for_url("**/b/?lang=en&shared=1")

    type_code(kiosk, codes[1])

    assert kiosk.locator("#s0 input:checked").count() == 0
    assert kiosk.locator("#keep").count() == 0
    assert kiosk.locator("#code").input_value() == codes[1].lower()


def test_code_left_on_the_first_page_is_removed(kiosk, survey):
    _assessment, codes = survey
    kiosk.get_by_label("Your code").fill(codes[0])

    kiosk.clock.fast_forward(181_000)

    assert kiosk.get_by_label("Your code").input_value() == ""


def test_typed_code_on_an_own_device_survives_a_reload(page, survey):
    assessment, codes = survey
    page.goto("/b/")
    type_code(page, codes[0])

    page.reload()
    page.get_by_text("You are counted with 9 people:").wait_for()

    assert page.url.endswith(f"/b/{assessment.pk}/?lang=en")
    assert not page.locator("#shared").is_visible()


def test_unknown_code_is_told_beside_the_field(page, survey):
    page.goto("/b/")
    page.get_by_label("Your code").fill("0000-0000-0000-0000-1")

    page.get_by_role("button", name="Go to the survey").click()

    page.get_by_text("This code has been used or is not valid.").wait_for()
    assert page.url.endswith("/b/")


def test_typed_code_works_without_script(browser, live_server, survey):
    _assessment, codes = survey
    context = browser.new_context(
        base_url=live_server.url, locale="en-GB", java_script_enabled=False, viewport=PHONE
    )
    page = context.new_page()
    page.goto("/b/")

    page.get_by_label("Your code").fill(codes[0])
    page.get_by_role("button", name="Go to the survey").click()
    page.locator("#s0 input[value='2']").check()
    page.get_by_role("button", name="Send, sealed").click()

    page.get_by_role("heading", name="Thank you.").wait_for()
    assert Ballot.objects.count() == 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_have_no_accessibility_faults(kiosk, survey, scheme):
    _assessment, codes = survey
    kiosk.emulate_media(color_scheme=scheme)

    found = faults(kiosk)
    type_code(kiosk, codes[0])
    found += faults(kiosk)

    assert found == []
    assert kiosk.evaluate("document.documentElement.scrollWidth <= innerWidth")
