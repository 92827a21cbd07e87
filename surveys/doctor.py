"""What `manage.py doctor` looks at: everything that can be missing or unsafe while Headwind runs.

Each check yields findings in English, for whoever runs the server; none of them changes anything.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.core.mail import get_connection
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import AuditEntry, User
from surveys.keywatch import faults_of, running, unfit_signing_keys
from surveys.models import Assessment, State
from surveys.tasks import SWEPT_AT

TIMEOUT_SECONDS = 5
MOST_CLOCK_DRIFT = timedelta(seconds=5)
SHEET = "headwind.css"
#: free space below which keys and answers may soon not be written any more
LEAST_FREE_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """`is_fatal` means that answers or their secrecy are at risk now; else it is worth knowing."""

    check: str
    text: str
    is_fatal: bool = True


def examine(*, now: datetime) -> Iterator[tuple[str, list[Finding]]]:
    """Every check's name with what it found; a check that breaks is itself a finding."""
    for name, check in CHECKS.items():
        try:
            found = list(check(name, now))
        except Exception as error:
            found = [Finding(name, f"cannot be checked: {type(error).__name__}.")]
        yield name, found


def _key_folder(name: str, _now: datetime) -> Iterator[Finding]:
    folder = Path(settings.KEY_DIR)
    if not folder.is_dir():
        yield Finding(name, f"KEY_DIR {folder} does not exist.")
        return
    status = folder.stat()
    if status.st_mode & 0o077:
        yield Finding(name, f"others may look into {folder}; run chmod 700 on it.")
    if status.st_uid != os.geteuid():
        yield Finding(name, f"{folder} belongs to another user than the one that runs this.")
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(name, f"{folder} cannot be written; assessments cannot open.")
    for place in _backed_up():
        if folder == place or place in folder.parents:
            yield Finding(name, f"{folder} lies inside {place}, which backups take along.")
    if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
        yield Finding(name, f"the disk of {folder} is nearly full.")


def _backed_up() -> list[Path]:
    places = [Path(settings.DATA_DIR), Path(settings.BASE_DIR), *settings.BACKUP_DIRS]
    if connection.vendor == "sqlite":
        places.append(Path(connection.settings_dict["NAME"]).parent)
    return places


def _keys(name: str, _now: datetime) -> Iterator[Finding]:
    for assessment in running():
        for fault in [*faults_of(assessment), *unfit_signing_keys(assessment)]:
            yield Finding(name, f"assessment {assessment.pk}: {fault.key} key: {fault.wrong}.")


def _left_keys(name: str, _now: datetime) -> Iterator[Finding]:
    ended = Assessment.objects.filter(state__in=(State.SCORED, State.DRAFT))
    needless = {pk.hex for pk in ended.values_list("pk", flat=True)}
    known = {pk.hex for pk in Assessment.objects.values_list("pk", flat=True)}
    for folder in sorted(Path(settings.KEY_DIR).iterdir()):
        if folder.name in needless:
            yield Finding(name, f"assessment {UUID(folder.name)} needs no keys and still has some.")
        elif folder.name not in known:
            yield Finding(name, f"{folder} belongs to no assessment.", is_fatal=False)


def _migrations(name: str, _now: datetime) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield Finding(name, f"{len(plan)} are missing; run python -m config.prepare.")


def _clock(name: str, now: datetime) -> Iterator[Finding]:
    last = AuditEntry.objects.order_by("-at").values_list("at", flat=True).first()
    if last and last > now + MOST_CLOCK_DRIFT:
        yield Finding(name, "is behind: the audit log has lines from the future.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            drift = abs(cursor.fetchone()[0] - now)
        if drift > MOST_CLOCK_DRIFT:
            yield Finding(name, f"differs from the database's by {drift.total_seconds():.0f} s.")


def _cache(name: str, now: datetime) -> Iterator[Finding]:
    cache.set("doctor", now.isoformat(), TIMEOUT_SECONDS)
    if cache.get("doctor") != now.isoformat():
        yield Finding(name, "does not keep what is put there; sign-in limits do not work.")


def _broker(name: str, _now: datetime) -> Iterator[Finding]:
    try:
        with current_app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=TIMEOUT_SECONDS)
    except Exception as error:
        yield Finding(name, f"cannot be reached ({type(error).__name__}); nothing moves on.")


def _worker(name: str, now: datetime) -> Iterator[Finding]:
    swept = _last_sweep()
    if swept is None:
        yield Finding(name, "has not swept yet; is a worker with a scheduler running?")
        return
    late = int(now.timestamp()) - swept
    if late > 3 * settings.SWEEP_SECONDS + 60:
        yield Finding(name, f"swept last {late} s ago; no worker or no scheduler runs.")


def _last_sweep() -> int | None:
    """In seconds since 1970. A worker beside an embedded queue has a cache that nobody else sees,
    so it marks its data folder as well."""
    marks = [cache.get(SWEPT_AT)]
    file = Path(settings.DATA_DIR) / SWEPT_AT
    if file.exists():
        marks.append(int(file.stat().st_mtime))
    return max((mark for mark in marks if mark is not None), default=None)


def _mail(name: str, _now: datetime) -> Iterator[Finding]:
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        yield Finding(name, "goes into files; nobody gets any. Set EMAIL_URL.", is_fatal=False)
        return
    try:
        link = get_connection()
        link.open()
        link.close()
    except OSError as error:
        yield Finding(name, f"server cannot be used ({type(error).__name__}).")


def _static(name: str, _now: datetime) -> Iterator[Finding]:
    if not finders.find(SHEET):
        yield Finding(name, f"lack {SHEET}; run python -m config.assets.")
    elif getattr(staticfiles_storage, "manifest_strict", None) is not None and not (
        staticfiles_storage.hashed_files  # type: ignore[attr-defined]
    ):
        yield Finding(name, "were not collected; run python -m config.prepare.")


def _exposure(name: str, _now: datetime) -> Iterator[Finding]:
    is_public = not (_is_local(settings.HOST) and _is_local(urlsplit(settings.BASE_URL).hostname))
    if settings.DEBUG:
        yield Finding(name, "DEBUG is on: errors show everything.", is_fatal=is_public)
    if is_public and User.objects.filter(is_demonstration=True, is_active=True).exists():
        yield Finding(name, "the demonstration's sign-ins are reachable from other machines.")
    if is_public and not settings.HTTPS:
        yield Finding(name, "people's answers travel without TLS; give BASE_URL with https.")


def _is_local(host: str | None) -> bool:
    try:
        return host in (None, "localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


CHECKS: dict[str, Callable[[str, datetime], Iterator[Finding]]] = {
    "key folder": _key_folder,
    "keys": _keys,
    "left keys": _left_keys,
    "migrations": _migrations,
    "clock": _clock,
    "cache": _cache,
    "broker": _broker,
    "worker": _worker,
    "mail": _mail,
    "static files": _static,
    "exposure": _exposure,
}
