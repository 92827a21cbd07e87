from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core.mail import EmailMultiAlternatives

from surveys import notices
from surveys.models import KeyMode, State
from tests.factories import NOW, make_assessment, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def failing(monkeypatch):
    """Lets sending raise what the test puts in."""
    errors, send = [], EmailMultiAlternatives.send

    def fail(message):
        if errors:
            raise errors.pop(0)
        return send(message)

    monkeypatch.setattr(EmailMultiAlternatives, "send", fail)
    return errors


def entrusted(state=State.OPENING, **fields):
    assessment = make_assessment(state=state, key_mode=KeyMode.TRUSTEE, **fields)
    assessment.trustees.set([make_user(is_trustee=True), make_user(is_trustee=True)])
    return assessment


def test_notice_goes_to_hr_but_not_to_who_started_it(mailoutbox):
    starter = make_user(is_hr=True, name="Ines Okafor")
    reader = make_user(is_hr=True)
    make_user(is_hr=True, is_active=False)
    make_user()

    notices.tell_hr(assessment_id=make_assessment(created_by=starter).pk)

    assert [message.to for message in mailoutbox] == [[reader.email]]
    assert "Ines Okafor started this assessment." in mailoutbox[0].body


def test_nobody_hears_twice_however_often_the_sweep_asks(mailoutbox):
    make_user(is_hr=True)
    opened = make_assessment(state=State.OPEN, opens_at=NOW)
    make_assessment(state=State.OPEN, opens_at=NOW - timedelta(days=3))
    assert notices.opened_lately(now=NOW) == [opened.pk]

    sent = [notices.tell_hr(assessment_id=opened.pk) for _ in range(2)]

    assert sent == [1, 0]
    assert notices.opened_lately(now=NOW) == []
    assert len(mailoutbox) == 1


def test_refused_address_keeps_nobody_else_from_hearing(mailoutbox, failing):
    make_user(is_hr=True)
    make_user(is_hr=True)
    failing.append(SMTPRecipientsRefused({"x@example.org": (550, b"no")}))

    sent = notices.tell_hr(assessment_id=make_assessment().pk)

    assert (sent, len(mailoutbox)) == (1, 1)


def test_server_that_is_down_is_asked_again_and_named_without_an_address(mailoutbox, failing):
    make_user(is_hr=True)
    opened = make_assessment(state=State.OPEN, opens_at=NOW)
    failing.append(SMTPServerDisconnected("x@example.org"))

    with pytest.raises(notices.MailServerDown) as raised:
        notices.tell_hr(assessment_id=opened.pk)

    assert str(raised.value) == "SMTPServerDisconnected"
    assert raised.value.__suppress_context__
    assert notices.opened_lately(now=NOW) == [opened.pk]
    assert notices.tell_hr(assessment_id=opened.pk) == 1


def test_trustees_are_asked_at_once_and_again_after_three_days(mailoutbox):
    assessment = entrusted()
    moments = [NOW + timedelta(days=days) for days in (0, 1, 2, 3.1, 4, 6.2)]

    asked = [notices.ask_trustees(assessment_id=assessment.pk, now=now) for now in moments]

    assert asked == [2, 0, 0, 2, 0, 2]
    assert f"/trustee/{assessment.pk}/" in mailoutbox[0].body
    assert {message.subject for message in mailoutbox} == {"Take the code: One-call resolution"}


def test_trustees_are_asked_for_what_is_missing_only():
    waiting = entrusted(State.AWAITING_TRUSTEE)
    taking = entrusted()
    entrusted(box_public_key=b"x" * 32)
    entrusted(State.OPEN)
    make_assessment(state=State.OPENING)

    assert set(notices.waiting_for_trustees(now=NOW)) == {waiting.pk, taking.pk}


def test_trustee_reads_the_request_in_their_language(mailoutbox):
    assessment = entrusted(State.AWAITING_TRUSTEE)
    assessment.trustees.set([make_user(is_trustee=True, language="de")])

    notices.ask_trustees(assessment_id=assessment.pk, now=NOW)

    assert mailoutbox[0].subject == "Urne öffnen: Lösung beim ersten Anruf"


def test_request_left_half_way_reaches_the_others_later(mailoutbox, failing):
    assessment = entrusted()
    failing.append(OSError())
    with pytest.raises(notices.MailServerDown):
        notices.ask_trustees(assessment_id=assessment.pk, now=NOW)

    assert notices.ask_trustees(assessment_id=assessment.pk, now=NOW) == 2
    assert len({message.to[0] for message in mailoutbox}) == 2
