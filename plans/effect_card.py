"""What a page says of a measured effect: the subtraction written out, its range, its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from plans import reasons
from plans.models import Action, Basis, Effect, Plan, Verdict
from plans.words import local_day
from surveys.charts import percent
from surveys.models import Comparison

LEAST_SCALE = 20
STEP = 10


@dataclass(frozen=True)
class EffectBar:
    """Range and value on a scale that has 0 in the middle; lengths as SVG wants them."""

    left: str
    width: str
    value: str
    label: str


@dataclass(frozen=True)
class EffectCard:
    """`lines` are what is taken off, one by one; `left` is what remains for the action. Without a
    number there is only `words`, the reason."""

    title: str
    url: str
    source: str
    verdict: str
    words: str
    lines: Sequence[tuple[str, str]] = ()
    left: str = ""
    label: str = ""
    bar: EffectBar | None = None
    notes: Sequence[str] = ()


def effects_of(plan: Plan, user: User) -> list[EffectCard]:
    """What was measured of the plan's actions, and of those of the plan before; the last effect
    of each action, among those that `user` may see. Three queries."""
    before = Comparison.objects.filter(unit=plan.unit).values("earlier")
    here = Q(action__plan=plan) | Q(action__plan__unit__in=before)
    return [effect_card(effect) for effect in last_effects(_seen(user).filter(here))]


def last_effect(action: Action) -> EffectCard | None:
    """Of the action itself, for a page whose reader may see it; one query."""
    found = last_effects(_effects(Effect.objects.filter(action=action)))
    return effect_card(found[0]) if found else None


def last_effects(effects: Iterable[Effect]) -> list[Effect]:
    """The newest effect of each action, of `effects` in their order, the newest first; one with a
    number goes before one without."""
    found: dict[int, Effect] = {}
    for effect in effects:
        known = found.setdefault(effect.action_id, effect)
        if effect.is_measured and not known.is_measured:
            found[effect.action_id] = effect
    return list(found.values())


def effect_card(effect: Effect) -> EffectCard:
    action = effect.action
    title, source = action.title, effect.source.name
    if effect.value is None or effect.low is None or effect.high is None:
        words = _UNMEASURED[Basis(effect.basis)]()
        return EffectCard(title, action.get_absolute_url(), source, verdict_word(effect), words)
    ends = {"low": reasons.signed(effect.low), "high": reasons.signed(effect.high)}
    value = reasons.points(effect.value)
    label = _("Effect %(value)s, range %(low)s to %(high)s") % {"value": value, **ends}
    return EffectCard(
        title=f"{title}, {month(effect)}",
        url=action.get_absolute_url(),
        source=source,
        verdict=verdict_word(effect),
        words=" ".join([_("Range %(low)s to %(high)s.") % ends, _meaning(effect)]),
        lines=_lines(effect),
        left=value,
        label=label,
        bar=_bar(effect.value, effect.low, effect.high),
        notes=_notes(effect),
    )


def verdict_word(effect: Effect) -> str:
    """As a heading: “Worked”, “No sign”, “Too few to say”."""
    text = str(Verdict(effect.verdict).label)
    return text[:1].upper() + text[1:]


def month(effect: Effect) -> str:
    """When people were asked again: “November 2026”."""
    moment = effect.assessment.closed_at or effect.measured_at
    return date_format(local_day(moment), pgettext("date format", "F Y"))


def _seen(user: User) -> QuerySet[Effect]:
    return _effects(Effect.objects.filter(action__in=Action.objects.visible_to(user)))


def _effects(found: QuerySet[Effect]) -> QuerySet[Effect]:
    return found.select_related("action__plan__unit", "source", "assessment")


def _lines(effect: Effect) -> list[tuple[str, str]]:
    """The parts add up to what is left, also as they are written: rounding goes to the last."""
    first, second = effect.first or 0, effect.second or 0
    changed, trend = second - first, round(effect.trend or 0.0, 1)
    back = round(changed - trend - round(effect.value or 0.0, 1), 1)
    values = {"unit": effect.action.plan.unit.name, "first": first, "second": second}
    lines = [(_("%(unit)s changed from %(first)s to %(second)s") % values, reasons.points(changed))]
    if effect.basis == Basis.FITTED:
        lines.append((_("so did teams that did nothing about it"), reasons.points(trend)))
    is_high = back < 0
    text = (
        _("values this high come back anyway") if is_high else _("values this low come back anyway")
    )
    return [*lines, (text, reasons.points(back))]


def _meaning(effect: Effect) -> str:
    values = {"promised": reasons.points(effect.promised)}
    if effect.basis != Basis.FITTED:
        return _TOO_FEW[Basis(effect.basis)]()
    if effect.verdict == Verdict.WORKED:
        return _("Consistent with the action having helped; other causes cannot be ruled out.")
    if effect.verdict == Verdict.NO_SIGN:
        return _("What it promised (%(promised)s) lies outside.") % values
    return _("Both no effect and what it promised (%(promised)s) are possible.") % values


_TOO_FEW: dict[Basis, Callable[[], str]] = {
    Basis.NO_TREND: lambda: _(
        "Fewer than eight teams did nothing about this source, so it is not known how it moved by "
        "itself."
    ),
    Basis.UNFITTED: lambda: _(
        "It takes two assessments of many teams to know how values move by themselves; these were "
        "too few."
    ),
}

_UNMEASURED: dict[Basis, Callable[[], str]] = {
    Basis.DIFFERENT_PEOPLE: lambda: _(
        "Different people: more than three in ten of those who were asked before are no longer "
        "here, or are new."
    ),
    Basis.NO_UNIT: lambda: _("These teams were reported together with others this time."),
    Basis.NOT_SHOWN: lambda: _(
        "The source was not shown both times, or not asked with the same statements."
    ),
}


def _notes(effect: Effect) -> list[str]:
    notes = []
    if not effect.is_alone:
        notes.append(_("Something else was done about this source here; the effect is of both."))
    if not effect.is_done:
        notes.append(_("It was not finished when people were asked again."))
    return notes


def _bar(value: float, low: float, high: float) -> EffectBar:
    scale = max(LEAST_SCALE, STEP * ceil(max(abs(low), abs(high)) / STEP))

    def place(points: float) -> float:
        return 50 + 50 * points / scale

    return EffectBar(
        left=percent(place(low)),
        width=percent(place(high) - place(low)),
        value=percent(place(value)),
        label=reasons.points(value),
    )
