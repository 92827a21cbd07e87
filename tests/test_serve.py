"""One command runs everything, says when it is ready, and leaves no process behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
STOP_SECONDS = 60


class Product:
    """A real start on a free port, found again by its environment and by who started whom.

    Neither alone is enough: Valkey overwrites its environment, and orphans have another parent.
    """

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.port, self.mark = free_port(), f"HEADWIND_TEST_START={folder.name}-{os.getpid()}"
        name, value = self.mark.split("=")
        self.log = folder / "log"
        self.seen: set[int] = set()
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DATA_DIR": str(folder / "data"),
            "PORT": str(self.port),
            "DEMO": "0",
            name: value,
        }
        with self.log.open("w") as log:
            self.parent = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
            )

    def processes(self) -> dict[int, str]:
        """The living processes of this start, the parent included: id and command line."""
        found = {}
        for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda item: int(item.name)):
            try:
                pid, line = int(folder.name), (folder / "cmdline").read_text().replace("\0", " ")
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                is_marked = self.mark.encode() in (folder / "environ").read_bytes()
            except OSError:
                continue
            if line and (is_marked or pid in self.seen or parent in self.seen):
                self.seen.add(pid)
                found[pid] = line
        return found

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while f"READY http://127.0.0.1:{self.port}\n" not in self.log.read_text():
            self.processes()
            assert self.parent.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def assert_gone(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert self.processes() == {}

    def pid_of(self, word: str) -> int:
        return min(pid for pid, line in self.processes().items() if word in line)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One installation for all tests: each start also mends what the kill before it left."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def start(home):
    """Start the product; whatever the test leaves running is killed."""
    started = []

    def run(*command: str) -> Product:
        product = Product(home, list(command) or [sys.executable, "-m", "config.serve"])
        started.append(product)
        return product

    yield run
    for product in started:
        for pid in product.processes():
            os.kill(pid, signal.SIGKILL)
        product.parent.wait()


def test_serve_stops_whole_on_ctrl_c_and_on_sigterm(start):
    for number in (signal.SIGINT, signal.SIGTERM):
        product = start()
        product.wait_ready()
        names = " ".join(product.processes().values())
        with urllib.request.urlopen(f"http://127.0.0.1:{product.port}/healthz") as response:
            answer = response.read()

        product.parent.send_signal(number)

        assert product.parent.wait(STOP_SECONDS) == 0
        assert all(word in names for word in ("granian", "celery", "valkey-server"))
        assert answer == b"ok\n"
        product.assert_gone()


def test_serve_leaves_nothing_when_it_or_make_is_killed(start, tmp_path):
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"run:\n\t@exec {sys.executable} -m config.serve\n")
    for command in ((), ("make", "-f", str(makefile), "run")):
        product = start(*command)
        product.wait_ready()

        product.parent.kill()

        assert product.parent.wait() == -signal.SIGKILL
        product.assert_gone()


def test_serve_stops_with_status_1_when_a_part_dies(start):
    product = start()
    product.wait_ready()

    os.kill(product.pid_of("celery"), signal.SIGKILL)

    assert product.parent.wait(STOP_SECONDS) == 1
    assert "worker ended by itself; stopping everything." in product.log.read_text()
    product.assert_gone()


def test_serve_killed_while_starting_leaves_nothing(start):
    product = start()
    deadline = time.monotonic() + START_SECONDS
    while not any("granian" in line for line in product.processes().values()):
        assert time.monotonic() < deadline, product.log.read_text()
        time.sleep(0.02)

    product.parent.kill()

    product.parent.wait()
    product.assert_gone()


def test_serve_refuses_a_taken_port(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "DATA_DIR": str(tmp_path / "data"),
            "PORT": str(other.getsockname()[1]),
        }

        result = subprocess.run(
            [sys.executable, "-m", "config.serve"],
            cwd=ROOT,
            env=env,
            check=False,
            capture_output=True,
            text=True,
        )

    assert result.returncode == 2
    assert result.stderr.startswith("HOST 127.0.0.1 with PORT")
