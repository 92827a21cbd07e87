from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team
from plans.models import ActionStatus, CheckIn, CheckInState, Plan
from plans.overview import Block, Cell, Row, read_overview
from plans.standstill import read_standstill, read_waiting
from surveys.models import (
    Group,
    Node,
    SourceFinding,
    State,
    Unit,
    UnitKind,
    UnitTeam,
    Visibility,
)
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_comment,
    make_group,
    make_hidden_finding,
    make_node,
    make_organisation,
    make_person,
    make_plan,
    make_repulse,
    make_request,
    make_source,
    make_source_finding,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    make_organisation()
    return make_assessment(state=State.SCORED)


@pytest.fixture
def hr(client):
    client.force_login(make_user(is_hr=True))
    return client


def cell(assessment, name, *, position, **fields):
    """A reported unit of one team, at `position` of the organisation."""
    team = make_team(name=name)
    node = make_node(assessment=assessment, team=team, position=position)
    unit = make_unit(assessment=assessment, teams=[team], node=node, **fields)
    unit.groups.add(make_group(assessment=assessment, node=node))
    return unit


def test_repulse_is_not_the_latest_picture_of_the_organisation(assessment):
    later = NOW + timedelta(weeks=9)
    make_repulse(follows=assessment, source=make_source(), state=State.SCORED, scored_at=later)

    assert read_overview(None, None).waves == [assessment]


def test_overview_shows_units_in_the_order_of_the_organisation(assessment):
    time = make_source(key="time")
    late = cell(assessment, "Returns", position=9)
    early = cell(assessment, "Stores", position=1)
    make_source_finding(unit=late, source=time, raw=70, certainty="CLEAR")
    make_source_finding(unit=early, source=time, raw=20, low=10, high=30, certainty="NO")

    overview = read_overview(None, None)

    assert overview.blocks == [
        Block(
            "",
            "",
            [
                Row("Stores", early.get_absolute_url(), "17 answers", [Cell(20, 2, True, "")]),
                Row(
                    "Returns", late.get_absolute_url(), "17 answers", [Cell(70, 5, False, "clear")]
                ),
            ],
        )
    ]
    assert overview.heading == "Time holds 1 of 2 units back most."


def test_overview_puts_units_under_the_larger_one(assessment):
    above = cell(assessment, "Stores", position=1, is_cell=False, kind=UnitKind.PARENT)
    cell(assessment, "Northgate", position=2, parent=above)
    cell(assessment, "Quayside", position=3, parent=above)

    blocks = read_overview(None, None).blocks

    assert [(b.name, b.url, [row.name for row in b.rows]) for b in blocks] == [
        ("Stores", above.get_absolute_url(), ["Northgate", "Quayside"])
    ]


def test_overview_leaves_a_mark_where_nothing_may_be_shown(assessment, hr):
    unit = cell(assessment, "Stores", position=1)
    make_hidden_finding(unit=unit, source=make_source(key="time"))

    response = hr.get(reverse("plans:overview"))

    assert read_overview(None, None).blocks[0].rows[0].cells == [None]
    assert b"heat-none" in response.content


def test_overview_counts_answers_units_and_teams_shown_with_a_neighbour(assessment):
    cell(assessment, "Calls", position=1)
    teams = [make_team(name="Airport"), make_team(name="Station")]
    make_unit(assessment=assessment, teams=teams)

    overview = read_overview(None, None)

    assert overview.lede == (
        "30 of 40 people answered. 2 units are reported. "
        "2 of 3 teams are shown with a neighbour, so that nobody stands alone."
    )


def test_overview_shows_the_last_assessment_unless_another_is_asked_for(assessment):
    before = make_assessment(state=State.SCORED, scored_at=NOW - timedelta(days=90))
    make_assessment(state=State.OPEN)

    shown = [read_overview(wanted, None).chosen for wanted in (None, str(before.pk), "nonsense")]

    assert shown == [assessment, before, assessment]


def test_overview_without_results_says_what_comes(hr):
    make_assessment(state=State.OPEN)

    response = hr.get(reverse("plans:overview"))

    assert "Nothing has been counted yet." in response.content.decode()


def test_overview_without_units_says_that_nothing_can_be_shown(assessment, hr):
    response = hr.get(reverse("plans:overview"))

    assert read_overview(None, None).heading == "Nothing can be shown."
    assert "Too few answered for any unit." in response.content.decode()


def test_overview_does_not_exist_for_a_manager(client, assessment):
    manager = make_user()
    make_team(managers=(manager,))
    client.force_login(manager)

    assert client.get(reverse("plans:overview")).status_code == 404


