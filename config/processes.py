"""Child processes that end with their parent, whatever ends it."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask the kernel for this signal when the parent is gone; only Linux offers this."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, number)


def leave_with_pool() -> None:
    """In a process of a pool: die with the process that manages it, or now if it is gone."""
    die_with_parent()
    manager = multiprocessing.parent_process()
    if manager and manager.pid != os.getppid():
        os._exit(1)


class Family:
    """The running children by name, in the order they were started."""

    def __init__(self) -> None:
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.brief: set[str] = set()

    def start(
        self, name: str, command: list[str], env: dict[str, str], *, is_brief: bool = False
    ) -> subprocess.Popen[bytes]:
        """Each child leads a session of its own, so that Ctrl-C reaches only the parent.

        A brief child is expected to end by itself with status 0.
        """
        child = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509
        )
        self.children[name] = child
        if is_brief:
            self.brief.add(name)
        return child

    def is_done(self, name: str) -> bool:
        return self.children[name].poll() == 0

    def forget(self, name: str) -> None:
        """The child is not needed; its end is no failure."""
        del self.children[name]

    def ended(self) -> str | None:
        """The name of a child that should still be running, or that failed."""
        return next(
            (
                name
                for name, child in self.children.items()
                if child.poll() is not None and not (name in self.brief and self.is_done(name))
            ),
            None,
        )

    def stop(self, *, patience: float) -> None:
        """End the children, the last started first, then whatever they left in their groups.

        Each may take `patience` seconds to finish what it is doing.
        """
        for child in reversed(self.children.values()):
            if child.poll() is None:
                child.terminate()
            wait(child, patience)
        for child in self.children.values():
            signal_group(child, signal.SIGKILL)


def wait(child: subprocess.Popen[bytes], patience: float) -> None:
    """Give the child time to finish, then end its whole group."""
    deadline = time.monotonic() + patience
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
