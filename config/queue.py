"""How a Redis address, or none, becomes the broker of Celery and the cache of Django."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

VISIBILITY_SECONDS = 3600
"""Longer than any task: a task that is not acknowledged by then is handed out again."""


def cache(redis_url: str, data_dir: Path) -> dict[str, Any]:
    """A CACHES entry that all processes share: rate limits must count across them."""
    if redis_url:
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": "headwind",
        }
    return {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(data_dir / "cache"),
    }


def broker_url(redis_url: str) -> str:
    """The same server in Celery's spelling; folders on disk when there is none."""
    if not redis_url:
        return "filesystem://"
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={database}"


def transport_options(redis_url: str, data_dir: Path) -> dict[str, Any]:
    """Redelivery for Redis; for folders a short polling interval, as its default is seconds."""
    if redis_url:
        return {"visibility_timeout": VISIBILITY_SECONDS}
    folder = data_dir / "queue"
    folder.mkdir(mode=0o700, exist_ok=True)
    return {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.05,
    }
