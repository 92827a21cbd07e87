from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from resistance.catalogue import load_catalogue
from resistance.models import Statement
from surveys import closing, lifecycle
from surveys.lifecycle import LifecycleError
from surveys.models import AskedStatement, Assessment, Credential, Invitation, MemberTeam, State
from tests.factories import NOW, make_assessment, make_organisation, make_people, make_user
from tests.line import LATER, make_teams, open_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def teams():
    return make_teams({"Calls": 9, "Stores": 8})


@pytest.fixture
def draft(teams):
    load_catalogue()
    make_organisation()
    draft = make_assessment(opens_at=NOW, closes_at=NOW + timedelta(days=10))
    draft.teams.set(teams)
    return draft


@pytest.fixture
def opened(teams, hr):
    return open_over(teams, by=hr)


def open_it(draft, hr, now=NOW):
    lifecycle.open_assessment(assessment_id=draft.pk, by=hr, now=now)
    draft.refresh_from_db()


def test_opening_freezes_statements_groups_and_people(draft, hr):
    open_it(draft, hr)

    asked = AskedStatement.objects.filter(assessment=draft)
    assert draft.state == State.OPENING
    assert [row.position for row in asked] == list(range(38))
    assert not Statement.objects.filter(pk__in=asked.values("statement"), used_at=None).exists()
    assert [(g.number, g.name, g.invited) for g in draft.groups.all()] == [
        (0, "Calls", 9),
        (1, "Stores", 8),
    ]
    assert Invitation.objects.filter(assessment=draft).count() == 17
    assert AuditEntry.objects.get().verb == "assessment opened"


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.OPEN},
        {"languages": []},
        {"name_de": ""},
        {"purpose_en": ""},
        {"opens_at": None, "closes_at": NOW},
        {"opens_at": None, "closes_at": None},
    ],
)
def test_unready_draft_stays_a_draft(draft, hr, wrong):
    Assessment.objects.filter(pk=draft.pk).update(**wrong)

    with pytest.raises(LifecycleError):
        open_it(draft, hr)
    assert not AskedStatement.objects.exists()
    assert not MemberTeam.objects.exists()


def test_too_few_people_leave_the_draft_as_it_was(draft, hr, teams):
    draft.teams.set([])

    with pytest.raises(LifecycleError, match="fewer than 8 people"):
        open_it(draft, hr)
    assert not MemberTeam.objects.exists()


def test_team_is_asked_by_one_assessment_at_a_time(opened, hr, teams):
    other = make_assessment(opens_at=NOW, closes_at=NOW + timedelta(days=10))
    other.teams.set(teams[:1])

    with pytest.raises(LifecycleError, match="being asked by another"):
        open_it(other, hr)


@pytest.mark.parametrize(("weeks", "is_allowed"), [(5, False), (7, True)])
def test_weeks_lie_between_two_assessments_of_a_team(opened, hr, teams, weeks, is_allowed):
    lifecycle.close_assessment(assessment_id=opened.pk, by=hr, now=LATER)
    now = LATER + timedelta(weeks=weeks)
    other = make_assessment(opens_at=now, closes_at=now + timedelta(days=10))
    other.teams.set(teams[:1])

    if is_allowed:
        open_it(other, hr, now=now)
        assert other.state == State.OPENING
    else:
        with pytest.raises(LifecycleError, match=r"Calls was asked .* alone until 29 December"):
            open_it(other, hr, now=now)


def test_end_may_be_moved_later_only(opened, hr):
    later = opened.closes_at + timedelta(days=2)
    lifecycle.extend_assessment(assessment_id=opened.pk, closes_at=later, by=hr, now=LATER)

    for moment in (later, opened.closes_at, LATER):
        with pytest.raises(LifecycleError):
            lifecycle.extend_assessment(assessment_id=opened.pk, closes_at=moment, by=hr, now=LATER)
    opened.refresh_from_db()
    assert opened.closes_at == later


