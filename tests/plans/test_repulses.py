"""Which re-pulses are due, whom they would ask, and their start with one click."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from plans.models import ActionStatus, RequestState
from plans.needs import Need
from plans.proposals import read_proposal
from plans.repulses import find_due
from resistance.models import StatementKind
from surveys.models import (
    GIVEN_UP,
    Assessment,
    Invitation,
    MemberTeam,
    SourceFinding,
    State,
    UnitKind,
    Visibility,
)
from surveys.pauses import Load
from tests.factories import (
    ask,
    make_action,
    make_assessment,
    make_group,
    make_node,
    make_organisation,
    make_people,
    make_plan,
    make_repulse,
    make_request,
    make_source,
    make_source_finding,
    make_statement,
    make_strategy,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

WEEK = timedelta(weeks=1)


class Company:
    """Ten teams of eight, asked twenty weeks ago; actions are dated in weeks before now."""

    def __init__(self):
        make_organisation()
        self.now = timezone.now()
        self.hr, self.manager = make_user(is_hr=True), make_user()
        self.source, self.other = make_source(key="time"), make_source()
        self.service = make_team(name="Service", managers=(self.manager,))
        parents = [self.service] * 3 + [None] * 7
        self.teams = [
            make_team(name=f"Team {number}", parent=parent, position=number)
            for number, parent in enumerate(parents)
        ]
        for team in self.teams:
            make_people(team=team, count=8)
        self.first = self.asked(self.teams, ago=20, state=State.SCORED, created_by=self.hr)
        ask(self.first, [*self.statements(), make_statement(source=self.other)])
        self.units = [self.reported([team]) for team in self.teams]

    def statements(self):
        about = [make_statement(source=self.source) for _ in range(3)]
        outcomes = [make_statement() for _ in range(3)]
        for _ in range(2):
            make_statement(kind=StatementKind.FOLLOW_UP)
        return [*about, *outcomes, make_statement(kind=StatementKind.OPEN)]

    def asked(self, teams, *, ago, **fields):
        """An assessment that was closed `ago` weeks ago and asked `teams`."""
        closed_at = self.now - ago * WEEK
        dates = {"opens_at": closed_at - WEEK, "closes_at": closed_at, "closed_at": closed_at}
        dates |= {"scored_at": closed_at} if fields.get("state") == State.SCORED else {}
        make = make_repulse if "follows" in fields else make_assessment
        assessment = make(**{**dates, **fields})
        for team in teams:
            MemberTeam.objects.create(assessment=assessment, team=team, is_collecting=False)
            group = make_group(
                assessment=assessment, node=make_node(assessment=assessment, team=team)
            )
            Invitation.objects.bulk_create(
                Invitation(assessment=assessment, group=group, person=person)
                for person in team.people.all()
            )
        return assessment

    def reported(self, teams, **fields):
        unit = make_unit(assessment=self.first, teams=teams, invited=8, **fields)
        for source in (self.source, self.other):
            make_source_finding(unit=unit, source=source)
        return unit

    def act(self, unit, *, ago, weeks=6, **fields):
        """An action on the source, begun `ago` weeks ago, that needs `weeks` to show."""
        plan = getattr(unit, "plan", None) or make_plan(unit=unit, lead=self.manager)
        source = fields.pop("source", self.source)
        strategy = make_strategy(targets={source: 1.0}, weeks_to_effect=weeks) if weeks else None
        begun = self.now - ago * WEEK
        return make_action(
            plan=plan,
            source=source,
            owner=Person.objects.first(),
            **{"strategy": strategy, "accepted_at": begun, "status_since": begun, **fields},
        )

    def grant(self, unit):
        """A request that somebody higher has granted, for what serves the source."""
        strategy = make_strategy(targets={self.other: 1.0, self.source: 0.5})
        answered = {"state": RequestState.GRANTED, "answered_at": self.now - WEEK}
        make_request(plan=make_plan(unit=unit), strategy=strategy, **answered)

    def due(self, user=None):
        return find_due(user or self.hr, now=self.now)

    def proposal(self, user=None):
        return read_proposal(
            user or self.hr, follows=self.first.pk, source=self.source.pk, now=self.now
        )

    def days(self, weeks):
        return timezone.localtime(self.now + weeks * WEEK).date()

    def address(self, name="repulse"):
        return reverse(f"plans:{name}", args=[self.first.pk, self.source.pk])


@pytest.fixture
def company():
    return Company()


def names(units):
    return [unit.name for unit in units]


def acting(due):
    return names(entry.cell for entry in due.acting)


# What is due


def test_action_that_had_its_weeks_is_due(company):
    action = company.act(company.units[0], ago=9)

    (due,) = company.due()

    assert (due.follows, due.source, due.day) == (company.first, company.source, company.days(-3))
    assert acting(due) == ["Team 0"]
    assert due.acting[0].actions == (action.title,)
    assert due.is_ready(company.days(0))


def test_action_that_still_needs_time_is_announced(company):
    company.act(company.units[0], ago=4)

    (due,) = company.due()

    assert due.day == company.days(2)
    assert not due.is_ready(company.days(0))


@pytest.mark.parametrize(
    ("fields", "weeks"),
    [
        ({"status": ActionStatus.DONE}, -3),
        ({"weeks": None, "status": ActionStatus.DONE}, -9),
        ({"weeks": None}, 2),
    ],
)
def test_done_and_own_actions_are_due_in_their_time(company, fields, weeks):
    fields = {"due_date": company.days(2), **fields}
    company.act(company.units[0], ago=9, **fields)

    assert [due.day for due in company.due()] == [company.days(weeks)]


def test_stopped_action_and_value_that_was_not_shown_are_never_asked_about(company):
    company.act(company.units[0], ago=9, status=ActionStatus.STOPPED)
    company.act(company.units[1], ago=9)
    nothing = {"raw": None, "low": None, "high": None, "estimate": None}
    SourceFinding.objects.filter(unit=company.units[1]).update(
        visibility=Visibility.SUPPRESSED, estimate_sd=None, p_top3=None, **nothing
    )

    assert company.due() == []


def test_plan_of_a_larger_unit_acts_in_all_its_cells(company):
    service = company.reported(company.teams[:3], kind=UnitKind.PARENT, is_cell=False)
    company.act(service, ago=9)

    (due,) = company.due()

    assert acting(due) == ["Team 0", "Team 1", "Team 2"]


def test_one_source_goes_out_together_within_a_month(company):
    company.act(company.units[0], ago=7)
    company.act(company.units[1], ago=4)
    company.act(company.units[2], ago=0)
    company.act(company.units[3], ago=9, source=company.other)

    other, together = company.due()

    assert (acting(other), other.day) == (["Team 3"], company.days(-3))
    assert (acting(together), together.day) == (["Team 0", "Team 1"], company.days(2))


def test_team_that_was_asked_four_weeks_ago_waits(company):
    company.act(company.units[0], ago=9)
    company.asked(company.teams[:1], ago=3, state=State.CLOSED, name_en="Another")

    (due,) = company.due()

    assert due.day == company.days(1)


def test_team_that_is_being_asked_waits_and_is_named(company):
    for unit in company.units[:2]:
        company.act(unit, ago=9)
    running = company.asked([company.teams[0]], ago=-1, state=State.OPEN, name_en="Another")
    MemberTeam.objects.filter(assessment=running).update(is_collecting=True)

    (due,) = company.due()

    assert (acting(due), due.busy) == (["Team 1"], ["Team 0"])


@pytest.mark.parametrize(
    ("again", "is_answered"),
    [
        ({"state": State.OPEN}, True),
        ({"state": State.FAILED, "failure": GIVEN_UP}, False),
        ({"state": State.SCORED, "ago": 5}, False),
    ],
)
def test_repulse_answers_what_had_its_time_before_it(company, again, is_answered):
    company.act(company.units[0], ago=9)
    fields = {"ago": 1, "follows": company.first, "source": company.source, **again}
    company.asked(company.teams[:1], **fields)

    assert (company.due() == []) == is_answered


@pytest.mark.parametrize(("name", "is_answered"), [(None, True), ("Another", False)])
def test_full_assessment_of_the_same_initiative_answers_too(company, name, is_answered):
    company.act(company.units[0], ago=12)
    more = {"name_en": name} if name else {}
    company.asked(company.teams[:1], ago=4, state=State.SCORED, **more)

    assert (company.due() == []) == is_answered


# Whom it asks


def test_comparison_is_those_asked_longest_ago_where_nothing_was_done(company):
    company.act(company.units[0], ago=9)
    company.asked(company.teams[4:5], ago=10, state=State.SCORED, name_en="Another")

    proposal = company.proposal()

    assert names(proposal.acting) == ["Team 0"]
    assert names(proposal.comparison) == [f"Team {n}" for n in (1, 2, 3, 5, 6, 7, 8, 9)]
    assert proposal.has_comparison
    assert proposal.people == 9 * 8
    assert proposal.acting[0].load == Load(1, company.first.opens_at)
    assert proposal == company.proposal()


def test_comparison_leaves_out_who_acted_was_asked_lately_or_is_too_small(company):
    company.act(company.units[0], ago=9)
    company.act(company.units[1], ago=2, status=ActionStatus.STOPPED)
    company.act(company.units[2], ago=2, source=company.other)
    company.asked(company.teams[3:4], ago=3, state=State.CLOSED, name_en="Another")
    busy = company.asked(company.teams[4:5], ago=-1, state=State.OPEN, name_en="Another")
    MemberTeam.objects.filter(assessment=busy).update(is_collecting=True)
    leave(company.teams[5])
    company.grant(company.units[6])

    proposal = company.proposal()

    assert names(proposal.comparison) == [f"Team {n}" for n in (2, 7, 8, 9)]
    assert not proposal.has_comparison


def leave(team):
    person = team.people.first()
    person.is_active = False
    person.save()


def test_unit_that_has_become_too_small_is_said_to_be_counted_with_another(company):
    company.act(company.units[0], ago=9)
    leave(company.teams[0])

    proposal = company.proposal()

    assert len(proposal.merged) == 1
    assert "Team 0" in proposal.merged[0]


def test_manager_asks_own_teams_only(company):
    company.act(company.units[0], ago=9)
    company.act(company.units[5], ago=9)

    proposal = company.proposal(company.manager)

    assert names(proposal.acting) == ["Team 0"]
    assert names(proposal.comparison) == ["Team 1", "Team 2"]


def test_others_have_nothing_to_ask(company):
    company.act(company.units[0], ago=9)

    assert company.due(make_user()) == []
    assert company.proposal(make_user()) is None


@pytest.mark.parametrize("read", [Company.due, Company.proposal])
def test_reading_takes_the_same_queries_for_one_and_three(company, read):
    counts = []
    for units in (company.units[:1], company.units[1:3]):
        for unit in units:
            company.act(unit, ago=9)
        with CaptureQueriesContext(connection) as queries:
            read(company)
        counts.append(len(queries))

    assert counts[0] == counts[1]


# One click


def start(client, company, user):
    client.force_login(user)
    page = client.get(company.address())
    asked = page.context["asked"]
    return page, client.post(company.address(), {"asked": asked})


def test_hr_starts_it_with_one_click(client, company):
    company.act(company.units[0], ago=9)

    page, answer = start(client, company, company.hr)

    repulse = Assessment.objects.get(kind="REPULSE")
    assert answer.url == repulse.get_absolute_url()
    assert (repulse.state, repulse.follows, repulse.source) == (
        State.OPENING,
        company.first,
        company.source,
    )
    assert timezone.localtime(repulse.closes_at).date() == company.days(1)
    assert {row.team.name for row in repulse.member_teams.all()} == {f"Team {n}" for n in range(9)}
    for words in ("9 questions to 72 people", "Team 0", "the comparison sample", "Two minutes"):
        assert words in " ".join(page.text.split())
    assert client.get(company.address()).status_code == 404


def test_manager_is_told_what_the_own_teams_cannot_say(client, company):
    company.act(company.units[0], ago=9)

    page, _answer = start(client, company, company.manager)

    assert "HR sees this re-pulse too" in page.text
    repulse = Assessment.objects.get(kind="REPULSE")
    assert repulse.created_by == company.manager
    assert repulse.member_teams.count() == 3


def test_nobody_is_asked_whom_the_page_did_not_show(client, company):
    company.act(company.units[0], ago=9)
    client.force_login(company.hr)
    asked = client.get(company.address()).context["asked"]
    company.act(company.units[1], ago=9)
    leave(company.teams[2])

    answer = client.post(company.address(), {"asked": asked})

    assert answer.url == company.address()
    assert not Assessment.objects.filter(kind="REPULSE").exists()


def test_it_cannot_be_started_before_its_day(client, company):
    company.act(company.units[0], ago=4)

    page, answer = start(client, company, company.hr)

    assert "It can be started from" in page.text
    assert "people now" not in page.text
    assert answer.url == company.address()
    assert not Assessment.objects.filter(kind="REPULSE").exists()


def test_refusal_is_told_on_the_page(client, company):
    company.act(company.units[0], ago=9)
    Assessment.objects.filter(pk=company.first.pk).update(languages=[])
    client.force_login(company.hr)

    answer = client.post(
        company.address(), {"asked": client.get(company.address()).context["asked"]}, follow=True
    )

    assert "Name the initiative in every language of the survey." in answer.text


def test_list_tells_what_is_due_and_what_comes(client, company):
    company.act(company.units[0], ago=9)
    company.act(company.units[3], ago=4, source=company.other)
    client.force_login(company.hr)

    page = client.get(reverse("plans:repulses"))

    assert "One re-pulse is due." in page.text
    assert [due.source for due in page.context["coming"]] == [company.other]


def test_list_without_anything_explains_itself(client, company):
    client.force_login(company.manager)

    assert "Nothing to ask again" in client.get(reverse("plans:repulses")).text


def test_preview_shows_the_survey_and_sends_nothing(client, company):
    company.act(company.units[0], ago=9)
    client.force_login(company.manager)

    page = client.get(company.address("repulse_preview"), {"lang": "de"})

    assert page.text.count('class="likert"') == 8
    assert "Was hat sich geändert?" in page.text
    assert 'id="ballot"' not in page.text
    assert client.get(company.address("repulse_preview"), {"lang": "fr"}).status_code == 404


@pytest.mark.parametrize("name", ["repulse", "repulse_preview"])
def test_pages_of_a_repulse_take_at_most_15_queries(
    client, company, name, django_assert_max_num_queries
):
    company.act(company.units[0], ago=9)
    client.force_login(company.manager)

    with django_assert_max_num_queries(15):
        page = client.get(company.address(name))

    assert page.status_code == 200


def test_strangers_find_nothing(client, company):
    company.act(company.units[0], ago=9)
    client.force_login(make_user())

    for address in (
        company.address(),
        company.address("repulse_preview"),
        "/repulses/",
        "/repulses/due/",
    ):
        assert client.get(address).status_code == 404


def test_home_and_overview_say_that_it_is_due(client, company):
    company.act(company.units[0], ago=9, status=ActionStatus.DONE)

    client.force_login(company.manager)
    home, part = client.get("/"), client.get(reverse("plans:repulses_due"))
    client.force_login(company.hr)
    line = client.get(reverse("plans:repulses_due"), {"as": "line"})

    (need,) = part.context["needs"]
    assert isinstance(need, Need)
    assert need.url == company.address()
    assert need.text.startswith("Team 0: what was done has had its time.")
    assert reverse("plans:repulses_due") in home.text
    assert line.text.split() == ["1", "can", "go", "out:", *str(company.source).split()]
