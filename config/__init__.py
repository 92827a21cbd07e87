"""Settings, addresses and processes: everything that makes one product out of the apps."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
