"""Reads the findings of a unit for its page. What may not be shown is not in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from resistance.models import Category, Source, Statement, StatementKind
from resistance.reliability import are_units_alike
from surveys.charts import Segment, SourceBar, source_bar, statement_bar, whole
from surveys.choosing import Choice, choices_for
from surveys.headlines import Headline, Ranked, answered, headline_of, in_sentence, listing
from surveys.hidden import Note, notes_of, why_band, why_missing
from surveys.models import (
    Certainty,
    Comment,
    Node,
    SourceFinding,
    SourceSummary,
    StatementFinding,
    Unit,
    UnitKind,
    Visibility,
)
from surveys.review_counts import ReviewCounts, counts_of
from surveys.trends import Trends, read_trends
from surveys.weights import basis_in_words


@dataclass(frozen=True)
class StatementRow:
    """A statement as it may be shown: with `segments`, else with a `band`, else neither.

    `note` says how many answered, or why there are no numbers.
    """

    code: str
    text: str
    note: str
    label: str = ""
    counts: Sequence[int] = ()
    segments: Sequence[Segment] = ()
    band: str = ""


@dataclass(frozen=True)
class SourceRow:
    """A source in points; without a `bar` it is not shown and `note` says why.

    `raw` is text, because a value of few answers may stand for "30 or less". `certainty` is the
    kind of its chip, empty where nothing is ranked.
    """

    key: str
    name: str
    category: str
    definition: str
    note: str = ""
    bar: SourceBar | None = None
    estimate: int | None = None
    raw: str = ""
    low: int | None = None
    high: int | None = None
    company: int | None = None
    certainty: str = ""
    is_rounded: bool = False
    statements: Sequence[StatementRow] = ()

    @property
    def in_sentence(self) -> str:
        return in_sentence(self.key, self.name)


@dataclass(frozen=True)
class Part:
    """A unit or team that the unit is made of; a team has no page of its own."""

    name: str
    invited: int
    url: str = ""


@dataclass(frozen=True)
class Voice:
    text: str
    is_redacted: bool


@dataclass(frozen=True)
class Voices:
    question: str
    comments: Sequence[Voice]


@dataclass(frozen=True)
class UnitResults:
    """All that a page says about a unit. `above` is the next larger unit, if it may be seen."""

    unit: Unit
    headline: Headline
    answered: str
    sources: Sequence[SourceRow]
    outcomes: Sequence[StatementRow]
    follow_ups: Sequence[StatementRow]
    voices: Sequence[Voices]
    review: ReviewCounts
    trends: Trends | None
    notes: Sequence[Note]
    parts: Sequence[Part]
    choices: Sequence[Choice]
    basis: str
    above: Unit | None
    has_ranking: bool
    is_open_case: bool
    weights: str = ""
    """Where the weights of the plan come from; empty where nothing is ranked."""
    alike: Sequence[str] = ()
    """Of the whole organisation: sources on which its units hardly differ."""

    @property
    def alike_in_sentence(self) -> str:
        return listing(self.alike)

    @property
    def is_rounded(self) -> bool:
        return any(row.is_rounded for row in self.sources)

    @property
    def has_bands(self) -> bool:
        rows = [statement for source in self.sources for statement in source.statements]
        return any(row.band for row in [*rows, *self.outcomes, *self.follow_ups])

    @property
    def is_shared(self) -> bool:
        return self.unit.kind == UnitKind.MERGED

    @property
    def shown(self) -> list[SourceRow]:
        return [row for row in self.sources if row.bar]

    @property
    def has_company(self) -> bool:
        return any(row.company is not None for row in self.sources)


def read_results(unit: Unit, user: User) -> UnitResults:
    """Eight queries, and those of the trends or a choice; of a re-pulse seven. `unit` was fetched
    by `visible_to(user)` with its assessment and `EARLIER`."""
    findings = list(unit.source_findings.select_related("source").order_by("source__position"))
    statements = list(
        unit.statement_findings.select_related("statement").order_by("statement__position")
    )
    summaries = {} if unit.assessment.is_repulse else _summaries(unit)
    rows = _source_rows(unit, findings, statements, summaries)
    shown = [row for row in rows if row.bar]
    has_ranking = unit.has_ranking and bool(shown)
    is_open_case = has_ranking and not any(r.certainty in ("clear", "likely") for r in shown)
    may_lead = [row.key for row in shown if row.certainty == "open"]
    above, below = _around(unit, user)
    return UnitResults(
        unit=unit,
        headline=headline_of(unit.name, _ranked(shown), has_ranking=has_ranking),
        answered=answered(unit.answers, unit.response_percent, few=unit.assessment.few),
        sources=rows,
        outcomes=_of_kind(statements, StatementKind.OUTCOME),
        follow_ups=_of_kind(statements, StatementKind.FOLLOW_UP),
        voices=_voices(unit, user),
        review=counts_of(unit),
        trends=None if unit.assessment.is_repulse else read_trends(unit, user),
        notes=notes_of(findings, statements),
        parts=_parts(unit, below),
        choices=choices_for(may_lead, unit.invited) if is_open_case else [],
        basis=next((row.basis for row in summaries.values()), ""),
        above=above,
        has_ranking=has_ranking,
        is_open_case=is_open_case,
        weights=basis_in_words(list(summaries.values())) if has_ranking else "",
        alike=[] if unit.parent_id else _alike(shown, summaries),
    )


def _summaries(unit: Unit) -> dict[str, SourceSummary]:
    means = SourceSummary.objects.filter(assessment=unit.assessment_id)
    return {row.source_id: row for row in means}


def _alike(rows: Iterable[SourceRow], summaries: Mapping[str, SourceSummary]) -> list[str]:
    found = {key for key, summary in summaries.items() if are_units_alike(summary.icc)}
    return [row.in_sentence for row in rows if row.key in found]


def _of_kind(statements: Iterable[StatementFinding], kind: str) -> list[StatementRow]:
    return [_statement(found) for found in statements if found.statement.kind == kind]


def _around(unit: Unit, user: User) -> tuple[Unit | None, list[Unit]]:
    """The next larger unit and the next smaller ones, as far as `user` may see them."""
    near = Unit.objects.visible_to(user).filter(Q(parent=unit) | Q(pk=unit.parent_id))
    found = list(near.order_by("position"))
    above = next((other for other in found if other.pk == unit.parent_id), None)
    return above, [other for other in found if other != above]


def _source_rows(
    unit: Unit,
    findings: Iterable[SourceFinding],
    statements: Iterable[StatementFinding],
    summaries: Mapping[str, SourceSummary],
) -> list[SourceRow]:
    """Strongest first, then what is not shown; in the catalogue's order where nothing is ranked."""
    behind: Mapping[str, list[StatementRow]] = defaultdict(list)
    for found in statements:
        if found.statement.source_id:
            behind[found.statement.source_id].append(_statement(found))
    rows = [
        replace(
            _source(finding, None if unit.parent_id is None else summaries.get(finding.source_id)),
            statements=behind[finding.source_id],
        )
        for finding in (_by_strength(findings) if unit.has_ranking else findings)
    ]
    return sorted(rows, key=lambda row: row.bar is None)


