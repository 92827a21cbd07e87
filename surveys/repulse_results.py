"""Reads what a re-pulse found in a unit, beside what was found there before.

Two values with their ranges; whether they differ is for a test to say, and what the worker found
is read from `surveys.trends`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.models import User
from resistance.models import Source
from surveys.charts import SourceBar, value_bar
from surveys.hidden import why_missing
from surveys.models import Assessment, SourceFinding, Unit
from surveys.results import UnitResults, raw_in_words, read_results
from surveys.trends import Said, read_change

CHANGED = "follow-up-changed"


@dataclass(frozen=True)
class Value:
    """The source at one time in points; without a `bar` it is not shown and `note` says why."""

    label: str
    at: datetime | None
    raw: str = ""
    low: int | None = None
    high: int | None = None
    bar: SourceBar | None = None
    note: str = ""


@dataclass(frozen=True)
class RepulseResults:
    """`now` holds everything that a re-pulse shares with other results; `before` is the unit of
    the earlier assessment with the very same teams, if there was one."""

    now: UnitResults
    before: Unit | None
    source: Source
    heading: str
    changed: str
    said: Said | None
    values: Sequence[Value]

    @property
    def is_mixed(self) -> bool:
        """Teams that acted and a comparison sample that did not may be in it together."""
        return not self.now.unit.is_cell


def read_repulse(unit: Unit, user: User) -> RepulseResults:
    """Ten queries; `unit` was fetched by `visible_to(user)` with its assessment, the source of that
    and `EARLIER`."""
    assessment = unit.assessment
    source = assessment.source
    if source is None:
        raise ValueError("no re-pulse")
    before = unit_before(unit, user)
    found = _findings(source, [unit, before] if before else [unit])
    values = [_value(_("before"), before.assessment, found.get(before.pk))] if before else []
    values.append(_value(_("now"), assessment, found.get(unit.pk)))
    now = read_results(unit, user)
    return RepulseResults(
        now=now,
        before=before,
        source=source,
        heading=_heading(unit, source, values),
        changed=_changed(now),
        said=read_change(unit, source) if before else None,
        values=values,
    )


def unit_before(unit: Unit, user: User) -> Unit | None:
    """The unit of the followed assessment that holds the very same teams, if `user` may see it:
    who manages a part of them may have seen only that part then."""
    teams = set(unit.unit_teams.values_list("team", flat=True))
    shared = Count("unit_teams", filter=Q(unit_teams__team__in=teams))
    same = (
        Unit.objects.filter(assessment=unit.assessment.follows_id)
        .filter(pk__in=Unit.objects.visible_to(user).values("pk"))
        .annotate(size=Count("unit_teams"), shared=shared)
        .filter(size=len(teams), shared=len(teams))
        .select_related("assessment", "plan")
    )
    return same.first()


def _findings(source: Source, units: Sequence[Unit]) -> Mapping[UUID, SourceFinding]:
    return {row.unit_id: row for row in SourceFinding.objects.filter(unit__in=units, source=source)}


def _value(label: str, assessment: Assessment, finding: SourceFinding | None) -> Value:
    if finding is None:
        return Value(label, assessment.closed_at, note=_("Not asked."))
    raw, low, high = finding.raw, finding.low, finding.high
    if raw is None or low is None or high is None:
        return Value(label, assessment.closed_at, note=why_missing(finding.reason))
    bar = value_bar(low=low, high=high, raw=raw)
    return Value(label, assessment.closed_at, raw_in_words(finding, raw), low, high, bar)


def _heading(unit: Unit, source: Source, values: Sequence[Value]) -> str:
    shown = [value.raw for value in values]
    asked = _("the asked teams of %(unit)s") % {"unit": unit.name}
    name = unit.name if unit.is_cell else asked
    words = {"source": source.name, "unit": name, "now": shown[-1], "before": shown[0]}
    if not shown[-1]:
        return _("%(source)s in %(unit)s cannot be shown.") % words
    if len(shown) > 1 and shown[0]:
        return _("%(source)s in %(unit)s: %(before)s before, %(now)s now.") % words
    return _("%(source)s in %(unit)s: %(now)s now.") % words


def _changed(now: UnitResults) -> str:
    """How many say that something changed because of the answers; empty where it is not shown."""
    found = next((row for row in now.follow_ups if row.code == CHANGED), None)
    if found is None:
        return ""
    if found.counts:
        text = _("%(agree)s of %(all)s agree that something changed because of their answers.")
        return text % {"agree": sum(found.counts[3:]), "all": sum(found.counts)}
    return {
        "high": _("They rather agree that something changed because of their answers."),
        "mixed": _("They are divided over whether something changed because of their answers."),
        "low": _("They rather disagree that something changed because of their answers."),
    }.get(found.band, "")
