"""What of a plan is settled before its suggestions are worked out again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from plans.models import (
    MAX_OPEN_ACTIONS,
    Action,
    ActionStatus,
    Plan,
    Recommendation,
    RecommendationState,
)
from plans.options import Level, Limits, Option

SETTLED = (RecommendationState.ACCEPTED, RecommendationState.DECLINED)


@dataclass(frozen=True)
class Standing:
    """`taken` are the strategies of actions that run or are done, with their agreed hours.

    `own_hours` belong to actions that follow no strategy of today, `open` counts all open
    ones; `settled` was declined or asked of a higher level; `left_out` has the reasons.
    """

    taken: Mapping[str, float] = field(default_factory=dict)
    own_hours: float = 0.0
    open: int = 0
    stopped: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=dict)


def read_standing(plan: Plan) -> Standing:
    """As it is kept; two queries."""
    return standing_of(
        plan.actions.order_by(),
        plan.recommendations.order_by(),
        pinned=frozenset(plan.pinned),
        left_out=plan.left_out,
    )


def standing_of(
    actions: Iterable[Action],
    recommendations: Iterable[Recommendation],
    *,
    pinned: frozenset[str],
    left_out: Mapping[str, str],
) -> Standing:
    taken: dict[str, float] = {}
    own_hours, still_open, stopped = 0.0, 0, set()
    for action in actions:
        key = action.strategy_id
        still_open += action.is_open
        if action.status == ActionStatus.STOPPED:
            stopped |= {key} if key else set()
        elif key:
            taken[key] = taken.get(key, 0.0) + action.hours
        else:
            own_hours += action.hours
    begun = taken.keys() | stopped
    settled = {r.strategy_id for r in recommendations if r.strategy_id and r.state in SETTLED}
    return Standing(
        taken=taken,
        own_hours=own_hours,
        open=still_open,
        stopped=frozenset(stopped - taken.keys()),
        settled=frozenset(settled - begun),
        pinned=pinned,
        left_out=left_out,
    )


def room_of(standing: Standing) -> int:
    """How many suggestions there may be: one at least, which waits for a place."""
    return max(1, MAX_OPEN_ACTIONS - standing.open)


def options_of(options: Collection[Option], standing: Standing) -> tuple[Option, ...]:
    """With the agreed hours in place of the usual ones for what was taken on."""
    return tuple(
        replace(option, hours_fixed=standing.taken[option.key], hours_per_member=0.0)
        if option.key in standing.taken
        else option
        for option in options
    )


def limits_of(
    plan: Plan, standing: Standing, *, known: Collection[str], done: Collection[str],
    tried: Collection[str],
) -> Limits:  # fmt: skip
    """`known` are the keys of today's options; `done` and `tried` come from earlier plans."""
    taken = frozenset(standing.taken.keys() & set(known))
    unknown = sum(hours for key, hours in standing.taken.items() if key not in taken)
    return Limits(
        members=plan.members,
        budget_hours=plan.budget_hours - standing.own_hours - unknown,
        horizon_weeks=plan.horizon_weeks,
        level=Level[plan.level],
        max_actions=len(taken) + room_of(standing),
        done=frozenset(done) - taken,
        tried=(frozenset(tried) | standing.stopped) - taken,
        excluded=standing.settled | frozenset(standing.left_out),
        pinned=taken | (standing.pinned - standing.settled),
    )
