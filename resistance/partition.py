"""The tree of the organisation and its partition into cells that are large enough to be reported.

Pure: trees and sizes in, cells out. Both the merging of small teams before an assessment opens
and the reporting cells after its tally come from the one function `partition`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

MIN_INVITED = 8

Rank: TypeAlias = tuple[float, int, int, int]  # units lost, size, first atom, cell


@dataclass(frozen=True)
class Node:
    """A node of the organisation as it was frozen when the assessment opened.

    `groups` are the numbers of the groups that hang directly here; a group merged from teams of
    several nodes hangs at their lowest common ancestor. `whole` is False when some of the node's
    people are in a group that hangs elsewhere: such a node is never reported by its own name.
    """

    key: str
    children: tuple["Node", ...] = ()
    groups: tuple[int, ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class Outline:
    """A tree as arrays in tree order: a parent always stands before its children."""

    nodes: tuple[Node, ...]
    parent: tuple[int, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(node.key for node in self.nodes)


def outline(tree: Node) -> Outline:
    """Flatten a tree. Raises ValueError if a key or a group number appears twice."""
    nodes: list[Node] = []
    parents: list[int] = []
    waiting = [(tree, -1)]
    while waiting:
        node, parent = waiting.pop()
        index = len(nodes)
        nodes.append(node)
        parents.append(parent)
        waiting.extend((child, index) for child in reversed(node.children))
    _refuse_twice("node", [node.key for node in nodes])
    _refuse_twice("group", [group for node in nodes for group in node.groups])
    return Outline(tuple(nodes), tuple(parents))


def _refuse_twice(what: str, names: Sequence[str] | Sequence[int]) -> None:
    if len(set(names)) != len(names):
        raise ValueError(f"a {what} appears twice in the tree")


@dataclass(frozen=True)
class Partition:
    """Disjoint cells of atoms. `straddled` nodes are no union of cells; `home` is where a cell
    hangs: the smallest node that contains all of it."""

    cells: tuple[tuple[int, ...], ...]
    home: tuple[int, ...]
    straddled: tuple[bool, ...]


def partition(
    parent: Sequence[int],
    named: Sequence[bool],
    atoms_at: Mapping[int, Sequence[int]],
    size: Sequence[int],
    minimum: int,
) -> Partition:
    """Put every atom of a positive size into a cell of at least `minimum`, bottom-up.

    A node whose atoms cannot fill a cell hands them to its parent. Left-overs that are still too
    few join the cell that costs the fewest reported units, then the smallest, then the one with
    the lowest atom number. No cells at all if everything together is below `minimum`. Atoms of
    size 0 join no cell. Time is near-linear in nodes and atoms.
    """
    builder = _Builder(parent, named, size, minimum)
    for node in range(len(parent) - 1, -1, -1):
        builder.close(node, atoms_at.get(node, ()))
    return builder.result()


@dataclass
class _Cell:
    home: int
    atoms: list[int]
    size: int
    first: int


@dataclass
class _Builder:
    parent: Sequence[int]
    named: Sequence[bool]
    size: Sequence[int]
    minimum: int
    cells: list[_Cell] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.parent)
        self.children: list[list[int]] = [[] for _ in range(count)]
        for node, parent in enumerate(self.parent):
            if parent >= 0:
                self.children[parent].append(node)
        self.rest: list[list[int]] = [[] for _ in range(count)]
        self.cells_at: list[list[int]] = [[] for _ in range(count)]
        self.best: list[Rank | None] = [None] * count
        self.inside = [0] * count
        self.straddled = [False] * count

    def close(self, node: int, atoms: Iterable[int]) -> None:
        """Place what hangs at this node and what its children handed up."""
        rest = self.rest[node]
        for atom in atoms:
            if self.size[atom] >= self.minimum:
                self._add_cell(node, [atom])
            elif self.size[atom] > 0:
                rest.append(atom)
        if rest:
            self._place(node, rest)
        self.best[node] = self._cheapest(node)
        self.inside[node] = len(self.cells_at[node]) + sum(
            self.inside[child] for child in self.children[node]
        )

    def _place(self, node: int, rest: list[int]) -> None:
        if sum(self.size[atom] for atom in rest) >= self.minimum:
            self._add_cell(node, rest)
            return
        cheapest = self._cheapest(node)
        if cheapest is not None:
            self._absorb(node, cheapest[3], rest)
            return
        self.straddled[node] = True
        if self.parent[node] >= 0:
            self.rest[self.parent[node]].extend(rest)

    def _add_cell(self, node: int, atoms: list[int]) -> None:
        self.cells_at[node].append(len(self.cells))
        total = sum(self.size[atom] for atom in atoms)
        self.cells.append(_Cell(node, list(atoms), total, min(atoms)))

    def _cheapest(self, node: int) -> Rank | None:
        """The cell below `node` whose growth beyond its place costs the fewest units."""
        best: Rank = (math.inf, 0, 0, -1)
        for number in self.cells_at[node]:
            cell = self.cells[number]
            best = min(best, (1, cell.size, cell.first, number))
        for child in self.children[node]:
            found = self.best[child]
            if found is not None:
                best = min(best, (found[0] + self._loses(child), *found[1:]))
        return best if best[3] >= 0 else None

    def _loses(self, node: int) -> int:
        """1 if the node is a unit of its own, which it stops being when a cell outgrows it."""
        return int(self.named[node] and not self.straddled[node] and self.inside[node] > 1)

    def _absorb(self, node: int, number: int, rest: list[int]) -> None:
        cell = self.cells[number]
        old = cell.home
        cell.atoms.extend(rest)
        cell.size += sum(self.size[atom] for atom in rest)
        cell.first = min(cell.first, *rest)
        cell.home = node
        self.cells_at[old].remove(number)
        self.cells_at[node].append(number)
        while old != node:
            self.straddled[old] = True
            self.best[old] = self._cheapest(old)
            old = self.parent[old]

    def result(self) -> Partition:
        order = sorted(range(len(self.cells)), key=lambda number: self.cells[number].first)
        return Partition(
            cells=tuple(tuple(sorted(self.cells[number].atoms)) for number in order),
            home=tuple(self.cells[number].home for number in order),
            straddled=tuple(self.straddled),
        )


def merge_groups(
    tree: Node,
    invited: Mapping[str, int],
    minimum: int = MIN_INVITED,
    together: Sequence[frozenset[str]] = (),
) -> list[frozenset[str]]:
    """Groups of nodes that are collected together, each with at least `minimum` invited.

    `invited` counts the people who belong directly to a node, by its key; the disjoint sets of
    keys in `together` are not divided. Returns sets of node keys in tree order; nodes without
    invited people are in no group. An empty list if fewer than `minimum` are invited in all.
    Raises ValueError for a key that is not in the tree.
    """
    keys = outline(tree).keys
    if unknown := invited.keys() - set(keys):
        raise ValueError(f"not in the tree: {', '.join(sorted(unknown))}")
    atoms = _atoms(keys, invited, together)
    flat = outline(hang_groups(tree, atoms))
    sizes = [sum(invited[key] for key in atom) for atom in atoms]
    atoms_at = {index: node.groups for index, node in enumerate(flat.nodes)}
    made = partition(flat.parent, [node.whole for node in flat.nodes], atoms_at, sizes, minimum)
    return [frozenset[str]().union(*(atoms[atom] for atom in cell)) for cell in made.cells]


def _atoms(
    keys: Sequence[str], invited: Mapping[str, int], together: Sequence[frozenset[str]]
) -> list[frozenset[str]]:
    """What is never divided, in tree order: the sets of `together`, and every other node."""
    bound = {key: members for members in together for key in members}
    peopled = [key for key in keys if invited.get(key)]
    everybody = frozenset(peopled)
    found = (bound.get(key, frozenset({key})) & everybody for key in peopled)
    return list(dict.fromkeys(found))


def hang_groups(tree: Node, groups: Sequence[frozenset[str]]) -> Node:
    """The tree with the groups hung in: group number i is `groups[i]`, at the smallest node that
    contains its teams. Nodes that lose people to a group elsewhere are marked not whole."""
    flat = outline(tree)
    place = {node.key: index for index, node in enumerate(flat.nodes)}
    depth = _depths(flat.parent)
    hung: dict[int, list[int]] = {}
    broken: set[int] = set()
    for number, keys in enumerate(groups):
        path = {place[key] for key in keys}
        while len(path) > 1:
            deepest = max(path, key=lambda index: (depth[index], index))
            path.remove(deepest)
            broken.add(deepest)
            path.add(flat.parent[deepest])
        hung.setdefault(path.pop(), []).append(number)
    return _rebuild(flat, hung, broken)


def _depths(parent: Sequence[int]) -> list[int]:
    depth: list[int] = []
    for above in parent:
        depth.append(0 if above < 0 else depth[above] + 1)
    return depth


def _rebuild(flat: Outline, hung: Mapping[int, list[int]], broken: set[int]) -> Node:
    children: list[list[Node]] = [[] for _ in flat.nodes]
    node = flat.nodes[0]
    for index in range(len(flat.nodes) - 1, -1, -1):
        below = tuple(reversed(children[index]))
        node = Node(
            flat.nodes[index].key, below, tuple(hung.get(index, ())), whole=index not in broken
        )
        if flat.parent[index] >= 0:
            children[flat.parent[index]].append(node)
    return node
