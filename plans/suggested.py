"""What comes next in a plan, as kept or as tried: suggestions, what lost to them, wishes, steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.db.models import Count, Q, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans import changes, reasons
from plans.models import Plan, Recommendation, RecommendationState
from plans.wanted import Wanted
from resistance.models import Source, Strategy

LEAST_SEVERE = 2
"""Points above target from which on a source has a line of its own."""


@dataclass(frozen=True)
class Suggestion:
    """A recommendation in words; points are signed, negative is better. Without `pk` it is tried
    only. The addresses are of previews; empty ones are not offered."""

    pk: int | None
    title: str
    sentence: str
    aim: str
    also: str
    expected: str
    low: str
    high: str
    hours: str
    weeks: int | None
    tried: str
    steps: Sequence[str]
    strategy_url: str
    pin_url: str = ""
    leave_url: str = ""


@dataclass(frozen=True)
class Other:
    """An alternative, or what only a higher level can start, in one line."""

    pk: int | None
    title: str
    hours: str
    expected: str
    why: str
    also: str = ""
    plan_with: str = ""
    pin_url: str = ""


@dataclass(frozen=True)
class WishChip:
    key: str
    title: str
    is_pinned: bool
    because: str
    undo_url: str


@dataclass(frozen=True)
class Share:
    """Of one source, in points above its target; lengths are SVG percentages of the farthest."""

    name: str
    severity: str
    removed: str
    whole: str
    part: str


@dataclass(frozen=True)
class Hint:
    text: str
    url: str


@dataclass(frozen=True)
class Next:
    suggestions: Sequence[Suggestion]
    others: Sequence[Other]
    upwards: Sequence[Other]
    declined: Sequence[Other]
    wishes: Sequence[WishChip]
    together: Sequence[Share]
    together_words: str
    hints: Sequence[Hint]
    over: str
    wanted: Wanted
    is_stale: bool
    fresh_url: str


@dataclass(frozen=True)
class Worked:
    """The suggestions of a plan before words, as kept or as tried; `because` are the reasons of
    what was left out."""

    plan: Plan
    recommendations: Sequence[Recommendation]
    outlook: Mapping[str, Any]
    wanted: Wanted
    because: Mapping[str, str]


@dataclass(frozen=True)
class Words:
    """Names by key in the reader's language, and in how many other plans a strategy runs."""

    names: reasons.Names
    tried: Counter[str]


def read_kept(plan: Plan) -> Worked:
    """One query."""
    recommendations = list(plan.recommendations.select_related("strategy", "source"))
    return Worked(plan, recommendations, plan.outlook, Wanted.as_kept(plan), plan.left_out)


def read_words(worked: Worked, more: Iterable[str] = ()) -> Words:
    """Of every source, and of every strategy that the section mentions or `more` has; one
    query."""
    others = Count("actions__plan", distinct=True, filter=~Q(actions__plan=worked.plan))
    mentioned = Strategy.objects.filter(pk__in=sorted(_mentioned(worked) | set(more)))
    named = ("key", "name_en", "name_de", "tried")
    strategies = mentioned.annotate(tried=others).order_by().values_list(*named)
    sources = Source.objects.annotate(tried=Value(0)).order_by().values_list(*named)
    names, tried = {}, Counter[str]()
    for key, english, german, plans in strategies.union(sources, all=True):
        names[key] = Source(name_en=english, name_de=german).name
        tried[key] = plans
    return Words(names, tried)


def _mentioned(worked: Worked) -> set[str]:
    keys = {*worked.wanted.pinned, *worked.wanted.left_out}
    for axis in ("budget", "horizon"):
        step = worked.outlook.get(axis) or {}
        keys |= {*step.get("comes", ()), *step.get("goes", ())}
    for entry in worked.recommendations:
        about, rival = entry.reason, entry.reason.get("rival") or {}
        keys |= {entry.strategy_id or "", about.get("instead_of", ""), rival.get("strategy", "")}
        keys |= {*about.get("after", ()), *about.get("needs", ()), *rival.get("needs", ())}
    return keys - {""}


def read_next(worked: Worked, words: Words) -> Next:
    """No queries."""
    plan, outlook, wanted = worked.plan, worked.outlook, worked.wanted
    by_state, names = group_by_state(worked.recommendations), words.names
    return Next(
        suggestions=[
            suggestion(entry, names, words.tried, worked)
            for entry in by_state[RecommendationState.SUGGESTED]
        ],
        others=[
            _other(entry, names, worked) for entry in by_state[RecommendationState.ALTERNATIVE]
        ],
        upwards=[_upward(entry) for entry in by_state[RecommendationState.UPWARDS]],
        declined=[
            _line(entry, entry.declined_because) for entry in by_state[RecommendationState.DECLINED]
        ],
        wishes=list(_wishes(worked, names)),
        together=_together(outlook.get("together", ()), names),
        together_words=_together_words(outlook.get("together", ())),
        hints=list(_hints(worked, names)),
        over=_over(outlook),
        wanted=wanted,
        is_stale=plan.has_ranking and not outlook,
        fresh_url=wanted.url(plan),
    )


def group_by_state(
    recommendations: Iterable[Recommendation],
) -> dict[RecommendationState, list[Recommendation]]:
    found: dict[RecommendationState, list[Recommendation]] = {s: [] for s in RecommendationState}
    for entry in recommendations:
        found[RecommendationState(entry.state)].append(entry)
    return found


