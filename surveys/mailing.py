"""Sends the mails of an assessment, one by one, from rows that say which are still waiting."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPDataError, SMTPRecipientsRefused
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.views.decorators.debug import sensitive_variables

from surveys.invitations import build_message
from surveys.keystore import Keystore
from surveys.models import Assessment, Delivery, Mailing, State

CHUNK = 100
#: longer than one mail may take; a dead worker's mailing goes on after it
LEASE_SECONDS = 120
#: a server that says “not now” is asked again after a pause, for this long
PAUSE_SECONDS, TRY_FOR = 600, timedelta(days=1)
TEMPORARY = range(400, 500)


def send_mailing(*, mailing_id: int, now: datetime) -> int:
    """Send what is waiting of a mailing; may be killed and repeated. Returns how many went out.

    Does nothing while another worker sends the same mailing, or everybody would hear twice.
    """
    mailing = Mailing.objects.select_related("assessment").get(pk=mailing_id)
    if mailing.done_at or mailing.assessment.state != State.OPEN:
        return 0
    if not cache.add(_lease(mailing), 1, LEASE_SECONDS):
        return 0
    put_off: set[UUID] = set()
    try:
        sent = 0
        while chunk := _waiting(mailing, put_off):
            sent += _send(mailing, chunk, put_off, is_last_try=now > mailing.due_at + TRY_FOR)
        if not put_off:
            mailing.done_at = now
            mailing.save(update_fields=["done_at"])
        return sent
    finally:
        if put_off:
            cache.touch(_lease(mailing), PAUSE_SECONDS)
        else:
            cache.delete(_lease(mailing))


def _lease(mailing: Mailing) -> str:
    return f"mailing-{mailing.pk}"


def _waiting(mailing: Mailing, put_off: set[UUID]) -> list[Delivery]:
    """The next to be sent; none once the assessment has closed."""
    return list(
        mailing.deliveries.filter(is_sent=False, has_bounced=False)
        .filter(mailing__assessment__state=State.OPEN)
        .exclude(pk__in=put_off)
        .select_related("mailing__assessment", "invitation__person", "invitation__group")
        .order_by("id")[:CHUNK]
    )


def _send(mailing: Mailing, chunk: list[Delivery], put_off: set[UUID], *, is_last_try: bool) -> int:
    """Send a chunk, marking each mail at once: whatever ends this, nobody hears twice."""
    codes = Keystore(mailing.assessment_id).codes_for([d.invitation_id for d in chunk])
    with _connection(mailing.assessment) as connection:
        for delivery in chunk:
            cache.touch(_lease(mailing), LEASE_SECONDS)
            is_sent = _reach(delivery, codes[delivery.invitation_id], connection)
            if is_sent is None and not is_last_try:
                put_off.add(delivery.pk)
                continue
            delivery.is_sent, delivery.has_bounced = bool(is_sent), not is_sent
            delivery.save(update_fields=["is_sent", "has_bounced"])
    return sum(delivery.is_sent for delivery in chunk)


@sensitive_variables()
def _reach(delivery: Delivery, code: str, connection: BaseEmailBackend) -> bool | None:
    """Whether the mail was taken; False for people without an address or with a refused one.

    None when the server does not take it now.

    A server that cannot be reached raises: then all is tried again later.
    """
    if not delivery.invitation.person.email:
        return False
    message = build_message(mailing=delivery.mailing, invitation=delivery.invitation, code=code)
    message.connection = connection
    try:
        return bool(message.send())
    except (SMTPRecipientsRefused, SMTPDataError) as error:
        return None if _is_temporary(error) else False
    except ValueError:
        return False


def _is_temporary(error: SMTPRecipientsRefused | SMTPDataError) -> bool:
    if isinstance(error, SMTPDataError):
        return error.smtp_code in TEMPORARY
    codes = [code for code, _words in error.recipients.values()]
    return bool(codes) and all(code in TEMPORARY for code in codes)


def _connection(assessment: Assessment) -> BaseEmailBackend:
    """Mails in files get a folder per assessment, so that the tally can remove them."""
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        folder = outbox_folder(assessment.pk)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return get_connection(file_path=str(folder))
    return get_connection()


def outbox_folder(assessment_id: UUID) -> Path:
    return Path(settings.EMAIL_FILE_PATH) / assessment_id.hex


def remove_outbox(assessment_id: UUID) -> None:
    shutil.rmtree(outbox_folder(assessment_id), ignore_errors=True)
