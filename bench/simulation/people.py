"""The members of a simulated organisation: what they truly think, and what they answer."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bench.simulation.worlds import SIZE_CHANCES, SIZES, SOURCES, Kind, World
from resistance.shown import Answers, Item

Floats = NDArray[np.float64]

STATEMENTS = 3
ASSET = 2
"""The third statement of each source is worded as an asset."""

PERSON_SD = 16.0
ANSWER_SD = 16.0
SOURCE_SD = 8.0
UNIT_SD, UNIT_SOURCE_SD = 4.0, 6.0
STATEMENT_SD = 4.0
STEADY_SILENCE = 0.5
RELATED_SILENCE = 0.4
STEPS = np.array([12.5, 37.5, 62.5, 87.5])
"""Points at which an answer goes over to the next of five."""

ITEMS = tuple(
    Item(f"{source}{number}", source, is_asset=number == ASSET)
    for source in SOURCES
    for number in range(STATEMENTS)
)


@dataclass(frozen=True, eq=False)
class People:
    """All members at one wave; arrays are persons x sources, in points before answering."""

    world: World
    unit: NDArray[np.int64]
    sizes: NDArray[np.int64]
    expected: Floats
    deviation: Floats
    yes: Floats
    offsets: Floats
    silence: Floats

    @property
    def leanings(self) -> Floats:
        """Persons x statements: where each stands in points of resistance, before answer noise."""
        at = self.expected[self.unit] + self.deviation
        yes = np.where(np.arange(STATEMENTS) == ASSET, -1.0, 1.0)
        return at[:, :, None] + self.offsets + yes * self.yes[:, None, None]

    def true_scores(self) -> Floats:
        """Persons x sources: the mean score if somebody answered again and again."""
        over = special.ndtr((self.leanings[..., None] - STEPS) / ANSWER_SD)
        return np.asarray(25 * over.sum(axis=-1).mean(axis=-1), dtype=np.float64)

    def unit_means(self, values: Floats) -> Floats:
        """Units x sources, over all members."""
        sums = np.zeros((len(self.sizes), values.shape[1]))
        np.add.at(sums, self.unit, values)
        return sums / self.sizes[:, None]

    def answer(self, generator: np.random.Generator) -> Answers:
        """Ballots of those who answer: 1 to 5, 0 for "cannot say"; the group is the unit."""
        noisy = self.leanings + generator.normal(0, ANSWER_SD, self.leanings.shape)
        steps = (noisy[..., None] > STEPS).sum(axis=-1)
        is_asset = np.arange(STATEMENTS) == ASSET
        values = np.where(is_asset, 5 - steps, steps + 1).reshape(len(self.unit), -1)
        values[generator.random(values.shape) < self.world.missing] = 0
        here = self._takes_part(generator)
        return Answers(values[here].astype(np.uint8), self.unit[here])

    def _takes_part(self, generator: np.random.Generator) -> NDArray[np.bool_]:
        """Partly the same people every time; where silence is related, rather the resisting."""
        now = generator.normal(size=len(self.unit))
        leaning = np.sqrt(STEADY_SILENCE) * self.silence + np.sqrt(1 - STEADY_SILENCE) * now
        if self.world.kind is Kind.RELATED:
            resisting = self.deviation.mean(axis=1)
            resisting = resisting / resisting.std()
            leaning = np.sqrt(1 - RELATED_SILENCE**2) * leaning + RELATED_SILENCE * resisting
        return np.asarray(special.ndtr(leaning) < self.world.response)

    def shifted(self, shift: Floats) -> "People":
        """The same people with every member of a unit moved, units x sources in points."""
        return replace(self, expected=self.expected + shift)


def first_wave(world: World, generator: np.random.Generator) -> People:
    sizes = generator.choice(SIZES, size=world.units, p=SIZE_CHANCES).astype(np.int64)
    unit = np.repeat(np.arange(world.units), sizes)
    levels = np.full(len(SOURCES), world.level)
    own = np.zeros((world.units, len(SOURCES)))
    if world.kind is not Kind.EQUAL:
        levels = levels + generator.normal(0, SOURCE_SD, len(SOURCES))
        own = _unit_deviations(world, generator)
    mean, spread = world.yes_saying
    return People(
        world=world,
        unit=unit,
        sizes=sizes,
        expected=levels + own,
        deviation=_person_deviations(world, len(unit), generator),
        yes=generator.normal(mean, spread, len(unit)),
        offsets=generator.normal(0, STATEMENT_SD, (len(SOURCES), STATEMENTS)),
        silence=generator.normal(size=len(unit)),
    )


def second_wave(people: People, generator: np.random.Generator) -> People:
    """The same people later, before any action: persons and units drift, sources move."""
    world = people.world
    fresh = _person_deviations(world, len(people.unit), generator)
    levels = people.expected.mean(axis=0)
    kept, lost = world.unit_stability, np.sqrt(1 - world.unit_stability**2)
    own = kept * (people.expected - levels) + lost * _unit_deviations(world, generator)
    if world.is_steady or world.kind is Kind.EQUAL:
        own = people.expected - levels
    trend = generator.normal(0, 1, len(SOURCES)) * world.trend_sd
    return replace(
        people,
        expected=levels + trend + own,
        deviation=world.stability * people.deviation + np.sqrt(1 - world.stability**2) * fresh,
    )


def _unit_deviations(world: World, generator: np.random.Generator) -> Floats:
    common = generator.normal(0, UNIT_SD, (world.units, 1))
    return np.asarray(common + generator.normal(0, UNIT_SOURCE_SD, (world.units, len(SOURCES))))


def _person_deviations(world: World, count: int, generator: np.random.Generator) -> Floats:
    share = world.general_share
    common = generator.normal(0, np.sqrt(share), (count, 1))
    own = generator.normal(0, np.sqrt(1 - share), (count, len(SOURCES)))
    return np.asarray(PERSON_SD * (common + own))
