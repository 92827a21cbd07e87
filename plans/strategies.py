"""What the strategy pages show: a strategy in numbers, what was measured here, and where it ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.db.models import Count, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from plans import reasons
from plans.effect_card import last_effects, verdict_word
from plans.evidence import Expected, read_expected
from plans.models import Action, ActionQuerySet, Effect
from plans.words import count_word
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
    has_run: bool
    is_measured: bool
    does_harm: bool


class Here(TextChoices):
    """What became of a strategy here."""

    RAN = "RAN", gettext_lazy("taken on")
    MEASURED = "MEASURED", gettext_lazy("measured in five teams or more")
    HARM = "HARM", gettext_lazy("no longer recommended")


@dataclass(frozen=True)
class StrategyFilters:
    """Cleaned values of the filter form; both may be left out."""

    source: Source | None = None
    here: str = ""

    def __bool__(self) -> bool:
        return bool(self.source or self.here)


@dataclass(frozen=True)
class StrategyList:
    """`summary` is about the whole catalogue, `groups` hold what the filters leave."""

    summary: str
    groups: Sequence[tuple[Source, Sequence[StrategyLine]]]


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


def read_strategies(filters: StrategyFilters) -> StrategyList:
    """Active strategies below the source that each mainly aims at; five queries."""
    strategies = list(Strategy.objects.active().prefetch_related("targets"))
    expected, ran = read_expected(strategies), _plans_of_strategies()
    main: dict[str, list[StrategyLine]] = {}
    for strategy in strategies:
        own = max(strategy.targets.all(), key=lambda target: target.weight, default=None)
        if own:
            line = _line(strategy, expected[strategy.key], ran[strategy.key])
            main.setdefault(own.source_id, []).append(line)
    groups = [
        (source, [line for line in main.get(source.key, ()) if _is_wanted(line, filters)])
        for source in Source.objects.all()
        if filters.source in (None, source)
    ]
    summary = _summary([line for lines in main.values() for line in lines])
    return StrategyList(summary, [(source, lines) for source, lines in groups if lines])


def _is_wanted(line: StrategyLine, filters: StrategyFilters) -> bool:
    by_word = {Here.RAN: line.has_run, Here.MEASURED: line.is_measured, Here.HARM: line.does_harm}
    return by_word[Here(filters.here)] if filters.here else True


def _summary(lines: Sequence[StrategyLine]) -> str:
    """How many there are, and what became of them here: four short sentences at most."""
    if not lines:
        return ""
    ran, measured, harm = (
        sum(getattr(line, name) for line in lines)
        for name in ("has_run", "is_measured", "does_harm")
    )
    sentences = [
        ngettext(
            "The catalogue holds %(count)s strategy.",
            "The catalogue holds %(count)s strategies.",
            len(lines),
        )
        % {"count": len(lines)},
        _ran_in_words(ran),
        _measured_in_words(measured),
    ]
    if harm:
        text = ngettext(
            "One does harm here and is no longer recommended.",
            "%(count)s do harm here and are no longer recommended.",
            harm,
        )
        sentences.append(text % {"count": count_word(harm)})
    return " ".join(sentences)


def _ran_in_words(count: int) -> str:
    if not count:
        return _("None has been taken on yet.")
    text = ngettext("One has been taken on.", "%(count)s have been taken on.", count)
    return text % {"count": count_word(count)}


def _measured_in_words(count: int) -> str:
    if not count:
        return _("None has been measured in five teams yet, so studies alone say what to expect.")
    text = ngettext(
        "One was measured in five teams or more, which now counts.",
        "%(count)s were measured in five teams or more, which now counts.",
        count,
    )
    return text % {"count": count_word(count)}


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
        has_run=plans > 0,
        is_measured=expected.local is not None,
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
