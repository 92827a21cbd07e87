"""Reading leaves no mark.

PostgreSQL notes in a row the first time somebody reads it after its transaction has ended. A page
of the file would then show whose code was looked up, and so who has taken part, although nothing
about it was written; so all rows are read once as soon as they exist.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from surveys.casting import look_up
from surveys.models import Credential, Group, Invitation
from tests.attack.storage import table_file
from tests.factories import make_user
from tests.line import codes_by_team, make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _careful_server():
    """Commits reach the disk as in production; the test's server is in a hurry."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")


def files():
    return {
        model.__name__: table_file(model._meta.db_table)
        for model in (Credential, Invitation, Group)
    }


def test_using_a_code_changes_no_byte_of_the_peoples_tables():
    now = timezone.now()
    teams = make_teams({f"Team {number}": 20 for number in range(5)})
    assessment = open_over(teams, by=make_user(is_hr=True), now=now - timedelta(days=2))
    codes = codes_by_team(assessment)
    before = files()

    for of_team in codes.values():
        for code in of_team[::2]:
            look_up(assessment_id=assessment.pk, code=code)

    assert [name for name, content in files().items() if content != before[name]] == []
