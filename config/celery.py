"""The Celery application, and the mark by which the supervisor knows that the worker answers."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, worker_ready
from django.conf import settings

from config.processes import leave_with_pool

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("headwind")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

READY_MARK = "worker.ready"


@worker_ready.connect
def mark_ready(**_kwargs: Any) -> None:
    (settings.DATA_DIR / READY_MARK).touch(mode=0o600)


@beat_embedded_init.connect
def leave_with_worker(**_kwargs: Any) -> None:
    """The scheduler is a child of the worker; a killed worker must not leave it behind."""
    leave_with_pool()
