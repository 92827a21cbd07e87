"""A worker for tests that kills itself at one point of the tally, as a power cut would.

Run as `celery --app tests.crashing_worker worker`; CRASH_AT names the function of `surveys.tally`
during which it dies, so that the product needs no hooks for this.
"""

import os
import signal

from celery.signals import worker_init

from config.celery import app

__all__ = ["app"]


@worker_init.connect
def plant_crash(**_signal: object) -> None:
    """`store_findings` dies after writing, still inside its transaction; the others at once."""
    from surveys import tally

    name = os.environ["CRASH_AT"]
    original = getattr(tally, name)

    def crash(*arguments: object) -> None:
        if name == "store_findings":
            original(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(tally, name, crash)
