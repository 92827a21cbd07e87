"""What an attacker can conclude: whole-number programmes over how many people gave which answers.

The unknowns are counts: of every atom (people who were in the same groups every time) how many
gave each possible ballot. Known are the sizes of the atoms and everything shown. The attacker is
as strong as can be: takes it for certain that who answers once answers always, and always alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, vstack

from resistance.disclosure import Item

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SIDES = ((1, 2), (3,), (4, 5))
POINTS = 25
NEARER = (8, 24, 60)  # atoms that are looked at before all are
SECONDS, SECONDS_NEAR = 120.0, 10.0  # by the clock, on a machine that may be busy
INFEASIBLE, FOUND = 2, 0


class Undecided(Exception):
    """A programme ran out of time; the attacker is taken to have won."""


@dataclass(frozen=True)
class Row:
    """`low` <= sum of `weights` (one per kind of ballot) over these atoms <= `high`."""

    atoms: tuple[int, ...]
    weights: Floats
    low: float
    high: float = np.inf


@dataclass
class Attacker:
    """`atom` and `values`: of every person who answered; the truth, which only sizes and the
    search for other possible worlds are taken from."""

    atom: Ints
    values: NDArray[np.uint8]
    items: Sequence[Item]
    rows: list[Row] = field(default_factory=list)
    undecided: int = 0

    def __post_init__(self) -> None:
        self.kinds = np.array(list(product(range(6), repeat=len(self.items))), dtype=np.int64)
        self.atoms = int(self.atom.max()) + 1
        place = self.values.astype(np.int64) @ (6 ** np.arange(len(self.items))[::-1])
        self.truth = np.zeros((self.atoms, len(self.kinds)), dtype=np.int64)
        np.add.at(self.truth, (self.atom, place), 1)
        self.sizes = self.truth.sum(axis=1)
        for atom in range(self.atoms):
            self.know_sum((atom,), np.ones(len(self.kinds)))
            for column in range(len(self.items)):
                self.know_sum((atom,), self.given(column))

    def given(self, column: int) -> Floats:
        """1 for every kind of ballot with an answer to the statement."""
        return (self.kinds[:, column] > 0).astype(np.float64)

    def value(self, column: int) -> Floats:
        return self.kinds[:, column].astype(np.float64)

    def on_side(self, column: int, side: Sequence[int]) -> Floats:
        return np.isin(self.kinds[:, column], side).astype(np.float64)

    @cached_property
    def steps(self) -> Ints:
        """0 to 4 steps of resistance per kind of ballot and statement, 0 where it is left out."""
        is_asset = np.array([item.is_asset for item in self.items])
        found = np.where(is_asset, 5 - self.kinds, self.kinds - 1)
        return np.where(self.kinds > 0, found, 0)

    @cached_property
    def scores(self) -> Floats:
        """Person score of each kind of ballot in points; not a number with too few answers."""
        answered = (self.kinds > 0).sum(axis=1)
        total = self.steps.sum(axis=1)
        enough = 2 * answered >= max(len(self.items), 1)
        return np.where(enough, POINTS * total / np.maximum(answered, 1), np.nan)

    def true_sum(self, atoms: Iterable[int], weights: Floats) -> float:
        return float(self.truth[list(atoms)].sum(axis=0) @ weights)

    def know(self, atoms: Sequence[int], weights: Floats, low: float, high: float = np.inf) -> None:
        self.rows.append(Row(tuple(atoms), weights, low, high))

    def know_sum(self, atoms: Sequence[int], weights: Floats) -> None:
        """The attacker is told a true sum."""
        total = self.true_sum(atoms, weights)
        self.know(atoms, weights, total, total)

    @cached_property
    def matrix(self) -> csr_matrix:
        return self._stacked(self.rows)

    def _stacked(self, rows: Sequence[Row]) -> csr_matrix:
        width = len(self.kinds)
        lines, places, entries = [], [], []
        for number, row in enumerate(rows):
            used = np.flatnonzero(row.weights)
            at = (np.array(row.atoms)[:, None] * width + used).ravel()
            lines.append(np.full(len(at), number))
            places.append(at)
            entries.append(np.tile(row.weights[used], len(row.atoms)))
        shape = (len(rows), self.atoms * width)
        joined = (np.concatenate(lines), np.concatenate(places))
        return csr_matrix((np.concatenate(entries), joined), shape=shape)

    @cached_property
    def limits(self) -> tuple[Floats, Floats]:
        return np.array([row.low for row in self.rows]), np.array([row.high for row in self.rows])

    @cached_property
    def may_occur(self) -> NDArray[np.bool_]:
        """Per atom and kind of ballot: an atom whose people all answered has none without."""
        found = np.ones((self.atoms, len(self.kinds)), dtype=np.bool_)
        for column in range(len(self.items)):
            is_full = self.truth @ self.given(column) == self.sizes
            found &= ~(is_full[:, None] & (self.kinds[:, column] == 0))
        return found

    @cached_property
    def surroundings(self) -> list[list[frozenset[int]]]:
        """Per atom the sets of atoms that something is known of, the smallest first."""
        sets = sorted({frozenset(row.atoms) for row in self.rows}, key=len)
        found: list[list[frozenset[int]]] = [[] for _ in range(self.atoms)]
        for members in sets:
            for atom in members:
                found[atom].append(members)
        return found

    def is_possible(self, wanted: Sequence[Row]) -> bool:
        """Whether some world fits everything known and all that is `wanted`.

        Worlds that differ from the truth only near the atoms in question are tried first: they
        are as possible as any other and much faster to find. Raises `Undecided`.
        """
        around = {atom for row in wanted for atom in row.atoms}
        for size in NEARER:
            near = self._near(around, size)
            if len(around) < len(near) < self.atoms and self._is_found(wanted, near):
                return True
        return self._decide(wanted)

    def _is_found(self, wanted: Sequence[Row], atoms: Sequence[int]) -> bool:
        return self._solve(wanted, atoms, seconds=SECONDS_NEAR) == FOUND

    def _near(self, around: set[int], size: int) -> list[int]:
        found = set(around)
        for atom in around:
            for members in self.surroundings[atom]:
                if len(members) <= size:
                    found |= members
        return sorted(found)

    def _decide(self, wanted: Sequence[Row]) -> bool:
        everything = list(range(self.atoms))
        if self._solve(wanted, everything, whole=False) == INFEASIBLE:
            return False
        status = self._solve(wanted, everything)
        if status not in {FOUND, INFEASIBLE}:
            self.undecided += 1
            raise Undecided
        return status == FOUND

    def _solve(
        self,
        wanted: Sequence[Row],
        atoms: Sequence[int],
        *,
        whole: bool = True,
        seconds: float = SECONDS,
    ) -> int:
        """Status of the programme in which only these atoms may differ from the truth."""
        width = len(self.kinds)
        columns = (np.array(atoms)[:, None] * width + np.arange(width)).ravel()
        columns = columns[self.may_occur.ravel()[columns]]
        matrix = vstack([self.matrix, self._stacked(wanted)], format="csc")[:, columns].tocsr()
        low = np.concatenate([self.limits[0], [row.low for row in wanted]])
        high = np.concatenate([self.limits[1], [row.high for row in wanted]])
        truth = self.truth.ravel()
        fixed = vstack([self.matrix, self._stacked(wanted)]) @ truth - matrix @ truth[columns]
        used = np.diff(matrix.indptr) > 0
        if ((fixed < low - 1e-9) | (fixed > high + 1e-9))[~used].any():
            return INFEASIBLE
        matrix, low, high = matrix[used], (low - fixed)[used], (high - fixed)[used]
        found = milp(
            np.zeros(len(columns)),
            integrality=np.ones(len(columns)) if whole else None,
            bounds=Bounds(0, np.inf),
            constraints=LinearConstraint(matrix, low, high),
            options={"time_limit": seconds},
        )
        return int(found.status)

    def leaves_out(self, atoms: Sequence[int]) -> bool:
        """Whether anybody of these atoms gave no answer to some statement."""
        return bool(self.truth[list(atoms)][:, (self.kinds == 0).any(axis=1)].any())
