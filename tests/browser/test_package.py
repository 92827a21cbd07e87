"""The reviewer's changes, and the package as HR and the works council open it, in a browser."""

import io
import zipfile

import pytest

from surveys.models import Comment, State
from tests.browser.test_results import PHONE, WIDE, sign_in, trouble_on
from tests.factories import (
    make_assessment,
    make_comment,
    make_organisation,
    make_source,
    make_statement,
    make_team,
    make_unit,
    make_user,
)


@pytest.fixture
def unit(transactional_db):
    make_organisation()
    make_user(email="hr@example.org", is_hr=True)
    make_user(email="reviewer@example.org", is_reviewer=True)
    make_statement(source=make_source())
    unit = make_unit(assessment=make_assessment(state=State.SCORED), teams=[make_team()])
    make_comment(unit=unit, text="Ask Tom about the rota.", names_found=["Tom"])
    return unit


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_reviewer_changes_a_comment(page, live_server, unit, size):
    sign_in(page.context, "reviewer@example.org", live_server.url)
    page.set_viewport_size(size)

    page.goto(f"/comments/{unit.pk}/")
    page.get_by_text("Change the text").click()
    box = page.get_by_label("What readers will see.")
    suggested = box.input_value()
    box.fill("Ask somebody about the rota.")
    page.get_by_label("Release", exact=True).check()
    page.get_by_role("button", name="Look once more").click()
    refused = trouble_on(page)
    page.get_by_label("Change and release").check()
    page.get_by_role("button", name="Look once more").click()
    looked = trouble_on(page)
    page.get_by_role("button", name="Confirm").click()

    page.get_by_text("1 comment was decided.").wait_for()
    assert suggested == "Ask […] about the rota."
    assert (refused, looked, trouble_on(page)) == ([], [], [])
    assert Comment.objects.get().text == "Ask somebody about the rota."


@pytest.mark.parametrize("address", ["/package/", "/privacy/", "/method/"])
def test_pages_about_data_protection_are_accessible(page, live_server, unit, address):
    sign_in(page.context, "hr@example.org", live_server.url)

    found = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        page.goto(address)
        for closed in page.locator("details:not([open]) > summary").all():
            if closed.is_visible():
                closed.click()
        found += trouble_on(page)

    assert found == []


def test_downloaded_pages_open_from_a_folder_and_are_accessible(page, live_server, unit, tmp_path):
    sign_in(page.context, "hr@example.org", live_server.url)
    page.goto("/package/")
    with page.expect_download() as started:
        page.get_by_role("link", name="ZIP, English").click()
    content = started.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "headwind-en"

    found = {}
    for file in sorted(folder.glob("*.html")):
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            page.goto(file.as_uri())
            found[file.name, size["width"]] = trouble_on(page)

    assert found == {key: [] for key in found}
    assert len(found) == 20
