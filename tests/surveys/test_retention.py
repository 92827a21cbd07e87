"""What is forgotten after a time, and what the table of it says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from surveys.models import Invitation, State
from surveys.retention import INVITATIONS_KEPT, forget, retention_table
from surveys.stored import stored_tables
from tests.factories import NOW, make_assessment, make_group, make_node, make_people, make_team

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def invited_to(assessment, *, count=3):
    team = make_team()
    node = make_node(assessment=assessment, team=team)
    group = make_group(assessment=assessment, node=node)
    for person in make_people(team=team, count=count):
        Invitation.objects.create(assessment=assessment, group=group, person=person)


def test_invitations_are_forgotten_after_24_months_and_not_before():
    old = make_assessment(state=State.SCORED, scored_at=NOW - INVITATIONS_KEPT)
    recent = make_assessment(
        state=State.SCORED, scored_at=NOW - INVITATIONS_KEPT + timedelta(minutes=1)
    )
    running = make_assessment(state=State.OPEN)
    for assessment in (old, recent, running):
        invited_to(assessment)

    count = forget(now=NOW)

    assert count == 3
    left = set(Invitation.objects.values_list("assessment", flat=True))
    assert left == {recent.pk, running.pk}


def test_forgetting_twice_does_nothing_more():
    invited_to(make_assessment(state=State.SCORED, scored_at=NOW - INVITATIONS_KEPT))

    counts = [forget(now=NOW), forget(now=NOW)]

    assert counts == [3, 0]


def test_expired_sessions_are_forgotten():
    Session.objects.create(session_key="old", session_data="", expire_date=LONG_AGO)

    forget(now=NOW)

    assert not Session.objects.exists()


def test_retention_table_has_a_row_for_every_described_table():
    rows = {row.where: row.kept for row in retention_table()}

    assert {table.name: rows.get(table.name) for table in stored_tables()} == {
        table.name: table.kept for table in stored_tables()
    }
