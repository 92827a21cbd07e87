"""What a tally costs: python -m bench.tally [--sizes 25000 50000 100000].

A company of 1,000 teams on a PostgreSQL of its own; sealed ballots are inserted in bulk, then a
fresh process per size runs the product's tally. CPU and memory are the worker's; the seconds of
the phases are wall clock and include the database's share. A fifth of the ballots has a comment.
"""

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

SIZES = (25_000, 50_000, 100_000)
TEAMS, RESPONSE, COMMENTED = 1_000, 0.8, 5
BATCH = 2_000
LIMITS = "limits at 100,000: 60 s CPU, 1,024 MiB"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--measure", metavar="ASSESSMENT", help="used by the benchmark itself")
    chosen = parser.parse_args(arguments)
    if chosen.measure:
        print(json.dumps(measure(chosen.measure)))
        return
    from tests.postgres import running_postgres

    with tempfile.TemporaryDirectory(prefix="hw-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        for name in ("pg", "home"):
            (place / name).mkdir()
        os.environ |= environment(place)
        with running_postgres(place / "pg"):
            try:
                report(chosen.sizes)
            finally:
                disconnect()


def disconnect() -> None:
    """The server waits for its clients before it ends."""
    from django.db import connections

    connections.close_all()


def environment(place: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(place / "home/data"),
        "KEY_DIR": str(place / "home/keys"),
        "SECRET_KEY": "only-for-the-benchmark-" + "0123456789" * 4,
        "DATABASE_URL": f"postgres://postgres@/postgres?host={place / 'pg'}",
        "CASTING_GRACE_SECONDS": "1",
    }


def report(sizes: list[int]) -> None:
    """One line per size, and the growth from one size to the next."""
    set_up()
    print(f"tally, {TEAMS:,} teams, PostgreSQL ({LIMITS})")
    names = ("unseal", "gate", "score", "store", "erase")
    print(f"{'ballots':>9} {'CPU s':>7} {'µs each':>8} {'MiB':>6}", *(f"{n:>7}" for n in names))
    for size in sizes:
        assessment = prepare(size)
        command = [sys.executable, "-m", "bench.tally", "--measure", assessment]
        found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        each = 1e6 * found["cpu"] / size
        row = [f"{size:>9,} {found['cpu']:>7.1f} {each:>8.0f} {found['mib']:>6.0f}"]
        print(*row, *(f"{found['phases'].get(name, 0):>7.1f}" for name in names), flush=True)


def set_up() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import Organisation, Team, User
    from resistance.catalogue import load_catalogue

    logging.getLogger("kombu").setLevel(logging.ERROR)  # tasks go to a folder that nobody reads
    call_command("migrate", verbosity=0)
    load_catalogue()
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Harbour Retail"})
    User.objects.create_user(email="hr@example.org", name="HR", is_hr=True)
    root = Team.objects.create(name="Harbour Retail")
    for area in range(10):
        upper = Team.objects.create(name=f"Area {area}", parent=root, position=area)
        for block in range(10):
            middle = Team.objects.create(name=f"Block {area}{block}", parent=upper, position=block)
            for team in range(TEAMS // 100):
                name = f"Team {area}{block}{team}"
                Team.objects.create(name=name, parent=middle, position=team)


def prepare(size: int) -> str:
    """A closed assessment with that many sealed ballots; its id."""
    from django.utils import timezone

    from accounts.models import Person, Team, User
    from surveys import lifecycle, opening
    from surveys.models import Assessment

    now = timezone.now()
    teams = list(Team.objects.filter(name__startswith="Team ").values_list("pk", flat=True))
    need = int(size / RESPONSE) // len(teams)
    Assessment.objects.all().delete()
    Person.objects.all().delete()
    Person.objects.bulk_create(
        (
            Person(team_id=team, name=f"Person {team} {n}", email=f"p{team}x{n}@example.org")
            for team in teams
            for n in range(need)
        ),
        BATCH,
    )
    assessment = Assessment.objects.create(
        name_en="One-call resolution",
        purpose_en="We want to settle every request in one call.",
        languages=["en"],
        opens_at=now - timedelta(days=2),
        closes_at=now + timedelta(days=2),
    )
    assessment.teams.set(Team.objects.filter(parent=None))
    user = User.objects.get(email="hr@example.org")
    opened = {"assessment_id": assessment.pk, "now": now - timedelta(days=2)}
    lifecycle.open_assessment(by=user, **opened)
    opening.finish_opening(**opened)
    fill_box(assessment.pk, size)
    lifecycle.close_assessment(assessment_id=assessment.pk, by=user, now=now)
    return str(assessment.pk)


def fill_box(assessment_id: Any, size: int) -> None:
    """Ballots and ledger entries as casting leaves them, without the requests."""
    from surveys.models import Assessment, Ballot, Group, Invitation, LedgerEntry

    assessment = Assessment.objects.get(pk=assessment_id)
    numbers = list(Group.objects.filter(assessment=assessment).values_list("number", flat=True))
    sealed = sealed_ballots(assessment, numbers, size)
    while batch := [pair for _, pair in zip(range(BATCH), sealed, strict=False)]:
        Ballot.objects.bulk_create(
            Ballot(assessment_id=assessment_id, ciphertext=ciphertext) for ciphertext in batch
        )
    taken_part = Invitation.objects.filter(assessment=assessment).values_list("pk", flat=True)
    LedgerEntry.objects.bulk_create(
        (
            LedgerEntry(entry=invitation.bytes * 2, assessment_id=assessment_id, request_hash=b"")
            for invitation in taken_part[:size]
        ),
        BATCH,
    )


def sealed_ballots(assessment: Any, numbers: list[int], size: int) -> Iterator[bytes]:
    import numpy as np

    from surveys.ballot import BallotContent, WrittenComment, encode
    from surveys.questionnaire import questionnaire_for
    from surveys.sealing import seal

    asked = questionnaire_for(assessment.pk)
    draw = np.random.default_rng(size)
    level = draw.normal(3, 0.5, (len(numbers), len(asked.rated)))
    words = "Too many screens for one call, and nobody may decide anything. " * 2
    for row in range(size):
        at = row % len(numbers)
        answers = np.clip(np.rint(level[at] + draw.normal(0, 1, level.shape[1])), 1, 5)
        comment = WrittenComment(asked.open[0].position, "m", f"{words}{row}")
        content = BallotContent(
            answers.astype(np.uint8).tobytes(),
            int(draw.integers(1 << len(asked.blockers))),
            (comment,) if row % COMMENTED == 0 else (),
        )
        yield seal(
            public_key=bytes(assessment.box_public_key),
            assessment=assessment.pk.bytes,
            content=encode(content, group=numbers[at], receipt_hash=row.to_bytes(16, "big")),
        )


def measure(assessment_id: str) -> dict[str, Any]:
    """Run the tally in this process: CPU seconds, peak MiB, wall seconds per phase."""
    import django

    django.setup()
    from uuid import UUID

    from django.utils import timezone

    from surveys import scoring_run, tally

    phases: dict[str, float] = {}
    for module, name, phase in (
        (tally, "open_box", "unseal"),
        (scoring_run, "protect", "gate"),
        (scoring_run, "pooled", "score"),
        (scoring_run, "score_units", "score"),
        (tally, "store_findings", "store"),
        (tally, "erase", "erase"),
    ):
        setattr(module, name, timed(getattr(module, name), phases, phase))
    tally.assessment_scored.receivers = []
    before = time.process_time()
    later = timezone.now() + timedelta(hours=1)
    if not tally.run_tally(assessment_id=UUID(assessment_id), now=later):
        raise SystemExit("the tally did not run")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": time.process_time() - before, "mib": peak, "phases": phases}


def timed(function: Callable[..., Any], phases: dict[str, float], name: str) -> Callable[..., Any]:
    def run(*arguments: Any, **keywords: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*arguments, **keywords)
        finally:
            phases[name] = phases.get(name, 0) + time.perf_counter() - start

    return run


if __name__ == "__main__":
    main()
