"""What scoring is given, and its per-source preparation: constants and own variances.

Only the gate's output enters: nothing here is finer than what a page may show.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from resistance.reliability import implied_inter_item_r
from resistance.variance import score_variance

MAX_ALPHA = 0.9


@dataclass(frozen=True)
class SourceInput:
    """What the gate shows of one source for one unit.

    `value` in points; `n` is None when only "5-9 answers" is published; `rounded` means a
    multiple of five; `item_counts` are the exact histograms of the source's statements.
    `response`: published share of everybody invited to the assessment who answered.
    """

    unit: str
    source: str
    value: float
    n: int | None
    invited: int
    rounded: bool
    item_counts: tuple[tuple[int, ...], ...] | None = None
    response: float | None = None


@dataclass(frozen=True)
class PooledSource:
    """Organisation-level numbers from cells of ten answers or more; None where too few."""

    variance: float | None = None
    alpha: float | None = None
    inter_item_r: float | None = None


@dataclass(frozen=True)
class EarlierSource:
    """A source in the last organisation-wide assessment (18 months at most)."""

    mean: float
    between_sd: float
    target: float
    variance: float | None = None
    alpha: float | None = None


OrganisationPrior = Mapping[str, EarlierSource]


@dataclass(frozen=True)
class Defaults:
    """Headwind's own starting values in points; shown by name wherever they are used."""

    mean: float = 45.0
    mean_sd: float = 10.0
    drift_sd: float = 3.0
    between_sd: float = 7.0
    within_sd: float = 18.0
    target: float = 35.0
    alpha: float = 0.75


@dataclass(frozen=True)
class Measured:
    """An input with what its unit's own histograms say about variance (None if nothing)."""

    entry: SourceInput
    own: float | None
    is_cell: bool

    @property
    def df(self) -> int:
        return 0 if self.own is None or self.entry.n is None else self.entry.n - 1


@dataclass(frozen=True)
class SourceData:
    """One source: its inputs in order of units, and its constants inside units."""

    units: tuple[Measured, ...]
    variance: float
    alpha: float
    earlier: EarlierSource | None

    @cached_property
    def cells(self) -> list[Measured]:
        return [unit for unit in self.units if unit.is_cell]

    @cached_property
    def pooled_df(self) -> int:
        """Degrees of freedom of all cells' own variances together; 0 without any."""
        return sum(df for _, df in self.own_variances)

    @cached_property
    def own_variances(self) -> list[tuple[float, int]]:
        return [(unit.own, unit.df) for unit in self.cells if unit.own is not None]


def prepare(
    inputs: Iterable[SourceInput],
    pooled: Mapping[str, PooledSource],
    cells: frozenset[str],
    earlier: OrganisationPrior,
    constants: Defaults,
) -> dict[str, SourceData]:
    """Sort the inputs by source and unit, and settle each source's variance and alpha.

    Both come from this assessment, else from the earlier one, else from `constants`.
    """
    grouped: dict[str, list[SourceInput]] = defaultdict(list)
    for entry in sorted(inputs, key=lambda entry: (entry.source, entry.unit)):
        grouped[entry.source].append(entry)
    prepared = {}
    for source, entries in grouped.items():
        now, before = pooled.get(source, PooledSource()), earlier.get(source)
        alpha = _first(now.alpha, before.alpha if before else None, constants.alpha)
        prepared[source] = SourceData(
            units=tuple(_measure(entry, now, alpha, cells) for entry in entries),
            variance=_first(
                now.variance, before.variance if before else None, constants.within_sd**2
            ),
            alpha=min(MAX_ALPHA, max(0.0, alpha)),
            earlier=before,
        )
    return prepared


def _measure(
    entry: SourceInput, pooled: PooledSource, alpha: float, cells: frozenset[str]
) -> Measured:
    own = None
    if entry.n is not None and entry.item_counts:
        implied = implied_inter_item_r(alpha, len(entry.item_counts))
        inter_item_r = min(1.0, max(0.0, _first(pooled.inter_item_r, implied)))
        own = score_variance(entry.item_counts, inter_item_r) or None
    return Measured(entry, own, entry.unit in cells)


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)
