"""Turns the stored numbers of a recommendation into sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans.models import Recommendation
from plans.options import Why
from surveys.headlines import in_sentence

Names = Mapping[str, str]
"""Names of strategies and sources by key, in the reader's language."""


def number(value: float) -> str:
    """At most one decimal, with a real minus sign."""
    rounded = round(value, 1)
    text = number_format(abs(rounded), decimal_pos=0 if rounded == int(rounded) else 1)
    return f"−{text}" if rounded < 0 else text


def signed(value: float) -> str:
    """As `number`, whole and with a plus above zero: “−3”, “0”, “+3”."""
    whole = round(value)
    return f"+{number(whole)}" if whole > 0 else number(whole)


def points(value: float) -> str:
    """An expected change, with one decimal where it has one: “−3.5”."""
    return f"+{number(value)}" if round(value, 1) > 0 else number(value)


def title(recommendation: Recommendation) -> str:
    if recommendation.strategy:
        return recommendation.strategy.name
    return _("A conversation with the team")


def first_steps(recommendation: Recommendation) -> list[str]:
    if recommendation.strategy:
        return recommendation.strategy.steps
    return [
        _("Take half an hour and ask what gets in the way"),
        _("Write down the three points that come up most, with who can change them"),
        _("Say by when each point gets an answer"),
    ]


def sentence(recommendation: Recommendation, names: Names) -> str:
    """Why this is suggested: what it aims at, what it costs and brings, what came second, and
    why a stronger source has to wait."""
    reason = recommendation.reason
    if "conversation" in reason:
        return _conversation(reason["conversation"])
    parts = [
        _pinned() if reason.get("pinned") else "",
        _aim(recommendation),
        _counts(recommendation),
        _cost(recommendation),
        _order(reason, names),
        _here(reason.get("here")),
        _rival(reason.get("rival"), names),
        _higher(reason.get("higher"), names),
    ]
    return " ".join(part for part in parts if part)


def why_later(recommendation: Recommendation, names: Names) -> str:
    """Why an alternative lost, in one short sentence."""
    reason = recommendation.reason
    instead = names.get(reason.get("instead_of", ""), "")
    needs = _names_of(reason.get("needs", ()), names)
    values = {
        "left": number(max(0, reason.get("hours_left", 0))),
        "weeks": reason.get("weeks", 0),
        "other": instead,
        "needs": needs,
        "units": reason.get("here", {}).get("units", 0),
    }
    why = recommendation.why_not
    if why == Why.OVERLAPS and instead:
        return _("Works on the same as “%(other)s”.") % values
    if why == Why.NEEDS_FIRST and needs:
        return _("Needs “%(needs)s” first.") % values
    return _WHY_LATER.get(why, _less_value)() % values


def plan_with(recommendation: Recommendation) -> str:
    """What the plan that holds an alternative costs and takes away, against the plan as it is."""
    reason = recommendation.reason
    hours, mine = reason.get("hours_together"), reason.get("plan_value")
    if hours is None or not mine:
        return ""
    share = round(100 * reason["value"] / mine) - 100
    values = {"hours": number(round(hours)), "share": abs(share)}
    if share == 0:
        return _("The plan with it: %(hours)s h, takes away as much.") % values
    if share > 0:
        return _("The plan with it: %(hours)s h, takes away %(share)s %% more.") % values
    return _("The plan with it: %(hours)s h, takes away %(share)s %% less.") % values


def also(recommendation: Recommendation, names: Names) -> str:
    """The other sources that it helps in this plan: “Silos, Lack of time”."""
    return _names_of(recommendation.reason.get("also", ()), names)


def _pinned() -> str:
    return _("Wanted in, whatever the ranking says.")


def _order(reason: Mapping[str, Any], names: Names) -> str:
    """What has to come first, inside the plan or missing from it."""
    after, needs = listed(reason.get("after", ()), names), listed(reason.get("needs", ()), names)
    if needs:
        return _("It needs %(needs)s first, which this plan does not hold.") % {"needs": needs}
    if after:
        values = {"after": after, "weeks": reason["weeks_in_all"]}
        return _("It comes after %(after)s; both show after %(weeks)s weeks.") % values
    return ""


