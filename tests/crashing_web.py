"""A web server for tests, of which a process or the database dies once at one point of a cast.

`python -m tests.crashing_web` answers in processes that are forked when everything is loaded, so
that another one is there at once. CRASH_FILE names who dies, a function of the box and when; who
comes by takes the file away. The product needs no hooks for this.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from config.processes import die_with_parent
from config.wsgi import application
from surveys.box import Box

PLAN = Path(os.environ["CRASH_FILE"])


class Handler(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, *_arguments: object) -> None:
        pass


def plant(name: str) -> None:
    """Every call of the box's function may be the last."""
    original: Callable[..., Any] = getattr(Box, name)

    def call(box: Box, *arguments: object, **keywords: object) -> object:
        die_at(box, f"{name} before")
        result = original(box, *arguments, **keywords)
        die_at(box, f"{name} after")
        return result

    setattr(Box, name, call)


def die_at(box: Box, point: str) -> None:
    if not PLAN.exists() or not PLAN.read_text().endswith(point):
        return
    victim = PLAN.read_text().split()[0]
    PLAN.unlink()
    session = box._session
    os.kill(os.getpid() if victim == "web" else session.info.backend_pid, signal.SIGKILL)


def serve() -> None:
    """Two processes on one socket; whenever one dies, another takes its place."""
    server = make_server("127.0.0.1", int(os.environ["PORT"]), application, handler_class=Handler)
    living = 0
    while True:
        while living < 2:
            if not os.fork():
                die_with_parent()
                server.serve_forever()
            living += 1
        os.wait()
        living -= 1


if __name__ == "__main__":
    for planted in ("mark", "drop", "store"):
        plant(planted)
    serve()
