"""How fast ballots are taken: python -m bench.casting [--seconds 10] [--rounds 3].

Floor and casting take turns on the same server processes, with the same bodies, on SQLite and on
PostgreSQL. Afterwards every confirmed ballot must lie in the box, and opened ones must hold what
was sent.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from uuid import UUID

import psutil

from bench.load import Outcome, http_post, run

WORKERS, CONNECTIONS = 2, 16
EXPECTED_PER_SECOND = 2500
OPENED = 20
#: the floor sends the browser on, casting answers with the page that holds the receipt
CONFIRMED = {"floor": 303, "cast": 200, "sign": 200, "blind": 200}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="only this one")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure(Path(options.inside), seconds=options.seconds, rounds=options.rounds)
        return
    wanted = [options.database] if options.database else ["sqlite", "postgresql"]
    for name in wanted:
        print(f"Casting on {name}: {options.rounds} rounds of {options.seconds:g} s each")
        with database(name) as (url, folder):
            start_inside(url, folder, sys.argv[1:])


@contextmanager
def database(name: str) -> Iterator[tuple[str, Path]]:
    """An empty database of that kind and a folder, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hw-bench-") as data:
        if name == "sqlite":
            yield f"sqlite:///{data}/headwind.sqlite3", Path(data)
            return
        from tests.postgres import running_postgres

        with (
            tempfile.TemporaryDirectory(prefix="hw-bench-pg-") as place,
            running_postgres(Path(place)),
        ):
            yield f"postgres://postgres@/postgres?host={place}", Path(data)


def start_inside(
    url: str, folder: Path, arguments: list[str], *, module: str = "bench.casting"
) -> None:
    """Measure in a process of its own, because settings are read once."""
    with tempfile.TemporaryDirectory(prefix="hw-bench-keys-") as keys:
        env = {
            **os.environ,
            "DATABASE_URL": url,
            "DATA_DIR": str(folder),
            "KEY_DIR": keys,
            "DJANGO_SETTINGS_MODULE": "bench.casting_settings",
        }
        command = [sys.executable, "-m", module, *arguments, "--inside", str(folder)]
        subprocess.run(command, env=env, check=True)


def measure(folder: Path, *, seconds: float, rounds: int) -> None:
    assessment_id, codes = prepare(int(EXPECTED_PER_SECOND * seconds * rounds) + 500)
    body = urlencode(answers())
    address = f"/b/{assessment_id}/"
    ballots = iter([http_post(address, f"code={code}&{body}".encode()) for code in codes])
    floors = repeat(http_post("/b/floor/", f"code={codes[0]}&{body}".encode()))
    ratios, confirmed = [], {"floor": 0, "cast": 0}
    with server(folder) as (port, process):
        for name, requests in (("floor", floors), ("cast", ballots)):
            outcome, _cpu = slice_of(process, port, requests, seconds=1)
            confirmed[name] += outcome.statuses[CONFIRMED[name]]
        for number in range(rounds):
            rates = {}
            for name, requests in (("floor", floors), ("cast", ballots)):
                outcome, cpu = slice_of(process, port, requests, seconds=seconds)
                confirmed[name] += outcome.statuses[CONFIRMED[name]]
                rates[name] = outcome.statuses[CONFIRMED[name]] / outcome.seconds
                report(f"{number + 1} {name}", outcome, cpu)
            ratios.append(rates["cast"] / rates["floor"])
    print(f"  casting / floor: median {median(ratios):.2f} of {[round(r, 2) for r in ratios]}")
    prove(assessment_id, confirmed)


def answers() -> dict[str, str]:
    """A filled-in form: 36 statements, three ticks, two comments."""
    fields = {f"s{position}": str(position % 6 + 1) for position in range(36)}
    comments = {"c36": "Too many calls at once. " * 4, "r36": "m", "c37": "Time.", "r37": "h"}
    return {**fields, **comments}


def prepare(count: int) -> tuple[UUID, list[str]]:
    """An open assessment with the product's own statements and `count` codes."""
    import django

    django.setup()
    from django.core.management import call_command

    from bench.casting_floor import make_table
    from resistance.catalogue import load_catalogue
    from surveys.questionnaire import statements_for
    from tests.factories import make_open_assessment

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    make_table()
    load_catalogue()
    assessment, codes = make_open_assessment(statements=statements_for("SHORT"), invited=count)
    return assessment.pk, codes


@contextmanager
def server(folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """The product's web server on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(Path(sys.executable).parent / "granian")
    size = ["--workers", str(WORKERS), "--blocking-threads", "1", "--no-access-log"]
    place = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    command = [program, *place, *size, "--interface", "wsgi", "config.wsgi:application"]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(port)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            time.sleep(2)
            return
    raise RuntimeError("The web server does not start.")


def slice_of(
    process: psutil.Process, port: int, requests: Iterator[bytes], *, seconds: float
) -> tuple[Outcome, float]:
    """One slice, and the CPU milliseconds that the server took for each answer."""
    before = cpu_seconds(process)
    outcome = run(port, requests, connections=CONNECTIONS, seconds=seconds)
    used = cpu_seconds(process) - before
    return outcome, 1000 * used / sum(outcome.statuses.values())


def cpu_seconds(process: psutil.Process) -> float:
    family = [process, *process.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def report(name: str, outcome: Outcome, cpu: float) -> None:
    rate = outcome.statuses[CONFIRMED[name.rsplit(maxsplit=1)[-1]]] / outcome.seconds
    print(
        f"  {name:8} {rate:7.0f} a second, {cpu:.2f} CPU-ms,"
        f" p50 {outcome.quantile(0.5):.1f} ms, p99 {outcome.quantile(0.99):.1f} ms,"
        f" {dict(outcome.statuses)}"
    )


def prove(assessment_id: UUID, confirmed: dict[str, int]) -> None:
    """Raise unless what was confirmed is what was stored."""
    from bench.casting_floor import count_rows
    from surveys.ballot import decode
    from surveys.keystore import Keystore
    from surveys.models import Ballot, LedgerEntry
    from surveys.sealing import unseal

    stored = {"floor": count_rows(), "cast": Ballot.objects.count()}
    if stored != confirmed or LedgerEntry.objects.count() != confirmed["cast"]:
        raise RuntimeError(f"confirmed {confirmed}, but stored {stored}")
    private = Keystore(assessment_id).box_private_key()
    expected = bytes(int(value) for name, value in answers().items() if name.startswith("s"))
    for sealed in Ballot.objects.values_list("ciphertext", flat=True)[:OPENED]:
        content = unseal(private_key=private, assessment=assessment_id.bytes, sealed=bytes(sealed))
        if decode(content)[1].answers != expected:
            raise RuntimeError("An opened ballot does not hold what was sent.")
    print(f"  stored = confirmed: {stored}; {OPENED} ballots opened and compared")


if __name__ == "__main__":
    main()
