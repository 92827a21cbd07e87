"""Child processes that end with their parent, whatever ends it."""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PATIENCE_SECONDS = 15
POLL_SECONDS = 0.05

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent is gone; only Linux offers this."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Family:
    """The running children by name, in the order they were started."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        """Each child leads a session of its own, so that Ctrl-C reaches only the parent."""
        child = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509
        )
        self.children[name] = child
        return child

    def forget(self, name: str) -> None:
        """The child has done its work; its end is no failure."""
        del self.children[name]

    def ended(self) -> str | None:
        """The name of a child that is no longer running."""
        return next(
            (name for name, child in self.children.items() if child.poll() is not None), None
        )

    def stop(self) -> None:
        """End the children, the last started first, then whatever they left in their groups."""
        for child in reversed(self.children.values()):
            if child.poll() is None:
                child.terminate()
            wait(child)
        for child in self.children.values():
            signal_group(child, signal.SIGKILL)


def wait(child: subprocess.Popen[bytes]) -> None:
    """Give the child time to finish, then end its whole group."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if child.poll() is None:
        signal_group(child, signal.SIGKILL)
        child.wait()


def signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return