def known_names(recommendations: Iterable[Recommendation]) -> dict[str, str]:
    """Of their strategies and sources, by key."""
    found = {r.strategy.key: r.strategy.name for r in recommendations if r.strategy}
    return found | {r.source.key: r.source.name for r in recommendations if r.source}


def suggestion(
    entry: Recommendation,
    names: reasons.Names,
    tried: Counter[str] | None = None,
    worked: Worked | None = None,
) -> Suggestion:
    """Without `worked` nothing is offered to try."""
    strategy = entry.strategy
    pin_url, leave_url = _trials(entry, worked) if worked else ("", "")
    return Suggestion(
        pk=entry.pk,
        title=reasons.title(entry),
        sentence=reasons.sentence(entry, names),
        aim=entry.source.name if entry.source else "",
        also=reasons.also(entry, names),
        expected=reasons.points(entry.expected_points),
        low=reasons.signed(entry.expected_low),
        high=reasons.signed(entry.expected_high),
        hours=reasons.number(round(entry.hours)),
        weeks=entry.reason.get("weeks"),
        tried=_tried_words((tried or Counter())[strategy.key] if strategy else 0),
        steps=reasons.first_steps(entry),
        strategy_url=strategy.get_absolute_url() if strategy else "",
        pin_url=pin_url,
        leave_url=leave_url,
    )


def _trials(entry: Recommendation, worked: Worked) -> tuple[str, str]:
    """Addresses of the previews that pin it and that leave it out."""
    key, wanted = entry.strategy_id, worked.wanted
    if not key:
        return "", ""
    pin = "" if key in wanted.pinned else wanted.pinning(key).url(worked.plan)
    return pin, wanted.leaving_out(key).url(worked.plan)


def _tried_words(count: int) -> str:
    if count == 0:
        return _("not tried yet")
    text = ngettext("tried by one team", "tried by %(count)s teams", count)
    return text % {"count": count}


def _other(entry: Recommendation, names: reasons.Names, worked: Worked) -> Other:
    return _line(
        entry,
        reasons.why_later(entry, names),
        also=reasons.also(entry, names),
        plan_with=reasons.plan_with(entry),
        pin_url=_trials(entry, worked)[0],
    )


def _upward(entry: Recommendation) -> Other:
    if entry.reason.get("level") == "ORGANISATION":
        return _line(entry, _("Only the organisation can start it."))
    return _line(entry, _("Only the department can start it."))


def _line(entry: Recommendation, why: str, **more: str) -> Other:
    return Other(
        pk=entry.pk,
        title=reasons.title(entry),
        hours=reasons.number(round(entry.hours)),
        expected=reasons.points(entry.expected_points),
        why=why,
        **more,
    )


def _wishes(worked: Worked, names: reasons.Names) -> Iterable[WishChip]:
    wanted, because = worked.wanted, worked.because
    for key in sorted(wanted.pinned | wanted.left_out, key=lambda key: names.get(key, key)):
        undo = wanted.without_wish(key).url(worked.plan)
        name, is_pinned = names.get(key, key), key in wanted.pinned
        yield WishChip(key, name, is_pinned, because.get(key, ""), undo)


def _together(entries: Sequence[Mapping[str, Any]], names: reasons.Names) -> list[Share]:
    """The sources well above target or reached by the plan, then all others in one line."""
    shown = [row for row in entries if row["severity"] >= LEAST_SEVERE or row["removed"] > 0]
    rest = [row for row in entries if row not in shown]
    most = max((row["severity"] for row in shown), default=1.0)
    shares = [_share(names.get(row["source"], ""), [row], most) for row in shown]
    return [*shares, _share(_("all others"), rest, most)] if rest else shares


def _share(name: str, rows: Sequence[Mapping[str, Any]], most: float) -> Share:
    severity, removed = (sum(row[part] for row in rows) for part in ("severity", "removed"))
    return Share(
        name=name,
        severity=reasons.number(round(severity)),
        removed=reasons.number(removed),
        whole=f"{min(100.0, 100 * severity / most):.1f}%",
        part=f"{min(100.0, 100 * min(removed, severity) / most):.1f}%",
    )


def _together_words(entries: Sequence[Mapping[str, Any]]) -> str:
    values = {
        "removed": reasons.number(round(sum(entry["removed"] for entry in entries))),
        "severity": reasons.number(round(sum(entry["severity"] for entry in entries))),
    }
    return (
        _("Together this takes away %(removed)s of the %(severity)s points above target") % values
    )


def _hints(worked: Worked, names: reasons.Names) -> Iterable[Hint]:
    plan, outlook, wanted = worked.plan, worked.outlook, worked.wanted
    if step := outlook.get("budget"):
        url = wanted.with_hours(step["more"]).url(plan)
        yield Hint(changes.more_hours(step, names), url)
    elif outlook:
        yield Hint(_("More hours would not change this plan."), "")
    if step := outlook.get("horizon"):
        url = wanted.with_weeks(step["more"]).url(plan)
        yield Hint(changes.more_weeks(step, names), url)


def _over(outlook: Mapping[str, Any]) -> str:
    """Where pinned strategies cost more than there is."""
    hours = ceil(outlook.get("over", 0))
    if not hours:
        return ""
    return ngettext(
        "What runs and what must be in takes %(hours)s hour more than there is.",
        "What runs and what must be in takes %(hours)s hours more than there are.",
        hours,
    ) % {"hours": reasons.number(hours)}
