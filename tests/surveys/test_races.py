"""Two hands on one assessment, and what fails in the middle: nothing is lost or written over."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone

from resistance.catalogue import load_catalogue
from surveys import closing, forms, lifecycle, mailing, opening, tally
from surveys.invitations import build_message
from surveys.models import Ballot, Delivery, Mailing, SourceSummary, State, Unit
from surveys.questionnaire import questionnaire_for
from tests.factories import NOW, make_assessment, make_organisation, make_team, make_user
from tests.line import (
    LATER,
    cast_form,
    close_and_tally,
    codes_by_team,
    form_of,
    make_teams,
    open_over,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def company():
    company = make_team(name="Harbour Retail")
    make_teams({"Calls": 20, "Returns": 12}, parent=company)
    return company


def draft_of(company, **fields):
    load_catalogue()
    make_organisation()
    draft = make_assessment(**{"opens_at": None, "closes_at": NOW + timedelta(days=900), **fields})
    draft.teams.set([company])
    return draft


def answer_all(assessment, **extra):
    questionnaire = questionnaire_for(assessment.pk)
    for codes in codes_by_team(assessment).values():
        for number, code in enumerate(codes):
            levels = {"time": 3 + number % 3, "silos": 1 + number % 3, "training": 2 + number % 4}
            answers = {name: choose(number) for name, choose in extra.items()}
            cast_form(assessment.pk, code, form_of(questionnaire, levels, **answers))


STEPS = {
    "initiative": (forms.InitiativeForm, {"name_en": "Other", "purpose_en": "Other."}),
    "dates": (
        forms.DatesForm,
        {"languages": ["en"], "form": "LONG", "closes_at": "2030-01-01T10:00"},
    ),
    "thresholds": (
        forms.ThresholdsForm,
        {"min_invited": 9, "min_score": 6, "min_exact": 11, "min_comment": 11},
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_step_of_the_wizard_changes_nothing_once_another_window_has_opened(
    client, hr, company, monkeypatch, step
):
    form, fields = STEPS[step]
    draft, check = draft_of(company), form.clean

    def clean_while_another_opens(self):
        lifecycle.open_assessment(assessment_id=draft.pk, by=hr, now=timezone.now())
        return check(self)

    monkeypatch.setattr(form, "clean", clean_while_another_opens)
    client.force_login(hr)

    client.post(reverse(f"surveys:wizard_{step}", args=[draft.pk]), fields)

    draft.refresh_from_db()
    assert draft.state == State.OPENING
    assert draft.opens_at
    assert (draft.name_en, draft.form, draft.min_score) == ("One-call resolution", "SHORT", 5)


def test_former_manager_cannot_open_what_was_drafted_before(company):
    boss = make_user()
    company.managers.add(boss)
    draft = draft_of(company, created_by=boss)
    company.managers.clear()

    with pytest.raises(lifecycle.LifecycleError, match="no longer manage"):
        lifecycle.open_assessment(assessment_id=draft.pk, by=boss, now=timezone.now())

    draft.refresh_from_db()
    assert draft.is_draft


def test_former_manager_cannot_close_what_runs(client, company):
    boss = make_user()
    company.managers.add(boss)
    assessment = open_over([company], by=boss, created_by=boss)
    address = reverse("surveys:assessment_close", args=[assessment.pk])
    client.force_login(boss)
    assert client.get(address).status_code == 200

    company.managers.clear()

    assert client.post(address).status_code == 404


def test_opening_after_the_end_keeps_the_time_to_answer(hr, company):
    draft = draft_of(company, opens_at=NOW, closes_at=NOW + timedelta(days=2))
    lifecycle.open_assessment(assessment_id=draft.pk, by=hr, now=NOW)
    late = NOW + timedelta(days=3)

    opening.finish_opening(assessment_id=draft.pk, now=late)

    draft.refresh_from_db()
    assert (draft.state, draft.opens_at) == (State.OPEN, late)
    assert draft.closes_at == late + timedelta(days=2)


def test_end_that_was_moved_while_closing_is_kept(hr, company):
    assessment = open_over([company], by=hr)
    over, later = NOW + timedelta(days=11), NOW + timedelta(days=20)
    lock = closing.locked

    def extend_first(assessment_id):
        with patch.object(closing, "locked", lock):
            lifecycle.extend_assessment(
                assessment_id=assessment_id, closes_at=later, by=hr, now=over
            )
        return lock(assessment_id)

    with patch.object(closing, "locked", extend_first):
        assert closing.close_due(now=over) == 0

    assessment.refresh_from_db()
    assert (assessment.state, assessment.closes_at) == (State.OPEN, later)


def test_mailing_stops_when_the_assessment_is_closed(hr, company, monkeypatch):
    assessment = open_over([company], by=hr)
    monkeypatch.setattr(mailing, "CHUNK", 10)

    def close_first(**fields):
        if not closed:
            lifecycle.close_assessment(assessment_id=assessment.pk, by=hr, now=LATER)
            closed.append(True)
        return build_message(**fields)

    closed = []
    monkeypatch.setattr(mailing, "build_message", close_first)

    mailing.send_mailing(mailing_id=Mailing.objects.get().pk, now=LATER)

    assert Delivery.objects.filter(is_sent=True).count() == 10


def test_unforeseen_failure_stops_the_tally_without_its_words(hr, company, monkeypatch, caplog):
    assessment = open_over([company], by=hr)
    answer_all(assessment)

    def break_off(*_arguments):
        raise LookupError("what somebody wrote")

    with monkeypatch.context() as broken:
        broken.setattr(tally, "store_findings", break_off)
        close_and_tally(assessment, by=hr)

    assert (assessment.state, assessment.failure) == (State.FAILED, "LookupError")
    assert "what somebody wrote" not in caplog.text
    assert Ballot.objects.count() == 32

    lifecycle.retry(assessment_id=assessment.pk, by=hr, now=LATER)
    assert tally.run_tally(assessment_id=assessment.pk, now=LATER + timedelta(hours=2))
    assert not Ballot.objects.exists()


def test_share_of_a_blocker_is_kept_only_when_both_sides_have_three(hr, company):
    assessment = open_over([company], by=hr)
    first, second = questionnaire_for(assessment.pk).blockers[:2]
    answer_all(assessment, top=lambda number: str((first if number < 9 else second).number))
    close_and_tally(assessment, by=hr)
    kept = dict(SourceSummary.objects.values_list("source", "blocker_share"))

    assert (kept.pop(first.source), kept.pop(second.source)) == (0.56, 0.44)
    assert set(kept.values()) == {None}


def test_share_of_a_blocker_is_not_kept_when_almost_the_same_people_were_asked_before(hr, company):
    before = open_over([company], by=hr)
    answer_all(before)
    close_and_tally(before, by=hr)
    person = before.invitations.order_by("person").first().person
    person.is_active = False
    person.save()
    later = NOW + timedelta(days=80)
    now = open_over([company], by=hr, now=later)
    questionnaire = questionnaire_for(now.pk)
    for number, code in enumerate(c for codes in codes_by_team(now).values() for c in codes):
        form = form_of(questionnaire, {"time": 1 + number % 5}, top=str(number % 2))
        cast_form(now.pk, code, form, now=later + timedelta(days=1))
    lifecycle.close_assessment(assessment_id=now.pk, by=hr, now=later + timedelta(days=2))
    tally.run_tally(assessment_id=now.pk, now=later + timedelta(days=3))

    assert Unit.objects.filter(assessment=now).first().answers == 31
    shares = SourceSummary.objects.filter(assessment=now).values_list("blocker_share", flat=True)
    assert set(shares) == {None}


def test_address_put_off_by_the_server_is_tried_again_and_then_given_up(hr, company, monkeypatch):
    open_over([company], by=hr)
    waiting, late = Mailing.objects.get(), Delivery.objects.first().invitation.person.email

    class Greylisting(EmailBackend):
        def send_messages(self, messages):
            if messages[0].to == [late]:
                raise SMTPRecipientsRefused({late: (450, b"try again later")})
            return super().send_messages(messages)

    monkeypatch.setattr(mailing, "get_connection", lambda **_: Greylisting())

    assert mailing.send_mailing(mailing_id=waiting.pk, now=LATER - timedelta(hours=1)) == 31
    assert Delivery.objects.filter(is_sent=False, has_bounced=False).count() == 1
    assert mailing.send_mailing(mailing_id=waiting.pk, now=LATER) == 0

    cache.clear()
    mailing.send_mailing(mailing_id=waiting.pk, now=LATER + timedelta(hours=1))

    waiting.refresh_from_db()
    assert waiting.done_at
    assert Delivery.objects.get(has_bounced=True).invitation.person.email == late
