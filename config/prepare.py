"""What has to be true before web and worker start: schema, translations, files, contents."""

import ipaddress
import os
import sys

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError

from config import assets, fingerprint, messages


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    messages.compile_catalogues()
    assets.write_ballot_sheet()
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    refuse_open_demonstration(settings.HOST)
    collect_static()
    call_command("load_catalogue", skip_checks=True)
    if wants_demonstration():
        call_command("load_demonstration", skip_checks=True)
    fingerprint.remember()


def wants_demonstration() -> bool:
    """The demonstration company comes only into an empty installation."""
    return settings.DEMO and not get_user_model().objects.exists()


def refuse_open_demonstration(host: str) -> None:
    """Raise ImproperlyConfigured for an address that others reach while passwords are on paper."""
    if is_loopback(host):
        return
    if wants_demonstration() or get_user_model().objects.filter(is_demonstration=True).exists():
        raise ImproperlyConfigured(
            f"HOST is {host}, which other machines reach, but this installation has the"
            " demonstration's sign-ins. Use HOST=127.0.0.1, or start an empty installation with"
            " DEMO=0 and another DATA_DIR."
        )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def collect_static() -> None:
    """The files under names that carry their hash, compressed as well."""
    if settings.DEBUG:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True, skip_checks=True)


if __name__ == "__main__":
    try:
        main()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except OperationalError as error:
        sys.exit(f"DATABASE_URL: the database cannot be used: {error}".strip())
