"""How to choose when no source stands out: what each would cost, and who could start it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from resistance.models import OwnerLevel, StrategyTarget
from surveys.headlines import in_sentence


@dataclass(frozen=True)
class Choice:
    """The cheapest start against one source, by the unit itself if there is one."""

    source: str
    strategy: str
    url: str
    hours: int
    weeks: int
    level: str
    is_own: bool


def choices_for(sources: Iterable[str], members: int) -> list[Choice]:
    """One line per source, what the unit can start itself first, then by hours. One query."""
    own_targets = (
        StrategyTarget.objects.filter(weight=1, source__in=list(sources), strategy__is_active=True)
        .select_related("strategy", "source")
        .order_by("source__position", "strategy")
    )
    best: dict[str, StrategyTarget] = {}
    for target in own_targets:
        known = best.get(target.source_id)
        if known is None or _cost(target, members) < _cost(known, members):
            best[target.source_id] = target
    found = sorted(best.values(), key=lambda target: _cost(target, members))
    return [_choice(target, members) for target in found]


def _cost(target: StrategyTarget, members: int) -> tuple[bool, float]:
    strategy = target.strategy
    return strategy.owner_level != OwnerLevel.TEAM, strategy.hours_for(members)


def _choice(target: StrategyTarget, members: int) -> Choice:
    strategy = target.strategy
    return Choice(
        source=in_sentence(target.source_id, target.source.name),
        strategy=strategy.name,
        url=strategy.get_absolute_url(),
        hours=round(strategy.hours_for(members)),
        weeks=strategy.weeks_to_effect,
        level=str(OwnerLevel(strategy.owner_level).label),
        is_own=strategy.owner_level == OwnerLevel.TEAM,
    )
