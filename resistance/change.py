"""Whether a unit's index moved between two assessments, from published values only.

People are not linked between assessments, so values are compared as two samples. Formulas,
their sources and worked examples: docs/scoring.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

from resistance.variance import DEFAULT_PRIOR_DF, END_CODES, error_variance, possible_counts

MAX_Q = 0.05
MIN_POINTS = 5.0
MAX_NEW_PEOPLE = 0.30
MIN_PAIRS_FOR_DRIFT = 60
DEFAULT_DRIFT = 270.0
"""Squared points per member: 2 (1 - .45) .75 18^2, a person's true score that keeps .45."""


@dataclass(frozen=True)
class Reading:
    """One published index and what its uncertainty is made of.

    `value` in points, `variance` in squared points; `n` is None when only "5-9 answers" is
    published, then nothing here depends on the count. `response`: see `SourceInput`.
    """

    value: float
    n: int | None
    invited: int
    rounded: bool
    variance: float
    alpha: float
    response: float | None = None

    @property
    def error(self) -> float:
        """Variance about the members' true mean, squared points; averaged over a band."""
        return error_variance(
            self.variance,
            self.n,
            self.invited,
            self.alpha,
            self.response,
            is_rounded_to_five=self.rounded,
        )

    @property
    def beyond(self) -> tuple[float, float]:
        """Points below and above that an end-coded value may stand for (5-9 answers only)."""
        if self.n is not None:
            return 0.0, 0.0
        below = self.value if self.value <= END_CODES[0] else 0.0
        above = 100 - self.value if self.value >= END_CODES[1] else 0.0
        return below, above

    @property
    def least_answers(self) -> int:
        return possible_counts(self.n, self.invited)[0]

    def drift(self, per_member: float) -> float:
        """Variance of the mean of this many members, each drifting with variance `per_member`."""
        return per_member / self.invited


@dataclass(frozen=True)
class Comparison:
    """Difference of two readings (second less first, points), untouched by other sources.

    `open_below` and `open_above`: points by which the true difference may lie further out,
    because a value stands for itself and all beyond.
    """

    difference: float
    error: float
    df: float
    open_below: float = 0.0
    open_above: float = 0.0

    @property
    def p(self) -> float:
        """Two-sided, from Student's t."""
        return float(2 * special.stdtr(self.df, -abs(self.difference) / sqrt(self.error)))

    @property
    def interval(self) -> tuple[float, float]:
        half = float(special.stdtrit(self.df, 0.975)) * sqrt(self.error)
        low = self.difference - half - self.open_below
        return max(-100.0, low), min(100.0, self.difference + half + self.open_above)


@dataclass(frozen=True)
class Change:
    """What may be said of one source: `is_change` only with q < .05 and 5 points or more."""

    difference: float
    low: float
    high: float
    p: float
    q: float
    is_change: bool


def compare(before: Reading, after: Reading, *, drift: float = DEFAULT_DRIFT) -> Comparison:
    """Unpaired comparison of one source of one unit.

    `drift`: variance by which one member's true score moves between two assessments without
    any cause, squared points (see `estimate_drift`).
    """
    moved = (before.drift(drift) + after.drift(drift)) / 2
    return Comparison(
        difference=after.value - before.value,
        error=before.error + after.error + moved,
        df=DEFAULT_PRIOR_DF + before.least_answers + after.least_answers - 2,
        open_below=before.beyond[1] + after.beyond[0],
        open_above=before.beyond[0] + after.beyond[1],
    )


def judge(comparisons: Mapping[str, Comparison], named: Collection[str]) -> dict[str, Change]:
    """All sources of one unit; those that a plan named before are a family of their own."""
    own = judge_changes({key: found for key, found in comparisons.items() if key in named})
    return judge_changes(comparisons) | own


def judge_changes(comparisons: Mapping[str, Comparison]) -> dict[str, Change]:
    """All sources of one unit at once, corrected for their number (Benjamini-Hochberg)."""
    found = [comparisons[source].p for source in comparisons]
    adjusted = benjamini_hochberg(found)
    return {
        source: _judge(comparison, p, q)
        for (source, comparison), p, q in zip(comparisons.items(), found, adjusted, strict=True)
    }