def listed(keys: Iterable[str], names: Names) -> str:
    """“X”, “Y”"""
    return ", ".join(_("“%(name)s”") % {"name": names[key]} for key in keys if key in names)


def _less_value() -> str:
    return _("Takes less away here.")


_WHY_LATER: dict[str, Callable[[], str]] = {
    Why.OVER_BUDGET: lambda: _("More hours than are left (%(left)s)."),
    Why.DOES_HARM: lambda: _("Resistance rose in %(units)s teams here that did it."),
    Why.TOO_SLOW: lambda: _("Shows after %(weeks)s weeks, which is too late for this plan."),
    Why.MORE_HOURS: lambda: _("Brings about the same for more hours."),
    Why.OVERLAPS: lambda: _("Works on what the suggestions take away already."),
    Why.STRONGEST: lambda: _("Would leave the strongest source without an action."),
    Why.NEEDS_FIRST: lambda: _("Needs something else first."),
    Why.ALREADY_TRIED: lambda: _("Was begun here before."),
    Why.EXCLUDED: lambda: _("Left out on purpose."),
}


def _conversation(why: str) -> str:
    if why == "FEW_ANSWERED":
        return _(
            "Too few answered to rank the sources. Ask the team first what kept them, and what "
            "gets in their way."
        )
    if why == "NOTHING_MORE":
        return _(
            "Within these limits nothing adds to what runs already. Ask the team how it goes, and "
            "what gets in the way."
        )
    return _(
        "Nothing that this team can start by itself takes away what holds it back. Talk about it "
        "with the team, and ask for what only a higher level can do."
    )


def _aim(recommendation: Recommendation) -> str:
    reason = recommendation.reason
    if recommendation.source is None or "estimate" not in reason:
        return ""
    values = {"source": recommendation.source.name, "points": reason["estimate"]}
    certainty, place = reason["certainty"], reason["place"]
    pattern = _PLACES.get((certainty, place))
    if pattern:
        return pattern() % values
    if certainty in ("CLEAR", "LIKELY"):
        return _("%(source)s is among your strongest sources (%(points)s).") % values
    if certainty == "OPEN":
        return _("%(source)s may be among your strongest sources (%(points)s).") % values
    return _("%(source)s stands at %(points)s points.") % values


_PLACES: dict[tuple[str, int], Callable[[], str]] = {
    ("CLEAR", 1): lambda: _("%(source)s is clearly a top source, the first one (%(points)s)."),
    ("CLEAR", 2): lambda: _("%(source)s is clearly a top source, the second one (%(points)s)."),
    ("CLEAR", 3): lambda: _("%(source)s is clearly a top source, the third one (%(points)s)."),
    ("LIKELY", 1): lambda: _("%(source)s is likely your first source (%(points)s)."),
    ("LIKELY", 2): lambda: _("%(source)s is likely your second source (%(points)s)."),
    ("LIKELY", 3): lambda: _("%(source)s is likely your third source (%(points)s)."),
}


def _counts(recommendation: Recommendation) -> str:
    """That its source counts more than others where this decides, and that units do not differ."""
    reason, source = recommendation.reason, recommendation.source
    parts = []
    if "counts" in reason and source:
        text = _(
            "It comes before others for the weight of %(source)s in the whole organisation: "
            "%(share)s %%, against %(average)s %% of an average source."
        )
        parts.append(text % {"source": in_sentence(source.key, source.name), **reason["counts"]})
    if reason.get("alike"):
        parts.append(_("Units hardly differ on it: ask for it to be worked on for all."))
    return " ".join(parts)


def _cost(recommendation: Recommendation) -> str:
    hours = round(recommendation.hours)
    return ngettext(
        "This costs about %(hours)s hour, and the method usually brings %(points)s points in "
        "%(weeks)s weeks.",
        "This costs about %(hours)s hours, and the method usually brings %(points)s points in "
        "%(weeks)s weeks.",
        hours,
    ) % {
        "hours": number(hours),
        "points": number(-recommendation.expected_points),
        "weeks": recommendation.reason.get("weeks", ""),
    }


