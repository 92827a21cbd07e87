"""Why something is shown coarsely or not at all, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.models import Reason, SourceFinding, StatementFinding, Visibility


@dataclass(frozen=True)
class Note:
    """A line of “not shown, and why”."""

    what: str
    why: str


def why_band(reason: str) -> str:
    """Why a statement is shown as low, mixed or high."""
    return {
        Reason.FEW: _("shown as a band: few answered"),
        Reason.ALIKE: _("shown as a band: the answers were nearly alike"),
        Reason.EARLIER: _("shown as a band: almost the same people were reported before"),
        Reason.REVEALING: _("shown as a band: exact numbers would have shown a single person"),
    }.get(Reason(reason), _("shown as a band"))


def why_missing(reason: str) -> str:
    """Why nothing is shown."""
    return {
        Reason.FEW: _("not shown: too few answered"),
        Reason.ALIKE: _("not shown: the answers were nearly alike"),
        Reason.EARLIER: _("not shown: almost the same people were reported before"),
        Reason.REVEALING: _("not shown: it would have shown where a single person stands"),
    }.get(Reason(reason), _("not shown"))


def notes_of(
    sources: Iterable[SourceFinding], statements: Iterable[StatementFinding]
) -> list[Note]:
    """What is left out of a unit and what is only banded for another reason than few answers."""
    statements = list(statements)
    hidden = Counter(s.reason for s in sources if s.visibility == Visibility.SUPPRESSED)
    notes = [Note(_no_score(count), _why(reason)) for reason, count in sorted(hidden.items())]
    left_out = Counter(s.reason for s in statements if s.visibility == Visibility.SUPPRESSED)
    notes += [Note(_left_out(count), _why(reason)) for reason, count in sorted(left_out.items())]
    banded = Counter(
        s.reason
        for s in statements
        if s.visibility == Visibility.BAND and s.reason not in (Reason.FEW, Reason.NONE)
    )
    return notes + [Note(_banded(count), _why(reason)) for reason, count in sorted(banded.items())]


def _no_score(count: int) -> str:
    text = ngettext("%(count)s source has no score", "%(count)s sources have no score", count)
    return text % {"count": count}


def _left_out(count: int) -> str:
    text = ngettext("%(count)s statement is left out", "%(count)s statements are left out", count)
    return text % {"count": count}


def _banded(count: int) -> str:
    text = ngettext(
        "%(count)s statement shows no numbers", "%(count)s statements show no numbers", count
    )
    return text % {"count": count}


def _why(reason: str) -> str:
    return {
        Reason.FEW: _("Too few answered."),
        Reason.ALIKE: _("The answers were nearly alike; counts would tell what each one said."),
        Reason.EARLIER: _(
            "Almost the same people were reported before; the difference would tell who said what."
        ),
        Reason.REVEALING: _("It would have shown where a single person stands."),
    }.get(Reason(reason), _("It would have told too much about single people."))
