"""The keys of one assessment: files outside the database and its backups, destroyed at the tally.

Three random keys, derived from nothing: `box` opens the ballots, `ledger` hides who took part,
`invitation` derives the codes. After the tally nothing can recompute them. Where a trustee keeps
a code, `companion` lies here in place of `box`, which comes for the tally only.
"""

from __future__ import annotations

import hmac
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from uuid import UUID

from django.conf import settings

from surveys.codes import derive_code
from surveys.sealing import new_box_key

KEY_FILES = ("box", "ledger", "invitation")
TRUSTEE_KEY_FILES = ("companion", "ledger", "invitation")


class MissingKey(Exception):
    """A key that should exist cannot be read; the message names no content."""


class Keystore:
    """Where the keys of `assessment_id` lie. Reading is cheap; nothing is kept in memory."""

    def __init__(self, assessment_id: UUID) -> None:
        self._place = f"{settings.KEY_DIR}/{assessment_id.hex}"

    @property
    def folder(self) -> Path:
        return Path(self._place)

    def exists(self) -> bool:
        return self.folder.is_dir()

    def create(self) -> bytes:
        """Make the keys and return the box's public half; what exists already is kept."""
        if not self.exists():
            self._write_all(KEY_FILES)
        return self._read("box")[32:]

    def create_for_trustee(self) -> bytes:
        """Make the keys without a box and return the companion of the trustee's code."""
        if not self.exists():
            self._write_all(TRUSTEE_KEY_FILES)
        return self.companion()

    def _write_all(self, names: tuple[str, ...]) -> None:
        Path(settings.KEY_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
        waiting = Path(tempfile.mkdtemp(prefix=".new-", dir=settings.KEY_DIR))
        for name in names:
            content = b"".join(new_box_key()) if name == "box" else secrets.token_bytes(32)
            _write(waiting / name, content)
        try:
            waiting.rename(self.folder)
        except OSError:
            shutil.rmtree(waiting)
            if not self.exists():
                raise

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def box_private_key(self) -> bytes:
        return self._read("box")[:32]

    def box_public_key(self) -> bytes:
        return self._read("box")[32:]

    def companion(self) -> bytes:
        return self._read("companion")

    def put_box(self, *, private: bytes, public: bytes) -> None:
        """Lay the key that a trustee has unlocked here, for the tally; may be repeated."""
        waiting = self.folder / f".box-{secrets.token_hex(8)}"
        _write(waiting, private + public)
        waiting.replace(self.folder / "box")

    def ledger_entry(self, holder: UUID) -> bytes:
        """HMAC-SHA256(ledger key, holder of a code): 32 bytes that mean nothing without the key."""
        return hmac.digest(self._read("ledger"), b"ledger:" + holder.bytes, "sha256")

    def code_for(self, invitation_id: UUID) -> str:
        return derive_code(invitation_key=self._read("invitation"), invitation_id=invitation_id)

    def codes_for(self, invitation_ids: list[UUID]) -> dict[UUID, str]:
        key = self._read("invitation")
        return {pk: derive_code(invitation_key=key, invitation_id=pk) for pk in invitation_ids}

    def destroy(self) -> None:
        """Overwrite and remove every key; may be repeated."""
        if not self.exists():
            return
        for path in self.folder.iterdir():
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        self.folder.rmdir()

    def _read(self, name: str) -> bytes:
        try:
            # every ballot comes here, and pathlib would take longer than reading
            with open(f"{self._place}/{name}", "rb", buffering=0) as file:  # noqa: PTH123
                return file.read()
        except OSError as error:
            raise MissingKey(f"the {name} key of this assessment cannot be read") from error


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
