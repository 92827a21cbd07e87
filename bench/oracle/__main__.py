"""Attacks everything that is shown of random companies: python -m bench.oracle, or make oracle.

What the attacker knows, and the limits, stand in docs/disclosure.md. `--quick` takes companies of
60 people only and writes no figures.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from bench.oracle.jobs import run_all
from bench.oracle.report import HEAD, figures_of, limits_of, total, write_figures

SIZES = ((60, 8), (300, 2), (1000, 1))  # people, companies of each kind
PROCESSES = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """1 if a limit is missed, or if the attacker does not win where leaks were planted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    planted, lines = run_all(((60, 2),) if options.quick else SIZES, options.processes)
    limits = limits_of(planted, total(lines))
    print(f"{time.perf_counter() - start:.0f} s\n\n{HEAD}")
    for line in [*lines, *limits]:
        print(line)
    if not options.quick:
        write_figures(figures_of(lines, planted, limits, datetime.now(UTC).date()))
    return 0 if all(limit.holds for limit in limits) else 1


if __name__ == "__main__":
    sys.exit(main())
