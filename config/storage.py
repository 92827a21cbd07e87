"""The folders Headwind writes to: made on demand, private, and never mixing keys with data."""

import hashlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

PRIVATE = 0o700


def default_key_dir(data_dir: Path) -> Path:
    """A folder of this user outside the data folder, one per data folder."""
    state = os.environ.get("XDG_STATE_HOME", "").strip() or "~/.local/state"
    mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return (Path(state) / "headwind" / f"keys-{mark}").expanduser()


def refuse_keys_beside_data(key_dir: Path, *, places: list[Path]) -> None:
    """Raise ImproperlyConfigured when the keys would lie where a backup takes them along."""
    for place in places:
        if key_dir == place or place in key_dir.parents:
            raise ImproperlyConfigured(
                f"KEY_DIR ({key_dir}) lies inside {place}. The keys must not be where data or"
                " code is backed up; choose a folder elsewhere."
            )
        if key_dir in place.parents:
            raise ImproperlyConfigured(
                f"KEY_DIR ({key_dir}) has {place} inside. A copy of the one must not take the"
                " other along; choose a folder of its own for the keys."
            )


def private_folder(name: str, path: Path) -> Path:
    """Make the folder for this user alone; `name` is the variable to blame in the error."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}: the folder {path} cannot be made ({error.strerror})."
        ) from error
    return path


def refuse_open_folder(name: str, path: Path) -> None:
    """Raise ImproperlyConfigured when others than the owner may look into the folder."""
    if path.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"{name}: others may read {path}; run chmod 700 on it.")


def lasting_secret(file: Path) -> str:
    """The secret in the file, made on first use; safe when several processes start at once."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()
