"""The only figures besides `Protected` that the tally may take from single answers: how much
people vary within cells whose values are all exact. Everything statistical starts from these two.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from resistance.indices import (
    POINTS_PER_ANSWER,
    columns_of,
    person_scores,
    resistance_steps,
    sources_of,
)
from resistance.shown import (
    Answers,
    Exact,
    Index,
    Item,
    Pooled,
    PooledSource,
    Protected,
    UnitResult,
)

MIN_CELLS, MIN_PEOPLE = 2, 20

Floats = NDArray[np.float64]


def pooled(answers: Answers, items: Sequence[Item], protected: Protected) -> Pooled:
    """Per source, pooled over the cells that show exact values of all its statements.

    Cells with bands or rounded indices never enter, so what lies within one of their steps
    changes nothing here. Figures are None below two such cells or 20 people in them.
    """
    return {source: _pool(answers, items, protected, source) for source in sources_of(items)}


def _pool(
    answers: Answers, items: Sequence[Item], protected: Protected, source: str
) -> PooledSource:
    columns = columns_of(items, source)
    keys = [items[column].key for column in columns]
    cells = exact_cells(protected, keys, [source])
    found = person_scores(answers, items, source)
    points = np.asarray(found.scores / found.fineness, dtype=np.float64)
    steps = resistance_steps(answers, items, columns).astype(np.float64) * POINTS_PER_ANSWER
    scored, complete = found.scores >= 0, np.asarray((steps >= 0).all(axis=1), dtype=np.bool_)
    scores = list(centred(answers, cells, points[:, None], scored))
    people = sum(len(part) for part in scores)
    if len(scores) < MIN_CELLS or people < MIN_PEOPLE:
        return PooledSource(None, None, None, len(scores), people)
    parts = list(centred(answers, cells, steps, complete))
    alpha, correlation = _consistency(_covariance(parts))
    variance = _covariance(scores)
    return PooledSource(
        None if variance is None else _rounded(float(variance[0, 0]), 1),
        alpha,
        correlation,
        len(scores),
        people,
    )


def exact_cells(
    protected: Protected, keys: Sequence[str], sources: Sequence[str]
) -> list[UnitResult]:
    """The cells that show all these statements counted out and these sources in whole points."""
    return [unit for unit in protected.units if _is_all_exact(unit, keys, sources)]


def _is_all_exact(unit: UnitResult, keys: Sequence[str], sources: Sequence[str]) -> bool:
    indices = [unit.sources[source] for source in sources]
    is_whole = all(isinstance(index, Index) and not index.rounded for index in indices)
    return unit.is_cell and is_whole and all(isinstance(unit.items[k], Exact) for k in keys)


def cell_numbers(answers: Answers, cells: Sequence[UnitResult]) -> NDArray[np.int64]:
    """Per ballot the place of its cell in `cells`, -1 for ballots of no such cell."""
    groups = [sorted(cell.groups) for cell in cells]
    highest = max([int(answers.group.max(initial=0)), *(g for part in groups for g in part)])
    cell_of = np.full(highest + 1, -1)
    for number, part in enumerate(groups):
        cell_of[part] = number
    return np.asarray(cell_of[answers.group])


def centred(
    answers: Answers, cells: Sequence[UnitResult], values: Floats, usable: NDArray[np.bool_]
) -> Iterator[Floats]:
    """Each cell's rows less their mean, in an order that does not depend on the ballots'."""
    rows = cell_numbers(answers, cells)
    keep = usable & (rows >= 0)
    values, rows = values[keep], rows[keep]
    order = np.lexsort((*values.T[::-1], rows))
    values, rows = values[order], rows[order]
    for part_values in np.split(values, np.flatnonzero(np.diff(rows)) + 1):
        if len(part_values):
            yield part_values - part_values.mean(axis=0)


def _covariance(parts: Sequence[Floats]) -> Floats | None:
    freedom = sum(len(part) - 1 for part in parts)
    if len(parts) < MIN_CELLS or sum(len(part) for part in parts) < MIN_PEOPLE:
        return None
    stacked = np.concatenate(parts)
    return np.asarray(stacked.T @ stacked / freedom)


def _consistency(covariance: Floats | None) -> tuple[float | None, float | None]:
    """Cronbach's alpha and the mean correlation between statements, both to 0.01."""
    if covariance is None or len(covariance) < 2 or not covariance.diagonal().all():
        return None, None
    count = len(covariance)
    total = float(covariance.sum())
    spread = np.sqrt(covariance.diagonal())
    correlation = (float((covariance / np.outer(spread, spread)).sum()) - count) / (
        count * (count - 1)
    )
    if total <= 0:
        return None, _rounded(correlation, 2)
    alpha = count / (count - 1) * (1 - float(covariance.trace()) / total)
    return _rounded(alpha, 2), _rounded(correlation, 2)


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) + 0.0
