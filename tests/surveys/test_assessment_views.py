"""The wizard, the running assessment, comment review, outbox, method and privacy pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from accounts.models import AuditEntry, Person
from resistance.change import DEFAULT_DRIFT
from surveys.models import (
    Assessment,
    Comment,
    CommentState,
    Delivery,
    Invitation,
    Mailing,
    MailKind,
    Movement,
    State,
    UnitKind,
)
from surveys.opening import finish_opening
from surveys.pauses import Load
from surveys.review_counts import ReviewCounts
from surveys.waves import spread_before
from tests.factories import (
    ask,
    make_assessment,
    make_comment,
    make_group,
    make_node,
    make_organisation,
    make_people,
    make_repulse,
    make_source,
    make_statement,
    make_summary,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

WORDS = {
    "name_en": "One-call resolution",
    "purpose_en": "We want to settle it in one call.",
    "name_de": "",
    "purpose_de": "",
}


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def manager():
    make_organisation()
    return make_user(name="Ines Okafor")


@pytest.fixture
def centre(manager):
    """A department of two teams, 12 and 6 people, that `manager` manages."""
    centre = make_team(name="Contact centre", managers=(manager,))
    make_people(team=make_team(name="Calls", parent=centre), count=12)
    make_people(team=make_team(name="Back office", parent=centre), count=6)
    return centre


@pytest.fixture
def draft(manager, centre):
    made = make_assessment(
        created_by=manager, opens_at=None, closes_at=now() + timedelta(days=14), languages=["en"]
    )
    made.teams.add(centre)
    make_statement(kind="OUTCOME")
    return made


@pytest.fixture
def running(draft, manager):
    """The draft opened by its manager, with keys and a queued mailing."""
    signed_in(manager).post(reverse("surveys:assessment_open", args=[draft.pk]))
    finish_opening(assessment_id=draft.pk, now=now())
    draft.refresh_from_db()
    return draft


def texts(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_wizard_makes_a_draft_from_its_first_page(manager, centre):
    client = signed_in(manager)

    response = client.post(reverse("surveys:wizard_new"), WORDS)

    draft = Assessment.objects.get()
    assert response.url == reverse("surveys:wizard_teams", args=[draft.pk])
    assert (draft.created_by, draft.state, draft.languages) == (manager, State.DRAFT, ["en"])
    assert draft.closes_at > now() + timedelta(days=13)


def test_wizard_starts_with_a_wording_in_both_languages(manager, centre):
    response = signed_in(manager).get(reverse("surveys:wizard_new") + "?template=complaints")

    form = response.context["form"]
    assert form["name_en"].value() == "Complaints as help"
    assert form["name_de"].value() == "Beschwerden als Hilfe"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name_en": "", "purpose_en": ""}, "__all__"),
        ({"purpose_en": ""}, "purpose_en"),
        ({"name_de": "Lösung"}, "purpose_de"),
    ],
)
def test_initiative_needs_both_lines_of_a_language(manager, centre, changed, field):
    response = signed_in(manager).post(reverse("surveys:wizard_new"), {**WORDS, **changed})

    assert list(response.context["form"].errors) == [field]
    assert not Assessment.objects.exists()


def test_teams_take_everything_below(manager, centre, draft):
    draft.teams.clear()

    signed_in(manager).post(
        reverse("surveys:wizard_teams", args=[draft.pk]), {"teams": [centre.pk]}
    )

    assert set(draft.teams.values_list("name", flat=True)) == {
        "Contact centre",
        "Calls",
        "Back office",
    }


def test_teams_of_others_cannot_be_chosen(manager, draft):
    foreign = make_team(name="Stores")

    response = signed_in(manager).post(
        reverse("surveys:wizard_teams", args=[draft.pk]), {"teams": [foreign.pk]}
    )

    assert response.status_code == 200
    assert "teams" in response.context["form"].errors
    assert foreign not in draft.teams.all()


def test_teams_being_asked_are_refused(manager, centre, running):
    second = make_assessment(created_by=manager)

    response = signed_in(manager).post(
        reverse("surveys:wizard_teams", args=[second.pk]), {"teams": [centre.pk]}
    )

    assert "Contact centre" in response.context["form"].errors["teams"][0]


def test_teams_page_needs_one_team_at_least(manager, draft):
    response = signed_in(manager).post(reverse("surveys:wizard_teams", args=[draft.pk]), {})

    assert response.context["form"].errors == {"teams": ["Choose at least one team."]}


def test_groups_page_explains_what_is_merged(manager, draft):
    response = signed_in(manager).get(reverse("surveys:wizard_groups", args=[draft.pk]))

    rows = response.context["groups"]
    assert [(row["group"].invited, row["group"].is_merged) for row in rows] == [(18, True)]
    assert "Calls, Back office" in response.text


def test_groups_page_says_how_often_people_were_asked(manager, draft):
    person = Person.objects.first()
    for weeks in (30, 10):
        earlier = make_assessment(opens_at=now() - timedelta(weeks=weeks), closes_at=None)
        node = make_node(assessment=earlier, team=person.team)
        group = make_group(assessment=earlier, node=node)
        Invitation.objects.create(assessment=earlier, group=group, person=person)

    page = signed_in(manager).get(reverse("surveys:wizard_groups", args=[draft.pk]))

    assert page.context["groups"][0]["load"] == Load(2, earlier.opens_at)
    assert "asked 2 times in twelve months, last on" in page.text


def test_groups_page_previews_widths_from_starting_values_until_something_was_measured(
    manager, draft
):
    client, url = signed_in(manager), reverse("surveys:wizard_groups", args=[draft.pk])
    before = client.get(url)
    make_earlier_assessment(variance=100)

    after = client.get(url)

    assert '60 % answer: <span class="num">± 9</span>' in before.text
    assert "Headwind’s starting values" in before.text
    assert "your earlier assessment" in after.text
    assert after.context["groups"][0]["change"] < before.context["groups"][0]["change"]


def test_groups_page_takes_the_drift_that_earlier_assessments_told(manager, draft):
    client, url = signed_in(manager), reverse("surveys:wizard_groups", args=[draft.pk])
    make_movement(drift=10, pairs=59)
    before = client.get(url)
    make_movement(drift=500, pairs=60, ago=timedelta(weeks=10))
    make_movement(drift=40, pairs=60)

    after = client.get(url)

    assert "is Headwind’s starting value until two" in before.text
    assert "was measured between two of your assessments" in after.text
    assert [page.context["spread"].drift for page in (before, after)] == [DEFAULT_DRIFT, 40]
    changes = [page.context["groups"][0]["change"] for page in (before, after)]
    assert changes[1] < changes[0]


def test_running_repulse_counts_with_the_default_drift(manager, draft):
    make_movement(drift=40, pairs=60)
    repulse = make_repulse(follows=draft, source=make_source())

    assert spread_before(repulse, now=now()).drift == DEFAULT_DRIFT
    assert spread_before(draft, now=now()).drift == 40


def make_movement(*, drift, pairs, ago=timedelta()):
    scored_at = now() - ago
    earlier, later = (make_assessment(state=State.SCORED, scored_at=scored_at) for _ in range(2))
    Movement.objects.create(earlier=earlier, later=later, drift=drift, pairs=pairs)


@pytest.mark.parametrize("step", ["groups", "check"])
def test_power_preview_takes_the_same_queries_for_many_groups(manager, draft, centre, step):
    make_earlier_assessment(variance=100)
    client, url = signed_in(manager), reverse(f"surveys:wizard_{step}", args=[draft.pk])
    for_one = queries_of(client, url)
    teams = [make_team(parent=centre) for _number in range(40)]
    Person.objects.bulk_create(
        Person(name=f"Person {number}", team=team) for team in teams for number in range(8)
    )

    for_many = queries_of(client, url)

    assert len(client.get(url).context["groups"]) == 41
    assert for_many == for_one <= 15


def make_earlier_assessment(*, variance):
    scored = make_assessment(state=State.SCORED, scored_at=now())
    make_unit(assessment=scored, teams=[make_team()], kind=UnitKind.ORGANISATION)
    make_summary(assessment=scored, source=make_source(), variance=variance, alpha=0.8)


def test_groups_page_says_when_people_are_too_few(manager, draft):
    draft.teams.set([make_team(name="Alone", managers=(manager,))])

    response = signed_in(manager).get(reverse("surveys:wizard_groups", args=[draft.pk]))

    assert "Too few people" in response.text
    assert reverse("surveys:wizard_dates", args=[draft.pk]) + '">Next' not in response.text


def dates(**changed):
    closes = (now() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M")
    return {"opens_at": "", "closes_at": closes, "languages": ["en"], "form": "SHORT", **changed}


def test_dates_keep_end_and_languages(manager, draft):
    response = signed_in(manager).post(
        reverse("surveys:wizard_dates", args=[draft.pk]), dates(languages=["de", "en"])
    )

    draft.refresh_from_db()
    assert response.url == reverse("surveys:wizard_check", args=[draft.pk])
    assert set(draft.languages) == {"en", "de"}
    assert draft.closes_at > now() + timedelta(days=19)


def test_dates_refuse_an_end_that_is_over(manager, draft):
    response = signed_in(manager).post(
        reverse("surveys:wizard_dates", args=[draft.pk]), dates(closes_at="2020-01-01T18:00")
    )

    assert list(response.context["form"].errors) == ["closes_at"]


def test_dates_refuse_a_language_without_words(manager, draft):
    Assessment.objects.update(name_de="", purpose_de="")

    response = signed_in(manager).post(
        reverse("surveys:wizard_dates", args=[draft.pk]), dates(languages=["en", "de"])
    )

    assert "Deutsch" in response.context["form"].errors["languages"][0]


def test_back_keeps_what_is_right(manager, draft):
    response = signed_in(manager).post(
        reverse("surveys:wizard_dates", args=[draft.pk]),
        dates(closes_at="", form="LONG", back="1"),
    )

    draft.refresh_from_db()
    assert response.url == reverse("surveys:wizard_groups", args=[draft.pk])
    assert draft.form == "LONG"
    assert draft.closes_at is not None


def test_thresholds_go_up_and_never_down(manager, draft):
    url = reverse("surveys:wizard_thresholds", args=[draft.pk])
    raised = {"min_invited": 10, "min_score": 6, "min_exact": 12, "min_comment": 15}
    client = signed_in(manager)

    client.post(url, raised)
    refused = client.post(url, {**raised, "min_score": 5})

    draft.refresh_from_db()
    assert {name: getattr(draft, name) for name in raised} == raised
    assert list(refused.context["form"].errors) == ["min_score"]


def test_check_page_lists_what_is_missing(manager, draft):
    Assessment.objects.update(closes_at=now() - timedelta(days=1))
    draft.teams.clear()

    response = signed_in(manager).get(reverse("surveys:wizard_check", args=[draft.pk]))

    assert [url.split("/")[-2] for _text, url in response.context["missing"]] == ["teams", "dates"]
    assert "Open and invite" not in response.text


def test_check_page_shows_the_mail_with_crosses_and_escapes_names(manager, draft):
    Assessment.objects.update(name_en="<b>Bold</b>")

    response = signed_in(manager).get(reverse("surveys:wizard_check", args=[draft.pk]))

    assert "XXXX-XXXX-XXXX-XXXX-X" in response.text
    assert "&lt;b&gt;Bold" in response.text
    assert "<b>Bold" not in response.text


def test_preview_shows_the_survey_without_sending(manager, draft):
    response = signed_in(manager).get(reverse("surveys:wizard_preview", args=[draft.pk]))

    assert response.status_code == 200
    assert draft.name_en in response.text
    assert "Send, sealed" not in response.text


def test_opening_freezes_and_audits(manager, draft):
    response = signed_in(manager).post(reverse("surveys:assessment_open", args=[draft.pk]))

    draft.refresh_from_db()
    assert response.url == draft.get_absolute_url()
    assert draft.state == State.OPENING
    assert AuditEntry.objects.filter(verb="assessment opened", actor=manager).count() == 1


def test_opening_refused_says_why_and_keeps_the_draft(manager, draft):
    draft.teams.clear()

    response = signed_in(manager).post(
        reverse("surveys:assessment_open", args=[draft.pk]), follow=True
    )

    draft.refresh_from_db()
    assert draft.is_draft
    assert "fewer than 8 people" in texts(response)[0]


def test_opening_tells_hr_and_nobody_twice(manager, draft, mailoutbox):
    from surveys.notices import tell_hr

    make_user(is_hr=True, email="hr@example.org")
    make_user(is_hr=True, is_active=False)

    told = tell_hr(assessment_id=draft.pk)

    assert told == 1
    assert [message.to for message in mailoutbox] == [["hr@example.org"]]
    assert f"/assessments/{draft.pk}/" in mailoutbox[0].body


def test_drafts_are_deleted_after_a_question(manager, draft):
    url = reverse("surveys:assessment_delete", args=[draft.pk])
    client = signed_in(manager)

    asked = client.get(url)
    still_there = Assessment.objects.exists()
    client.post(url)

    assert asked.status_code == 200
    assert still_there
    assert not Assessment.objects.exists()


def test_running_page_hides_participation_with_a_reason(manager, running):
    response = signed_in(manager).get(running.get_absolute_url())

    assert "from 20 people on" in response.text


@pytest.mark.parametrize(
    ("percent", "words"),
    [(10, "10 percent or fewer"), (55, "About 55"), (90, "90 percent or more")],
)
def test_running_page_shows_one_coarse_number(manager, running, percent, words):
    Assessment.objects.update(participation_percent=percent, participation_date=now().date())

    response = signed_in(manager).get(running.get_absolute_url())

    assert words in response.text


def test_reminders_go_to_everybody_and_end_after_two(manager, running):
    url = reverse("surveys:assessment_remind", args=[running.pk])
    client = signed_in(manager)

    wording = client.get(url).text
    client.post(url)
    client.post(url)
    third = client.post(url, follow=True)

    reminders = Mailing.objects.filter(kind=MailKind.REMINDER)
    assert "If you have, thank you" in wording
    assert [mailing.deliveries.count() for mailing in reminders] == [18, 18]
    assert texts(third)[-1:] == ["Two reminders were sent. More would be pressing."]


def test_closing_asks_first_and_ends_the_survey(manager, running):
    url = reverse("surveys:assessment_close", args=[running.pk])
    client = signed_in(manager)

    client.get(url)
    running.refresh_from_db()
    before = running.state
    client.post(url)
    running.refresh_from_db()

    assert (before, running.state) == (State.OPEN, State.CLOSED)


def test_extending_moves_the_end_later_only(running):
    client = signed_in(make_user(is_hr=True))
    url = reverse("surveys:assessment_extend", args=[running.pk])
    later = (running.closes_at + timedelta(days=3)).replace(second=0, microsecond=0)

    refused = client.post(url, {"closes_at": "2020-01-01T10:00"})
    client.post(url, {"closes_at": later.astimezone().strftime("%Y-%m-%dT%H:%M")})

    old_end = running.closes_at
    running.refresh_from_db()
    assert list(refused.context["form"].errors) == ["closes_at"]
    assert running.closes_at > old_end


def test_links_are_sent_again_to_everybody_once_the_last_mails_are_out(running):
    client, url = (
        signed_in(make_user(is_hr=True)),
        reverse("surveys:assessment_resend", args=[running.pk]),
    )

    refused = client.post(url, follow=True)
    Mailing.objects.update(done_at=now())
    client.post(url)

    assert "still on their way" in texts(refused)[-1]
    assert [mailing.deliveries.count() for mailing in Mailing.objects.all()] == [18, 18]


def test_joiners_are_invited_into_their_group(running, centre):
    make_people(team=centre.children.get(name="Calls"), count=2)

    signed_in(make_user(is_hr=True)).post(reverse("surveys:assessment_joiners", args=[running.pk]))

    assert running.groups.get().invited == 20


def test_addresses_that_came_back_are_for_hr_alone(manager, running):
    delivery = Delivery.objects.select_related("invitation__person").first()
    delivery.has_bounced = True
    delivery.save()
    address = delivery.invitation.person.email

    to_hr = signed_in(make_user(is_hr=True)).get(running.get_absolute_url())
    to_manager = signed_in(manager).get(running.get_absolute_url())

    assert address in to_hr.text
    assert address not in to_manager.text
    assert to_manager.context["facts"].bounces == ()
    assert [row.came_back for row in to_manager.context["facts"].mailings] == [0]


def test_failed_assessment_says_why_and_can_be_tried_again(manager, centre):
    failed = make_assessment(
        created_by=manager,
        state=State.FAILED,
        failure="The box key cannot be read.",
        failed_from=State.CLOSED,
        closed_at=now(),
    )
    client = signed_in(manager)

    shown = client.get(failed.get_absolute_url())
    client.post(reverse("surveys:assessment_retry", args=[failed.pk]))

    failed.refresh_from_db()
    assert "The box key cannot be read." in shown.text
    assert failed.state == State.CLOSED


def test_scored_assessment_shows_three_numbers_to_compare(manager):
    scored = make_assessment(created_by=manager, state=State.SCORED)

    response = signed_in(manager).get(scored.get_absolute_url())

    for word, number in (("Invited", 40), ("Taken part", 30), ("Ballots counted", 30)):
        assert f'<dt>{word}</dt><dd class="num">{number}</dd>' in response.text


def test_a_manager_reads_hrs_assessment_but_does_not_steer_it(manager, centre, running):
    Assessment.objects.update(created_by=make_user(is_hr=True))

    page = signed_in(manager).get(running.get_absolute_url())
    close = signed_in(manager).get(reverse("surveys:assessment_close", args=[running.pk]))

    assert page.status_code == 200
    assert "Close now" not in page.text
    assert close.status_code == 404


def queries_of(client, url) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as context:
        client.get(url)
    return len(context)


def test_list_takes_the_same_queries_for_one_and_three(manager):
    client, url = signed_in(manager), reverse("surveys:assessments")
    make_assessment(created_by=manager)
    for_one = queries_of(client, url)
    for _number in range(2):
        make_assessment(created_by=manager)

    for_three = queries_of(client, url)

    assert for_three == for_one <= 15


def test_teams_page_takes_the_same_queries_for_a_thousand_teams(manager, draft, centre):
    client, url = signed_in(manager), reverse("surveys:wizard_teams", args=[draft.pk])
    for_two = queries_of(client, url)
    for _number in range(1000):
        make_team(parent=centre)

    for_thousand = queries_of(client, url)

    assert len(client.get(url).context["branches"][0].below) == 1002
    assert for_thousand == for_two <= 15


def test_running_page_takes_few_queries_whatever_was_mailed(manager, running):
    client = signed_in(manager)
    for_one = queries_of(client, running.get_absolute_url())
    for _number in range(2):
        client.post(reverse("surveys:assessment_remind", args=[running.pk]))
    client.get(running.get_absolute_url())

    for_three = queries_of(client, running.get_absolute_url())

    assert for_three == for_one <= 15


@pytest.fixture
def unit(manager, centre):
    return make_unit(assessment=make_assessment(state=State.SCORED), teams=[centre])


@pytest.fixture
def reviewer():
    return make_user(is_reviewer=True)


def test_comments_wait_for_the_reviewer_with_names_marked(reviewer, unit):
    make_comment(unit=unit, text="Ask Tom or write to t@example.org.", names_found=["Tom"])

    response = signed_in(reviewer).get(reverse("surveys:comment_unit", args=[unit.pk]))

    assert '<mark class="named">Tom</mark>' in response.text
    assert '<mark class="named">t@example.org</mark>' in response.text


def test_comments_are_not_there_for_hr_without_the_role(unit):
    make_comment(unit=unit)
    client = signed_in(make_user(is_hr=True))

    statuses = [
        client.get(reverse("surveys:comments")).status_code,
        client.get(reverse("surveys:comment_unit", args=[unit.pk])).status_code,
    ]

    assert statuses == [404, 404]


def test_comments_count_only_after_a_second_look(reviewer, unit):
    kept, dropped, later = (make_comment(unit=unit) for _number in range(3))
    url = reverse("surveys:comment_unit", args=[unit.pk])
    choice = {f"d-{kept.pk}": "release", f"d-{dropped.pk}": "drop", f"d-{later.pk}": "wait"}
    client = signed_in(reviewer)

    looked = client.post(url, choice)
    before = set(Comment.objects.values_list("state", flat=True))
    client.post(url, {**choice, "confirm": "1"})

    states = dict(Comment.objects.values_list("pk", "state"))
    assert "Release 1 comment" in looked.text
    assert before == {CommentState.REVIEW}
    assert states == {
        kept.pk: CommentState.RELEASED,
        dropped.pk: CommentState.DROPPED,
        later.pk: CommentState.REVIEW,
    }


def test_comments_audit_holds_numbers_and_no_text(reviewer, unit):
    comment = make_comment(unit=unit, text="A secret sentence.")

    signed_in(reviewer).post(
        reverse("surveys:comment_unit", args=[unit.pk]),
        {f"d-{comment.pk}": "release", "confirm": "1"},
    )

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.detail) == ("comments released", {"number": 1})


def test_comments_can_be_taken_back_in_the_same_session_only(reviewer, unit):
    comment = make_comment(unit=unit)
    client = signed_in(reviewer)
    decide = {f"d-{comment.pk}": "release", "confirm": "1"}
    client.post(reverse("surveys:comment_unit", args=[unit.pk]), decide)
    undo = reverse("surveys:comment_undo", args=[unit.pk])

    signed_in(make_user(is_reviewer=True)).post(undo, {"comment": str(comment.pk)})
    after_another = Comment.objects.get().state
    client.post(undo, {"comment": str(comment.pk)})

    assert after_another == CommentState.RELEASED
    assert Comment.objects.get().state == CommentState.REVIEW


def test_comments_of_another_unit_cannot_be_decided_here(reviewer, unit, centre):
    other = make_unit(assessment=make_assessment(state=State.SCORED), teams=[centre])
    make_comment(unit=unit)
    foreign = make_comment(unit=other)

    signed_in(reviewer).post(
        reverse("surveys:comment_unit", args=[unit.pk]),
        {f"d-{foreign.pk}": "release", "confirm": "1"},
    )

    assert set(Comment.objects.values_list("state", flat=True)) == {CommentState.REVIEW}


def test_comments_page_counts_by_unit(reviewer, unit):
    make_comment(unit=unit)
    make_comment(unit=unit, state=CommentState.RELEASED)

    response = signed_in(reviewer).get(reverse("surveys:comments"))

    [(_unit, counts)] = response.context["rows"]
    assert counts == ReviewCounts(waiting=1, released=1)


def test_method_and_privacy_open_without_an_account():
    make_organisation()

    statuses = [Client().get(reverse(f"surveys:{name}")).status_code for name in PAGES]

    assert statuses == [200, 200]


PAGES = ("method", "privacy")


def test_preview_asks_what_the_opened_survey_asks(manager, draft):
    statement = make_statement(text_en="We have the tools for it.", kind="OUTCOME")
    ask(make_assessment(state=State.OPEN), [statement])

    response = signed_in(manager).get(reverse("surveys:wizard_preview", args=[draft.pk]))

    assert "We have the tools for it." in response.text
