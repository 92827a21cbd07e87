"""What the gate takes in and what it lets out: the vocabulary of `resistance.disclosure`.

A suppressed value is a type without a number, so that nothing can leak from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

MIN_SCORE, MIN_EXACT, MIN_COMMENT = 5, 10, 10
STEP = 5  # points between two rounded values


class Reason(Enum):
    """Why a value is coarser than a full one, or absent."""

    FEW = "few"  # too few answers
    ALIKE = "alike"  # the answers are too much alike to be counted out
    EARLIER = "earlier"  # almost the same people were reported before
    REVEALING = "revealing"  # together with other values it would reveal somebody's answer


@dataclass(frozen=True)
class Thresholds:
    """Answers needed for any score, for exact values, for comments. Raises ValueError if lowered
    under 5, 10, 10, or if exact values would need fewer answers than scores."""

    score: int = MIN_SCORE
    exact: int = MIN_EXACT
    comment: int = MIN_COMMENT

    def __post_init__(self) -> None:
        if self.score < MIN_SCORE or self.exact < MIN_EXACT or self.comment < MIN_COMMENT:
            raise ValueError("thresholds can be raised, never lowered")
        if self.exact < self.score:
            raise ValueError("exact values need at least as many answers as scores")


@dataclass(frozen=True)
class Item:
    """One statement, a column of the answers. `is_asset`: agreement means little resistance."""

    key: str
    source: str | None = None
    is_asset: bool = False


@dataclass(frozen=True, eq=False)
class Answers:
    """One row per ballot. `values`: 1 to 5, 0 for no answer or cannot say; `group`: its group."""

    values: NDArray[np.uint8]
    group: NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """An index of almost the same people that was shown before, as a range of the mean in points.

    `n` is None for 5 to 9 answers; `gone` and `come`: people invited only then, and only now.
    `outside`: where its statements were counted out, the fewest answers outside the biggest side.
    """

    n: int | None
    low: float
    high: float
    gone: int
    come: int
    outside: int | None = None


@dataclass(frozen=True)
class Before:
    """How the people of a unit were reported before on the same statements.

    `is_changed`: almost the same people, but not all of them; such a unit shows nothing that is
    counted out. `items` and `sources` are the keys of what was withheld from almost the same
    people because it would have revealed somebody, and stays withheld. `readings`: by source.
    """

    is_changed: bool = False
    items: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    readings: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)


UNTOUCHED = Before()


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Not shown. Holds no number of any kind."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Band:
    """A mean below 2.5, from 2.5 to 3.5, or above 3.5 on the answer scale of 1 to 5."""

    value: Literal["low", "mixed", "high"]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Exact:
    """Answers counted out: how many, the mean to one decimal, and how many of 1, 2, 3, 4, 5."""

    n: int
    mean: float
    counts: tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Index:
    """A source index in points, 0 to 100; 100 is strong resistance.

    `n` is None below the exact threshold ("5–9 answers"). A rounded value is a multiple of 5;
    `end` is -1 or 1 when it stands for "this or lower" or "this or higher", else 0.
    """

    value: int
    n: int | None
    rounded: bool
    end: Literal[-1, 0, 1] = 0

    @property
    def range(self) -> tuple[float, float]:
        """Between which means it is shown."""
        return range_of_index(self.value, rounded=self.rounded, end=self.end)


def range_of_index(value: int, *, rounded: bool, end: int) -> tuple[float, float]:
    """Between which means, in points, an index of this value is shown."""
    half = STEP / 2 if rounded else 0.5
    return (0.0 if end < 0 else value - half), (100.0 if end > 0 else value + half)


ItemResult: TypeAlias = Exact | Band | Suppressed
SourceResult: TypeAlias = Index | Suppressed


@dataclass(frozen=True)
class UnitResult:
    """Everything that may be shown about one set of groups.

    `node` is the node's key if the unit is exactly a node, `at` the smallest node that contains
    it, `parent` the key of the next larger unit. Cells are the smallest units: they are disjoint
    and every unit is a union of cells. `n` counts ballots, None below the exact threshold.
    `comments_here`: comments of some of its groups are released at this unit.
    """

    key: str
    node: str | None
    at: str
    groups: frozenset[int]
    parent: str | None
    is_cell: bool
    n: int | None
    items: Mapping[str, ItemResult]
    sources: Mapping[str, SourceResult]
    comments_here: bool


@dataclass(frozen=True)
class Protected:
    """The whole of what one assessment may show; units in tree order, the organisation first.

    `unit_of_group` and `unit_of_node` name the smallest unit that contains a group or all of a
    node's people. `comment_unit_of` names the one unit at which a group's comments are released;
    groups without it release none. All are empty when nothing may be shown.
    """

    units: tuple[UnitResult, ...]
    unit_of_group: Mapping[int, str]
    unit_of_node: Mapping[str, str]
    comment_unit_of: Mapping[int, str]

    @property
    def nothing_shown(self) -> bool:
        return not self.units

    @property
    def by_key(self) -> dict[str, UnitResult]:
        return {unit.key: unit for unit in self.units}


@dataclass(frozen=True)
class PooledSource:
    """Figures of one source from cells with exact values only, people compared within cells.

    `variance` of person scores in square points to 0.1; `alpha` and mean inter-item correlation
    to 0.01. Each is None where too few answers or no variation allow it.
    """

    variance: float | None
    alpha: float | None
    inter_item_r: float | None
    units: int
    people: int


Pooled: TypeAlias = Mapping[str, PooledSource]
