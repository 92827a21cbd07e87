"""Outlook: the next budget and horizon at which the plan changes, against trying them all."""

import numpy as np
import pytest

from plans.market import Market
from plans.options import Level, Limits, Option
from plans.outlook import Outlook, Step, look_further
from plans.ranking import rank_market
from plans.severity import Severity

SOURCES = ("silos", "time", "training")
MOST = 80


def severity_of(generator):
    draws = generator.normal(45, 10, size=(200, 3))
    return Severity(draws, SOURCES, dict.fromkeys(SOURCES, 35.0), dict.fromkeys(SOURCES, 1 / 3))


def options_of(generator):
    return [
        Option(
            key=f"O{number}",
            targets={SOURCES[number % 3]: 1.0, SOURCES[(number + 1) % 3]: 0.3 * (number % 2)},
            points=float(generator.integers(1, 9)),
            hours_fixed=float(generator.integers(2, 60)) / 2,
            hours_per_member=0.0,
            weeks=int(generator.integers(2, 12)),
            level=Level.TEAM,
            prerequisites=frozenset({"O0"}) if number == 4 else frozenset(),
        )
        for number in range(8)
    ]


def keys_at(severity, options, **limits):
    market = Market(severity, options, Limits(members=10, **limits))
    return {action.key for action in rank_market(market).chosen}


def first_change(severity, options, axis, limits):
    """The definition: try every whole step until the plan differs."""
    before = keys_at(severity, options, **limits)
    for more in range(1, MOST):
        after = keys_at(severity, options, **{**limits, axis: limits[axis] + more})
        if after != before:
            return Step(more, tuple(sorted(after - before)), tuple(sorted(before - after)))
    return None


@pytest.mark.parametrize("seed", range(24))
def test_outlook_equals_trying_every_step(seed):
    generator = np.random.default_rng(seed)
    severity, options = severity_of(generator), options_of(generator)
    pinned = frozenset({"O1"}) if seed % 3 == 0 else frozenset()
    limits = {"budget_hours": 4.0 + 3 * seed, "horizon_weeks": 3 + seed % 6, "pinned": pinned}
    market = Market(severity, options, Limits(members=10, **limits))

    outlook = look_further(market, rank_market(market))

    assert outlook == Outlook(
        budget=first_change(severity, options, "budget_hours", limits),
        horizon=first_change(severity, options, "horizon_weeks", limits),
    )


def test_outlook_of_a_plan_that_nothing_more_would_change_is_empty():
    generator = np.random.default_rng(1)
    market = Market(severity_of(generator), [], Limits(members=10, budget_hours=10.0))

    assert look_further(market, rank_market(market)) == Outlook()
