"""Whether two indices of almost the same people tell what those scored who came or left.

Pure. The reader is taken to know how many of them answered, and that everybody else answered the
same both times; docs/disclosure.md says why.
"""

from collections.abc import Iterator

from resistance.shown import MIN_EXACT, MIN_SCORE, Before, Reading

FULL = 100  # points
STEPS_BETWEEN_SIDES = 3  # from one end of the answers to the other side of the middle
POINTS_PER_STEP = 25
TWO = 2  # an insider and somebody else
TRIED = 5  # pairs of numbers; the more people, the less is told of each


def reach_of(statements: int) -> float:
    """Points by which a person's score moves when one answer changes its side."""
    return STEPS_BETWEEN_SIDES * POINTS_PER_STEP / max(statements, 1)


def may_follow(
    before: Before, source: str, *, n: int, total: float, span: tuple[float, float], statements: int
) -> bool:
    """Whether a rounded index of n people may be shown after what was shown `before`.

    Their scores sum to `total` points; the index says that this lies in `span`. Where almost
    the same people are known of in another way only, no single answer may move the index.
    """
    reach = reach_of(statements)
    readings = before.readings.get(source, ())
    if not all(leaves_others(reading) for reading in readings):
        return False
    if before.is_changed and not readings:
        is_low_end, is_high_end = span[0] <= 0, span[1] >= FULL * n
        return (is_low_end or span[0] + reach <= total) and (
            is_high_end or total <= span[1] - reach
        )
    return all(leaves_open(reading, n, *span, reach) for reading in readings)


def leaves_others(reading: Reading) -> bool:
    """Whether two of those who were counted out and stayed surely stand outside the biggest side;
    else an insider who does could know from an index that all others stand on it."""
    return reading.outside is None or not reading.gone or reading.outside - reading.gone >= TWO


def leaves_open(reading: Reading, n: int, low: float, high: float, reach: float) -> bool:
    """Whether an index of n people now, whose scores sum to `low`..`high` points, may stand
    beside an earlier reading of almost the same people."""
    counts = range(MIN_SCORE, MIN_EXACT) if reading.n is None else (reading.n,)
    return all(
        _is_open(gone, come, reading.low * then - high, reading.high * then - low, reach)
        for then in counts
        for gone, come in _numbers(reading, then - n)
    )


def _numbers(reading: Reading, surplus: int) -> Iterator[tuple[int, int]]:
    """How many of those who left and of those who came may have answered, the fewest first."""
    first = max(surplus, 0)
    for gone in range(first, min(reading.gone, first + TRIED) + 1):
        come = gone - surplus
        if come <= reading.come and gone + come:
            yield gone, come


def _is_open(gone: int, come: int, low: float, high: float, reach: float) -> bool:
    """The scores of those who left less the scores of those who came lie in `low`..`high`."""
    left = max(0.0, low), min(FULL * gone, high + FULL * come)
    joined = max(0.0, -high), min(FULL * come, FULL * gone - low)
    if left[0] > left[1] or joined[0] > joined[1]:
        return True  # it was not these numbers
    return _is_wide(*left, gone, reach) and _is_wide(*joined, come, reach)


def _is_wide(low: float, high: float, people: int, reach: float) -> bool:
    """Whether any of these people may stand on either side, for one of them too."""
    if not people:
        return True
    margin = reach + (FULL if people > 1 else 0)
    return low < FULL * people - margin and high > margin
