"""Sending blindly from a processor six times slower; `bench.blind` prints how long it takes."""

import time

import pytest

from resistance.catalogue import load_catalogue
from surveys.models import Ballot
from surveys.pages import finished_page
from surveys.questionnaire import statements_for
from tests.factories import make_open_assessment

pytestmark = pytest.mark.django_db(transaction=True)
SLOWER = 6


def test_slow_device_sends_blindly(page):
    finished_page.cache_clear()
    load_catalogue()
    assessment, codes = make_open_assessment(statements=statements_for("SHORT"))
    waited = []

    for code in codes[:3]:
        page.goto(f"/b/{assessment.pk}/#{code}")
        page.get_by_text("You are counted with 9 people:").wait_for()
        page.get_by_role("button", name="Start").click()
        page.locator("#s0 input[value='4']").check()
        while page.locator("#next").is_visible():
            page.locator("#next").click()
        cdp = page.context.new_cdp_session(page)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        begun = time.perf_counter()
        page.locator("#send").dispatch_event("click")
        page.locator("#receipt").filter(has_text="-").wait_for()
        waited.append(time.perf_counter() - begun)
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": 1})

    print(f"click to confirmation, {SLOWER} times slower: {[round(s, 2) for s in waited]} s")
    assert Ballot.objects.count() == 3
