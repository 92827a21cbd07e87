"""Checks scoring, plans, changes and effects against simulated organisations: make calibrate.

What is simulated and which limits hold stands in docs/scoring.md, section 10.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context

from bench.simulation.checks import Part
from bench.simulation.effects_report import change_part, effect_part, learning_part
from bench.simulation.scores_report import certainty_part, coverage_part, plan_part, silence_part
from bench.simulation.study import study
from bench.simulation.tables import Tables, join, tabulate

WAVES = 3000
PROCESSES = 2
CHUNK = 10
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def measure(numbers: range) -> Tables:
    return tabulate(study(number) for number in numbers)


def simulate(organisations: int, processes: int) -> Tables:
    """The same rows whatever the number of processes."""
    parts = [
        range(first, min(first + CHUNK, organisations)) for first in range(0, organisations, CHUNK)
    ]
    for variable in THREADS:
        os.environ.setdefault(variable, "1")  # the processes are the threads
    with get_context("spawn").Pool(processes) as pool:
        return join(list(pool.imap(measure, parts)))


def report(tables: Tables) -> list[Part]:
    return [
        coverage_part(tables.scores),
        silence_part(tables.scores),
        certainty_part(tables.scores),
        plan_part(tables.plans),
        change_part(tables.quiet, tables.acted),
        effect_part(tables.acted),
        learning_part(tables.acted),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """1 if a limit is missed without a stated reason, or if the naive way keeps one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waves", type=int, default=WAVES)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    tables = simulate(options.waves // 2, options.processes)
    parts = report(tables)
    print(f"{tables.waves:,} waves in {time.perf_counter() - start:.0f} s")
    for part in parts:
        print(part)
    checks = [check for part in parts for check in part.checks]
    unmeant = [check for check in checks if not check.is_as_meant]
    ours = [check for check in checks if not check.is_naive]
    missed = [check for check in ours if not check.holds]
    print(f"\n{len(ours) - len(missed)} of {len(ours)} limits kept")
    for check in missed:
        print(check)
    print(f"{len(checks) - len(ours)} limits for the naive way, which is to miss them")
    return 1 if unmeant else 0


if __name__ == "__main__":
    sys.exit(main())
