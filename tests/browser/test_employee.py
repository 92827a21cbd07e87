"""The employee's journey in a real browser: with script, without it, on small screens."""

import gzip
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from resistance.catalogue import load_catalogue
from surveys.ballot import decode
from surveys.keystore import Keystore
from surveys.models import Ballot
from surveys.pages import finished_page
from surveys.questionnaire import questionnaire_for, statements_for
from surveys.sealing import unseal
from tests.factories import make_open_assessment

pytestmark = pytest.mark.django_db(transaction=True)
BUDGET_BYTES = 32_000
PHONE = {"width": 390, "height": 844}
SMALLEST = {"width": 320, "height": 640}


@pytest.fixture
def survey():
    """The product's own statements, open for nine people: (assessment, codes)."""
    finished_page.cache_clear()
    questionnaire_for.cache_clear()
    load_catalogue()
    return make_open_assessment(statements=statements_for("SHORT"))


@pytest.fixture
def plain_page(browser, live_server):
    context = browser.new_context(
        base_url=live_server.url, locale="en-GB", java_script_enabled=False, viewport=PHONE
    )
    yield context.new_page()
    context.close()


def opened_ballots(assessment):
    private = Keystore(assessment.pk).box_private_key()
    return [
        decode(
            unseal(private_key=private, assessment=assessment.pk.bytes, sealed=bytes(sealed))
        ).content
        for sealed in Ballot.objects.values_list("ciphertext", flat=True)
    ]


def faults(page):
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


def start(page, assessment, code):
    page.set_viewport_size(PHONE)
    page.goto(f"/b/{assessment.pk}/#{code}")
    page.get_by_text("You are counted with 9 people:").wait_for()
    page.get_by_role("button", name="Start").click()


def go_to_end(page):
    while page.locator("#next").is_visible():
        page.locator("#next").click()


def test_employee_answers_part_by_part_and_sends(page, survey):
    assessment, codes = survey
    addresses = []
    page.on("request", lambda request: addresses.append((request.method, request.url)))
    start(page, assessment, codes[0])
    assert page.title().startswith("Part 1 of 14: What it is about")

    page.get_by_label("Agree", exact=True).first.check()
    page.get_by_role("button", name=re.compile("^Next:")).click()
    page.get_by_label("I cannot say").locator("visible=true").first.check()
    go_to_end(page)
    page.get_by_label("There is no time for it").check()
    page.get_by_label("What would help most?").fill("Ten minutes after a hard call.")
    page.get_by_role("button", name="Send, sealed").click()
    page.wait_for_url("**/sent/?lang=en")

    ballot = opened_ballots(assessment)[0]
    assert (ballot.answers[0], ballot.answers[3]) == (4, 6)
    assert [comment.text for comment in ballot.comments] == ["Ten minutes after a hard call."]
    assert [url for method, url in addresses if method == "POST"] == [
        f"{page.url.split('/b/')[0]}/b/{assessment.pk}/{name}/?lang=en"
        for name in ("group", "sign", "cast")
    ]
    assert [url for _method, url in addresses if codes[0] in url.partition("#")[0]] == []
    assert page.context.cookies() == []
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0


def test_employee_answers_without_script(plain_page, survey):
    assessment, codes = survey
    plain_page.goto(f"/b/{assessment.pk}/#{codes[0]}")

    plain_page.locator("#code-first").fill(codes[0])
    plain_page.get_by_role("button", name="With whom am I counted?").click()
    plain_page.get_by_text("You are counted with 9 people:").wait_for()
    plain_page.locator("#s0 input[value='2']").check()
    for number in range(4):
        plain_page.locator(f"#top input[value='{number}']").check()
    plain_page.get_by_role("button", name="Send, sealed").click()
    plain_page.get_by_role("link", name="Choose three at most.").wait_for()
    assert plain_page.locator("#s0 input[value='2']").is_checked()
    plain_page.locator("#top input[value='0']").uncheck()
    plain_page.get_by_role("button", name="Send, sealed").click()

    plain_page.get_by_role("heading", name="Thank you.").wait_for()
    assert opened_ballots(assessment)[0].blockers == 0b1110
    assert plain_page.context.cookies() == []


def test_code_leaves_the_address_bar_and_survives_a_reload(page, survey):
    assessment, codes = survey
    start(page, assessment, codes[0])

    page.get_by_label("Agree", exact=True).first.check()
    page.reload()
    page.wait_for_function("document.title.startsWith('Part 1')")

    assert page.url.endswith(f"/b/{assessment.pk}/")
    assert page.locator("#s0 input[value='4']").is_checked()
    assert page.locator("#code").input_value() == codes[0]


def test_back_button_of_the_browser_walks_the_parts(page, survey):
    assessment, codes = survey
    start(page, assessment, codes[0])
    page.locator("#next").click()
    page.locator("#next").click()

    page.go_back()

    page.wait_for_function("document.title.startsWith('Part 2 of 14')")
    page.get_by_role("button", name="Back").click()
    page.wait_for_function("document.title.startsWith('Part 1 of 14')")


def test_language_can_be_changed_half_way(page, survey):
    assessment, codes = survey
    start(page, assessment, codes[0])
    page.locator("#s0 input[value='5']").check()

    page.get_by_role("link", name="Deutsch").click()

    page.wait_for_function("document.documentElement.lang === 'de'")
    assert page.locator("#s0 input[value='5']").is_checked()
    assert page.locator("#code").input_value() == codes[0]


