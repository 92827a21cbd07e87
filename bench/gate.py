"""Time of the gate for companies of 1,000 and 10,000 teams: `python -m bench.gate`."""

import time

import numpy as np

from resistance.disclosure import (
    Answers,
    Item,
    Node,
    Thresholds,
    merge_groups,
    pooled,
    protect,
)

CASES = ((1_000, 37, 8_000), (1_000, 37, 100_000), (10_000, 47, 70_000), (10_000, 47, 100_000))
WIDTH, MISSING = 10, 0.04


def make_tree(teams: int) -> Node:
    """Ten teams to a department, ten departments to the next level, and so on."""
    level = [Node(f"team{number}", (), (number,)) for number in range(teams)]
    depth = 0
    while len(level) > 1:
        parts = [tuple(level[start : start + WIDTH]) for start in range(0, len(level), WIDTH)]
        level = [Node(f"level{depth}-{place}", part) for place, part in enumerate(parts)]
        depth += 1
    return level[0]


def make_items(columns: int) -> list[Item]:
    """Eleven sources of equal size; the rest are outcome statements without a source."""
    each = columns // 11
    return [
        Item(f"item{n}", f"source{n // each}" if n < 11 * each else None, n % each == each - 1)
        for n in range(columns)
    ]


def make_answers(teams: int, columns: int, ballots: int) -> Answers:
    rng = np.random.default_rng(teams + columns + ballots)
    group = rng.integers(0, teams, ballots)
    centre = rng.normal(3, 0.5, (teams, columns))[group]
    person = rng.normal(0, 0.6, (ballots, 1))
    values = np.clip(np.rint(rng.normal(centre + person, 0.9)), 1, 5).astype(np.uint8)
    values[rng.random(values.shape) < MISSING] = 0
    return Answers(values, group)


def main() -> None:
    print("teams  items  ballots   merge s  protect s  pooled s   units")
    for teams, columns, ballots in CASES:
        tree, items = make_tree(teams), make_items(columns)
        answers = make_answers(teams, columns, ballots)
        started = time.process_time()
        merge_groups(tree, {f"team{n}": 3 + n % 14 for n in range(teams)})
        merged = time.process_time()
        protected = protect(tree, items, answers, Thresholds())
        decided = time.process_time()
        pooled(answers, items, protected)
        done = time.process_time()
        print(
            f"{teams:6} {columns:5} {ballots:8} {merged - started:9.2f} {decided - merged:10.2f}"
            f" {done - decided:9.2f} {len(protected.units):7}"
        )


if __name__ == "__main__":
    main()
