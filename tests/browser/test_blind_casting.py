"""What can go wrong between Send and the confirmation, row by row of docs/decisions/0006."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from resistance.catalogue import load_catalogue
from surveys.ballot import decode
from surveys.keystore import Keystore
from surveys.models import Assessment, Ballot, LedgerEntry, ReceiptList, State
from surveys.pages import finished_page
from surveys.questionnaire import statements_for
from surveys.receipts import hash_receipt, receipt_list
from surveys.sealing import unseal
from tests.conftest import INTRANET
from tests.factories import make_open_assessment

pytestmark = pytest.mark.django_db(transaction=True)

UNSURE = "We do not know whether this arrived."
NOT_PUBLISHED = "This server’s key is not the published one"


@pytest.fixture
def survey(settings):
    """The product's own statements, open for nine people: (assessment, codes)."""
    settings.CASTING_GRACE_SECONDS = 600
    finished_page.cache_clear()
    load_catalogue()
    return make_open_assessment(statements=statements_for("SHORT"))


def opened(assessment):
    """All ballots as the tally would read them."""
    key = Keystore(assessment.pk).box_private_key()
    return [
        decode(unseal(private_key=key, assessment=assessment.pk.bytes, sealed=bytes(sealed)))
        for sealed in Ballot.objects.values_list("ciphertext", flat=True)
    ]


def visit(page, assessment, code):
    page.goto(f"/b/{assessment.pk}/#{code}")
    page.get_by_text("You are counted with 9 people:").wait_for()


def fill(page, assessment, code, answer="4"):
    """Up to the last step, with the first statement answered."""
    visit(page, assessment, code)
    page.get_by_role("button", name="Start").click()
    page.locator(f"#s0 input[value='{answer}']").check()
    to_end(page)


def to_end(page):
    while page.locator("#next").is_visible():
        page.locator("#next").click()


def press_send(page):
    page.get_by_role("button", name="Send, sealed").click()


def wait_until_sent(page):
    page.wait_for_url("**/sent/**")
    page.locator("#receipt").filter(has_text=re.compile(r"^\w{4}-\w{4}-\w{4}$")).wait_for()
    return page.locator("#receipt").text_content()


def lose_request(page, name, times=1):
    page.route(f"**/{name}/?*", lambda route: route.abort(), times=times)


def lose_reply(page, name):
    def answer_nobody(route):
        route.fetch()
        route.abort()

    page.route(f"**/{name}/?*", answer_nobody, times=1)


def rows():
    return LedgerEntry.objects.count(), Ballot.objects.count()


def kept(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.includes('pending'))")


def test_mail_scanner_and_reader_use_nothing(page, survey):
    assessment, codes = survey
    visit(page, assessment, codes[0])
    links = page.locator("a[href]").evaluate_all("links => links.map((link) => link.href)")
    for link in sorted(set(links)):
        page.goto(link)

    fill(page, assessment, codes[0])

    assert len(links) > 5
    assert rows() == (0, 0)


def test_plain_http_of_an_intranet_sends_blindly_too(browser, live_server, survey, settings):
    assessment, codes = survey
    settings.ALLOWED_HOSTS = [INTRANET]
    address = live_server.url.replace("localhost", INTRANET)
    context = browser.new_context(base_url=address, locale="en-GB")
    page = context.new_page()
    fill(page, assessment, codes[0])

    press_send(page)
    receipt = wait_until_sent(page)
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()

    assert page.evaluate("[isSecureContext, Boolean(crypto.subtle)]") == [False, False]
    hashed = hash_receipt(assessment=assessment.pk, receipt=receipt)
    assert [ballot.receipt_hash for ballot in opened(assessment)] == [hashed]
    context.close()


def test_receipt_of_the_page_is_the_one_in_the_box(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0])

    press_send(page)
    receipt = wait_until_sent(page)

    hashed = hash_receipt(assessment=assessment.pk, receipt=receipt)
    assert [ballot.receipt_hash for ballot in opened(assessment)] == [hashed]
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.reload()
    assert page.locator("#receipt-part").is_hidden()


@pytest.mark.parametrize("lose", [lose_request, lose_reply])
def test_lost_sign_is_told_and_sent_again_with_the_same_token(page, survey, lose):
    assessment, codes = survey
    blinded = []
    page.on("request", lambda r: blinded.append(r.post_data) if "/sign/" in r.url else None)
    fill(page, assessment, codes[0])
    lose(page, "sign")

    press_send(page)
    page.get_by_text("Not sent. Your answers are still on this device.").wait_for()
    press_send(page)
    wait_until_sent(page)

    assert blinded[0] == blinded[1]
    assert rows() == (1, 1)