def test_two_reminders_are_the_most(opened, hr):
    for _reminder in range(2):
        lifecycle.remind(assessment_id=opened.pk, by=hr, now=LATER)

    with pytest.raises(LifecycleError, match="Two reminders"):
        lifecycle.remind(assessment_id=opened.pk, by=hr, now=LATER)
    assert opened.mailings.filter(kind="REMINDER").count() == 2
    assert {m.deliveries.count() for m in opened.mailings.all()} == {17}


def test_joiners_come_into_the_group_of_their_team(opened, hr, teams):
    joiners = make_people(team=teams[1], count=2)

    added = lifecycle.add_joiners(assessment_id=opened.pk, by=hr, now=LATER)

    assert added == 2
    found = Invitation.objects.filter(person__in=joiners)
    assert {(row.group.name, row.group.invited) for row in found} == {("Stores", 10)}
    assert Credential.objects.filter(holder__in=[row.pk for row in found]).count() == 2
    assert opened.mailings.order_by("pk").last().deliveries.count() == 2
    assert lifecycle.add_joiners(assessment_id=opened.pk, by=hr, now=LATER) == 0


def test_joiners_come_too_late_on_the_last_day(opened, hr, teams):
    make_people(team=teams[1], count=1)

    with pytest.raises(LifecycleError, match="24 hours"):
        lifecycle.add_joiners(
            assessment_id=opened.pk, by=hr, now=opened.closes_at - timedelta(hours=23)
        )


def test_close_frees_the_teams_and_keeps_the_moment(opened, hr):
    lifecycle.close_assessment(assessment_id=opened.pk, by=hr, now=LATER)

    opened.refresh_from_db()
    assert (opened.state, opened.closed_at, opened.closes_at) == (State.CLOSED, LATER, LATER)
    assert opened.tally_due_at == LATER + timedelta(seconds=1)
    assert not MemberTeam.objects.filter(is_collecting=True).exists()
    with pytest.raises(LifecycleError):
        lifecycle.close_assessment(assessment_id=opened.pk, by=hr, now=LATER)


def test_close_in_the_moment_of_opening_is_possible(opened, hr):
    lifecycle.close_assessment(assessment_id=opened.pk, by=hr, now=opened.opens_at)

    opened.refresh_from_db()
    assert opened.closes_at > opened.opens_at


def test_only_what_is_over_is_closed_by_time(opened):
    assert closing.close_due(now=opened.closes_at - timedelta(seconds=1)) == 0
    assert closing.close_due(now=opened.closes_at) == 1
    assert closing.close_due(now=opened.closes_at) == 0
    assert AuditEntry.objects.first().actor is None


def test_retry_goes_on_from_where_it_failed(opened, hr):
    Assessment.objects.filter(pk=opened.pk).update(
        state=State.FAILED, failed_from=State.TALLYING, failure="BROKEN_BOX"
    )

    lifecycle.retry(assessment_id=opened.pk, by=hr, now=LATER)

    opened.refresh_from_db()
    assert (opened.state, opened.failure, opened.failed_from) == (State.TALLYING, "", "")
    with pytest.raises(LifecycleError):
        lifecycle.retry(assessment_id=opened.pk, by=hr, now=LATER)


def test_only_a_draft_can_be_deleted(draft, opened, hr):
    lifecycle.delete_draft(assessment_id=draft.pk, by=hr)

    with pytest.raises(LifecycleError):
        lifecycle.delete_draft(assessment_id=opened.pk, by=hr)
    assert list(Assessment.objects.all()) == [opened]


def test_audit_log_names_nobody_who_was_asked(opened, hr):
    lifecycle.remind(assessment_id=opened.pk, by=hr, now=timezone.now())
    lifecycle.close_assessment(assessment_id=opened.pk, by=hr, now=LATER)

    log = repr(list(AuditEntry.objects.values()))
    people = Invitation.objects.values_list("person__name", "person__email", "pk")
    assert [part for row in people for part in map(str, row) if f"'{part}'" in log] == []
