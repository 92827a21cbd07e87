"""Mails to those who run an assessment: HR and trustees. They hold no result and no code.

Each reader gets each mail once, also when a worker dies in between: what was sent is marked in the
cache by the reader's id, and the sweep asks again until every mark is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from surveys.invitations import HEADERS, one_line, plain
from surveys.models import Assessment, KeyMode, State

ASK_AGAIN = timedelta(days=3)
#: how long after its opening HR is still told of an assessment
NEWS = timedelta(days=1)
SENDING_SECONDS, REMEMBER_SECONDS = 120, 30 * 24 * 3600


class MailServerDown(Exception):
    """Nothing could be sent; names the kind of error only, as its words may hold an address."""


def tell_once(mark: str, messages: Mapping[int, EmailMultiAlternatives]) -> int:
    """Send each message unless its reader (a user's id) got the one of this `mark` before.

    An address that is refused counts as told. Returns how many were sent now.
    Raises `MailServerDown`; then those not yet told stay so.
    """
    sent = 0
    for reader, message in messages.items():
        key = f"told-{mark}-{reader}"
        if not cache.add(key, "sending", SENDING_SECONDS):
            continue
        try:
            sent += message.send()
        except (SMTPRecipientsRefused, SMTPDataError, ValueError):
            pass
        except OSError as error:
            cache.delete(key)
            raise MailServerDown(type(error).__name__) from None
        cache.set(key, "sent", REMEMBER_SECONDS)
    return sent


def opened_lately(*, now: datetime) -> list[UUID]:
    """Open assessments of which HR may not have been told yet."""
    new = Assessment.objects.open().filter(opens_at__gt=now - NEWS).values_list("pk", flat=True)
    return [pk for pk in new if cache.get(_told(pk)) is None]


def tell_hr(*, assessment_id: UUID) -> int:
    """Tell every active HR user, but whoever started it, that an assessment was opened."""
    assessment = Assessment.objects.select_related("created_by", "source").get(pk=assessment_id)
    readers = [to for to in hr_users() if to.pk != assessment.created_by_id]
    sent = tell_once(f"opened-{assessment_id}", {to.pk: _opened(assessment, to) for to in readers})
    cache.set(_told(assessment_id), 1, REMEMBER_SECONDS)
    return sent


def _opened(assessment: Assessment, to: User) -> EmailMultiAlternatives:
    with translation.override(to.language or settings.LANGUAGE_CODE):
        subject = _("Assessment opened: %(name)s")
        return _message(to, "opened", subject, assessment, assessment.get_absolute_url())


def _told(assessment_id: UUID) -> str:
    return f"hr-told-{assessment_id}"


def hr_users() -> QuerySet[User]:
    return User.objects.filter(is_hr=True, is_active=True)


def waiting_for_trustees(*, now: datetime) -> list[UUID]:
    """Assessments whose trustees have to come and were not asked for three days."""
    to_take = Q(state=State.OPENING, box_public_key=None)
    waiting = Assessment.objects.filter(
        to_take | Q(state=State.AWAITING_TRUSTEE), key_mode=KeyMode.TRUSTEE
    )
    lately = Q(trustees_asked_at__gt=now - ASK_AGAIN)
    return list(waiting.exclude(lately).values_list("pk", flat=True))


def ask_trustees(*, assessment_id: UUID, now: datetime) -> int:
    """Ask the trustees to take their code, or to type it in; returns how many were asked."""
    if assessment_id not in waiting_for_trustees(now=now):
        return 0
    assessment = Assessment.objects.get(pk=assessment_id)
    since = assessment.trustees_asked_at
    mark = f"trustee-{assessment.state}-{assessment_id}-{since.isoformat() if since else 'first'}"
    readers = assessment.trustees.filter(is_active=True, is_trustee=True)
    sent = tell_once(mark, {to.pk: _request(assessment, to) for to in readers})
    Assessment.objects.filter(pk=assessment_id).update(trustees_asked_at=now)
    return sent


def _request(assessment: Assessment, to: User) -> EmailMultiAlternatives:
    with translation.override(to.language or settings.LANGUAGE_CODE):
        is_first = assessment.state == State.OPENING
        subject = _("Take the code: %(name)s") if is_first else _("Open the box: %(name)s")
        address = reverse("surveys:trustee", args=[assessment.pk])
        return _message(to, "trustee", subject, assessment, address, is_first=is_first)


def warn_hr(*, assessment: Assessment, mark: str) -> int:
    """Tell every active HR user that a key of this assessment is missing."""
    return tell_once(mark, {to.pk: _warning(assessment, to) for to in hr_users()})


def _warning(assessment: Assessment, to: User) -> EmailMultiAlternatives:
    with translation.override(to.language or settings.LANGUAGE_CODE):
        subject = _("A key is missing: %(name)s")
        return _message(to, "missing_key", subject, assessment, assessment.get_absolute_url())


def _message(
    to: User, template: str, subject: str, assessment: Assessment, address: str, **more: object
) -> EmailMultiAlternatives:
    context = {
        "assessment": assessment,
        "address": settings.BASE_URL + address,
        "language": translation.get_language(),
        **more,
    }
    message = EmailMultiAlternatives(
        one_line(subject % {"name": assessment.name}),
        plain(f"mail/{template}.txt", context),
        to=[to.email],
        headers=HEADERS,
    )
    message.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    return message
