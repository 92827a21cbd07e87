"""A trustee takes the code, types it back and opens the box, in a real browser."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now

from surveys import lifecycle
from surveys.models import KeyMode, State
from tests.browser.test_wizard import PHONE, WIDE, manager, sign_in, trouble_on
from tests.factories import make_assessment, make_user

__all__ = ["manager"]


@pytest.fixture
def box(manager):
    """Opened by its manager; two trustees are asked to take the code."""
    box = make_assessment(
        created_by=manager, key_mode=KeyMode.TRUSTEE, closes_at=now() + timedelta(days=9)
    )
    box.teams.set(manager.managed_teams.get().children.all())
    box.trustees.set([make_user(name="Bo Trust", is_trustee=True), make_user(is_trustee=True)])
    lifecycle.open_assessment(assessment_id=box.pk, by=manager, now=now())
    return box


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"]
)
def test_trustee_takes_the_code_and_opens_the_box(page, live_server, box, size, scheme):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    sign_in(page.context, box.trustees.get(name="Bo Trust"), live_server.url)
    trouble = []

    def look() -> None:
        trouble.extend(trouble_on(page))

    page.goto(reverse("surveys:trustee_list"))
    look()
    page.get_by_role("link", name=box.name).click()
    page.get_by_role("button", name="Show me the code now").wait_for()
    look()
    page.get_by_role("button", name="Show me the code now").click()
    code = page.locator("#trustee-code").inner_text()
    page.get_by_role("button", name="Print").wait_for()
    look()
    page.get_by_role("link", name="I have it: type it back").click()
    page.get_by_label("The code, six groups of four").fill("K7QF")
    page.get_by_role("button", name="This is my code").click()
    problem = page.get_by_role("alert").inner_text()
    look()
    page.get_by_label("The code, six groups of four").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="This is my code").click()
    page.get_by_text("Your code fits. Keep it until you are asked for it.").wait_for()
    look()

    box.refresh_from_db()
    box.state = State.AWAITING_TRUSTEE
    box.save()
    page.reload()
    look()
    page.get_by_label("The code, six groups of four").fill(code)
    page.get_by_role("button", name="Open and count").click()
    page.get_by_text("counting has started").wait_for()
    look()

    box.refresh_from_db()
    assert "six groups of four" in problem
    assert box.state == State.TALLYING
    assert trouble == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_choice_of_trustees_and_setbacks_have_no_trouble(page, live_server, box, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)
    sign_in(page.context, make_user(is_hr=True), live_server.url)
    draft = make_assessment(closes_at=now() + timedelta(days=9))
    failed = make_assessment(state=State.FAILED, failed_from="TALLYING", failure="MISSING_KEY")

    page.goto(reverse("surveys:wizard_check", args=[draft.pk]))
    page.get_by_text("Change who can open it").click()
    page.get_by_label("A trustee, with a code").check()
    page.get_by_role("button", name="Keep this choice").click()
    page.get_by_text("Choose one or two trustees.").first.wait_for()
    trouble = trouble_on(page)
    for name, row in (("assessment_back", box), ("assessment_give_up", failed)):
        page.goto(reverse("surveys:assessment", args=[row.pk]))
        trouble += trouble_on(page)
        page.goto(reverse(f"surveys:{name}", args=[row.pk]))
        trouble += trouble_on(page)

    assert trouble == []
