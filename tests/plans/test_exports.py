from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import AuditEntry
from plans.exports import Filters, as_text, plan_rows
from plans.models import Action, ActionStatus, CheckIn
from surveys.models import State
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_effect,
    make_person,
    make_plan,
    make_source,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


class TableReader(HTMLParser):
    """The texts of the first table of a page, row by row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.is_inside = self.is_cell = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.is_inside = self.is_inside or tag == "table"
        if self.is_inside and tag == "tr":
            self.rows.append([])
        if self.is_inside and tag in ("td", "th"):
            self.is_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.is_cell = False

    def handle_data(self, data):
        if self.is_cell:
            self.rows[-1][-1] += data


def company(count=1):
    """`count` teams below one, each with a plan; the last plan has no action."""
    manager, top, source = make_user(), make_team(), make_source()
    assessment = make_assessment(state=State.SCORED)
    for number in range(count):
        team = make_team(name=f"Team {number}", parent=top, managers=(manager,))
        plan = make_plan(unit=make_unit(assessment=assessment, teams=[team]), lead=manager)
        if number < count - 1 or count == 1:
            action = make_action(plan=plan, source=source, owner=make_person(team=team))
            CheckIn.objects.create(action=action, state="MOVING", note="=2+2", made_at=NOW)
    return manager, top, source


def rows(user, **filters):
    return plan_rows(user=user, filters=Filters(**filters), today=TODAY)


def test_plan_rows_hold_actions_and_plans_without_one():
    manager, _top, source = company(2)

    found = rows(manager)

    assert [row.cells[0] for row in found] == ["Team 0", "Team 1"]
    assert found[0].cells[3:5] == ("planned", source.name)
    assert found[0].cells[9] == "=2+2"
    assert found[1].cells[3] == "no actions yet"


def test_plan_rows_are_those_of_the_user():
    company(2)
    hr, stranger = make_user(is_hr=True), make_user()

    assert (len(rows(hr)), len(rows(stranger))) == (2, 0)


def test_plan_rows_end_with_the_effect():
    manager, _top, _source = company()
    action = Action.objects.get()
    make_effect(action=action, assessment=action.plan.unit.assessment, value=-5.26)

    assert rows(manager)[0].cells[-3:] == ("worked", -5.3, "−9 to −1")


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"status": "OPEN"}, 2),
        ({"status": ActionStatus.DONE}, 0),
        ({"status": "OVERDUE"}, 0),
        ({"status": "NONE"}, 1),
        ({"owner": "person"}, 2),
        ({"owner": "nobody"}, 0),
        ({"since": TODAY + timedelta(days=20)}, 2),
        ({"until": TODAY + timedelta(days=20)}, 1),
    ],
)
def test_plan_rows_follow_the_filters(filters, count):
    manager, _top, _source = company(3)

    assert len(rows(manager, **filters)) == count


def test_plan_rows_of_a_source_leave_out_plans_without_actions():
    manager, _top, source = company(3)

    assert len(rows(manager, source=source)) == 2
    assert rows(manager, source=make_source()) == []


def test_plan_rows_of_a_team_include_all_below():
    manager, top, _source = company(3)
    hr, one = make_user(is_hr=True), manager.managed_teams.first()

    assert len(rows(hr, team=top)) == 3
    assert [row.cells[0] for row in rows(hr, team=one)] == [one.name]
    assert rows(hr, team=make_team()) == []


def test_export_xlsx_reopened_equals_the_page_as_a_whole_table(client):
    manager, _top, _source = company(3)
    client.force_login(manager)

    page = TableReader(client.get(reverse("plans:plans")).content.decode()).rows
    content = client.get(reverse("plans:export_xlsx")).content

    sheet = load_workbook(BytesIO(content)).active
    reopened = [
        [as_text(cell.date() if hasattr(cell, "date") else cell) for cell in row]
        for row in sheet.iter_rows(values_only=True)
    ]
    assert len(page) == 4
    assert reopened == page


def test_exports_are_audited_with_their_filters(client):
    manager, _top, _source = company()
    client.force_login(manager)

    client.get(reverse("plans:export_csv"), {"status": "OPEN", "owner": "Person"})

    entry = AuditEntry.objects.get(verb="action plans exported")
    assert (entry.actor, entry.subject) == (manager, "csv")
    assert entry.detail == {"kind": "csv", "rows": 1, "filters": {"status": "OPEN", "owner": "…"}}


def test_export_csv_defuses_what_people_typed(client):
    manager, _top, _source = company()
    client.force_login(manager)

    text = client.get(reverse("plans:export_csv")).content.decode()

    assert '"\'=2+2"' in text


def test_export_shows_nothing_for_a_filter_that_makes_no_sense(client):
    manager, _top, _source = company()
    client.force_login(manager)

    response = client.get(reverse("plans:export_csv"), {"since": "yesterday"})

    assert len(response.content.decode().splitlines()) == 1


def test_plans_page_asks_the_same_number_of_queries(client, django_assert_max_num_queries):
    counts = []
    for size in (1, 3, 12):
        manager, _top, _source = company(size)
        client.force_login(manager)
        with django_assert_max_num_queries(15) as queries:
            client.get(reverse("plans:plans"))
        counts.append(len(queries))

    assert counts[1] == counts[2]
