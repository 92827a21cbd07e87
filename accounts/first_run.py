"""The very first step of an installation: its organisation and its first administrator."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import Organisation, User, record


class AlreadyStarted(Exception):
    """Somebody has an account here; the first run is over for good."""


def is_started() -> bool:
    return User.objects.exists()


@transaction.atomic
def start_installation(
    *, organisation: str, name: str, email: str, password: str, is_hr: bool
) -> User:
    """Create both; of two at the same moment one wins. Raises AlreadyStarted."""
    Organisation.objects.get_or_create(pk=1, defaults={"name": organisation})
    kept = Organisation.objects.select_for_update().get(pk=1)
    if is_started():
        raise AlreadyStarted
    kept.name = organisation
    kept.save(update_fields=["name"])
    user = User.objects.create_user(email, password, name=name, is_staff=True, is_hr=is_hr)
    record(actor=user, verb=gettext_noop("installation started"), subject=organisation)
    return user