def test_failed_sending_keeps_the_answers_and_can_be_repeated(page, survey):
    assessment, codes = survey
    start(page, assessment, codes[0])
    page.locator("#s0 input[value='3']").check()
    go_to_end(page)
    page.context.set_offline(True)

    page.get_by_role("button", name="Send, sealed").click()
    page.get_by_text("Not sent. Your answers are still on this device.").wait_for()
    assert page.evaluate("document.activeElement.id") == "problems"
    page.context.set_offline(False)
    page.get_by_role("button", name="Send, sealed").click()
    page.wait_for_url("**/sent/?lang=en")

    assert [ballot.answers[0] for ballot in opened_ballots(assessment)] == [3]


def test_used_code_is_told_and_nothing_is_lost(page, survey):
    assessment, codes = survey
    for first in (True, False):
        start(page, assessment, codes[0])
        page.locator("#s0 input[value='1']").check()
        go_to_end(page)
        page.get_by_role("button", name="Send, sealed").click()
        if first:
            page.wait_for_url("**/sent/?lang=en")

    page.get_by_role("link", name="This code has been used or is not valid.").wait_for()
    assert page.locator("#s0 input[value='1']").is_checked()
    assert Ballot.objects.count() == 1


def test_unknown_code_is_told_at_the_start(page, survey):
    assessment, _codes = survey

    page.goto(f"/b/{assessment.pk}/#0000-0000-0000-0000-0")
    page.get_by_text("This code has been used or is not valid.").wait_for()

    assert page.locator("#code-first").input_value() == "0000-0000-0000-0000-0"


def test_fourth_tick_and_long_text_are_told_on_the_page(page, survey):
    assessment, codes = survey
    start(page, assessment, codes[0])
    go_to_end(page)

    for number in range(4):
        page.locator(f"#top input[value='{number}']").check()
    page.get_by_label("What would help most?").fill("ä" * 901)
    page.get_by_role("button", name="Send, sealed").click()

    page.get_by_text("Three at most. Please untick one.").wait_for()
    page.get_by_text("Too long by about 2 letters.").wait_for()
    assert page.locator("#top input:disabled").count() == 0
    assert Ballot.objects.count() == 0


def test_addresses_and_numbers_are_marked_on_the_device(page, survey):
    assessment, codes = survey
    start(page, assessment, codes[0])
    go_to_end(page)
    requests = []
    page.on("request", lambda request: requests.append(request.url))

    page.get_by_label("What would help most?").press_sequentially("ask a.b@example.org, 0171 2345")

    page.get_by_text("“a.b@example.org” looks like an address.").wait_for()
    page.get_by_text("“0171 2345” is a number").wait_for()
    assert requests == []


def test_draft_is_kept_only_when_somebody_chooses_so(page, survey):
    assessment, codes = survey
    page.goto(f"/b/{assessment.pk}/#{codes[0]}")
    page.get_by_text("You are counted with 9 people:").wait_for()
    before = page.evaluate("localStorage.length")

    page.get_by_label("Keep my answers on this device").check()
    page.get_by_role("button", name="Start").click()
    page.locator("#s0 input[value='2']").check()

    assert before == 0
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert "s0" in kept
    assert codes[0] not in kept


def test_keyboard_alone_answers_and_sends(page, survey):
    assessment, codes = survey
    start(page, assessment, codes[0])
    assert page.evaluate("document.activeElement.textContent") == "What it is about"

    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    for _part in range(12):
        page.locator("#next").focus()
        page.keyboard.press("Enter")
    page.locator("#send").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent/?lang=en")

    assert opened_ballots(assessment)[0].answers[0] == 2


def test_survey_page_costs_little_over_the_wire(page, survey):
    assessment, codes = survey
    sizes = []
    page.on("requestfinished", lambda request: sizes.append(wire_bytes(request)))

    start(page, assessment, codes[0])

    assert len(sizes) >= 4
    assert sum(sizes) < BUDGET_BYTES


def wire_bytes(request):
    """With files packed as the product serves them; the test's server does not pack."""
    size = request.sizes()
    body = size["responseBodySize"]
    if "/static/" in request.url:
        body = len(gzip.compress(request.response().body()))
    return body + size["responseHeadersSize"] + size["requestHeadersSize"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [SMALLEST, {"width": 1440, "height": 900}])
def test_pages_are_accessible(page, survey, scheme, viewport):
    assessment, codes = survey
    found = {}
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    start(page, assessment, codes[0])
    page.set_viewport_size(viewport)

    page.locator("#s0 input[value='2']").check()
    found["part"] = faults(page)
    go_to_end(page)
    for number in range(4):
        page.locator(f"#top input[value='{number}']").check()
    page.get_by_label("What would help most?").fill("a.b@example.org " + "ä" * 900)
    found["end"] = faults(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    for name in ("sent/", "stored/", "counted/", "keys/", "receipts/"):
        page.goto(f"/b/{assessment.pk}/{name}")
        found[name] = faults(page)
    page.goto("/b/")
    found["find"] = faults(page)

    assert found == {name: [] for name in found}
    assert width <= viewport["width"]


def test_page_without_script_is_accessible_and_fits(plain_page, survey):
    assessment, _codes = survey
    plain_page.set_viewport_size(SMALLEST)

    plain_page.goto(f"/b/{assessment.pk}/")

    assert plain_page.locator("h1").count() == 1
    box = plain_page.locator("#send").bounding_box()
    assert box["x"] + box["width"] <= SMALLEST["width"]
    assert box["height"] >= 44
