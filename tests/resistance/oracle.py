"""The attacker: a reader of everything shown who knows the organisation chart, how many answered
in every group, and how to solve linear programmes. Used by tests only; add what is shown here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from resistance.disclosure import (
    Answers,
    Band,
    Exact,
    Index,
    Item,
    Node,
    UnitResult,
)

SIDES = ({1, 2}, {3}, {4, 5})
END_CODES = {5: 70, 6: 75, 7: 80, 8: 80, 9: 85}


def groups_below(node: Node) -> list[int]:
    return [*node.groups, *(group for child in node.children for group in groups_below(child))]


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def random_company(rng: np.random.Generator, people: int) -> tuple[Node, np.ndarray]:
    """Teams of 2 to 14, three to six to a department, some departments in divisions; the group
    of each person."""
    sizes: list[int] = []
    while sum(sizes) < people:
        sizes.append(int(rng.integers(2, 15)))
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
    rng: np.random.Generator, group: np.ndarray, columns: int, spread: float, response: float = 0.7
) -> Answers:
    """Answers of those who take part; a small `spread` makes the people of a team alike."""
    kept = group[rng.random(len(group)) < response]
    centre = rng.uniform(1, 5, (int(group.max()) + 1, columns))
    values = np.clip(np.rint(rng.normal(centre[kept], spread)), 1, 5)
    return Answers(values.astype(np.uint8), kept)


@dataclass
class Attacker:
    """Unknowns: how many in each group gave each answer to each of `columns`.

    What is known is added by `learn_*`; then `range_of` and `is_possible` ask.
    """

    answers: Answers
    items: Sequence[Item]
    columns: Sequence[int]
    rows: list[dict[int, float]] = field(default_factory=list)
    bounds: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.groups = sorted(set(self.answers.group.tolist()))
        self.place = {group: number for number, group in enumerate(self.groups)}
        self.people = {group: int((self.answers.group == group).sum()) for group in self.groups}
        for column in self.columns:
            for group in self.groups:
                count = float((self.answers.values[self.answers.group == group, column] > 0).sum())
                self._learn({self._at(column, group, v): 1.0 for v in range(1, 6)}, count, count)

    def _at(self, column: int, group: int, value: int) -> int:
        number = self.columns.index(column) * len(self.groups) + self.place[group]
        return number * 5 + value - 1

    def _learn(self, row: dict[int, float], low: float, high: float) -> None:
        self.rows.append(row)
        self.bounds.append((low, high))

    def sum_row(self, column: int, groups: Sequence[int], weight: float = 1.0) -> dict[int, float]:
        inside = [group for group in groups if group in self.place]
        return {self._at(column, g, v): weight * v for g in inside for v in range(1, 6)}

    def learn_counts(self, column: int, groups: Sequence[int], counts: Sequence[int]) -> None:
        inside = [group for group in groups if group in self.place]
        for value in range(1, 6):
            row = {self._at(column, group, value): 1.0 for group in inside}
            self._learn(row, counts[value - 1], counts[value - 1])

    def learn_unit(self, unit: UnitResult) -> None:
        """Every item and index that is shown of one unit."""
        groups = sorted(unit.groups)
        for column in self.columns:
            result = unit.items[self.items[column].key]
            if isinstance(result, Exact):
                self.learn_counts(column, groups, result.counts)
            elif isinstance(result, Band):
                n = self._answers_in(column, groups)
                low, high = _band_sums(result.value, n)
                self._learn(self.sum_row(column, groups), low, high)
        for source, index in unit.sources.items():
            if isinstance(index, Index):
                self.learn_index(source, groups, index)

    def learn_index(self, source: str, groups: Sequence[int], index: Index) -> None:
        """Holds where everybody answered everything: the index is the mean of all points."""
        own = [column for column, item in enumerate(self.items) if item.source == source]
        if not set(own) <= set(self.columns):
            return
        row: dict[int, float] = {}
        for column in own:
            for group in (group for group in groups if group in self.place):
                for value in range(1, 6):
                    step = 5 - value if self.items[column].is_asset else value - 1
                    row[self._at(column, group, value)] = 25.0 * step / len(own)
        n = self._answers_in(own[0], groups)
        half = 2.5 if index.rounded else 0.5
        low = 0.0 if index.end < 0 else (index.value - half) * n
        high = 100.0 * n if index.end > 0 else (index.value + half) * n
        self._learn(row, low, high)

    def _answers_in(self, column: int, groups: Sequence[int]) -> int:
        rows = np.isin(self.answers.group, groups)
        return int((self.answers.values[rows, column] > 0).sum())

    def _matrix(self) -> csr_matrix:
        entries = [(r, c, x) for r, row in enumerate(self.rows) for c, x in row.items()]
        r, c, x = zip(*entries, strict=True)
        width = len(self.columns) * len(self.groups) * 5
        return csr_matrix((x, (r, c)), shape=(len(self.rows), width))

    def solve(self, objective: dict[int, float], at_least: dict[int, float] | None = None):
        matrix = self._matrix()
        low, high = np.array(self.bounds).T
        fixed = low == high
        upper = csr_matrix(np.vstack([matrix[~fixed].toarray(), -matrix[~fixed].toarray()]))
        cost = np.zeros(matrix.shape[1])
        cost[list(objective)] = list(objective.values())
        least = np.zeros(matrix.shape[1])
        if at_least:
            least[list(at_least)] = list(at_least.values())
        return linprog(
            cost,
            A_ub=upper if upper.shape[0] else None,
            b_ub=np.concatenate([high[~fixed], -low[~fixed]]) if upper.shape[0] else None,
            A_eq=matrix[fixed],
            b_eq=low[fixed],
            bounds=np.column_stack([least, np.full_like(least, np.inf)]),
            method="highs",
        )

    def range_of(self, column: int, groups: Sequence[int]) -> tuple[float, float]:
        """The lowest and the highest sum of answers that some groups may have given."""
        row = self.sum_row(column, groups)
        lowest = self.solve(row)
        highest = self.solve({place: -weight for place, weight in row.items()})
        assert lowest.status == 0, lowest.message
        assert highest.status == 0, highest.message
        return float(lowest.fun), float(-highest.fun)

    def sides_possible(self, column: int, group: int, own: int, colleague_in: int) -> int:
        """How many sides a colleague may be on, for an insider of `group` who answered `own`."""
        found = 0
        for side in SIDES:
            for value in sorted(side):
                least = {self._at(column, group, own): 1.0}
                place = self._at(column, colleague_in, value)
                least[place] = least.get(place, 0.0) + 1.0
                if self.solve({}, least).status == 0:
                    found += 1
                    break
        return found


def _band_sums(value: str, n: int) -> tuple[float, float]:
    if value == "low":
        return n, -(-5 * n // 2) - 1
    if value == "mixed":
        return -(-5 * n // 2), 7 * n // 2
    return 7 * n // 2 + 1, 5 * n


def hidden_groups(tree: Node, people: dict[int, int]) -> list[list[int]]:
    """Sets of 1 to 4 answers: single teams, and what is small under one node taken together."""
    found: list[list[int]] = []
    for node in walk(tree):
        small = [g for g in node.groups if 0 < people.get(g, 0) < 5]
        for child in node.children:
            below = groups_below(child)
            if 0 < sum(people.get(group, 0) for group in below) < 5:
                small.extend(group for group in below if group in people)
        found.extend([group] for group in small if [group] not in found)
        if len(small) > 1 and sum(people[group] for group in small) < 5:
            found.append(sorted(small))
    return found


def bare_threshold(tree: Node, attacker: Attacker, column: int, minimum: int = 5) -> None:
    """Teach the attacker what a product with nothing but a minimum of answers would show."""
    for node in walk(tree):
        groups = groups_below(node)
        rows = np.isin(attacker.answers.group, groups)
        values = attacker.answers.values[rows, column]
        if (values > 0).sum() >= minimum:
            attacker.learn_counts(column, groups, np.bincount(values, minlength=6)[1:6].tolist())


def naive_indices(tree: Node, attacker: Attacker, source: str, minimum: int = 5) -> None:
    """... and what whole-point indices of every node would add."""
    own = [c for c, item in enumerate(attacker.items) if item.source == source]
    for node in walk(tree):
        groups = groups_below(node)
        rows = np.isin(attacker.answers.group, groups)
        if rows.sum() >= minimum:
            points = 25.0 * (attacker.answers.values[rows][:, own].astype(float) - 1).mean()
            value = int(np.floor(points + 0.5))
            attacker.learn_index(source, groups, Index(value, None, rounded=False))


def is_recovered(found: tuple[float, float]) -> bool:
    return found[1] - found[0] < 1e-6
