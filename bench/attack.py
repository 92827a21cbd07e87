"""Tries to link people to answers on both databases, first where something leaks: make attack.

Runs `tests/attack` on SQLite and on PostgreSQL, prints what each attack reached, and keeps the
figures with their date in docs/attack-figures.json, where the works council's package shows them.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

FIGURES = Path(__file__).parent.parent / "docs/attack-figures.json"
DATABASES = ("sqlite", "postgres")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "figures"
        failed = [database for database in DATABASES if not run(database, notes)]
        rows = [json.loads(line) for line in notes.read_text().splitlines()]
    for row in rows:
        print(f"{row['database']:12} {row['attack']:36} {row['linked']:4} of {row['people']}")
    if not failed:
        keep({"date": datetime.now(UTC).date().isoformat(), "linkage": rows})
    return len(failed)


def run(database: str, notes: Path) -> bool:
    env = {**os.environ, "DB": database, "ATTACK_FIGURES": str(notes)}
    command = [sys.executable, "-m", "pytest", "-q", "tests/attack"]
    return subprocess.run(command, check=False, env=env).returncode == 0


def keep(figures: dict[str, object]) -> None:
    """Put the figures beside those of other attacks."""
    known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    known["attack"] = figures
    FIGURES.write_text(json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
