"""A real Celery worker in a process of its own, working on the test's database."""

import os
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from config.celery import READY_MARK
from config.processes import die_with_parent
from config.serve import worker_command

START_SECONDS = 120
STOP_SECONDS = 60


class WorkerProcess:
    """Start, stop and kill it as often as the test wants; `log` is what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.folder / "worker.log").read_text()

    def start(self, **extra: str) -> None:
        """Return when the worker takes tasks; `extra` are environment variables for this start."""
        mark = settings.DATA_DIR / READY_MARK
        mark.unlink(missing_ok=True)
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **database(), **extra}
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                worker_command(self.folder / "beat"),
                cwd=settings.BASE_DIR,
                env=env,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while not mark.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The worker does not start:\n" + self.log)
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL for the worker and its scheduler, as a power cut would."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None


def database() -> dict[str, str]:
    """The address of the test's database, as the worker's environment wants it."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return {"DATABASE_URL": f"sqlite:///{found['NAME']}"}
    host = quote(found["HOST"], safe="/")
    return {"DATABASE_URL": f"postgres://{found['USER']}@/{found['NAME']}?host={host}"}


def wait_until(is_true, *, seconds: float = 120) -> None:
    """Poll until the callable is true; AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not true within {seconds} seconds"
        time.sleep(0.1)
