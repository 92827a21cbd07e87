"""From an empty installation to a manager who chooses a password, in a real browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail

from accounts.models import User
from accounts.welcome import send_welcome

PASSWORD = "quiet-Harbour-7"
ROSTER = (
    "name;email;team;manager\n"
    "Ines Okafor;ines@example.org;Contact centre;yes\n"
    "Tom Reyes;tom@example.org;Contact centre / Calls A;no\n"
)


def check(page, heading):
    """The page has this heading and no accessibility problem."""
    assert page.locator("h1").inner_text() == heading
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.django_db(transaction=True)
def test_first_run_import_and_the_managers_first_sign_in(page, settings, live_server):
    settings.BASE_URL = live_server.url

    page.goto("/profile/")
    check(page, "Who looks after Headwind here?")
    page.fill("[name=organisation]", "Harbour Retail")
    page.fill("[name=name]", "Helen Kowalski")
    page.fill("[name=email]", "helen@example.org")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=password_again]", PASSWORD)
    page.click("main button[type=submit]")

    page.goto("/roster/")
    check(page, "Roster")
    page.click("text=Import a file >> nth=0")
    upload = {"name": "people.csv", "mimeType": "text/csv", "buffer": ROSTER.encode()}
    page.set_input_files("[name=file]", files=[upload])
    page.click("text=Look at it first")
    check(page, "This is what the file would do.")
    page.click("text=Import exactly this")
    assert page.locator("[role=status]").inner_text() == "Imported: 2 added, 0 changed."
    page.click(".who >> text=Sign out")
    check(page, "Sign in")

    send_welcome(user_id=User.objects.get(email="ines@example.org").pk)
    page.goto(re.search(r"http://\S+/key/\S+", mail.outbox[-1].body)[0])
    check(page, "Choose a password")
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.click("main button[type=submit]")
    page.goto("/profile/")
    page.fill("[name=login]", "ines@example.org")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    check(page, "Your profile")
