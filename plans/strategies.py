"""What the strategy pages show: a strategy in numbers, what was measured here, and where it ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans import reasons
from plans.effect_card import last_effects, verdict_word
from plans.evidence import Expected, read_expected
from plans.models import Action, ActionQuerySet, Effect
from resistance.learning import PRIOR_SD, SHOWN_FROM_UNITS
from resistance.models import Source, Strategy
from surveys.charts import percent

EXAMPLE_TEAM = 10
MOST_ACTIONS = 50
LEAST_SCALE, STEP = 15, 5


@dataclass(frozen=True)
class StrategyLine:
    """A strategy in the list: what is expected of it, what was measured here, where it ran."""

    strategy: Strategy
    usual: str
    here: str
    ran: str
    does_harm: bool


@dataclass(frozen=True)
class Mark:
    """A range with its value on a scale that has 0 in the middle, and the same in words."""

    name: str
    text: str
    left: str
    width: str
    value: str


@dataclass(frozen=True)
class Run:
    """An action that used the strategy; `verdict` is empty while nothing was measured."""

    action: Action
    verdict: str
    effect: str


@dataclass(frozen=True)
class StrategyPage:
    strategy: Strategy
    facts: Sequence[tuple[str, str]]
    targets: Sequence[tuple[str, str]]
    first: Sequence[Strategy]
    marks: Sequence[Mark]
    scale: int
    here: str
    does_harm: bool
    runs: Sequence[Run]


def read_strategies() -> list[tuple[Source, list[StrategyLine]]]:
    """Active strategies below the source that each mainly aims at; five queries."""
    strategies = list(Strategy.objects.active().prefetch_related("targets"))
    expected, ran = read_expected(strategies), _plans_of_strategies()
    main: dict[str, list[StrategyLine]] = {}
    for strategy in strategies:
        own = max(strategy.targets.all(), key=lambda target: target.weight, default=None)
        if own:
            line = _line(strategy, expected[strategy.key], ran[strategy.key])
            main.setdefault(own.source_id, []).append(line)
    return [(source, main.get(source.key, [])) for source in Source.objects.all()]


def read_strategy(strategy: Strategy, visible: ActionQuerySet) -> StrategyPage:
    """With the actions among `visible` that use it, newest first; five queries."""
    targets = strategy.targets.select_related("source").order_by("-weight")
    running = visible.filter(strategy=strategy).select_related("plan__unit", "owner")
    expected = read_expected([strategy])[strategy.key]
    marks, scale = _marks(strategy, expected)
    return StrategyPage(
        strategy=strategy,
        facts=_facts(strategy, expected),
        targets=[(target.source.name, f"{round(100 * target.weight)} %") for target in targets],
        first=list(strategy.prerequisites.all()),
        marks=marks,
        scale=scale,
        here=here_in_words(expected),
        does_harm=expected.does_harm,
        runs=_runs(list(running.order_by("-accepted_at")[:MOST_ACTIONS])),
    )


def usual_points(expected: Expected) -> list[tuple[str, str]]:
    """What a strategy brings as pairs of name and points, with what was measured here."""
    span = _span(expected.points, expected.low, expected.high)
    if expected.local is None:
        return [(_("Usually brings"), span)]
    local = expected.local
    return [
        (_("Expected here"), span),
        (_in_teams(expected), _span(local.value, local.low, local.high)),
    ]


def here_in_words(expected: Expected) -> str:
    """“In 6 teams here: −4 (−7 to −1)” from five teams on."""
    if expected.local is None:
        text = _("Not yet measured here: %(count)s of %(all)s teams.")
        return text % {"count": expected.units, "all": SHOWN_FROM_UNITS}
    local = expected.local
    span = _span(local.value, local.low, local.high)
    return f"{_in_teams(expected)}: {span}"


def _in_teams(expected: Expected) -> str:
    return _("In %(count)s teams here") % {"count": expected.units}


def _span(value: float, low: float, high: float) -> str:
    ends = {"low": reasons.signed(low), "high": reasons.signed(high)}
    return f"{reasons.points(value)} " + _("(%(low)s to %(high)s)") % ends


def _plans_of_strategies() -> Counter[str]:
    """In how many plans each strategy was taken on."""
    rows = Action.objects.exclude(strategy=None).order_by().values("strategy")
    return Counter(
        {r["strategy"]: r["plans"] for r in rows.annotate(plans=Count("plan", distinct=True))}
    )


def _line(strategy: Strategy, expected: Expected, plans: int) -> StrategyLine:
    ran = ngettext("taken on in one plan", "taken on in %(count)s plans", plans)
    return StrategyLine(
        strategy=strategy,
        usual=", ".join(f"{name}: {points}" for name, points in usual_points(expected)[:1]),
        here=here_in_words(expected),
        ran=ran % {"count": plans} if plans else _("not taken on yet"),
        does_harm=expected.does_harm,
    )


def _marks(strategy: Strategy, expected: Expected) -> tuple[list[Mark], int]:
    """Prior, local evidence and both together on one scale; only the prior below five teams."""
    prior, margin = strategy.prior_points, 1.96 * PRIOR_SD
    rows = [(_("From studies"), prior, prior - margin, prior + margin)]
    if expected.local:
        local = expected.local
        rows.append((_in_teams(expected), local.value, local.low, local.high))
        rows.append((_("Both together"), expected.points, expected.low, expected.high))
    furthest = max(max(abs(low), abs(high)) for _name, _value, low, high in rows)
    scale = max(LEAST_SCALE, STEP * ceil(furthest / STEP))

    def place(points: float) -> float:
        return 50 + 50 * points / scale

    marks = [
        Mark(
            name=name,
            text=_span(value, low, high),
            left=percent(place(low)),
            width=percent(place(high) - place(low)),
            value=percent(place(value)),
        )
        for name, value, low, high in rows
    ]
    return marks, scale


def _runs(actions: list[Action]) -> list[Run]:
    effects = Effect.objects.filter(action__in=actions)
    found = {effect.action_id: effect for effect in last_effects(effects)}
    return [_run(action, found.get(action.pk)) for action in actions]


def _run(action: Action, effect: Effect | None) -> Run:
    if effect is None:
        return Run(action, "", "")
    if effect.value is None or effect.low is None or effect.high is None:
        return Run(action, verdict_word(effect), "")
    return Run(action, verdict_word(effect), _span(effect.value, effect.low, effect.high))


def _facts(strategy: Strategy, expected: Expected) -> list[tuple[str, str]]:
    hours = reasons.number(round(strategy.hours_for(EXAMPLE_TEAM)))
    facts = [
        *usual_points(expected),
        (_("Shows after"), _("%(weeks)s weeks") % {"weeks": strategy.weeks_to_effect}),
        (_("Cost for ten people"), _("%(hours)s hours") % {"hours": hours}),
        (_("Who can start it"), strategy.get_owner_level_display()),
        (_("Who does it"), strategy.owner_hint),
        (_("Kind of method"), strategy.get_method_display()),
        (_("Early sign"), strategy.leading_indicator),
    ]
    return [fact for fact in facts if fact[1]]
