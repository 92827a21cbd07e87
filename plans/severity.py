"""How much of a source can usefully be taken away: expectation over draws of its true value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Severity:
    """Severity max(0, draw - target) of every source of a unit, prepared for many questions.

    E[min(x, severity)] of one source is piecewise linear in x: sorted severities and their
    running sums give it exactly without touching the draws again.
    """

    def __init__(
        self,
        draws: Floats,
        sources: Sequence[str],
        targets: Mapping[str, float],
        importance: Mapping[str, float],
    ) -> None:
        self.sources = tuple(sources)
        aims = np.array([targets[source] for source in sources], dtype=np.float64)
        self.importance = np.array([importance[source] for source in sources], dtype=np.float64)
        self.strongest = self.sources[int(draws.mean(axis=0).argmax())] if self.sources else ""
        self._sorted = np.sort(np.maximum(0.0, draws - aims), axis=0)
        zero = np.zeros((1, len(self.sources)))
        self._running = np.vstack([zero, np.cumsum(self._sorted, axis=0)])

    @property
    def is_weighed(self) -> bool:
        """Whether some source counts more than another."""
        return bool(np.ptp(self.importance) > 0) if len(self.importance) else False

    def unweighed(self) -> Severity:
        """The same with every source counting alike."""
        other = copy(self)
        other.importance = np.full_like(self.importance, 1 / max(1, len(self.importance)))
        return other

    def expected_of(self, source: str) -> float:
        """Mean severity in points; 0 for a source that is not shown for this unit."""
        if source not in self.sources:
            return 0.0
        return float(self._running[-1, self.sources.index(source)]) / len(self._sorted)

    def removed(self, column: int, take: Floats) -> Floats:
        """E[min(take, severity)] of one source for many `take` >= 0, in points."""
        below = np.searchsorted(self._sorted[:, column], take, side="left")
        count = len(self._sorted)
        return np.asarray(
            (self._running[below, column] + take * (count - below)) / count, dtype=np.float64
        )

    def values(self, takes: Floats) -> Floats:
        """Value of many sets: `takes` is sets x sources, in points taken away together."""
        total = np.zeros(len(takes))
        for column, weight in enumerate(self.importance):
            hit = np.flatnonzero(takes[:, column] > 0)
            total[hit] += weight * self.removed(column, takes[hit, column])
        return total
