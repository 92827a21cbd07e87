"""A plan as it would be with other limits and wishes: worked out from stored findings, not kept."""

from __future__ import annotations

from collections import Counter
from copy import copy
from dataclasses import dataclass

from plans.changes import what_changes
from plans.material import Material, gather
from plans.models import Plan, RecommendationState
from plans.recommending import MOST_ALTERNATIVES, Draft, recommend
from plans.standing import Standing, standing_of
from plans.suggested import Next, Words, Worked, group_by_state, read_kept, read_next
from plans.wanted import Wanted
from surveys.weights import weights_in_words


@dataclass(frozen=True)
class Preview:
    """With every strategy that lost. `said` tells what changes; `can_keep` is false where it is
    the plan as it is kept; `seen` is the mark of what is kept."""

    next: Next
    said: str
    can_keep: bool
    seen: str
    weights: str


def read_preview(plan: Plan, wanted: Wanted) -> Preview:
    """Ten queries, however much the plan holds; the same findings give the same answer."""
    kept = read_kept(plan)
    standing = standing_of(
        plan.actions.order_by(),
        kept.recommendations,
        pinned=wanted.pinned,
        left_out={key: kept.because.get(key, "") for key in wanted.left_out},
    )
    material = gather(plan.unit.assessment, plan.unit_id)
    draft = work_out(plan, material, standing, wanted, most=None)
    by_state = group_by_state(kept.recommendations)
    suggested = by_state[RecommendationState.SUGGESTED]
    worked = Worked(
        plan=plan,
        recommendations=[*draft.recommendations, *by_state[RecommendationState.DECLINED]],
        outlook=draft.outlook,
        wanted=wanted,
        because=standing.left_out,
    )
    words = _words(material)
    return Preview(
        next=read_next(worked, words),
        said=what_changes(suggested, draft.recommendations, words.names),
        can_keep=wanted != kept.wanted or not plan.outlook,
        seen=kept.wanted.mark,
        weights=weights_in_words(material.summaries),
    )


def work_out(
    plan: Plan,
    material: Material,
    standing: Standing,
    wanted: Wanted,
    *,
    most: int | None = MOST_ALTERNATIVES,
) -> Draft:
    """The suggestions of `plan` with what is wanted; `plan` itself stays as it is."""
    tried = copy(plan)
    tried.budget_hours, tried.horizon_weeks = wanted.budget_hours, wanted.horizon_weeks
    draft = recommend(tried, material, standing, most=most)
    for entry in draft.recommendations:
        entry.strategy = material.strategies.get(entry.strategy_id or "")
        entry.source = material.sources.get(entry.source_id or "")
    return draft


def _words(material: Material) -> Words:
    """Without a query: what was gathered for one unit has all names and counts."""
    strategies = material.strategies
    names = {key: strategy.name for key, strategy in strategies.items()}
    names |= {key: source.name for key, source in material.sources.items()}
    return Words(names, Counter({key: getattr(one, "tried", 0) for key, one in strategies.items()}))
