"""What one simulated organisation tells: two assessments, actions between them, rows to count."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.simulation.people import People, first_wave, second_wave
from bench.simulation.plans import PlanValue, naive_top, value_plans
from bench.simulation.waves import Wave, run_wave, true_means
from bench.simulation.worlds import SOURCES, World, world_of
from resistance.change import (
    Comparison,
    compare,
    estimate_drift,
    judge_changes,
    judge_named_source,
)
from resistance.effect import (
    Effect,
    Expectation,
    Pair,
    TooFewPairsError,
    fit_expectation,
    measure_effect,
    measure_unfitted_effect,
)

Floats = NDArray[np.float64]

PLANS_PER_WORLD = 2
ACTING_SHARE = 0.5
EFFECT_SD = 2.0
EXPECTED = -4.0
NAIVE_ARROW = 5


@dataclass(frozen=True)
class Score:
    """One source of one unit of one wave, shown value against truth."""

    world: World
    invited: int
    is_band: bool
    is_cell: bool
    is_covered: bool
    width: int
    error: float
    p_top3: float | None
    is_top3: bool
    is_naive_top3: bool


@dataclass(frozen=True)
class Quiet:
    """One unit on which nobody acted, both waves: is any of its sources called changed?"""

    world: World
    invited: int
    is_flagged: bool
    is_flagged_without_drift: bool
    is_naive_flagged: bool
    wrong_way: int
    flags: int


@dataclass(frozen=True)
class Acted:
    """One unit with its action on one source. `truth` is what the action did, in points."""

    world: World
    invited: int
    truth: float
    raw_change: float
    effect: Effect
    comparison: str
    is_seen: bool


@dataclass
class Study:
    scores: list[Score] = field(default_factory=list)
    plans: list[PlanValue] = field(default_factory=list)
    quiet: list[Quiet] = field(default_factory=list)
    acted: list[Acted] = field(default_factory=list)
    waves: int = 0


def study(number: int) -> Study:
    """Everything about the organisation of that number."""
    world = world_of(number)
    generator = world.generator()
    found = Study()
    people = first_wave(world, generator)
    first = run_wave(people, generator, seed=2 * number)
    found.scores += _scores(world, first)
    found.plans += _plans(first, generator, seed=2 * number)
    actions = _choose_actions(first, generator)
    quiet_people = second_wave(people, generator)
    acting_people = _act(quiet_people, first, actions, generator)
    second = run_wave(acting_people, generator, seed=2 * number + 1)
    found.scores += _scores(world, second)
    found.waves = 2
    _compare_waves(found, world, first, second, actions, quiet_people)
    return found


def _scores(world: World, wave: Wave) -> list[Score]:
    rows = []
    for unit in wave.shown.units:
        if unit.key not in wave.scored.units:
            continue
        truth = wave.true_means(unit.key)
        top = np.partition(truth, -3)[-3] if len(truth) > 2 else -np.inf
        naive = naive_top(wave, unit.key)
        for (source, score), mean in zip(
            wave.scored.units[unit.key].scores.items(), truth, strict=True
        ):
            entry = wave.inputs[unit.key, source]
            rows.append(
                Score(
                    world=world,
                    invited=entry.invited,
                    is_band=entry.n is None,
                    is_cell=unit.is_cell,
                    is_covered=score.low <= mean <= score.high,
                    width=score.high - score.low,
                    error=score.raw - float(mean),
                    p_top3=score.p_top3,
                    is_top3=bool(mean >= top),
                    is_naive_top3=source in naive,
                )
            )
    return rows


def _plans(wave: Wave, generator: np.random.Generator, *, seed: int) -> list[PlanValue]:
    ranked = [
        unit.key
        for unit in wave.shown.units
        if unit.is_cell
        and unit.key in wave.scored.units
        and wave.scored.units[unit.key].has_ranking
    ]
    picked = generator.permutation(len(ranked))[:PLANS_PER_WORLD]
    values = [value_plans(wave, ranked[i], generator, seed=seed) for i in sorted(picked)]
    return [value for value in values if value is not None]


def _choose_actions(wave: Wave, generator: np.random.Generator) -> dict[str, str]:
    """Half of the cells act, each on the source of its highest estimate."""
    actions = {}
    for unit in wave.shown.units:
        is_acting = generator.random() < ACTING_SHARE
        if unit.is_cell and is_acting and unit.key in wave.scored.units:
            scores = wave.scored.units[unit.key].scores
            actions[unit.key] = max(scores, key=lambda source: (scores[source].estimate, source))
    return actions


def _act(
    people: People, wave: Wave, actions: dict[str, str], generator: np.random.Generator
) -> People:
    shift = np.zeros_like(people.expected)
    effect = people.world.effect
    for unit in wave.shown.units:
        if unit.key in actions:
            done = effect + generator.normal(0, EFFECT_SD) * (effect != 0)
            shift[sorted(unit.groups), SOURCES.index(actions[unit.key])] = done
    return people.shifted(shift)


def _compare_waves(  # noqa: PLR0917  everything that two waves consist of
    found: Study, world: World, first: Wave, second: Wave, actions: dict[str, str], quiet: People
) -> None:
    units = _same_cells(first, second)
    shared = {
        unit: [s for s in first.sources_of(unit) if s in second.sources_of(unit)] for unit in units
    }
    still = [unit for unit in units if unit not in actions]
    drift = estimate_drift(
        (source, first.reading(unit, source), second.reading(unit, source))
        for unit in units
        for source in shared[unit]
        if actions.get(unit) != source
    )
    for unit in still:
        found.quiet.append(_quiet(world, first, second, unit, shared[unit], drift))
    expectation = _expectation(first, second, shared, actions)
    without = true_means(quiet, second.shown.units)
    for unit in units:
        if unit in actions and actions[unit] in shared[unit]:
            source = actions[unit]
            column = SOURCES.index(source)
            truth = float(second.truth[unit][column] - without[unit][column])
            found.acted.append(
                _acted(world, first, second, unit, source, truth, expectation, drift)
            )


def _same_cells(first: Wave, second: Wave) -> list[str]:
    """Cells of both waves that consist of the same people and show something."""
    before = {unit.key: unit.groups for unit in first.shown.units if unit.is_cell}
    return [
        unit.key
        for unit in second.shown.units
        if unit.is_cell
        and before.get(unit.key) == unit.groups
        and unit.key in first.scored.units
        and unit.key in second.scored.units
    ]


def _quiet(  # noqa: PLR0917
    world: World, first: Wave, second: Wave, unit: str, sources: list[str], drift: float
) -> Quiet:
    changes = judge_changes(_comparisons(first, second, unit, sources, drift))
    plain = judge_changes(_comparisons(first, second, unit, sources, 0.0))
    flagged = [source for source in sources if changes[source].is_change]
    moved = second.truth[unit] - first.truth[unit]
    return Quiet(
        world=world,
        invited=first.inputs[unit, sources[0]].invited if sources else 0,
        is_flagged=bool(flagged),
        is_flagged_without_drift=any(change.is_change for change in plain.values()),
        is_naive_flagged=any(abs(c.difference) >= NAIVE_ARROW for c in plain.values()),
        wrong_way=sum(
            changes[source].difference * moved[SOURCES.index(source)] <= 0 for source in flagged
        ),
        flags=len(flagged),
    )


def _comparisons(
    first: Wave, second: Wave, unit: str, sources: list[str], drift: float
) -> dict[str, Comparison]:
    return {
        source: compare(first.reading(unit, source), second.reading(unit, source), drift=drift)
        for source in sources
    }


def _expectation(
    first: Wave, second: Wave, shared: dict[str, list[str]], actions: dict[str, str]
) -> Expectation | None:
    pairs = [
        _pair(first, second, unit, source)
        for unit, sources in shared.items()
        for source in sources
        if actions.get(unit) != source
    ]
    try:
        return fit_expectation(pairs)
    except TooFewPairsError:
        return None


def _pair(first: Wave, second: Wave, unit: str, source: str) -> Pair:
    before, after = first.reading(unit, source), second.reading(unit, source)
    return Pair(
        source=source,
        before=before.value,
        after=after.value,
        mean=first.scored.between[source].mean,
        answers=min(before.least_answers, after.least_answers),
    )


def _acted(  # noqa: PLR0917
    world: World,
    first: Wave,
    second: Wave,
    unit: str,
    source: str,
    truth: float,
    expectation: Expectation | None,
    drift: float,
) -> Acted:
    before, after = first.reading(unit, source), second.reading(unit, source)
    if expectation is None:
        score = first.scored.units[unit].scores[source]
        effect = measure_unfitted_effect(
            after=after.value, after_error=after.error, estimate=score.estimate, sd=score.sd
        )
    else:
        pair = _pair(first, second, unit, source)
        effect = measure_effect(pair, expectation, expected=EXPECTED)
    seen = judge_named_source(compare(before, after, drift=drift))
    return Acted(
        world=world,
        invited=before.invited,
        truth=truth,
        raw_change=after.value - before.value,
        effect=effect,
        comparison=f"{world.number}/{source}",
        is_seen=seen.is_change and seen.difference < 0,
    )
