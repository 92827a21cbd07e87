"""Whether an installation was already prepared from exactly these files."""

import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

MARK = "prepared"
MIGRATIONS = "*/migrations/0*.py"


def is_prepared() -> bool:
    """Also looks into the database: it may be another one by now, from a backup for instance."""
    mark = settings.DATA_DIR / MARK
    if not mark.exists() or mark.read_text(encoding="ascii") != fingerprint():
        return False
    ours = {(file.parts[-3], file.stem) for file in settings.BASE_DIR.glob(MIGRATIONS)}
    return ours <= applied_migrations()


def applied_migrations() -> set[tuple[str, str]]:
    """Asked for without loading the apps, which would cost a second and of which Django warns."""
    try:
        with warnings.catch_warnings(), connection.cursor() as cursor:
            warnings.simplefilter("ignore", RuntimeWarning)
            cursor.execute("SELECT app, name FROM django_migrations")
            return set(cursor.fetchall())
    except DatabaseError:
        return set()
    finally:
        connection.close()


def remember() -> None:
    (settings.DATA_DIR / MARK).write_text(fingerprint(), encoding="ascii")


def fingerprint() -> str:
    """Over the choices and the names, sizes and times of the files that preparing reads."""
    choices = (settings.DATABASES["default"]["NAME"], settings.DEMO, settings.HOST)
    digest = hashlib.sha256(repr(choices).encode())
    for file in sorted(inputs(settings.BASE_DIR)):
        found = file.stat()
        digest.update(f"{file}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def inputs(root: Path) -> Iterator[Path]:
    """Packages count by requirements.txt; everything else is ours."""
    yield root / "requirements.txt"
    yield from root.glob(MIGRATIONS)
    yield from root.glob("resistance/*.json")
    yield from root.glob("locale/*/LC_MESSAGES/*.po")
    for folder in ("static", "assets"):
        yield from (file for file in (root / folder).rglob("*") if file.is_file())
