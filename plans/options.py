"""What a plan may be made of: options, limits, and the reasons that rule an option out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from math import inf

POINTS_SD = 3.0
"""Standard deviation of an expected drop before anything was measured, in points."""


class Level(IntEnum):
    """Who may start an action; a higher level may start all of a lower one."""

    TEAM = 1
    DEPARTMENT = 2
    ORGANISATION = 3


class Why(StrEnum):
    """Why an option is not in the plan."""

    OVER_BUDGET = "OVER_BUDGET"
    TOO_SLOW = "TOO_SLOW"
    HIGHER_LEVEL = "HIGHER_LEVEL"
    NEEDS_FIRST = "NEEDS_FIRST"
    ALREADY_TRIED = "ALREADY_TRIED"
    EXCLUDED = "EXCLUDED"
    DOES_HARM = "DOES_HARM"
    MORE_HOURS = "MORE_HOURS"
    STRONGEST = "STRONGEST"
    OVERLAPS = "OVERLAPS"
    LESS_VALUE = "LESS_VALUE"


@dataclass(frozen=True)
class Option:
    """A strategy as the choice sees it.

    `targets` maps sources to weights (its own source 1.0); `points` is the expected drop, a
    positive number, on a source of weight 1.0, known with `points_sd`; `does_harm` when effects
    measured here say so; hours are person-hours of everybody together.
    """

    key: str
    targets: Mapping[str, float]
    points: float
    hours_fixed: float
    hours_per_member: float
    weeks: int
    level: Level
    prerequisites: frozenset[str] = frozenset()
    points_sd: float = POINTS_SD
    does_harm: bool = False

    def hours_for(self, members: int) -> float:
        return self.hours_fixed + self.hours_per_member * members


@dataclass(frozen=True)
class Limits:
    """What a unit can afford.

    `done` fulfils prerequisites and is not offered again; `tried` and `excluded` are not
    offered; `pinned` is always in the plan, whatever it costs.
    """

    members: int
    budget_hours: float
    horizon_weeks: float = 26
    level: Level = Level.TEAM
    max_actions: int = 3
    done: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()


def weeks_until(key: str, options: Mapping[str, Option], done: frozenset[str]) -> float:
    """Weeks until an option shows, its unmet prerequisites first; infinite if one is unknown."""
    return _weeks_until(key, options, done, frozenset())


def _weeks_until(
    key: str, options: Mapping[str, Option], done: frozenset[str], path: frozenset[str]
) -> float:
    if key in path or key not in options:
        return inf
    option = options[key]
    first = [
        _weeks_until(need, options, done, path | {key}) for need in option.prerequisites - done
    ]
    return option.weeks + max(first, default=0)


def blocked(options: Collection[Option], limits: Limits) -> dict[str, Why]:
    """The options that no plan within `limits` can hold, with the first reason that applies.

    Pinned options are never blocked. A prerequisite may be met in the same plan, unless it is
    blocked itself.
    """
    found: dict[str, Why] = {}
    for option in options:
        why = _own_obstacle(option, limits)
        if why is not None and option.key not in limits.pinned:
            found[option.key] = why
    return found | _blocked_by_order(options, limits, found)


def _own_obstacle(option: Option, limits: Limits) -> Why | None:
    obstacles = (
        (Why.ALREADY_TRIED, option.key in limits.done | limits.tried),
        (Why.EXCLUDED, option.key in limits.excluded),
        (Why.DOES_HARM, option.does_harm),
        (Why.HIGHER_LEVEL, option.level > limits.level),
        (Why.TOO_SLOW, option.weeks > limits.horizon_weeks),
        (Why.LESS_VALUE, option.points <= 0),
        (Why.OVER_BUDGET, option.hours_for(limits.members) > limits.budget_hours),
    )
    return next((why for why, applies in obstacles if applies), None)


def _blocked_by_order(
    options: Collection[Option], limits: Limits, found: Mapping[str, Why]
) -> dict[str, Why]:
    free = {option.key: option for option in options if option.key not in found}
    late: dict[str, Why] = {}
    for key in free.keys() - limits.pinned:
        weeks = weeks_until(key, free, limits.done)
        if weeks > limits.horizon_weeks:
            late[key] = Why.NEEDS_FIRST if weeks == inf else Why.TOO_SLOW
    return late
