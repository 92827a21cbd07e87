"""Everybody hears once, whatever the mail server does."""

from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend

from surveys import lifecycle, mailing
from surveys.models import Delivery, Mailing
from tests.factories import NOW, make_user
from tests.line import codes_by_team, make_teams, open_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def waiting(hr):
    """The invitations of ten people, not sent yet."""
    open_over(make_teams({"Calls": 10}), by=hr)
    return Mailing.objects.get()


def send(waiting):
    return mailing.send_mailing(mailing_id=waiting.pk, now=NOW)


class Server(EmailBackend):
    """Refuses one address, and goes away before the mail with this number."""

    refused, leaves_at, taken = "", 0, 0

    def send_messages(self, messages):
        Server.taken += 1
        if Server.taken == Server.leaves_at:
            raise SMTPServerDisconnected
        if messages[0].to == [Server.refused]:
            raise SMTPRecipientsRefused({})
        return super().send_messages(messages)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.refused, Server.leaves_at, Server.taken = "", 0, 0
    return Server


def test_mailing_carries_each_persons_own_code(waiting):
    assert send(waiting) == 10

    codes = {code for codes in codes_by_team(waiting.assessment).values() for code in codes}
    assert len({message.to[0] for message in mail.outbox}) == 10
    assert {c for c in codes for message in mail.outbox if f"#{c}" in message.body} == codes
    assert len(codes) == 10


def test_mailing_that_is_done_is_not_sent_again(waiting):
    send(waiting)

    assert send(waiting) == 0
    assert len(mail.outbox) == 10


def test_refused_address_is_noted_and_the_others_hear_once(waiting, server):
    server.refused = Delivery.objects.order_by("id")[4].invitation.person.email

    assert send(waiting) == 9

    assert len(mail.outbox) == 9
    assert Delivery.objects.get(has_bounced=True).invitation.person.email == server.refused
    waiting.refresh_from_db()
    assert waiting.done_at == NOW


def test_person_without_an_address_is_noted(waiting):
    person = Delivery.objects.first().invitation.person
    person.email = None
    person.save()

    assert send(waiting) == 9
    assert Delivery.objects.get(has_bounced=True).invitation.person == person


def test_server_that_goes_away_is_tried_again_without_repeating(waiting, server):
    server.leaves_at = 5
    with pytest.raises(SMTPServerDisconnected):
        send(waiting)

    assert send(waiting) == 6

    assert len(mail.outbox) == 10
    assert len({message.to[0] for message in mail.outbox}) == 10


def test_second_worker_does_not_send_the_same_mailing(waiting):
    cache.add(f"mailing-{waiting.pk}", 1, 60)

    assert send(waiting) == 0
    assert mail.outbox == []

    cache.clear()
    assert send(waiting) == 10


def test_reminder_goes_to_everybody_in_one_wording(waiting, hr):
    send(waiting)
    lifecycle.remind(assessment_id=waiting.assessment_id, by=hr, now=NOW)
    mail.outbox.clear()

    assert send(Mailing.objects.get(kind="REMINDER")) == 10

    codes = [code for codes in codes_by_team(waiting.assessment).values() for code in codes]
    bodies = [message.body for message in mail.outbox]
    for code in codes:
        bodies = [body.replace(code, "CODE") for body in bodies]
    assert len(set(bodies)) == 1


def test_mails_in_files_are_removed_with_their_assessment(waiting, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    send(waiting)
    folder = mailing.outbox_folder(waiting.assessment_id)
    assert len(list(folder.iterdir())) == 1
    assert folder.stat().st_mode & 0o777 == 0o700

    mailing.remove_outbox(waiting.assessment_id)
    mailing.remove_outbox(waiting.assessment_id)

    assert list(tmp_path.iterdir()) == []