def _by_strength(findings: Iterable[SourceFinding]) -> list[SourceFinding]:
    return sorted(findings, key=lambda found: -(found.estimate or 0))


def _source(finding: SourceFinding, summary: SourceSummary | None) -> SourceRow:
    source: Source = finding.source
    row = SourceRow(
        key=source.key,
        name=source.name,
        category=str(Category(source.category).short),
        definition=source.definition,
    )
    raw, low, high = finding.raw, finding.low, finding.high
    if raw is None or low is None or high is None:
        return replace(row, note=why_missing(finding.reason))
    estimate = raw if finding.estimate is None else finding.estimate
    mean = summary.mean if summary and summary.basis != "DEFAULTS" else None
    return replace(
        row,
        bar=source_bar(low=low, high=high, raw=raw, estimate=estimate, company=mean),
        estimate=whole(estimate),
        raw=raw_in_words(finding, raw),
        low=low,
        high=high,
        company=None if mean is None else whole(mean),
        certainty=Certainty(finding.certainty).value.lower(),
        is_rounded=finding.visibility == Visibility.ROUNDED,
    )


def raw_in_words(finding: SourceFinding, raw: int) -> str:
    """As text: a value of few answers is rounded, and may stand for itself and all beyond."""
    if finding.end < 0:
        return _("%(points)s or less") % {"points": raw}
    if finding.end > 0:
        return _("%(points)s or more") % {"points": raw}
    if finding.visibility == Visibility.ROUNDED:
        return _("about %(points)s") % {"points": raw}
    return str(raw)


def _ranked(rows: Iterable[SourceRow]) -> list[Ranked]:
    return [
        Ranked(row.key, row.name, float(row.estimate or 0), row.certainty.upper()) for row in rows
    ]


def _statement(found: StatementFinding) -> StatementRow:
    statement = found.statement
    row = StatementRow(statement.code, statement.text, why_missing(found.reason))
    if found.visibility == Visibility.EXACT and found.counts:
        return replace(
            row,
            note=_answered(found.answers, statement),
            label=_label(found.counts),
            counts=found.counts,
            segments=statement_bar(found.counts, is_asset=statement.is_asset),
        )
    if found.visibility == Visibility.BAND:
        return replace(row, note=why_band(found.reason), band=found.band)
    return row


def _answered(count: int | None, statement: Statement) -> str:
    """Among statements that name what is wrong, one that names what is right is easily misread."""
    if statement.source_id and statement.is_asset:
        return _("%(count)s answers; here agreeing is good") % {"count": count}
    return _("%(count)s answers") % {"count": count}


def _label(counts: Sequence[int]) -> str:
    text = _(
        "%(c1)s strongly disagree, %(c2)s disagree, %(c3)s in between, %(c4)s agree, "
        "%(c5)s strongly agree"
    )
    return text % {f"c{place}": count for place, count in enumerate(counts, start=1)}


def _voices(unit: Unit, user: User) -> list[Voices]:
    """Released comments by question; their order is random and stays."""
    comments = Comment.objects.visible_to(user).filter(unit=unit).select_related("statement")
    by_question: dict[str, list[Voice]] = defaultdict(list)
    for comment in comments.order_by("statement__position", "pk"):
        voice = Voice(comment.text, is_redacted=comment.is_redacted)
        by_question[comment.statement.text].append(voice)
    return [Voices(question, texts) for question, texts in by_question.items()]


def _parts(unit: Unit, children: Iterable[Unit]) -> list[Part]:
    if unit.is_cell:
        nodes = Node.objects.filter(member_groups__units=unit, team__isnull=False).distinct()
        return [Part(node.name, node.invited) for node in nodes.order_by("position")]
    return [Part(child.name, child.invited, child.get_absolute_url()) for child in children]
