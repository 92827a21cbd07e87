"""How a unit moved since it was asked before: at most three sources as pictures, all as a table.

Everything is read as it was stored; a change is called one only where its test says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from resistance.models import Source
from surveys.charts import TrendPoint, trend_points
from surveys.models import ChangeFinding, Comparison, SourceFinding, Unit, Visibility

MOST_TRENDS = 3
MOST_WAVES = 4
#: what a unit is best fetched with: as many assessments back as are drawn
EARLIER = tuple(
    f"comparison__{'earlier__comparison__' * steps}earlier__assessment"
    for steps in range(MOST_WAVES - 1)
)


@dataclass(frozen=True)
class Said:
    """What may be said of a change: a few words that stand out, and the rest of the sentence."""

    kind: str
    words: str
    rest: str


@dataclass(frozen=True)
class Trend:
    """One source over the assessments; `label` says in a sentence what the picture shows, `values`
    as a table: month, value, range."""

    name: str
    label: str
    points: Sequence[TrendPoint]
    said: Said
    values: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class ChangeRow:
    name: str
    before: str
    now: str
    difference: str
    low: str
    high: str
    said: Said


@dataclass(frozen=True)
class Trends:
    """`since` is the month of the assessment before; `has_steps` where values are rounded. Without
    trends `together` may hold a larger unit that can be compared, or `has_different_people` says
    why there is nothing."""

    since: str = ""
    earlier: Unit | None = None
    trends: Sequence[Trend] = ()
    rows: Sequence[ChangeRow] = ()
    has_steps: bool = False
    has_different_people: bool = False
    together: Unit | None = None


def read_trends(unit: Unit, user: User) -> Trends | None:
    """None where nothing was asked before, or by other managers only. `unit` comes with its
    assessment and `EARLIER`. Two queries at most."""
    comparison = _comparison_of(unit)
    if comparison is None:
        together = _together(unit, user)
        return Trends(together=together) if together else None
    earlier, since = comparison.earlier, month(comparison.earlier.assessment.closed_at)
    found = _findings(_waves(unit, comparison), user)
    waves = [wave for wave in _waves(unit, comparison) if wave.pk in found]
    if earlier not in waves:
        return None
    if comparison.has_different_people:
        return Trends(since=since, earlier=earlier, has_different_people=True)
    changes = list(comparison.changes.select_related("source").order_by("source__position"))
    return Trends(
        since=since,
        earlier=earlier,
        trends=[
            _trend(change, waves, found, since) for change in _shown_first(changes, found[unit.pk])
        ],
        rows=[_row(change, comparison, found, since) for change in changes],
        has_steps=any(
            finding.visibility == Visibility.ROUNDED
            for findings in found.values()
            for finding in findings.values()
        ),
    )


def read_change(unit: Unit, source: Source) -> Said | None:
    """What may be said of one source of a re-pulse; None where nothing is compared. One query if
    `unit` was fetched with `EARLIER`."""
    comparison = _comparison_of(unit)
    if comparison is None:
        return None
    if comparison.has_different_people:
        return Said("people", _("Different people."), _("Nothing is compared."))
    change = comparison.changes.filter(source=source).first()
    since = month(comparison.earlier.assessment.closed_at)
    return said_of(change, since) if change else None


def said_of(change: ChangeFinding, since: str) -> Said:
    """“Fell by 6 to 14 points since May 2026, more than chance.” or “No clear change …”."""
    if not change.is_change:
        ends = {"since": since, "low": signed(change.low), "high": signed(change.high)}
        rest = _("since %(since)s: between %(low)s and %(high)s points.") % ends
        return Said("none", _("No clear change"), rest)
    least, most = sorted(abs(round(end)) for end in (change.low, change.high))
    rest = _("since %(since)s, more than chance.") % {"since": since}
    if change.difference < 0:
        text = (
            _("Fell by %(least)s to %(most)s points")
            if least
            else _("Fell by up to %(most)s points")
        )
        return Said("fell", text % {"least": least, "most": most}, rest)
    text = (
        _("Rose by %(least)s to %(most)s points") if least else _("Rose by up to %(most)s points")
    )
    return Said("rose", text % {"least": least, "most": most}, rest)


def month(moment: datetime | None) -> str:
    """“May 2026”."""
    return date_format(localtime(moment), pgettext("date format", "F Y")) if moment else ""


def signed(points: float) -> str:
    """A whole number with its sign: “−9”, “+4”, “0”."""
    whole = round(points)
    return f"−{-whole}" if whole < 0 else f"+{whole}" if whole else "0"


def _comparison_of(unit: Unit) -> Comparison | None:
    return getattr(unit, "comparison", None)


def _together(unit: Unit, user: User) -> Unit | None:
    """The next larger unit that `user` may see and that was reported before as well."""
    if unit.parent_id is None:
        return None
    larger = Unit.objects.filter(assessment=unit.assessment_id, is_cell=False).annotate(
        is_seen=Exists(Unit.objects.visible_to(user).filter(pk=OuterRef("pk"))),
        is_compared=Exists(Comparison.objects.filter(unit=OuterRef("pk"))),
    )
    by_key: dict[UUID | None, Any] = {row.pk: row for row in larger}
    above = by_key.get(unit.parent_id)
    while above and not above.is_compared:
        above = by_key.get(above.parent_id)
    return above if above and above.is_seen else None


def _waves(unit: Unit, comparison: Comparison) -> list[Unit]:
    """The unit and itself before, the earliest first, as far as the people stayed the same."""
    waves = [unit, comparison.earlier]
    while len(waves) < MOST_WAVES:
        before = _comparison_of(waves[-1])
        if before is None or before.has_different_people:
            break
        waves.append(before.earlier)
    return waves[::-1]


def _findings(waves: Sequence[Unit], user: User) -> Mapping[UUID, Mapping[str, SourceFinding]]:
    """What is shown of the units that `user` may see; the others are left out."""
    seen = Unit.objects.visible_to(user).filter(pk__in=[wave.pk for wave in waves])
    found: dict[UUID, dict[str, SourceFinding]] = {}
    for finding in SourceFinding.objects.filter(unit__in=seen.values("pk"), raw__isnull=False):
        found.setdefault(finding.unit_id, {})[finding.source_id] = finding
    return found


def _shown_first(
    changes: Sequence[ChangeFinding], now: Mapping[str, SourceFinding]
) -> list[ChangeFinding]:
    """What changed, what the plan was about, then what is strongest now."""

    def order(change: ChangeFinding) -> tuple[bool, bool, float]:
        strength = now[change.source_id].estimate or float(now[change.source_id].raw or 0)
        return not change.is_change, not change.is_named, -strength

    return sorted(changes, key=order)[:MOST_TRENDS]


def _trend(
    change: ChangeFinding,
    waves: Sequence[Unit],
    found: Mapping[UUID, Mapping[str, SourceFinding]],
    since: str,
) -> Trend:
    values = [
        (date_format(localtime(wave.assessment.closed_at), pgettext("date format", "M y")), finding)
        for wave in waves
        if (finding := found[wave.pk].get(change.source_id))
    ]
    points = trend_points(
        [
            (label, finding.raw or 0, finding.low or 0, finding.high or 0, in_figures(finding))
            for label, finding in values
        ]
    )
    listed = ", ".join(
        _("%(label)s: %(value)s (%(low)s to %(high)s)")
        % {"label": label, "value": in_figures(f), "low": f.low, "high": f.high}
        for label, f in values
    )
    said = said_of(change, since)
    label = f"{change.source.name}. {listed}. {said.words} {said.rest}"
    table = [(label, in_figures(finding), _span(finding)) for label, finding in values]
    return Trend(change.source.name, label, points, said, table)


def _span(finding: SourceFinding) -> str:
    return _("%(low)s to %(high)s") % {"low": finding.low, "high": finding.high}


def in_figures(finding: SourceFinding) -> str:
    """As short as a picture needs: “≤ 30” stands for 30 or less."""
    return {-1: "≤ %s", 0: "%s", 1: "≥ %s"}[finding.end] % finding.raw


def _row(
    change: ChangeFinding,
    comparison: Comparison,
    found: Mapping[UUID, Mapping[str, SourceFinding]],
    since: str,
) -> ChangeRow:
    return ChangeRow(
        name=change.source.name,
        before=in_figures(found[comparison.earlier_id][change.source_id]),
        now=in_figures(found[comparison.unit_id][change.source_id]),
        difference=signed(change.difference),
        low=signed(change.low),
        high=signed(change.high),
        said=said_of(change, since),
    )
