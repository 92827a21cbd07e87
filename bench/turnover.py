"""What joiners and leavers cost a second assessment: `python -m bench.turnover`.

Companies of 40 teams are asked twice, 80 % of the people answer, all as before. Shares of the
units that show an index, a whole index and a counted-out statement, the first and the second time.
"""

import numpy as np

from bench.gate import make_items, make_tree
from bench.oracle.history import ABSENT, People, Wave, open_wave, the_rule
from resistance.disclosure import Exact, Index, Item

TEAMS, COLUMNS, RESPONSE, COMPANIES = 40, 33, 0.8, 3
CASES = ((12, 0.03), (12, 0.08), (12, 0.15), (20, 0.03), (20, 0.08), (20, 0.15))


def asked_twice(seed: int, size: int, turnover: float, items: list[Item]) -> list[Wave]:
    """`size`: people of a middling team; `turnover`: share who leave, and as many who join."""
    rng = np.random.default_rng(seed)
    sizes = np.clip(rng.poisson(size, TEAMS), 6, 40)
    team = np.repeat(np.arange(TEAMS), sizes)
    joined = team[rng.random(len(team)) < turnover]
    stays = rng.random(len(team)) >= turnover
    first = np.pad(team, (0, len(joined)), constant_values=ABSENT)
    second = np.concatenate([np.where(stays, team, ABSENT), joined])
    people = People(np.stack([first, second]), *_answers(rng, np.maximum(first, second)))
    tree, everybody = make_tree(TEAMS), np.ones(TEAMS, bool)
    waves: list[Wave] = []
    for number in (0, 1):
        wave = open_wave(number, tree, items, people, everybody)
        if wave is None:
            raise RuntimeError("nobody was asked")
        wave.publish(the_rule(wave, waves))
        waves.append(wave)
    return waves


def _answers(
    rng: np.random.Generator, team: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who takes part, what they answer, and who names the blocker."""
    centre = rng.normal(3, 0.45, (TEAMS, COLUMNS))[team]
    person = rng.normal(0, 0.55, (len(team), 1))
    values = np.clip(np.rint(rng.normal(centre + person, 0.9)), 1, 5).astype(np.uint8)
    return rng.random(len(team)) < RESPONSE, values, rng.random(len(team)) < 0.4


def shares(waves: list[Wave], *, is_counted: bool) -> str:
    """Of units of 10 answers and more (`is_counted`), or of 5 to 9: index, whole, counted out."""
    units = [
        unit for wave in waves for unit in wave.shown.units if (unit.n is not None) == is_counted
    ]
    sources = [result for unit in units for result in unit.sources.values()]
    indices = [result for result in sources if isinstance(result, Index)]
    items = [result for unit in units for result in unit.items.values()]
    whole = sum(not index.rounded for index in indices)
    exact = sum(isinstance(result, Exact) for result in items)
    parts = [(len(indices), len(sources)), (whole, len(sources)), (exact, len(items))]
    return " ".join(f"{part / of:5.0%}" if of else "    -" for part, of in parts)


def main() -> None:
    items = make_items(COLUMNS)
    print("people turnover   10 and more: first, second                5 to 9: first, second")
    for size, turnover in CASES:
        found = [asked_twice(seed, size, turnover, items) for seed in range(COMPANIES)]
        print(f"{size:6} {turnover:8.0%}", end="")
        for is_counted in (True, False):
            for time in (0, 1):
                print("  ", shares([waves[time] for waves in found], is_counted=is_counted), end="")
        print()


if __name__ == "__main__":
    main()
