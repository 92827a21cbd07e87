"""The words of the mails, what they carry, and what they must not."""

import logging
from email import message_from_bytes

import pytest
from django.test import Client
from django.urls import reverse

from surveys.invitations import build_message, language_for, sample
from surveys.models import Invitation, Mailing, MailKind
from surveys.outbox import is_shown, latest_mails
from tests.factories import (
    NOW,
    make_assessment,
    make_group,
    make_node,
    make_organisation,
    make_person,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

CODE = "7K3F-9QXM-0TZA-4WHB-Q"


@pytest.fixture
def invitation():
    make_organisation()
    team = make_team(name="Calls A")
    assessment = make_assessment()
    node = make_node(assessment=assessment, team=team)
    group = make_group(assessment=assessment, node=node, name="Calls A", invited=20)
    person = make_person(team=team, name="Tom Reyes", email="tom@example.org", language="en")
    return Invitation.objects.create(assessment=assessment, group=group, person=person)


def message_for(invitation, kind=MailKind.INVITATION):
    mailing = Mailing(assessment=invitation.assessment, kind=kind, due_at=NOW)
    return build_message(mailing=mailing, invitation=invitation, code=CODE)


def html_of(message) -> str:
    return message.alternatives[0][0]


def test_invitation_carries_link_and_typed_code(invitation, settings):
    settings.BASE_URL = "https://headwind.example.org"

    message = message_for(invitation)

    link = f"https://headwind.example.org/b/{invitation.assessment_id}/#{CODE}"
    assert message.to == ["tom@example.org"]
    assert f"<{link}>" in message.body
    assert f'href="{link}"' in html_of(message)
    assert f"Or type this code: {CODE}" in message.body


def test_invitation_promises_and_says_what_it_cannot(invitation):
    body = message_for(invitation).body

    assert "You are counted with 20 people: Calls A." in body
    assert "at least 5 answers" in body
    assert "We cannot protect you from someone who manipulates the running server" in body
    assert "Open until Friday 20 November, 10:00" in body


def test_invitation_speaks_the_language_of_the_person(invitation):
    invitation.person.language = "de"

    message = message_for(invitation)

    assert "Lösung beim ersten Anruf" in message.subject
    assert "Wir wollen jedes Anliegen im ersten Anruf lösen." in message.body
    assert '<html lang="de">' in html_of(message)


@pytest.mark.parametrize(
    ("own", "spoken", "expected"),
    [("de", ["en", "de"], "de"), ("de", ["en"], "en"), ("", ["de", "en"], "de")],
)
def test_language_falls_back_to_the_first_of_the_assessment(invitation, own, spoken, expected):
    invitation.person.language = own
    invitation.assessment.languages = spoken

    assert language_for(invitation.person, invitation.assessment) == expected


def test_reminder_has_one_wording_for_everybody(invitation):
    other = make_person(team=invitation.person.team, language="en")
    second = Invitation.objects.create(
        assessment=invitation.assessment, group=invitation.group, person=other
    )

    first, last = (message_for(one, MailKind.REMINDER) for one in (invitation, second))

    assert "If you have, thank you" in first.body
    assert (first.subject, first.body) == (last.subject, last.body)
    assert first.alternatives == last.alternatives


def test_mail_loads_nothing_and_counts_nothing(invitation):
    html = html_of(message_for(invitation))

    for word in ("<img", "<script", "@import", "url(", "<link"):
        assert word not in html
    assert html.count("http") == html.count(f"/b/{invitation.assessment_id}/")


def test_mail_escapes_html_in_names_and_keeps_text_plain(invitation):
    invitation.assessment.name_en = "<i>Fast</i>\nand good"

    message = message_for(invitation)

    assert message.subject == "Your view: <i>Fast</i> and good"
    assert "<i>Fast</i>" in message.body
    assert "<i>Fast</i>" not in html_of(message)
    assert "&lt;i&gt;Fast" in html_of(message)


def test_mail_survives_its_way_as_bytes(invitation):
    raw = message_for(invitation).message().as_bytes()

    parts = [part.get_content_type() for part in message_from_bytes(raw).walk()]

    assert parts == ["multipart/alternative", "text/plain", "text/html"]


def test_building_logs_nothing(invitation, caplog):
    caplog.set_level(logging.DEBUG)

    message_for(invitation)

    assert caplog.records == []


def test_sample_shows_every_language_and_no_real_code(invitation):
    mails = sample(invitation.assessment, kind=MailKind.INVITATION, group=("Calls A", 20))

    assert [mail.subject.split(": ")[1] for mail in mails] == [
        "One-call resolution",
        "Lösung beim ersten Anruf",
    ]
    assert all("XXXX-XXXX-XXXX-XXXX-X" in mail.text for mail in mails)
    assert all(type(mail.text) is str for mail in mails)


def test_outbox_reads_back_the_newest_mail_with_its_link(invitation, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    message_for(invitation).send()
    message_for(invitation, MailKind.REMINDER).send()

    mails = latest_mails(tmp_path, count=1)

    assert len(mails) == 1
    assert mails[0].to == "tom@example.org"
    assert mails[0].link == f"{settings.BASE_URL}/b/{invitation.assessment_id}/#{CODE}"


def test_outbox_page_shows_a_working_link_to_hr_alone(invitation, settings, tmp_path):
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    message_for(invitation).send()
    hr, manager = make_user(is_hr=True, is_demonstration=True), make_user(is_demonstration=True)

    shown, hidden = (open_outbox_as(user) for user in (hr, manager))

    assert f'href="{settings.BASE_URL}/b/{invitation.assessment_id}/#{CODE}"' in shown.text
    assert hidden.status_code == 404


def open_outbox_as(user):
    client = Client()
    client.force_login(user)
    return client.get(reverse("surveys:outbox"))


@pytest.mark.parametrize(
    ("demo", "backend", "has_users", "expected"),
    [
        (True, "filebased", True, True),
        (False, "filebased", True, False),
        (True, "smtp", True, False),
        (True, "filebased", False, False),
    ],
)
def test_outbox_exists_in_a_demonstration_only(settings, demo, backend, has_users, expected):
    settings.DEMO = demo
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    make_user(is_demonstration=has_users)

    assert is_shown() is expected
