"""Whether an installation was already prepared from exactly these files."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

MARK = "prepared"


def is_prepared() -> bool:
    mark = settings.DATA_DIR / MARK
    return mark.exists() and mark.read_text(encoding="ascii") == fingerprint()


def remember() -> None:
    (settings.DATA_DIR / MARK).write_text(fingerprint(), encoding="ascii")


def fingerprint() -> str:
    """Over the database's name and the names, sizes and times of what preparing reads."""
    digest = hashlib.sha256(str(settings.DATABASES["default"]["NAME"]).encode())
    for file in sorted(inputs(settings.BASE_DIR)):
        found = file.stat()
        digest.update(f"{file}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def inputs(root: Path) -> Iterator[Path]:
    """Packages count by requirements.txt; everything else is ours."""
    yield root / "requirements.txt"
    yield from root.glob("*/migrations/*.py")
    yield from root.glob("resistance/*.json")
    yield from root.glob("locale/*/LC_MESSAGES/*.po")
    for folder in ("static", "assets"):
        yield from (file for file in (root / folder).rglob("*") if file.is_file())
