"""Where the marks of a chart stand: lengths in percent as SVG wants them, never localized. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

HEAT_FROM = (0, 20, 35, 50, 65)
WIDE = 15  # points: one colour step
TREND_TOP, TREND_HEIGHT = 18, 160  # pixels
DIGIT_WIDTH = 2.2  # percent of a bar that one digit needs on a phone


@dataclass(frozen=True)
class SourceBar:
    """Box, tick, dot and triangle of one source; `company` is empty where it has no mean, and
    `estimate` where a value stands as it was measured."""

    left: str
    width: str
    raw: str
    estimate: str
    company: str
    heat: int


@dataclass(frozen=True)
class Segment:
    """One answer of a statement bar; `tone` 1 carries the change most, 5 holds it back most."""

    tone: int
    left: str
    width: str
    middle: str
    label: str

    @property
    def is_dark(self) -> bool:
        return self.tone in (1, 5)


def whole(points: float) -> int:
    """Rounded half up, as people round."""
    return math.floor(points + 0.5)


def heat_step(points: float) -> int:
    """The colour of a value from 0 to 100, one of five; the same on every page."""
    return sum(1 for start in HEAT_FROM if whole(points) >= start)


def is_wide(low: int, high: int) -> bool:
    """Whether a range is wider than a colour step, so that the colour may be the neighbour's."""
    return high - low > WIDE


def percent(value: float) -> str:
    return f"{round(value, 2):g}%"


def source_bar(
    *, low: int, high: int, raw: int, estimate: float, company: float | None
) -> SourceBar:
    """All values in points from 0 to 100."""
    return SourceBar(
        left=percent(low),
        width=percent(high - low),
        raw=percent(raw),
        estimate=percent(whole(estimate)),
        company="" if company is None else percent(whole(company)),
        heat=heat_step(estimate),
    )


def value_bar(*, low: int, high: int, raw: int) -> SourceBar:
    """A measured value and its range, in points from 0 to 100."""
    return SourceBar(
        left=percent(low),
        width=percent(high - low),
        raw=percent(raw),
        estimate="",
        company="",
        heat=heat_step(raw),
    )


def statement_bar(counts: Sequence[int], *, is_asset: bool) -> list[Segment]:
    """Segments from “strongly disagree” to “strongly agree”, the middle one on the centre line.

    Half the width stands for all answers. Agreeing with an asset carries the change, so its
    tones are reversed while the words keep their order.
    """
    unit = 50 / sum(counts)
    left = 50 - unit * (counts[0] + counts[1] + counts[2] / 2)
    segments = []
    for place, count in enumerate(counts):
        width = unit * count
        if count:
            segments.append(
                Segment(
                    tone=5 - place if is_asset else place + 1,
                    left=percent(left),
                    width=percent(width),
                    middle=percent(left + width / 2),
                    label=str(count) if width >= DIGIT_WIDTH * len(str(count)) else "",
                )
            )
        left += width
    return segments


@dataclass(frozen=True)
class TrendPoint:
    """A value of a trend with its range, and the line that leads to the next one.

    `x` in percent, all heights in pixels from the top; `next_x` is empty at the last point.
    """

    label: str
    value: str
    x: str
    y: str
    top: str
    bottom: str
    value_y: str
    next_x: str = ""
    next_y: str = ""


def trend_points(values: Sequence[tuple[str, int, int, int, str]]) -> list[TrendPoint]:
    """(label, points, low, high, value in words), the earliest first, on the scale 0 to 100."""
    places = [percent(100 * (2 * n + 1) / (2 * len(values))) for n in range(len(values))]
    heights = [_height(points) for _label, points, *_rest in values]
    return [
        TrendPoint(
            label=label,
            value=words,
            x=places[n],
            y=heights[n],
            top=_height(high),
            bottom=_height(low),
            value_y=f"{float(_height(high)) - 6:g}",
            next_x=places[n + 1] if n + 1 < len(values) else "",
            next_y=heights[n + 1] if n + 1 < len(values) else "",
        )
        for n, (label, _points, low, high, words) in enumerate(values)
    ]


def _height(points: float) -> str:
    """100 points lie 18 pixels below the top, so that a value finds room above its range."""
    return f"{TREND_TOP + (100 - points) * TREND_HEIGHT / 100:g}"