def judge_named_source(comparison: Comparison) -> Change:
    """The one source that a plan named before the second assessment: no correction."""
    return _judge(comparison, comparison.p, comparison.p)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p values (q), in the order given (Benjamini & Hochberg 1995)."""
    count = len(p_values)
    order = sorted(range(count), key=lambda i: -p_values[i])
    adjusted, least = [0.0] * count, 1.0
    for rank, i in zip(range(count, 0, -1), order, strict=True):
        least = min(least, p_values[i] * count / rank)
        adjusted[i] = least
    return adjusted


def are_different_people(*, invited_before: int, invited_after: int, invited_both: int) -> bool:
    """Whether more than 30 % left or more than 30 % are new, by who was invited."""
    left, new = invited_before - invited_both, invited_after - invited_both
    return left > MAX_NEW_PEOPLE * invited_before or new > MAX_NEW_PEOPLE * invited_after


def power_of(reading: Reading, fall: float, *, drift: float = DEFAULT_DRIFT) -> float:
    """Chance to see a fall of `fall` points in one named source, both assessments alike."""
    comparison = compare(reading, reading, drift=drift)
    spread = sqrt(comparison.error)
    return float(special.stdtr(comparison.df, (fall - _threshold(comparison)) / spread))


def smallest_fall(reading: Reading, *, power: float = 0.80, drift: float = DEFAULT_DRIFT) -> float:
    """Points by which one named source must fall to be seen with `power`."""
    comparison = compare(reading, reading, drift=drift)
    spread = sqrt(comparison.error)
    return _threshold(comparison) + float(special.stdtrit(comparison.df, power)) * spread


def estimate_drift(pairs: Iterable[tuple[str, Reading, Reading]]) -> float:
    """Variance of one member's true score between two assessments, squared points, from 0.

    From (source, before, after) of units on which nobody acted: what the differences of a
    source scatter about their mean beyond both errors, weighted by precision, over what a
    drift of 1 would make them scatter. The default below 60 pairs.
    """
    moves: dict[str, list[_Move]] = {}
    for source, before, after in pairs:
        moves.setdefault(source, []).append(_Move.between(before, after))
    if sum(map(len, moves.values())) < MIN_PAIRS_FOR_DRIFT:
        return DEFAULT_DRIFT
    found = [_excess(moves[source]) for source in sorted(moves)]
    beyond, expected = sum(row[0] for row in found), sum(row[1] for row in found)
    return max(0.0, beyond / expected) if expected else DEFAULT_DRIFT


@dataclass(frozen=True)
class _Move:
    """A difference, its error variance, and the variance that a drift of 1 adds."""

    difference: float
    error: float
    per_drift: float

    @classmethod
    def between(cls, before: Reading, after: Reading) -> "_Move":
        return cls(
            difference=after.value - before.value,
            error=before.error + after.error,
            per_drift=(before.drift(1.0) + after.drift(1.0)) / 2,
        )


def _excess(moves: Sequence[_Move]) -> tuple[float, float]:
    """Weighted squares about the mean less their expectation, and the same for a drift of 1."""
    difference, error, per_drift = np.array(
        [(move.difference, move.error, move.per_drift) for move in moves]
    ).T
    precision = 1 / error
    share = precision / precision.sum()
    squares = precision * (difference - share @ difference) ** 2
    kept = precision * (1 - share)
    return float(squares.sum() - kept @ error), float(kept @ per_drift)


def _threshold(comparison: Comparison) -> float:
    return max(MIN_POINTS, float(special.stdtrit(comparison.df, 0.975)) * sqrt(comparison.error))


def _judge(comparison: Comparison, p: float, q: float) -> Change:
    low, high = comparison.interval
    is_change = q < MAX_Q and abs(comparison.difference) >= MIN_POINTS and not low <= 0 <= high
    return Change(comparison.difference, low, high, p, q, is_change)
