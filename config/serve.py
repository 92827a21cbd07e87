"""One command that runs the whole product: ``python -m config.serve``.

It chooses the broker, prepares the installation, starts web and worker, says when both answer,
and stops everything when it is stopped or when one of them ends.
"""

import fcntl
import os
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import broker
from config.celery import READY_MARK
from config.fingerprint import is_prepared
from config.processes import Family, die_with_parent

BIN = Path(sys.executable).parent
POLL_SECONDS = 0.1
SIGN_INS = "sign-ins.txt"

stopping = threading.Event()


def main() -> int:
    """The exit status: 0 after a wanted stop, 1 when a part ended, 2 for a bad setting."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.chdir(Path(__file__).resolve().parent.parent)
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    try:
        with only_one(settings.DATA_DIR):
            refuse_taken_port(settings.HOST, settings.PORT)
            return serve()
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        return 2


def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    stopping.set()


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Raise ImproperlyConfigured when another process already serves this data folder."""
    with (data_dir / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImproperlyConfigured(f"Headwind already runs on DATA_DIR {data_dir}.") from None
        yield


def refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ImproperlyConfigured(
                f"HOST {host} with PORT {port} cannot be used: {error.strerror}."
            ) from None


def serve() -> int:
    """Web and worker wait for the preparation, which is left out when nothing has changed."""
    (settings.DATA_DIR / READY_MARK).unlink(missing_ok=True)
    family = Family()
    try:
        env = start_broker(family)
        if not is_prepared() and not prepare(family, env):
            return status(family)
        family.start("worker", worker_command(settings.DATA_DIR / "beat"), env)
        family.start("web", web_command(), env)
        if is_ready(family, lambda: worker_answers() and web_answers()):
            announce()
            is_ready(family, lambda: False)
        return status(family)
    finally:
        family.stop(patience=15 if worker_answers() else 1)


def prepare(family: Family, env: dict[str, str]) -> bool:
    family.start("prepare", [sys.executable, "-m", "config.prepare"], env, is_brief=True)
    return is_ready(family, lambda: family.is_done("prepare"))


def is_ready(family: Family, condition: Callable[[], bool]) -> bool:
    """Wait for the condition; False when asked to stop or when a child ended before."""
    while not condition():
        if stopping.wait(POLL_SECONDS) or family.ended():
            return False
    return True


def status(family: Family) -> int:
    """0 after a wanted stop, else 1 with the name of the child that ended."""
    if stopping.is_set():
        return 0
    print(f"{family.ended()} ended by itself; stopping everything.", file=sys.stderr)
    return 1


def start_broker(family: Family) -> dict[str, str]:
    """The children's environment, with the address of the broker that was chosen."""
    env = {**os.environ, "HEADWIND_SUPERVISED": "1"}
    program = None if settings.REDIS_URL else broker.binary()
    if not program:
        return env
    path = broker.socket_path(settings.DATA_DIR)
    command = broker.command(program, socket=path, folder=settings.DATA_DIR / "valkey")
    if not broker.answers(path, family.start("valkey", command, env)):
        print("The embedded Valkey does not start; using folders as the queue.", file=sys.stderr)
        family.forget("valkey")
        return env
    return {**env, "REDIS_URL": f"unix://{path}?db=0", "CACHE_URL": f"unix://{path}?db=1"}


def worker_command(beat_file: Path) -> list[str]:
    """A Celery worker of two threads for both queues, with the schedule inside."""
    pool = ["--pool", "threads", "--concurrency", "2", "--queues", "default,heavy"]
    schedule = ["--beat", "--schedule", str(beat_file)]
    quiet = ["--loglevel", "warning", "--without-gossip", "--without-mingle"]
    celery = [str(BIN / "celery"), "--quiet", "--skip-checks", "--app", "config"]
    return [*celery, "worker", *pool, *schedule, *quiet]


def web_command() -> list[str]:
    """One thread per process: fastest, as the work of a request is Python."""
    address = ["--host", settings.HOST, "--port", str(settings.PORT)]
    size = ["--workers", str(settings.WEB_WORKERS), "--blocking-threads", "1"]
    quiet = ["--log-level", "warning", "--no-access-log"]
    kind = ["--interface", "wsgi", "config.wsgi:application"]
    return [str(BIN / "granian"), *address, *size, *quiet, *kind]


def worker_answers() -> bool:
    return (settings.DATA_DIR / READY_MARK).exists()


def web_answers() -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.HOST, settings.HOST)  # noqa: S104
    name = settings.ALLOWED_HOSTS[0].lstrip(".*") or host
    request = urllib.request.Request(
        f"http://{host}:{settings.PORT}/healthz", headers={"Host": name}
    )
    try:
        with urllib.request.urlopen(request, timeout=1) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def announce() -> None:
    print(f"READY http://{settings.HOST}:{settings.PORT}", flush=True)
    sign_ins = settings.DATA_DIR / SIGN_INS
    if sign_ins.exists():
        print(sign_ins.read_text(encoding="utf-8"), flush=True)


if __name__ == "__main__":
    sys.exit(main())
