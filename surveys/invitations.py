"""The words of the mails about an assessment. Nothing here sends, logs or stores anything.

An invitation carries the personal link, so a mail is built when it is sent and never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import Person
from surveys.keylist import written_root
from surveys.models import Assessment, Invitation, Mailing, MailKind

HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
SAMPLE_CODE = "XXXX-XXXX-XXXX-XXXX-X"


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


@sensitive_variables()
def build_message(*, mailing: Mailing, invitation: Invitation, code: str) -> EmailMultiAlternatives:
    """The mail of `mailing` to the person invited, with their code and in their language.

    Reads `mailing.assessment`, `invitation.person` and `invitation.group`: select them with it.
    """
    mail = write_mail(
        mailing.assessment,
        kind=mailing.kind,
        language=language_for(invitation.person, mailing.assessment),
        group=(invitation.group.name, invitation.group.invited),
        code=code,
    )
    return _message(mail, invitation.person.email or "")


def language_for(person: Person, assessment: Assessment) -> str:
    """The person's language where the assessment speaks it, else the assessment's first."""
    spoken = assessment.languages or [settings.LANGUAGE_CODE]
    return person.language if person.language in spoken else spoken[0]


@sensitive_variables()
def write_mail(
    assessment: Assessment, *, kind: str, language: str, group: tuple[str, int], code: str
) -> Mail:
    """Invitation or reminder in `language`; `group` is its name and how many are invited."""
    with translation.override(language):
        context = {
            "assessment": assessment,
            "is_reminder": kind == MailKind.REMINDER,
            "group_name": group[0],
            "group_size": group[1],
            "address": f"{settings.BASE_URL}/b/{assessment.pk}/",
            "code": code,
            "language": language,
            "root": written_root(bytes(assessment.key_root)) if assessment.key_root else "",
        }
        return Mail(
            subject=one_line(_subject(assessment, kind) % {"name": assessment.name}),
            text=plain("mail/invitation.txt", context),
            html=render_to_string("mail/invitation.html", context),
        )


def _subject(assessment: Assessment, kind: str) -> str:
    if kind == MailKind.REMINDER:
        return _("Reminder: %(name)s")
    return _("What has changed? %(name)s") if assessment.is_repulse else _("Your view: %(name)s")


def sample(assessment: Assessment, *, kind: str, group: tuple[str, int]) -> list[Mail]:
    """How the mail will read, in each language of the assessment, with a code of crosses."""
    return [
        write_mail(assessment, kind=kind, language=language, group=group, code=SAMPLE_CODE)
        for language in assessment.languages
    ]


def _message(mail: Mail, address: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[address], headers=HEADERS)
    message.attach_alternative(mail.html, "text/html")
    return message


def plain(template: str, context: dict[str, Any]) -> str:
    """Rendered text that a page will escape again: it is not HTML."""
    return render_to_string(template, context).strip() + "\n"


def one_line(words: str) -> str:
    """A subject without line breaks, whatever was typed as a name."""
    return " ".join(words.split())
