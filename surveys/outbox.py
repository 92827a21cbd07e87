"""The mails of a demonstration, read back from the private folder they were written to."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path

from django.conf import settings

from accounts.models import User

FILE_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
#: what Django's file backend writes behind every message
SEPARATOR = b"-" * 79
MAX_FILES = 50


@dataclass(frozen=True)
class StoredMail:
    to: str
    subject: str
    text: str
    link: str


def is_shown() -> bool:
    """Only where nobody real is asked: a demonstration whose mails go to files."""
    return (
        settings.DEMO
        and settings.EMAIL_BACKEND == FILE_BACKEND
        and User.objects.filter(is_demonstration=True).exists()
    )


def latest_mails(folder: Path, *, count: int) -> list[StoredMail]:
    """The newest `count` mails of the newest files, newest first."""
    found: list[StoredMail] = []
    files = sorted(folder.rglob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[:MAX_FILES]:
        found += reversed(list(_mails_in(file.read_bytes())))
        if len(found) >= count:
            break
    return found[:count]


def _mails_in(content: bytes) -> Iterator[StoredMail]:
    for raw in content.split(b"\n" + SEPARATOR + b"\n"):
        if raw.strip():
            message = email.message_from_bytes(raw.lstrip(), policy=modern)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain",))
            text = body.get_content() if body else ""
            link = re.search(r"https?://[^\s<>]+", text)
            yield StoredMail(
                to=str(message["To"] or ""),
                subject=str(message["Subject"] or ""),
                text=text.strip(),
                link=link.group() if link else "",
            )
