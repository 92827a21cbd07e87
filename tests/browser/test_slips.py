"""Whoever runs an assessment takes slips and a poster from its page, in a real browser."""

import pytest
from django.utils import timezone

from tests.browser.test_wizard import PHONE, WIDE, sign_in, trouble_on
from tests.factories import make_person, make_user
from tests.line import make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wave():
    """Two groups with people without e-mail."""
    teams = make_teams({"Stores North": 9, "Calls": 9})
    for number in range(5):
        make_person(team=teams[number % 2], email=None)
    return open_over(teams, by=make_user(is_hr=True), now=timezone.now())


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_slips_are_taken_from_the_page_of_the_assessment(page, live_server, wave, size, scheme):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    sign_in(page.context, make_user(is_hr=True), live_server.url)
    page.goto(wave.get_absolute_url())

    with page.expect_download() as slips:
        page.get_by_role("link", name="All slips, PDF").click()
    with page.expect_download() as poster:
        page.get_by_role("link", name="Poster, PDF").click()
    with page.expect_download() as group:
        page.get_by_role("link", name="PDF Calls").click()

    names = [found.value.suggested_filename for found in (slips, poster, group)]
    assert names == ["headwind-slips.pdf", "headwind-poster.pdf", "headwind-slips-2.pdf"]
    assert trouble_on(page) == []
