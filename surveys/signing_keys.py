"""The signing keys of an assessment: one file for each group, beside the other keys.

Made at opening, destroyed at the close, when signing stops. The public halves, their list and its
root stay in the database; a process reads them once.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from uuid import UUID

from surveys.blindsign import PublicForm, new_key, public_form
from surveys.keylist import KeyList, list_keys
from surveys.keystore import Keystore, MissingKey
from surveys.models import Assessment, Group


class NoSigningKeys(LookupError):
    """The assessment has no published keys: unknown, not open yet, or opened without them."""


class SigningKeys:
    """The private halves of `assessment_id`, in its folder of the key directory."""

    def __init__(self, assessment_id: UUID) -> None:
        self._folder = Keystore(assessment_id).folder

    def make(self, groups: Iterable[int]) -> dict[int, PublicForm]:
        """Make what is missing, about 0.1 s each; a file that exists is kept. The public halves."""
        return {number: public_form(self._kept_or_new(number)) for number in groups}

    def key(self, group: int) -> bytes:
        """Raises `MissingKey`."""
        try:
            return self._path(group).read_bytes()
        except OSError as error:
            raise MissingKey("a signing key of this assessment cannot be read") from error

    def destroy(self) -> None:
        """Overwrite and remove every signing key; may be repeated."""
        for path in self._folder.glob("sign-*"):
            overwrite(path)

    def _kept_or_new(self, group: int) -> bytes:
        path = self._path(group)
        if not path.exists():
            waiting = self._folder / f".new-{secrets.token_hex(8)}"
            _write(waiting, new_key())
            _publish(waiting, path)
        return self.key(group)

    def _path(self, group: int) -> Path:
        return self._folder / f"sign-{group}"


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _publish(waiting: Path, path: Path) -> None:
    """Give a whole file its name; of two workers the first one's key stays."""
    try:
        path.hardlink_to(waiting)
    except FileExistsError:
        overwrite(waiting)
    else:
        waiting.unlink()


def overwrite(path: Path) -> None:
    """Overwrite a file with chance and remove it; nothing happens when it is gone."""
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return


@dataclass(frozen=True)
class PublishedKeys:
    """What everybody may know: the public halves by group number, and their list."""

    box_public_key: bytes
    moduli: tuple[int, ...]
    key_list: KeyList

    @cached_property
    def public(self) -> tuple[PublicForm, ...]:
        return tuple(PublicForm(modulus) for modulus in self.moduli)


@lru_cache(maxsize=16)
def published_keys(assessment_id: UUID) -> PublishedKeys:
    """Frozen at opening, so a process may keep them. Raises `NoSigningKeys`."""
    row = Assessment.objects.filter(pk=assessment_id).values_list("box_public_key", "key_root")
    box, root = row.first() or (None, None)
    if not root or not box:
        raise NoSigningKeys
    groups = Group.objects.filter(assessment=assessment_id).order_by("number")
    moduli = tuple(
        int.from_bytes(bytes(modulus or b""), "big")
        for modulus in groups.values_list("signing_modulus", flat=True)
    )
    return PublishedKeys(bytes(box), moduli, key_list_of(assessment_id, dict(enumerate(moduli))))


def key_list_of(assessment_id: UUID, moduli: dict[int, int]) -> KeyList:
    """The list over all groups' public halves. Raises `keylist.IncompleteList`."""
    ids = {number: PublicForm(modulus).key_id for number, modulus in moduli.items()}
    return list_keys(assessment_id, ids)