def test_page_closed_after_a_lost_sign_asks_to_send_again(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0], answer="2")
    lose_reply(page, "sign")
    press_send(page)
    page.get_by_text("Not sent.").wait_for()

    page.goto("about:blank")
    page.goto(f"/b/{assessment.pk}/#{codes[0]}")
    page.get_by_text("Sending was interrupted on your last visit.").wait_for()
    press_send(page)
    wait_until_sent(page)

    assert [ballot.content.answers[0] for ballot in opened(assessment)] == [2]


def test_next_visit_casts_what_was_signed_without_asking(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0], answer="5")
    lose_request(page, "cast")
    press_send(page)
    page.get_by_text(UNSURE).wait_for()
    assert rows() == (1, 0)

    page.goto("about:blank")
    page.goto(f"/b/{assessment.pk}/#{codes[0]}")
    wait_until_sent(page)

    page.get_by_text("This is what you sent on your last visit.").wait_for()
    assert [ballot.content.answers[0] for ballot in opened(assessment)] == [5]
    assert kept(page) == []


def test_lost_confirmation_counts_once_and_the_first_version(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0], answer="1")
    lose_reply(page, "cast")

    press_send(page)
    page.get_by_text("the first version counts").wait_for()
    for _part in range(12):
        page.get_by_role("button", name="Back", exact=True).click()
    page.locator("#s0 input[value='5']").check()
    to_end(page)
    press_send(page)
    wait_until_sent(page)

    assert rows() == (1, 1)
    assert [ballot.content.answers[0] for ballot in opened(assessment)] == [1]


def test_back_button_after_sending_meets_a_used_code(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0])
    press_send(page)
    wait_until_sent(page)

    page.go_back()
    fill(page, assessment, codes[0], answer="1")
    press_send(page)

    page.get_by_role("link", name="This code has been used or is not valid.").wait_for()
    assert rows() == (1, 1)
    assert kept(page) == []


def test_two_tabs_use_one_token_and_the_first_cast_counts(page, survey):
    assessment, codes = survey
    other = page.context.new_page()
    fill(page, assessment, codes[0], answer="1")
    fill(other, assessment, codes[0], answer="5")
    lose_request(page, "cast")

    press_send(page)
    page.get_by_text(UNSURE).wait_for()
    press_send(other)
    receipt = wait_until_sent(other)
    press_send(page)

    assert wait_until_sent(page) == receipt
    assert [ballot.content.answers[0] for ballot in opened(assessment)] == [5]


def test_second_device_is_refused(page, browser, live_server, survey):
    assessment, codes = survey
    other = browser.new_context(base_url=live_server.url, locale="en-GB").new_page()
    fill(page, assessment, codes[0])
    fill(other, assessment, codes[0], answer="1")
    press_send(page)
    wait_until_sent(page)

    press_send(other)

    other.get_by_role("link", name="This code has been used or is not valid.").wait_for()
    assert rows() == (1, 1)
    other.context.close()


def test_browser_that_keeps_nothing_says_so_and_sends(page, survey):
    assessment, codes = survey
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('no', 'SecurityError'); };"
    )
    fill(page, assessment, codes[0])
    lose_request(page, "cast")

    press_send(page)
    page.get_by_text(UNSURE).wait_for()
    page.get_by_text("Please do not close the page until").wait_for()
    press_send(page)

    page.get_by_role("heading", name="Thank you.").wait_for()
    receipt = page.locator("#receipt").text_content()
    hashed = hash_receipt(assessment=assessment.pk, receipt=receipt)
    assert [ballot.receipt_hash for ballot in opened(assessment)] == [hashed]


def test_wiped_browser_loses_its_ballot_and_cannot_vote_twice(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0])
    lose_request(page, "cast")
    press_send(page)
    page.get_by_text(UNSURE).wait_for()
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.goto("about:blank")

    fill(page, assessment, codes[0])
    press_send(page)

    page.get_by_role("link", name="This code has been used or is not valid.").wait_for()
    assert rows() == (1, 0)


def signed_only(page, assessment, code):
    fill(page, assessment, code, answer="3")
    lose_request(page, "cast")
    press_send(page)
    page.get_by_text(UNSURE).wait_for()
    page.goto("about:blank")


def close(assessment, minutes):
    end = timezone.now() - timedelta(minutes=minutes)
    Assessment.objects.filter(pk=assessment.pk).update(state=State.CLOSED, closes_at=end)


def test_ballot_signed_in_time_counts_shortly_after_the_close(page, survey):
    assessment, codes = survey
    signed_only(page, assessment, codes[0])
    close(assessment, minutes=9)

    page.goto(f"/b/{assessment.pk}/#{codes[0]}")
    wait_until_sent(page)

    assert [ballot.content.answers[0] for ballot in opened(assessment)] == [3]


