"""What differs between simulated organisations: sizes, answers, silence, and what happens later."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

SEED = 20_260_401
SOURCES = (
    "attitudes", "complacency", "fear_of_change", "job_loss", "leadership", "mistakes", "silos",
    "time", "tooling", "training", "understanding",
)  # fmt: skip
SIZES = (8, 10, 12, 15, 20, 30, 50, 80, 120, 200)
SIZE_CHANCES = (0.18, 0.16, 0.15, 0.14, 0.13, 0.1, 0.06, 0.04, 0.025, 0.015)
RESPONSES = (0.60, 0.75, 0.90, 1.0)
UNIT_COUNTS = (5, 12, 24, 48)
EFFECTS = (0.0, -5.0, -10.0, -15.0, 5.0)


class Kind(StrEnum):
    """What is unpleasant about an organisation's answers."""

    PLAIN = "plain"
    HALO = "halo"
    ACQUIESCENCE = "acquiescence"
    CEILING = "ceiling"
    MISSING = "missing"
    EQUAL = "no differences"
    RELATED = "related silence"


@dataclass(frozen=True)
class World:
    """One organisation: points, shares, and standard deviations as named.

    `effect` is what every action does there, `stability` how much of a person's deviation is
    left at the second wave, `unit_stability` the same of a unit's; `trend_sd` how far sources
    move in the whole organisation.
    """

    number: int
    kind: Kind
    units: int
    response: float
    stability: float
    unit_stability: float
    trend_sd: float
    effect: float

    @property
    def general_share(self) -> float:
        """Share of a person's deviations that is common to all sources."""
        return 0.6 if self.kind is Kind.HALO else 0.25

    @property
    def yes_saying(self) -> tuple[float, float]:
        """Mean and standard deviation over persons, points towards agreeing."""
        return (5.0, 8.0) if self.kind is Kind.ACQUIESCENCE else (0.0, 2.5)

    @property
    def level(self) -> float:
        """Mean of all sources in points."""
        return 70.0 if self.kind is Kind.CEILING else 43.0

    @property
    def missing(self) -> float:
        return 0.12 if self.kind is Kind.MISSING else 0.02

    @property
    def is_steady(self) -> bool:
        """Nothing happens between the waves but single persons' ups and downs."""
        return self.trend_sd == 0 and self.unit_stability == 1

    def generator(self) -> np.random.Generator:
        return np.random.default_rng([SEED, self.number])


def world_of(number: int) -> World:
    """The organisation of that number; the same every time."""
    draw = np.random.default_rng([SEED, 1, number])
    kind = draw.choice([Kind.PLAIN, *Kind])
    responses = RESPONSES[:3] if kind is Kind.RELATED else RESPONSES
    is_steady = draw.random() < 0.5
    return World(
        number=number,
        kind=Kind(kind),
        units=int(draw.choice(UNIT_COUNTS)),
        response=float(draw.choice(responses)),
        stability=float(draw.uniform(0.2, 0.7)),
        unit_stability=1.0 if is_steady else float(draw.uniform(0.5, 0.9)),
        trend_sd=0.0 if is_steady else 3.0,
        effect=float(draw.choice(EFFECTS)),
    )
