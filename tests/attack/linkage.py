"""The attacker's tools: everything the owner of the database can put side by side.

An attacker knows clues: byte strings that name a person (an address, an invitation's id, a hash)
or an answer sheet (a ballot's id, a piece of its ciphertext, words of a comment). Wherever clues
appear in some order, in a table, a file or a log of changes, that order is matched with every
other one, and what stands together is taken as belonging together. Labels are the people's
numbers, so a guess is right when both labels are equal.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np

from tests.attack.storage import PLACE, WRITTEN

Clues = Mapping[bytes, int]
Order = tuple[int, ...]
NEAR_BYTES = 512
PREFIX = 8


@dataclass
class Side:
    """People or answers: the orders in which they appear, and which transaction wrote whom."""

    clues: Clues
    orders: dict[Order, str] = field(default_factory=dict)
    written: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, labels: Iterable[int], place: str) -> None:
        self.orders.setdefault(tuple(dict.fromkeys(labels)), place)


@dataclass
class Attack:
    """Give it tables and copies of files, then ask for the best guess."""

    people: Side
    answers: Side
    pairs: dict[str, set[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def on(cls, people: Clues, answers: Clues) -> Attack:
        return cls(Side(people), Side(answers))

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.people, self.answers

    def read_tables(self, dump: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        for name, rows in dump.items():
            contents = [b"|".join(_texts(row)) for row in rows]
            labels = [list(_label_rows(contents, side.clues)) for side in self.sides]
            for side, found in zip(self.sides, labels, strict=True):
                named = [pair for pair in zip(rows, found, strict=True) if pair[1] >= 0]
                _note_orders(side, name, named)
            both = {pair for pair in zip(*labels, strict=True) if min(pair) >= 0}
            self.pairs[f"one row of {name}"] = both

    def read_bytes(self, name: str, content: bytes) -> None:
        """Orders of first and last appearance, and who stands beside which answers."""
        persons, sheets = (find(content, side.clues) for side in self.sides)
        for side, found in zip(self.sides, (persons, sheets), strict=True):
            side.add((label for _place, label in found), f"{name}, forwards")
            side.add((label for _place, label in reversed(found)), f"{name}, backwards")
            for page in (4096, 8192):  # the cells of a page are filled from its end
                cells = sorted((place // page, -place, label) for place, label in found)
                side.add((label for *_place, label in cells), f"{name}, in pages of {page}")
        self.pairs[f"neighbours in {name}"] = set(_neighbours(persons, sheets))

    def best_guess(self) -> tuple[int, str]:
        """The most people whose answers one method names rightly, and that method."""
        return max(((hits, how) for how, hits in self.guesses().items()), default=(0, "nothing"))

    def guesses(self) -> Counter[str]:
        """How many people's answers each method names rightly."""
        found: Counter[str] = Counter()
        for how, pairs in {**self.pairs, "one transaction": self._wrote_both()}.items():
            found[how] = sum(person == sheet for person, sheet in pairs)
        for people, where in self.people.orders.items():
            for answers, place in self.answers.orders.items():
                if len(people) == len(answers):
                    hits = sum(a == b for a, b in zip(people, answers, strict=True))
                    found[f"{where} beside {place}"] = hits
        return found

    def _wrote_both(self) -> set[tuple[int, int]]:
        """Pairs that were the only person and the only answers of one transaction."""
        people, answers = (side.written for side in self.sides)
        shared = [(people[number], answers[number]) for number in people.keys() & answers.keys()]
        return {(*persons, *sheets) for persons, sheets in shared if len(persons | sheets) <= 2}


def clues_of(value: Any) -> tuple[bytes, ...]:
    """The byte strings as which a value may lie in a database or its files."""
    if isinstance(value, UUID):
        return value.bytes, value.hex.encode(), str(value).encode()
    return (value.encode() if isinstance(value, str) else bytes(value),)


def clues(values: Iterable[tuple[Any, int]]) -> dict[bytes, int]:
    return {clue: label for value, label in values for clue in clues_of(value)}


def find(content: bytes, wanted: Clues) -> list[tuple[int, int]]:
    """(place, label) of every clue in the content, in ascending order of places."""
    starts: dict[bytes, list[bytes]] = defaultdict(list)
    for clue in wanted:
        starts[clue[:PREFIX]].append(clue)
    found = [
        (int(place), wanted[clue])
        for place in _places(content, starts)
        for clue in starts[content[place : place + PREFIX]]
        if content.startswith(clue, place)
    ]
    return sorted(set(found))


def _places(content: bytes, starts: Iterable[bytes]) -> list[int]:
    """Where one of these prefixes begins: sieved by pairs of bytes, as the logs are large."""
    prefixes = np.frombuffer(b"".join(starts), dtype=np.uint8).reshape(-1, PREFIX)
    symbols = np.frombuffer(content, dtype=np.uint8).astype(np.uint16)
    count = len(symbols) - PREFIX + 1
    if count < 1:
        return []
    pairs, wanted = symbols[:-1] << 8 | symbols[1:], prefixes.astype(np.uint16)
    possible = np.ones(count, dtype=np.bool_)
    for offset in range(0, PREFIX, 2):
        is_wanted = np.zeros(1 << 16, dtype=np.bool_)
        is_wanted[wanted[:, offset] << 8 | wanted[:, offset + 1]] = True
        possible &= is_wanted[pairs[offset : offset + count]]
    known = set(starts)
    return [p for p in np.flatnonzero(possible).tolist() if content[p : p + PREFIX] in known]


def _texts(row: Mapping[str, Any]) -> Iterator[bytes]:
    for value in row.values():
        if isinstance(value, UUID | str | bytes | memoryview):
            yield from clues_of(value)


def _label_rows(contents: Sequence[bytes], wanted: Clues) -> Iterator[int]:
    """The label named first in each row, -1 where there is none."""
    ends = np.cumsum([len(content) + 1 for content in contents])
    first: dict[int, int] = {}
    for place, label in find(b"\n".join(contents), wanted):
        first.setdefault(int(np.searchsorted(ends, place, side="right")), label)
    return (first.get(row, -1) for row in range(len(contents)))


def _note_orders(side: Side, name: str, named: Sequence[tuple[dict[str, Any], int]]) -> None:
    """By place, by transaction, and by every column that tells the rows apart."""
    for row, label in named:
        if row[WRITTEN]:
            side.written[row[WRITTEN]].add(label)
    if not named:
        return
    for key in ((PLACE,), (WRITTEN, PLACE), *((column,) for column in named[0][0])):
        values = [tuple(_sortable(row[column]) for column in key) for row, _label in named]
        if len(set(values)) == len(values):
            ordered = sorted(zip(values, (label for _row, label in named), strict=True))
            side.add((label for _value, label in ordered), f"{name} by {key[0]}")


def _sortable(value: Any) -> tuple[int, Any]:
    if isinstance(value, tuple):
        return 0, value
    if isinstance(value, int | float):
        return 1, value
    return 2, bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()


def _neighbours(
    persons: Sequence[tuple[int, int]], sheets: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """(person, answers): for each answer sheet the person most often named close to it."""
    near: dict[int, Counter[int]] = defaultdict(Counter)
    places = [place for place, _label in persons]
    for place, sheet in sheets:
        first, last = (
            bisect_left(places, place - NEAR_BYTES),
            bisect_right(places, place + NEAR_BYTES),
        )
        if first < last:
            closest = min(range(first, last), key=lambda spot: abs(places[spot] - place))
            near[sheet][persons[closest][1]] += 1
    return ((counter.most_common(1)[0][0], sheet) for sheet, counter in near.items())