def test_ballot_that_comes_too_late_is_told_with_its_receipt(page, survey):
    assessment, codes = survey
    signed_only(page, assessment, codes[0])
    close(assessment, minutes=11)

    page.goto(f"/b/{assessment.pk}/#{codes[0]}")
    told = page.locator("#ended").filter(has_text="Too late: your answers")
    told.wait_for()

    assert re.search(r"look up \w{4}-\w{4}-\w{4} after", told.text_content())
    assert rows() == (1, 0)
    assert kept(page) == []


def test_closed_survey_says_so_before_anything_is_used(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0])
    close(assessment, minutes=1)

    press_send(page)

    page.get_by_text("This survey does not take answers now.").wait_for()
    assert rows() == (0, 0)


def change_answer(page, name, change):
    def answer(route):
        response = route.fetch()
        route.fulfill(response=response, json=change(response.json()))

    page.route(f"**/{name}/?*", answer)


def test_key_that_is_not_listed_stops_before_anything_is_used(page, survey):
    assessment, codes = survey
    other = format(int.from_bytes(b"\xc1" + bytes(254) + b"\x01", "big"), "x")
    change_answer(page, "group", lambda found: {**found, "modulus": other})
    fill(page, assessment, codes[0])

    press_send(page)

    page.get_by_text(NOT_PUBLISHED).wait_for()
    assert rows() == (0, 0)


def test_wrong_signature_is_told_and_nothing_is_cast(page, survey):
    assessment, codes = survey
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    change_answer(page, "sign", lambda found: {"signature": "1" * len(found["signature"])})
    fill(page, assessment, codes[0])

    press_send(page)

    page.get_by_text(NOT_PUBLISHED).wait_for()
    assert [url for url in sent if "/cast/" in url] == []
    assert rows() == (1, 0)


def test_plain_path_is_offered_when_the_script_fails_and_never_taken_by_itself(page, survey):
    assessment, codes = survey
    page.route("**/blind*.js", lambda route: route.abort())
    visit(page, assessment, codes[0])
    page.get_by_text("Weaker on this device").wait_for()
    fill(page, assessment, codes[0])

    press_send(page)
    assert rows() == (0, 0)
    page.get_by_label("Send the weaker way").check()
    press_send(page)
    receipt = wait_until_sent(page)

    hashed = hash_receipt(assessment=assessment.pk, receipt=receipt)
    assert [ballot.receipt_hash for ballot in opened(assessment)] == [hashed]


def test_weaker_way_is_not_spoken_of_where_the_script_works(page, survey):
    assessment, codes = survey

    visit(page, assessment, codes[0])

    assert page.locator("#plain-note").is_hidden()


def test_another_link_in_the_same_tab_starts_with_empty_answers(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0], answer="5")

    page.goto(f"/b/{assessment.pk}/#{codes[1]}")
    page.wait_for_function("code => document.getElementById('code').value === code", arg=codes[1])

    assert page.locator("#s0 input:checked").count() == 0


def test_not_you_clears_code_and_answers(page, survey):
    assessment, codes = survey
    fill(page, assessment, codes[0], answer="5")
    page.evaluate("history.go(-13)")
    page.get_by_role("link", name="Clear this screen").click()

    page.wait_for_function("document.getElementById('code').value === ''")

    assert page.locator("#s0 input:checked").count() == 0
    assert page.evaluate("localStorage.length") == 0
    assert codes[0] not in page.evaluate("JSON.stringify({...sessionStorage})")


def test_receipt_is_looked_up_in_the_browser_alone(page, survey):
    assessment, _codes = survey
    hashed = [
        hash_receipt(assessment=assessment.pk, receipt=r) for r in ("K7QF-2M9D-XH4T", "0" * 12)
    ]
    ReceiptList.objects.create(assessment=assessment, listed=receipt_list(hashed))
    Assessment.objects.filter(pk=assessment.pk).update(
        state=State.SCORED, scored_at=timezone.now(), invited_count=9, taken_part_count=3,
        ballot_count=2,
    )  # fmt: skip
    page.goto(f"/b/{assessment.pk}/check/")
    sent = []
    page.on("request", lambda request: sent.append((request.method, request.url)))

    page.get_by_label("Your receipt").fill("k7qf 2m9d xh4t")
    page.get_by_role("button", name="Look it up").click()
    page.get_by_text("Counted. This receipt stands in the list.").wait_for()
    page.get_by_label("Your receipt").fill("K7QF-2M9D-XH4V")
    page.get_by_role("button", name="Look it up").click()
    page.get_by_text("Not in the list.").wait_for()

    assert [(method, url.split("/b/")[1]) for method, url in sent] == [
        ("GET", f"{assessment.pk}/receipts/list/")
    ]
    assert page.locator("dl.facts dd").all_text_contents() == ["9", "3", "2"]
