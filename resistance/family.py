"""The nested family of sets that are reported: the cells of one partition and the nodes that are
unions of cells. Structure only; what is shown about them is decided in `resistance.disclosure`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from resistance.partition import Outline, Partition, partition

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LONGEST_KEY = 6  # groups named in the key of a unit that is no node


@dataclass(frozen=True)
class Place:
    """Where a unit stands: `parent` and `end` are positions in the family; the units below it
    are those from its own position up to `end`."""

    key: str
    node: str | None
    at: str
    groups: frozenset[int]
    parent: int
    end: int
    is_cell: bool


@dataclass(frozen=True)
class Family:
    """Units in tree order. `leaf_of_group` holds only groups with ballots; the other two mappings
    hold every group and every node."""

    places: tuple[Place, ...]
    leaf_of_group: Mapping[int, int]
    unit_of_group: Mapping[int, int]
    unit_of_node: Mapping[str, int]

    @cached_property
    def parent(self) -> list[int]:
        return [place.parent for place in self.places]

    @cached_property
    def end(self) -> list[int]:
        return [place.end for place in self.places]


def build_family(flat: Outline, ballots: Mapping[int, int], minimum: int) -> Family:
    """Partition the groups by their ballots into cells of at least `minimum`, and name all sets
    that are unions of cells. Empty if there are fewer ballots in all."""
    numbers = sorted(group for node in flat.nodes for group in node.groups)
    atom = {number: index for index, number in enumerate(numbers)}
    made = partition(
        flat.parent,
        [node.whole for node in flat.nodes],
        {v: [atom[g] for g in node.groups] for v, node in enumerate(flat.nodes) if node.groups},
        [ballots.get(number, 0) for number in numbers],
        minimum,
    )
    if not made.cells:
        return Family((), {}, {}, {})
    cells = [tuple(numbers[index] for index in cell) for cell in made.cells]
    return _Naming(flat, made, cells).family()


class _Naming:
    """Finds the units among the nodes, puts the cells under them, and sorts all."""

    def __init__(self, flat: Outline, made: Partition, cells: Sequence[tuple[int, ...]]) -> None:
        self.flat, self.made, self.cells = flat, made, cells
        self.groups = self._groups_below()
        self.cell_of = {group: c for c, cell in enumerate(cells) for group in cell}
        self.name: dict[int, int] = {}  # unit's first node -> node it is named after
        self.near = self._units_among_nodes()

    def _groups_below(self) -> list[list[int]]:
        below: list[list[int]] = [list(node.groups) for node in self.flat.nodes]
        for node in range(len(below) - 1, 0, -1):
            below[self.flat.parent[node]].extend(below[node])
        return below

    def _units_among_nodes(self) -> list[int]:
        """The nearest unit above or at each node, by the first of the nodes with its people."""
        near: list[int] = []
        for node, parent in enumerate(self.flat.parent):
            above = near[parent] if parent >= 0 else -1
            if not self._is_union_of_cells(node):
                near.append(above)
            elif above >= 0 and len(self.groups[above]) == len(self.groups[node]):
                near.append(above)
                self.name[above] = node if above else 0
            else:
                near.append(node)
                self.name[node] = node
        return near

    def _is_union_of_cells(self, node: int) -> bool:
        has_answers = any(group in self.cell_of for group in self.groups[node])
        return has_answers and self.flat.nodes[node].whole and not self.made.straddled[node]

    def family(self) -> Family:
        rows = self._rows()
        position = {row: index for index, row in enumerate(rows)}
        parents = [position[self._above(row)] if index else -1 for index, row in enumerate(rows)]
        ends = list(range(1, len(rows) + 1))
        for index in range(len(rows) - 1, 0, -1):
            ends[parents[index]] = max(ends[parents[index]], ends[index])
        places = tuple(
            self._place(row, parents[index], ends[index]) for index, row in enumerate(rows)
        )
        leaf = {c: position[self._row_of_cell(c)] for c in range(len(self.cells))}
        leaf_of_group = {group: leaf[c] for group, c in self.cell_of.items()}
        return Family(
            places, leaf_of_group, self._by_group(leaf, position), self._by_node(leaf, position)
        )

    def _rows(self) -> list[tuple[int, int]]:
        """(node, -1) for units that are nodes, (node, cell) for cells that are no node."""
        self.lonely = self._units_of_one_cell()
        rows = {(unit, -1) for unit in self.name}
        rows |= {self._row_of_cell(c) for c in range(len(self.cells))}
        return sorted(rows)

    def _units_of_one_cell(self) -> set[int]:
        found: dict[int, int] = {}
        for unit in self.name:
            found[unit] = len({self.cell_of.get(group, -1) for group in self.groups[unit]} - {-1})
        return {unit for unit, count in found.items() if count == 1}

    def _row_of_cell(self, cell: int) -> tuple[int, int]:
        unit = self.near[self.made.home[cell]]
        return (unit, -1) if unit in self.lonely else (self.made.home[cell], cell)

    def _above(self, row: tuple[int, int]) -> tuple[int, int]:
        node, cell = row
        return (self.near[node] if cell >= 0 else self.near[self.flat.parent[node]], -1)

    def _place(self, row: tuple[int, int], parent: int, end: int) -> Place:
        node, cell = row
        if cell < 0:
            key = self.flat.nodes[self.name[node]].key
            groups = frozenset(self.groups[node])
            return Place(key, key, key, groups, parent, end, self._is_leaf(row))
        at = self.flat.nodes[node].key
        groups = frozenset(self.cells[cell])
        return Place(cell_key(at, self.cells[cell]), None, at, groups, parent, end, True)

    def _is_leaf(self, row: tuple[int, int]) -> bool:
        return row[0] in self.lonely and row == self._row_of_cell(
            next(self.cell_of[group] for group in self.groups[row[0]] if group in self.cell_of)
        )

    def _by_group(
        self, leaf: Mapping[int, int], position: Mapping[tuple[int, int], int]
    ) -> dict[int, int]:
        found: dict[int, int] = {}
        for node, entry in enumerate(self.flat.nodes):
            for group in entry.groups:
                cell = self.cell_of.get(group)
                found[group] = position[self.near[node], -1] if cell is None else leaf[cell]
        return found

    def _by_node(
        self, leaf: Mapping[int, int], position: Mapping[tuple[int, int], int]
    ) -> dict[str, int]:
        found: dict[str, int] = {}
        for node, entry in enumerate(self.flat.nodes):
            inside = {self.cell_of[g] for g in self.groups[node] if g in self.cell_of}
            is_part = len(inside) == 1 and not self._is_union_of_cells(node)
            found[entry.key] = leaf[inside.pop()] if is_part else position[self.near[node], -1]
        return found


def cell_key(at: str, groups: Sequence[int]) -> str:
    """A stable name for a cell that is no node; unique because cells are disjoint."""
    if len(groups) <= LONGEST_KEY:
        return f"{at}:{'+'.join(map(str, groups))}"
    return f"{at}:{groups[0]}+{len(groups) - 1}"


def gather(family: Family, counts: Ints, values: Ints, minimum: int) -> tuple[Ints, Flags]:
    """Sum per unit what was counted per cell, column by column, coarser where a column needs it.

    `counts` (units, columns) are the answers of each cell, `values` (units, columns, k) what is
    to be summed. Where a cell has answers but too few in a column, cells are joined for this
    column and their values kept together in one of them. Returns the sums and, per column, which
    units are unions of its cells and have answers.
    """
    values = values.copy()
    visible = np.ones(counts.shape, dtype=np.bool_)
    for column in np.flatnonzero(((counts > 0) & (counts < minimum)).any(axis=0)):
        made = _join_cells(family, counts[:, column], minimum)
        visible[:, column] = ~np.array(made.straddled)
        kept = values[:, column].copy()
        values[:, column] = 0
        alone = [cell[0] for cell in made.cells if len(cell) == 1]
        values[alone, column] = kept[alone]
        for cell in made.cells:
            if len(cell) > 1:
                values[cell[0], column] = kept[list(cell)].sum(axis=0)
    has_answers = counts.copy()
    for unit in range(len(family.places) - 1, 0, -1):
        values[family.parent[unit]] += values[unit]
        has_answers[family.parent[unit]] += has_answers[unit]
    return values, visible & (has_answers > 0)


def _join_cells(family: Family, counts: Ints, minimum: int) -> Partition:
    leaves = {unit: (unit,) for unit, place in enumerate(family.places) if place.is_cell}
    always = [True] * len(family.places)
    return partition(family.parent, always, leaves, counts.tolist(), minimum)
