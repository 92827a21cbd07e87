"""The words above results: what is known, in whole sentences that a translation may turn round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext_lazy

from surveys.models import Certainty

LOW_BELOW = 35
TOP = 3

IN_SENTENCE = {
    "understanding": pgettext_lazy("within a sentence", "lack of understanding"),
    "attitudes": pgettext_lazy("within a sentence", "negative attitudes"),
    "complacency": pgettext_lazy("within a sentence", "complacency"),
    "leadership": pgettext_lazy("within a sentence", "lack of leadership support"),
    "silos": pgettext_lazy("within a sentence", "silos"),
    "fear_of_change": pgettext_lazy("within a sentence", "fear of change"),
    "job_loss": pgettext_lazy("within a sentence", "fear of job loss"),
    "mistakes": pgettext_lazy("within a sentence", "fear of mistakes"),
    "tooling": pgettext_lazy("within a sentence", "outdated tools"),
    "training": pgettext_lazy("within a sentence", "training"),
    "time": pgettext_lazy("within a sentence", "time"),
}

ALONE = {
    "understanding": gettext_lazy("Lack of understanding holds %(whom)s back most."),
    "attitudes": gettext_lazy("Negative attitudes hold %(whom)s back most."),
    "complacency": gettext_lazy("Complacency holds %(whom)s back most."),
    "leadership": gettext_lazy("Lack of leadership support holds %(whom)s back most."),
    "silos": gettext_lazy("Silos hold %(whom)s back most."),
    "fear_of_change": gettext_lazy("Fear of change holds %(whom)s back most."),
    "job_loss": gettext_lazy("Fear of job loss holds %(whom)s back most."),
    "mistakes": gettext_lazy("Fear of mistakes holds %(whom)s back most."),
    "tooling": gettext_lazy("Outdated tools hold %(whom)s back most."),
    "training": gettext_lazy("Training holds %(whom)s back most."),
    "time": gettext_lazy("Time holds %(whom)s back most."),
}


@dataclass(frozen=True)
class Ranked:
    """A source with what the heading needs of it: its estimate in points and its certainty."""

    key: str
    name: str
    estimate: float
    certainty: str


@dataclass(frozen=True)
class Headline:
    """`lede` is a few sentences, with the names of likely sources marked up."""

    heading: str
    lede: SafeString


def headline_of(unit: str, sources: Sequence[Ranked], *, has_ranking: bool) -> Headline:
    """What is known of `unit`; `sources` are those shown, with the strongest first."""
    if not sources:
        return _nothing(unit)
    if not has_ranking:
        return _unranked(unit, len(sources))
    clear = [source for source in sources if source.certainty == Certainty.CLEAR]
    likely = [source for source in sources if source.certainty == Certainty.LIKELY]
    if clear:
        heading = holds_back(unit, clear)
        parts = [_clearly(len(clear)), _likely_too(clear, likely)]
    elif likely:
        names = listing([in_sentence(source.key, source.name) for source in likely])
        heading = _("Likely to hold %(unit)s back most: %(sources)s.")
        heading = heading % {"unit": unit, "sources": names}
        parts = [_("None of it is clear yet: the ranges overlap.")]
    else:
        heading = _("No source stands out in %(unit)s.") % {"unit": unit}
        parts = [_told_apart(sources)]
    return Headline(heading, _join([*parts, _low(sources[0])]))


def holds_back(whom: str, sources: Sequence[Ranked]) -> str:
    """“Time and training hold Calls A back most.” for one source or more."""
    first = sources[0]
    if len(sources) == 1:
        known = ALONE.get(first.key) or _("What holds %(whom)s back most: %(source)s.")
        return str(known) % {"whom": whom, "source": first.name}
    names = listing([in_sentence(source.key, source.name) for source in sources])
    return _("%(sources)s hold %(whom)s back most.") % {"sources": _upper(names), "whom": whom}


def in_sentence(key: str, name: str) -> str:
    """What a source is called within a sentence; its own name if it is not of the catalogue."""
    return str(IN_SENTENCE.get(key, name))


def listing(words: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    if len(words) == 1:
        return words[0]
    return _("%(some)s and %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}


def answered(answers: int | None, percent: int | None, *, few: tuple[int, int]) -> str:
    """How many answered, exactly where that is known; `few` is the span of counts otherwise."""
    if answers is None:
        text = _("%(low)s–%(high)s people answered, so every value is rounded.")
        return text % {"low": few[0], "high": few[1]}
    text = ngettext(
        "%(count)s person answered, %(percent)s %%.",
        "%(count)s people answered, %(percent)s %%.",
        answers,
    )
    return text % {"count": answers, "percent": percent}


def answers_in_short(
    answers: int | None, *, few: tuple[int, int], is_shared: bool, has_ranking: bool = True
) -> str:
    """The line under a unit's name: “12 answers, reported together”."""
    if answers is None:
        text = _("%(low)s–%(high)s answers") % {"low": few[0], "high": few[1]}
    else:
        text = ngettext("%(count)s answer", "%(count)s answers", answers) % {"count": answers}
    more = [_("reported together")] if is_shared else []
    more += [] if has_ranking else [_("no ranking")]
    return ", ".join([text, *more])


def in_short(sources: Sequence[Ranked], *, has_ranking: bool) -> str:
    """One line for a list: “Clear: time and training. Likely: silos.”"""
    if not has_ranking:
        return ""
    kinds = (
        (Certainty.CLEAR, _("Clear: %(sources)s.")),
        (Certainty.LIKELY, _("Likely: %(sources)s.")),
    )
    sentences = []
    for kind, text in kinds:
        names = [in_sentence(s.key, s.name) for s in sources if s.certainty == kind]
        if names:
            sentences.append(text % {"sources": listing(names)})
    return " ".join(sentences) or _("No source stands out.")


def _unranked(unit: str, sources: int) -> Headline:
    if sources <= TOP:
        lede = _("Too few sources can be shown to rank them.")
    else:
        lede = _("Too few answered to rank. Ask the team first what kept them.")
    return Headline(_("Scores for %(unit)s, no ranking.") % {"unit": unit}, format_html("{}", lede))


def _nothing(unit: str) -> Headline:
    return Headline(
        _("No score of %(unit)s can be shown.") % {"unit": unit},
        format_html("{}", _("Each would have told something about single people.")),
    )


def _clearly(count: int) -> str:
    return npgettext(
        "sources",
        "It is clearly one of the three strongest sources.",
        "They are clearly among the three strongest sources.",
        count,
    )


def _likely_too(clear: Sequence[Ranked], likely: Sequence[Ranked]) -> SafeString | str:
    if not likely:
        return ""
    marked = [
        format_html("<strong>{}</strong>", in_sentence(source.key, source.name))
        for source in likely
    ]
    names = format_html_join(", ", "{}", ((name,) for name in marked))
    if len(clear) == 2 and len(likely) == 1:
        return format_html(_("Likely third: {sources}."), sources=names)
    return format_html(_("Likely among them too: {sources}."), sources=names)


def _told_apart(sources: Sequence[Ranked]) -> str:
    count = sum(1 for source in sources if source.certainty == Certainty.OPEN)
    text = ngettext(
        "%(count)s source may lead, but not for sure; here is how to choose.",
        "%(count)s sources cannot be told apart; here is how to choose.",
        count,
    )
    return text % {"count": count}


def _low(first: Ranked) -> str:
    if first.estimate >= LOW_BELOW:
        return ""
    return _("Even the strongest stands low.")


def _join(sentences: Sequence[str]) -> SafeString:
    return format_html_join(" ", "{}", ((sentence,) for sentence in sentences if sentence))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
