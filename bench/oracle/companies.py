"""Random companies and what their people answer: the material that is attacked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resistance.disclosure import Answers, Node

Ints = NDArray[np.int64]
Generator = np.random.Generator

MIXED, ALIKE = 1.0, 0.25
SMALLEST, LARGEST = 2, 14
CAMPS = np.array([1.3, 4.7])


def groups_below(node: Node) -> list[int]:
    return [*node.groups, *(group for child in node.children for group in groups_below(child))]


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def random_company(rng: Generator, people: int) -> tuple[Node, Ints]:
    """Teams of 2 to 14, three to six to a department, some departments in divisions; the group
    of each person."""
    sizes: list[int] = []
    while sum(sizes) < people:
        sizes.append(int(rng.integers(SMALLEST, LARGEST + 1)))
    level = [Node(f"team{number}", (), (number,)) for number in range(len(sizes))]
    depth = 0
    while len(level) > 1:
        joined: list[Node] = []
        while level:
            width = int(rng.integers(3, 7))
            joined.append(Node(f"level{depth}-{len(joined)}", tuple(level[:width])))
            level = level[width:]
        level, depth = joined, depth + 1
    return level[0], np.repeat(np.arange(len(sizes)), sizes)


def random_answers(
    rng: Generator, group: Ints, columns: int, spread: float, response: float = 0.7
) -> Answers:
    """Answers of those who take part; a small `spread` makes the people of a team alike."""
    kept = group[rng.random(len(group)) < response]
    centre = rng.uniform(1, 5, (int(group.max()) + 1, columns))
    return Answers(_rounded(rng.normal(centre[kept], spread)), kept)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 1, 5).astype(np.uint8)


@dataclass(frozen=True)
class Kind:
    """How a company answers. `spread`: of the people of a team around its centre; `ends`: the
    centres lie close to an end of the scale; `camps`: every person belongs to one of two camps;
    `missing`: share of the answers that are left out."""

    name: str
    spread: float = MIXED
    ends: bool = False
    camps: bool = False
    missing: float = 0.0

    def answers(self, rng: Generator, team: Ints, is_asset: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Per person one row, 0 for no answer; assets are answered the other way round."""
        teams, columns = int(team.max()) + 1, len(is_asset)
        centre = rng.uniform(1, 5, (teams, columns))
        if self.ends:
            centre = rng.choice(CAMPS, (teams, 1)) + rng.normal(0, 0.3, (teams, columns))
        centre = centre[team]
        if self.camps:
            centre = np.repeat(rng.choice(CAMPS, (len(team), 1)), columns, axis=1)
        found = _rounded(rng.normal(np.where(is_asset, 6 - centre, centre), self.spread))
        found[rng.random(found.shape) < self.missing] = 0
        return found


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("mixed"),
        Kind("unanimous", spread=ALIKE),
        Kind("polarised", spread=ALIKE, camps=True),
        Kind("extreme", spread=0.5, ends=True),
        Kind("missing", missing=0.15),
    )
}
