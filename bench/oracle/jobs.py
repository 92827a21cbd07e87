"""The attacks of one run, spread over processes."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from bench.oracle.companies import KINDS
from bench.oracle.plants import under_bare_threshold, under_unrounded_indices, without_wave_rule
from bench.oracle.report import Line, Planted
from bench.oracle.trial import Most, attack, make_single, make_trial

MOST = {60: Most(), 300: Most(20, 2, 24), 1000: Most(10, 1, 12)}
PLANTED = ((60, 40), (300, 8), (1000, 2))  # people, companies
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    people: int
    kind: str
    seed: int

    def run(self) -> Counter[str]:
        """Three overlapping assessments, and one in which every team is a group."""
        kind, most = KINDS[self.kind], MOST[self.people]
        rng = np.random.default_rng(self.seed)
        found = attack(rng, make_trial(self.seed, self.people, kind), most)
        return found + attack(rng, make_single(self.seed, self.people, kind), most)


def run_job(job: Job) -> tuple[Job, Counter[str]]:
    return job, job.run()


def plant() -> Planted:
    return Planted(
        bare=_sum(
            under_bare_threshold(seed, people)
            for people, companies in PLANTED
            for seed in range(companies)
        ),
        unrounded=_sum(under_unrounded_indices(seed, 60) for seed in range(12)),
        without_rule=_sum(
            without_wave_rule(seed, 60, KINDS["mixed"], Most(20, 3, 40)) for seed in range(3)
        ),
    )


def _sum(parts: Iterable[Counter[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in parts:
        found += part
    return found


def run_all(sizes: Sequence[tuple[int, int]], processes: int) -> tuple[Planted, list[Line]]:
    """What was won where leaks were planted, and a line per size and kind of company."""
    jobs = [
        Job(people, kind, seed)
        for people, companies in reversed(sizes)
        for kind in KINDS
        for seed in range(companies)
    ]
    for variable in THREADS:
        os.environ.setdefault(variable, "1")  # the processes are the threads
    found: dict[tuple[int, str], Counter[str]] = {}
    with get_context("spawn").Pool(processes) as pool:
        planting = pool.apply_async(plant)
        for job, counter in pool.imap_unordered(run_job, jobs):
            key = (job.people, job.kind)
            found[key] = found.get(key, Counter()) + counter
            print(".", end="", flush=True)
        planted = planting.get()
    print()
    return planted, [
        Line(people, kind, companies, found[people, kind])
        for people, companies in sizes
        for kind in KINDS
    ]