def fill(assessment, count) -> None:
    """`count` teams with their nodes, groups, units and one finding each."""
    source = make_source()
    rows = range(count)
    teams = Team.objects.bulk_create(Team(name=f"Team {count} {i}", position=i) for i in rows)
    nodes = Node.objects.bulk_create(
        Node(assessment=assessment, team=team, name=team.name, position=i, invited=20)
        for i, team in enumerate(teams)
    )
    groups = Group.objects.bulk_create(
        Group(assessment=assessment, node=node, number=i, name=node.name, invited=20)
        for i, node in enumerate(nodes)
    )
    Group.members.through.objects.bulk_create(
        Group.members.through(group=group, node=group.node) for group in groups
    )
    units = Unit.objects.bulk_create(
        Unit(
            assessment=assessment,
            key=f"u{i}",
            name=node.name,
            kind=UnitKind.TEAM,
            node=node,
            position=i,
            is_cell=True,
            invited=20,
            answers=17,
        )
        for i, node in enumerate(nodes)
    )
    Unit.groups.through.objects.bulk_create(
        Unit.groups.through(unit=unit, group=group)
        for unit, group in zip(units, groups, strict=True)
    )
    UnitTeam.objects.bulk_create(
        UnitTeam(unit=unit, team=team) for unit, team in zip(units, teams, strict=True)
    )
    SourceFinding.objects.bulk_create(
        SourceFinding(
            unit=unit,
            source=source,
            visibility=Visibility.EXACT,
            raw=50,
            low=44,
            high=56,
            estimate=50,
            estimate_sd=3,
            p_top3=0.9,
            certainty="CLEAR",
        )
        for unit in units
    )
    Plan.objects.bulk_create(
        Plan(
            unit=unit,
            members=20,
            budget_hours=60,
            level="TEAM",
            drafted_at=NOW,
            answer_due_date=NOW.date(),
        )
        for unit in units
    )


def test_overview_takes_the_same_queries_for_one_team_and_for_a_thousand(assessment, hr):
    counts = []
    for count in (1, 1000):
        wave = make_assessment(state=State.SCORED)
        fill(wave, count)
        with CaptureQueriesContext(connection) as found:
            response = hr.get(reverse("plans:overview"), {"assessment": wave.pk})
        counts.append(len(found))

    assert counts[0] == counts[1] <= 15
    assert response.content.count(b"heat-cell") == 250 * len(response.context["overview"].columns)


def test_overview_goes_on_with_the_same_assessment_on_the_next_page(assessment, hr):
    fill(assessment, 251)

    response = hr.get(reverse("plans:overview"), {"assessment": assessment.pk, "page": 2})

    assert len(response.context["overview"].blocks[0].rows) == 1
    assert f"?assessment={assessment.pk}&amp;page=1" in response.content.decode()


@pytest.fixture
def plan(assessment):
    return make_plan(unit=cell(assessment, "Calls A", position=1))


def test_standstill_finds_what_is_blocked_late_or_silent(plan):
    owner, source, now = make_person(team=make_team()), make_source(), timezone.now()
    today = timezone.localdate(now)
    base = {
        "plan": plan,
        "source": source,
        "owner": owner,
        "due_date": today + timedelta(9),
    }
    fresh = {"accepted_at": now - timedelta(days=2), "status_since": now - timedelta(days=2)}
    old = {"accepted_at": now - timedelta(days=30), "status_since": now - timedelta(days=6)}
    make_action(title="In time", **{**base, **fresh})
    make_action(title="Silent", **{**base, **old})
    heard = make_action(title="Heard of", **{**base, **old})
    CheckIn.objects.create(action=heard, state=CheckInState.MOVING, made_at=now - timedelta(3))
    stuck = make_action(title="Stuck", status=ActionStatus.BLOCKED, **{**base, **old})
    CheckIn.objects.create(
        action=stuck, state=CheckInState.BLOCKED, note="A room.", made_at=now - timedelta(6)
    )
    make_action(title="Late", **{**base, **fresh, "due_date": today - timedelta(4)})
    make_action(title="Done", status=ActionStatus.DONE, **{**base, **old})

    found = read_standstill(now)

    assert [(row.title, row.chip.text, row.waits_for) for row in found.rows] == [
        ("Silent", "no check-in, 4 weeks", "not said"),
        ("Stuck", "blocked for 6 days", "A room."),
        ("Late", "4 days overdue", "not said"),
    ]
    assert (found.stalled, found.open_actions, found.overdue, found.done) == (3, 5, 1, 1)


def test_standstill_counts_plans_with_an_action_or_a_request(plan, assessment):
    make_request(plan=plan)
    make_plan(unit=cell(assessment, "Calls B", position=2))

    found = read_standstill(NOW)

    assert (found.answered, found.plans) == (1, 2)


def test_standstill_counts_no_plan_that_a_newer_one_replaced(plan):
    later = make_assessment(state=State.SCORED, scored_at=NOW + timedelta(weeks=13))
    make_request(plan=make_plan(unit=make_unit(assessment=later, teams=[plan.unit.node.team])))

    found = read_standstill(NOW)

    assert (found.answered, found.plans) == (1, 1)


def test_waiting_holds_requests_and_comments(plan):
    make_request(plan=plan, answer_due_date=NOW.date() + timedelta(days=3))
    make_request(plan=plan, answer_due_date=NOW.date() + timedelta(days=2))
    make_comment(unit=plan.unit)

    waiting = read_waiting()

    assert (waiting.requests, waiting.comments) == (2, 1)
    assert waiting.first_due == NOW.date() + timedelta(days=2)
