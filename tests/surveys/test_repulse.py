"""A re-pulse: what it asks, whom, and what is made of the answers."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from plans.drafting import draft_plans
from plans.models import Plan
from resistance.models import Statement
from surveys import lifecycle, mailing, notices, opening, repulses
from surveys.comparison import read_pairings
from surveys.lifecycle import LifecycleError
from surveys.models import (
    Assessment,
    AssessmentKind,
    Form,
    KeyMode,
    MemberTeam,
    SourceFinding,
    SourceSummary,
    State,
    Unit,
)
from surveys.pages import facts_of, finished_page
from surveys.pauses import Load, free_again, load_of
from surveys.questionnaire import questionnaire_for
from surveys.waves import earlier_priors
from tests.factories import (
    NOW,
    make_assessment,
    make_people,
    make_repulse,
    make_source,
    make_team,
    make_user,
)
from tests.line import (
    LATER,
    cast_form,
    close_and_tally,
    codes_by_team,
    form_of,
    make_teams,
    open_over,
)

pytestmark = pytest.mark.django_db

FULL, REPULSE = AssessmentKind.FULL, AssessmentKind.REPULSE
AGAIN = NOW + timedelta(weeks=8)


@pytest.fixture(autouse=True)
def _fresh_pages():
    finished_page.cache_clear()
    questionnaire_for.cache_clear()


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def teams():
    """Service with Calls, Chat and Post; Post has too few people for a group of its own."""
    service = make_team(name="Service")
    return [service, *make_teams({"Calls": 14, "Chat": 6, "Post": 5}, parent=service)]


def answer(assessment, levels, **extra):
    asked = questionnaire_for(assessment.pk)
    for codes in codes_by_team(assessment).values():
        for number, code in enumerate(codes):
            mixed = {source: 1 + (level + number) % 5 for source, level in levels.items()}
            cast_form(
                assessment.pk, code, form_of(asked, mixed, **extra), now=extra_now(assessment)
            )


def extra_now(assessment):
    return assessment.opens_at + timedelta(hours=1)


def scored(assessment, hr, levels):
    answer(assessment, levels)
    return close_and_tally(assessment, by=hr, now=assessment.opens_at + timedelta(days=1))


@pytest.fixture
def first(teams, hr):
    """A scored assessment with the units Calls and Chat + Post."""
    return scored(open_over(teams[:1], by=hr), hr, {"time": 4, "silos": 2})


def start(first, teams, hr, now=AGAIN):
    ids = [team.pk for team in teams]
    repulse = repulses.start_repulse(follows=first, source="time", teams=ids, by=hr, now=now)
    opening.finish_opening(assessment_id=repulse.pk, now=now)
    repulse.refresh_from_db()
    return repulse


# What it is


@pytest.mark.parametrize(
    ("kind", "parts"), [(FULL, "source"), (FULL, "follows"), (REPULSE, "source"), (REPULSE, "")]
)
def test_kind_goes_with_source_and_earlier_assessment(kind, parts):
    given = {"source": make_source(), "follows": make_assessment(state=State.SCORED)}
    fields = {name: given[name] for name in parts.split()}

    with pytest.raises(IntegrityError), transaction.atomic():
        make_assessment(kind=kind, **fields)


def test_repulse_never_follows_itself():
    first = make_assessment(state=State.SCORED)
    repulse = make_repulse(follows=first, source=make_source())

    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=repulse.pk).update(follows=repulse)


def test_full_assessments_are_without_repulses():
    first = make_assessment(state=State.SCORED)
    make_repulse(follows=first, source=make_source(), state=State.SCORED)

    assert list(Assessment.objects.scored().full()) == [first]


# What it asks


def test_repulse_asks_nine_questions_word_for_word_as_before(first, teams, hr):
    before = questionnaire_for(first.pk)
    changed = Statement.objects.get(pk=before.parts[10].questions[0].statement_id)
    Statement.objects.filter(pk=changed.pk).update(superseded_by=Statement.objects.last())

    asked = questionnaire_for(start(first, teams[1:], hr).pk)

    time = next(part for part in before.parts if part.source == "time")
    assert [q.statement_id for part in asked.parts for q in part.questions] == [
        q.statement_id for q in time.questions
    ]
    assert [q.statement_id for q in asked.outcomes] == [q.statement_id for q in before.outcomes]
    assert [q.code for q in asked.follow_ups] == ["follow-up-changed", "follow-up-known"]
    assert [q.code for q in asked.open] == ["open-helps"]
    assert asked.blockers == ()
    assert [q.position for q in (*asked.rated, *asked.open)] == list(range(9))


def test_repulse_after_a_long_form_asks_all_four_statements(teams, hr):
    first = open_over(teams[:1], by=hr, form=Form.LONG)
    lifecycle.close_assessment(assessment_id=first.pk, by=hr, now=LATER)

    asked = questionnaire_for(start(first, teams[1:], hr).pk)

    assert len(asked.rated) + len(asked.open) == 10


def test_employee_sees_nine_questions_and_no_choice_of_three(first, teams, hr):
    repulse = start(first, teams[1:], hr)

    page = finished_page("survey", "en", facts_of(repulse)).plain.decode()

    assert page.count('class="likert"') == 8
    assert page.count("<textarea") == 1
    assert 'id="top"' not in page
    assert "Lack of time" not in page
    assert "9 short questions, two minutes" in " ".join(page.split())
    assert "What we promise, and what we cannot" in page
    assert "Since the last survey" in page


def test_invitation_says_why_how_short_and_what_for(first, teams, hr):
    repulse = start(first, teams[1:], hr)

    mailing.send_mailing(mailing_id=repulse.mailings.get().pk, now=AGAIN)

    words = " ".join(mail.outbox[-1].body.split())
    assert mail.outbox[-1].subject == "What has changed? One-call resolution"
    assert "Two minutes, no login, no name." in words
    assert "teams have started on different things since" in words
    assert "so that what helped is kept and what did not is changed." in words
    assert "Five minutes" not in words


# Whom it asks


def test_units_of_before_are_groups_now(first, teams, hr):
    repulse = start(first, teams[1:], hr)

    assert [(g.name, g.invited) for g in repulse.groups.all()] == [
        ("Calls", 14),
        ("Chat + Post", 11),
    ]
    assert repulse.state == State.OPEN
    assert (repulse.min_invited, repulse.languages) == (first.min_invited, first.languages)


def test_units_of_before_stay_together_when_their_teams_have_grown(first, teams, hr):
    for team in teams[2:]:
        make_people(team=team, count=5)

    repulse = start(first, teams[1:], hr)

    assert [(g.name, g.invited) for g in repulse.groups.all()] == [
        ("Calls", 14),
        ("Chat + Post", 21),
    ]


def test_unit_that_has_shrunk_is_merged_by_the_usual_rule(first, teams, hr):
    for person in teams[2].people.all():
        person.is_active = False
        person.save()

    repulse = start(first, teams[1:], hr)

    assert [(g.name, g.invited) for g in repulse.groups.all()] == [("Calls + Post", 19)]


def test_only_chosen_teams_are_asked_and_what_is_above_is_not_whole(first, teams, hr):
    make_people(team=teams[0], count=9)

    repulse = start(first, teams[2:], hr)

    assert set(repulse.member_teams.values_list("team__name", flat=True)) == {"Chat", "Post"}
    assert not repulse.nodes.get(team=teams[0]).is_whole


def test_failed_start_leaves_nothing(first, teams, hr):
    start(first, teams[1:], hr)

    with pytest.raises(LifecycleError, match="being asked by another"):
        start(first, teams[1:2], hr)
    assert Assessment.objects.count() == 2


def test_taken_back_repulse_is_gone(client, first, teams, hr):
    repulse = repulses.start_repulse(
        follows=first, source="time", teams=[teams[1].pk], by=hr, now=AGAIN
    )
    address = reverse("surveys:assessment_back", args=[repulse.pk])
    client.force_login(hr)

    asked, answer = client.get(address), client.post(address)

    assert "Take it back?" in asked.text
    assert answer.url == reverse("surveys:assessments")
    assert list(Assessment.objects.all()) == [first]
    assert not MemberTeam.objects.filter(is_collecting=True).exists()


def test_box_that_a_trustee_locked_is_locked_again(first, teams, hr):
    trustee = make_user(is_trustee=True)
    first.key_mode = KeyMode.TRUSTEE
    first.save()
    first.trustees.set([trustee, make_user(is_trustee=True, is_active=False)])

    repulse = start(first, teams[1:], hr)

    assert repulse.waits_for_code
    assert list(repulse.trustees.all()) == [trustee]


def test_nobody_is_asked_when_no_trustee_is_left(first, teams, hr):
    first.key_mode = KeyMode.TRUSTEE
    first.save()

    with pytest.raises(LifecycleError, match="A trustee locked the box last time"):
        start(first, teams[1:], hr)
    assert Assessment.objects.count() == 1


def test_hr_is_told_which_source_is_asked_after(first, teams, hr):
    make_user(is_hr=True)

    notices.tell_hr(assessment_id=start(first, teams[1:], hr).pk)

    assert "It is a re-pulse about “Lack of time or resources”" in mail.outbox[-1].body


# How often


@pytest.mark.parametrize(
    ("kind", "after", "weeks"), [(REPULSE, FULL, 4), (FULL, REPULSE, 4), (FULL, FULL, 6)]
)
def test_weeks_lie_between_two_questions_to_a_team(kind, after, weeks):
    team, closed_at = make_team(), NOW - timedelta(weeks=3)
    more = {"source": make_source(), "follows": make_assessment()} if after == REPULSE else {}
    earlier = make_assessment(kind=after, state=State.CLOSED, **more)
    Assessment.objects.filter(pk=earlier.pk).update(closed_at=closed_at)
    MemberTeam.objects.create(assessment=earlier, team=team, is_collecting=False)

    assert free_again(kind, now=NOW) == {team.pk: closed_at + timedelta(weeks=weeks)}
    assert free_again(kind, now=closed_at + timedelta(weeks=weeks)) == {}


def test_repulse_waits_for_four_weeks(first, teams, hr):
    early = first.closed_at + timedelta(weeks=4, days=-1)

    with pytest.raises(LifecycleError, match="left alone until"):
        start(first, teams[1:], hr, now=early)


def test_load_counts_what_people_were_asked_wherever_they_are_now(first, teams, hr):
    start(first, teams[1:2], hr)
    mover = teams[1].people.first()
    mover.team = teams[3]
    mover.save()

    load = load_of([team.pk for team in teams], now=AGAIN)

    assert load == {
        teams[1].pk: Load(2, AGAIN),
        teams[2].pk: Load(1, NOW),
        teams[3].pk: Load(2, AGAIN),
    }
    assert load_of([teams[2].pk], now=NOW + timedelta(days=366)) == {}


# What is made of it


def test_tally_of_a_repulse_finds_one_source_and_ranks_nothing(first, teams, hr):
    SourceSummary.objects.filter(assessment=first).update(basis="EARLIER", mean=41.0)
    repulse = scored(start(first, teams[1:], hr), hr, {"time": 2})

    earlier = {u.name: set(u.teams.all()) for u in first.units.all()}
    calls = repulse.units.get(name="Calls")
    assert repulse.state == State.SCORED
    assert {u.name: set(u.teams.all()) for u in repulse.units.filter(is_cell=True)} == {
        name: earlier[name] for name in ("Calls", "Chat + Post")
    }
    assert [(f.source_id, f.certainty, f.p_top3) for f in calls.source_findings.all()] == [
        ("time", "", None)
    ]
    assert calls.statement_findings.count() == 8
    assert set(repulse.units.values_list("has_ranking", flat=True)) == {False}
    summary = SourceSummary.objects.get(assessment=repulse)
    assert (summary.source_id, summary.basis, summary.mean) == ("time", "EARLIER", 41.0)
    assert summary.blocker_share is None


def test_repulse_is_put_beside_the_very_units_that_it_asked_again(first, teams, hr):
    repulse = scored(start(first, teams[1:], hr), hr, {"time": 2})

    (pairing,) = read_pairings(repulse)

    names = {later: pairing.earlier.units[earlier].name for later, earlier in pairing.units.items()}
    assert pairing.earlier.assessment == first
    assert {pairing.later.units[later].name: name for later, name in names.items()} == {
        "Calls": "Calls",
        "Chat + Post": "Chat + Post",
        "Service": "Service",
    }
    assert {(both.source, both.unit) for both in pairing.both()} == {
        ("time", unit) for unit in pairing.units
    }


def test_repulse_with_almost_the_same_people_shows_coarse_values(first, teams, hr):
    for person in teams[1].people.all()[:4]:
        person.is_active = False
        person.save()

    repulse = scored(start(first, teams[1:], hr), hr, {"time": 2})

    found = SourceFinding.objects.get(unit__assessment=repulse, unit__name="Calls")
    assert found.visibility == "ROUNDED"


def test_repulse_is_no_later_picture_of_the_organisation(first, teams, hr):
    SourceSummary.objects.filter(assessment=first).update(basis="ASSESSMENT")
    repulse = scored(start(first, teams[1:], hr), hr, {"time": 2})
    SourceSummary.objects.filter(assessment=repulse).update(basis="ASSESSMENT", mean=99)

    priors = earlier_priors(make_assessment(), now=repulse.scored_at)

    assert len(priors) == 11
    assert priors["time"].mean != 99


def test_repulse_makes_no_plan(first, teams, hr):
    repulse = scored(start(first, teams[1:], hr), hr, {"time": 2})

    assert draft_plans(assessment_id=repulse.pk, now=AGAIN) == 0
    assert not Plan.objects.filter(unit__assessment=repulse).exists()
    assert Unit.objects.filter(assessment=repulse).exists()
