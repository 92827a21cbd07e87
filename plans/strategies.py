"""What the strategy pages show: a strategy in numbers, and where it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from plans import reasons
from plans.models import Action, ActionQuerySet
from plans.options import POINTS_SD
from resistance.models import Source, Strategy

EXAMPLE_TEAM = 10
MOST_ACTIONS = 50


@dataclass(frozen=True)
class StrategyPage:
    strategy: Strategy
    facts: Sequence[tuple[str, str]]
    targets: Sequence[tuple[str, str]]
    first: Sequence[Strategy]
    actions: Sequence[Action]


def read_strategies() -> list[tuple[Source, list[Strategy]]]:
    """Active strategies below the source that each mainly aims at; three queries."""
    main: dict[str, list[Strategy]] = {}
    for strategy in Strategy.objects.active().prefetch_related("targets"):
        own = max(strategy.targets.all(), key=lambda target: target.weight, default=None)
        if own:
            main.setdefault(own.source_id, []).append(strategy)
    return [(source, main.get(source.key, [])) for source in Source.objects.all()]


def read_strategy(strategy: Strategy, visible: ActionQuerySet) -> StrategyPage:
    """With the actions among `visible` that use it, newest first; three queries."""
    targets = strategy.targets.select_related("source").order_by("-weight")
    running = visible.filter(strategy=strategy).select_related("plan__unit", "owner")
    return StrategyPage(
        strategy=strategy,
        facts=_facts(strategy),
        targets=[(target.source.name, f"{round(100 * target.weight)} %") for target in targets],
        first=list(strategy.prerequisites.all()),
        actions=list(running.order_by("-accepted_at")[:MOST_ACTIONS]),
    )


def _facts(strategy: Strategy) -> list[tuple[str, str]]:
    margin = 1.96 * POINTS_SD
    low = reasons.signed(strategy.prior_points - margin)
    high = reasons.signed(strategy.prior_points + margin)
    hours = reasons.number(round(strategy.hours_for(EXAMPLE_TEAM)))
    facts = [
        (_("Usually brings"), f"{reasons.number(strategy.prior_points)} ({low} … {high})"),
        (_("Shows after"), _("%(weeks)s weeks") % {"weeks": strategy.weeks_to_effect}),
        (_("Cost for ten people"), _("%(hours)s hours") % {"hours": hours}),
        (_("Who can start it"), strategy.get_owner_level_display()),
        (_("Who does it"), strategy.owner_hint),
        (_("Kind of method"), strategy.get_method_display()),
        (_("Early sign"), strategy.leading_indicator),
    ]
    return [fact for fact in facts if fact[1]]
