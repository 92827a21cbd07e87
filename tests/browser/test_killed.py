"""Web or database are killed between Send and the confirmation; the page says what is known."""

import os
import sys

import pytest
from django.db import OperationalError, connection

from surveys.receipts import hash_receipt
from tests.browser.test_blind_casting import (
    UNSURE,
    fill,
    opened,
    press_send,
    rows,
    survey,  # noqa: F401  (a fixture)
    wait_until_sent,
)
from tests.conftest import PATIENCE_MS
from tests.surveys.test_machines import machines  # noqa: F401  (a fixture)
from tests.test_serve import free_port
from tests.worker import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

NOT_SENT = "Not sent. Your answers are still on this"
#: who dies where -> what the page says, and which rows there are then beside those of before
POINTS = {
    "web at mark before": (NOT_SENT, 0, 0),
    "web at mark after": (NOT_SENT, 1, 0),
    "web at drop before": (UNSURE, 1, 0),
    "web at drop after": (UNSURE, 1, 1),
    "web at store after": (UNSURE, 1, 1),
}
if os.environ.get("DB") == "postgres":
    POINTS |= {
        "database at mark before": (NOT_SENT, 0, 0),
        "database at drop before": (UNSURE, 1, 0),
        "database at drop after": (UNSURE, 1, 1),
        "database at store before": (UNSURE, 0, 0),
    }
SECONDS = 60


@pytest.fixture
def crash(machines, tmp_path):  # noqa: F811
    """Plans one death at a server that answers on the only port of `machines`."""
    plan, port = tmp_path / "plan", free_port()
    machines.ports.append(port)
    extra = {"PORT": str(port), "DEBUG": "1", "CRASH_FILE": str(plan)}
    machines.start("web", [sys.executable, "-m", "tests.crashing_web"], **extra)
    machines.wait_for_webs()
    return plan.write_text


@pytest.fixture
def visitor(browser, machines, crash):  # noqa: F811
    """A new browser of somebody at that server."""
    made = []

    def come(*, has_script_of_blind_path):
        address = f"http://127.0.0.1:{machines.ports[0]}"
        context = browser.new_context(base_url=address, locale="en-GB")
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        page = context.new_page()
        if not has_script_of_blind_path:
            page.route("**/blind*.js", lambda route: route.abort())
        return page

    yield come
    for context in made:
        context.close()


def keep_what_is_committed():
    """The tests' own PostgreSQL is set to be fast, and may lose what it has just confirmed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = on'
            )


def rows_of_a_living_database():
    connection.close()
    wait_until(is_living, seconds=SECONDS)
    return rows()


def is_living():
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def dies(crash, page, point):
    """Somebody presses Send and the part named dies at the point named."""
    if point.split()[2] == "store":
        page.get_by_label("Send the weaker way").check()
    crash(point)
    connection.close()
    press_send(page)


def send_again(page):
    """Until it is confirmed, or a code of the plain path is said to be used."""
    press_send(page)
    end = page.locator("#receipt, #problems:has-text('they then stay counted')")
    end.filter(visible=True).first.wait_for()
    return wait_until_sent(page) if page.locator("#receipt").is_visible() else None


def test_nothing_confirmed_is_lost_and_nothing_counts_twice(crash, visitor, survey):  # noqa: F811
    assessment, codes = survey
    receipts, told, expected = [], {}, {}
    keep_what_is_committed()
    for number, (point, (words, marked, dropped)) in enumerate(POINTS.items()):
        page = visitor(has_script_of_blind_path="store" not in point)
        fill(page, assessment, codes[number])

        dies(crash, page, point)
        page.locator("#problems").get_by_text(words).wait_for()
        told[point] = rows_of_a_living_database()
        receipts.append(send_again(page))

        expected[point] = (number + marked, number + dropped)
        assert rows() == (number + 1, number + 1)

    assert told == expected
    known = [hash_receipt(assessment=assessment.pk, receipt=one) for one in receipts if one]
    counted = [ballot.receipt_hash for ballot in opened(assessment)]
    assert len(known) >= len(POINTS) - 1
    assert set(known) <= set(counted)
    assert len(set(counted)) == len(POINTS)
