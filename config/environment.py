"""Reading the environment: one small reader per kind of value, each refusing nonsense in words."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}
PG_SCHEMES = {"postgres", "postgresql"}
REDIS_SCHEMES = {"redis", "rediss", "unix"}

asked: set[str] = set()
"""Every variable that was read; a test compares it with .env.example."""


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks; an empty one counts as not set."""
    asked.add(name)
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """A switch: 1/0, true/false, yes/no or on/off."""
    value = text(name, "1" if default else "0").lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is a switch: write 1 or 0, not “{value}”.")
    return value in TRUE


def number(name: str, *, default: int, minimum: int, maximum: int) -> int:
    """A whole number in [minimum, maximum]."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not minimum <= int(value) <= maximum:
        raise ImproperlyConfigured(
            f"{name} is a whole number from {minimum} to {maximum}, not “{value}”."
        )
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """A list, separated by commas."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def folder(name: str, default: Path) -> Path:
    """An absolute path with links resolved; the folder need not exist yet."""
    path = Path(text(name, str(default))).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise ImproperlyConfigured(f"{name} names “{path}”, which is not a folder.")
    return path


def folders(name: str) -> list[Path]:
    """Absolute paths with links resolved, from a list separated by commas."""
    return [Path(item).expanduser().resolve() for item in names(name)]


def address(name: str, default: str) -> str:
    """An http(s) address without path, and without a slash at its end."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(
            f"{name} is the address people type, such as https://headwind.example.org,"
            f" not “{value}”."
        )
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """A DATABASES entry from sqlite:////folder/file or postgres://user:password@host:port/name."""
    value = text(name, default)
    parts = urlsplit(value)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return _sqlite(Path(unquote(parts.path[1:])).expanduser().resolve())
    if parts.scheme in PG_SCHEMES and parts.path.strip("/"):
        return _postgresql(name, parts)
    raise ImproperlyConfigured(
        f"{name} is sqlite:////folder/file.sqlite3 or"
        " postgres://user:password@host:5432/name; what it holds is neither."
    )


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA secure_delete=ON;"
            ),
        },
    }


def _postgresql(name: str, parts: SplitResult) -> dict[str, Any]:
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(_port(name, parts) or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _port(name: str, parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} names a port that is not a number.") from None


def redis(name: str) -> str:
    """The address of a Redis or Valkey, or nothing: redis://, rediss:// or unix:///socket?db=0."""
    value = text(name)
    if value and urlsplit(value).scheme not in REDIS_SCHEMES:
        raise ImproperlyConfigured(
            f"{name} starts with redis://, rediss:// or unix:///; what it holds does not."
        )
    return value


def mail(name: str) -> dict[str, Any]:
    """Django's EMAIL_ settings from smtp://user:password@host:587 (STARTTLS) or smtps://…:465.

    Nothing set gives an empty result; ``?tls=0`` sends without encryption.
    """
    value = text(name)
    if not value:
        return {}
    parts = urlsplit(value)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} is smtp://user:password@host:587 or smtps://….")
    is_ssl = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": _port(name, parts) or (465 if is_ssl else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_ssl,
        "EMAIL_USE_TLS": not is_ssl and dict(parse_qsl(parts.query)).get("tls") != "0",
    }


def time_zone(name: str, default: str) -> str:
    """The name of a time zone that this machine knows."""
    value = text(name, default)
    if value not in available_timezones():
        raise ImproperlyConfigured(f"{name} is a time zone such as Europe/Berlin, not “{value}”.")
    return value
