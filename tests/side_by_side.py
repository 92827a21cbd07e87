"""Both test runs at once, one per database, on a machine that has more than one processor.

What a run says is kept apart and printed in one piece when it ends; each must end well.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from typing import IO

RUNS = {"SQLite": {}, "PostgreSQL": {"DB": "postgres"}}
POLL_SECONDS = 0.2


def main() -> int:
    print(
        f"Testing on {' and '.join(RUNS)} at the same time; each is shown when it ends.", flush=True
    )
    with ExitStack() as stack:
        said = {name: stack.enter_context(tempfile.TemporaryFile()) for name in RUNS}
        waiting = {name: start(RUNS[name], said[name]) for name in RUNS}
        codes = {}
        while waiting:
            time.sleep(POLL_SECONDS)
            for name in [name for name, run in waiting.items() if run.poll() is not None]:
                codes[name] = waiting.pop(name).returncode
                show(name, said[name])
    return max(map(abs, codes.values()))


def start(variables: dict[str, str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *sys.argv[1:]],
        env={**os.environ, **variables},
        stdout=said,
        stderr=subprocess.STDOUT,
    )


def show(name: str, said: IO[bytes]) -> None:
    said.seek(0)
    print(f"\n{name}\n{said.read().decode(errors='replace')}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