def _here(here: Mapping[str, Any] | None) -> str:
    """What was measured in at least five teams here, with its range."""
    if not here:
        return ""
    return _("Measured in %(units)s teams here: %(points)s (%(low)s to %(high)s).") % {
        "units": here["units"],
        "points": points(here["value"]),
        "low": signed(here["low"]),
        "high": signed(here["high"]),
    }


def _rival(rival: Mapping[str, Any] | None, names: Names) -> str:
    """What else would reach the same source, and why it lost."""
    if not rival or rival["strategy"] not in names:
        return ""
    values = {
        "name": names[rival["strategy"]],
        "points": number(rival["drop"]),
        "hours": number(round(rival["hours"])),
        "left": number(round(max(0, rival["hours_left"]))),
        "weeks": rival["weeks"],
        "needs": _names_of(rival["needs"], names),
    }
    pattern = _RIVALS.get(rival["why"])
    return pattern() % values if pattern else ""


_RIVALS: dict[str, Callable[[], str]] = {
    Why.OVER_BUDGET: lambda: _(
        "“%(name)s” could bring %(points)s, but would take %(hours)s hours; with this plan "
        "%(left)s are left."
    ),
    Why.MORE_HOURS: lambda: _("“%(name)s” could bring %(points)s, but takes %(hours)s hours."),
    Why.TOO_SLOW: lambda: _(
        "“%(name)s” could bring %(points)s, but shows after %(weeks)s weeks only."
    ),
    Why.STRONGEST: lambda: _(
        "“%(name)s” could bring %(points)s, but would leave the strongest source without an action."
    ),
    Why.OVERLAPS: lambda: _(
        "“%(name)s” could bring %(points)s, but there is not that much left to take away."
    ),
    Why.LESS_VALUE: lambda: _(
        "“%(name)s” could bring %(points)s here, but does less for your other sources."
    ),
}


def _higher(higher: Mapping[str, Any] | None, names: Names) -> str:
    """Why nothing in this plan aims at the strongest source."""
    if not higher or higher["source"] not in names:
        return ""
    values = {"source": names[higher["source"]], "points": higher["estimate"]}
    return _HIGHER.get(higher["why"], _more_elsewhere)() % values


def _more_elsewhere() -> str:
    return _(
        "%(source)s stands higher (%(points)s), but the methods known against it would take away "
        "less in all."
    )


_HIGHER: dict[str, Callable[[], str]] = {
    Why.OVER_BUDGET: lambda: _(
        "%(source)s stands higher (%(points)s), but what can be started here against it costs "
        "more hours than are left."
    ),
    Why.MORE_HOURS: lambda: _(
        "%(source)s stands higher (%(points)s), but what can be started here against it takes "
        "more hours for about the same."
    ),
    Why.TOO_SLOW: lambda: _(
        "%(source)s stands higher (%(points)s), but what helps against it shows too late for "
        "this plan."
    ),
    Why.NEEDS_FIRST: lambda: _(
        "%(source)s stands higher (%(points)s), but what helps against it needs something else "
        "first."
    ),
    Why.HIGHER_LEVEL: lambda: _(
        "%(source)s stands higher (%(points)s), but only a higher level can start what helps "
        "against it."
    ),
    Why.DOES_HARM: lambda: _(
        "%(source)s stands higher (%(points)s), but what is known against it made it worse in "
        "teams here."
    ),
    Why.ALREADY_TRIED: lambda: _(
        "%(source)s stands higher (%(points)s), but what helps against it has been begun here "
        "before."
    ),
    Why.EXCLUDED: lambda: _(
        "%(source)s stands higher (%(points)s), but what helps against it was left out or declined."
    ),
}


def _names_of(keys: Any, names: Names) -> str:
    return ", ".join(names[key] for key in keys if key in names)
