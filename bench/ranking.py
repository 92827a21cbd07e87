"""How long one unit's ranking takes: python -m bench.ranking (50 options, 4,000 draws)."""

import time

import numpy as np

from plans.ranking import Level, Limits, Option, rank_actions
from resistance.scoring import draw_truth

SOURCES = tuple(f"source{number:02d}" for number in range(11))
ROUNDS = 7


def build_options(count: int) -> list[Option]:
    """Options like the catalogue's: one main target, every other one with two side targets."""
    options = []
    for number in range(count):
        targets = {SOURCES[number % 11]: 1.0}
        if number % 2:
            targets |= {SOURCES[(number + 3) % 11]: 0.4, SOURCES[(number + 7) % 11]: 0.2}
        options.append(
            Option(
                key=f"OPT{number:02d}",
                targets=targets,
                points=2.0 + number % 5 * 0.5,
                hours_fixed=4.0 + number % 7,
                hours_per_member=0.5 + number % 3 * 0.5,
                weeks=3 + number % 8,
                level=Level.TEAM,
            )
        )
    return options


def measure(count: int) -> float:
    """Median seconds of one ranking with `count` options, none of them out of reach."""
    estimates = [(source, 30.0 + 3.0 * i, 4.0) for i, source in enumerate(SOURCES)]
    draws = draw_truth(estimates, seed=7)
    targets, importance = dict.fromkeys(SOURCES, 35.0), dict.fromkeys(SOURCES, 1 / 11)
    limits = Limits(members=12, budget_hours=72.0)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        rank_actions(draws, SOURCES, targets, importance, build_options(count), limits)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    for count in (25, 50, 75):
        print(f"ranking, {count} options, 4,000 draws: {1000 * measure(count):6.1f} ms per unit")


if __name__ == "__main__":
    main()
