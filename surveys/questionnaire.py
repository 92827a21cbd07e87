"""What an assessment asks, in the order of the page; frozen at opening and then kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

from django.db.models import F

from resistance.models import Source, Statement, StatementKind
from surveys.models import AskedStatement, Assessment, AssessmentKind, Form, State


class NothingAsked(LookupError):
    """The assessment is unknown or was not opened yet, so that nothing is frozen."""


#: a text per language code
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """A statement on the scale, or an open question; `position` is its place in the ballot."""

    position: int
    statement_id: int
    code: str
    source: str | None
    is_asset: bool
    texts: Texts


@dataclass(frozen=True)
class Part:
    """A section of the page; its title is neutral and never names a source."""

    source: str | None
    titles: Texts
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Blocker:
    """A line of “which three hold us back most?”; `number` is its bit in the ballot."""

    number: int
    source: str
    texts: Texts


@dataclass(frozen=True)
class Questionnaire:
    parts: tuple[Part, ...]
    outcomes: tuple[Question, ...]
    #: of a re-pulse only, which in turn asks for no choice of three
    follow_ups: tuple[Question, ...]
    blockers: tuple[Blocker, ...]
    open: tuple[Question, ...]

    @cached_property
    def rated(self) -> tuple[Question, ...]:
        """All statements on the scale, by position: 0, 1, 2, … without gaps."""
        about = tuple(q for part in self.parts for q in part.questions)
        return about + self.outcomes + self.follow_ups

    @cached_property
    def rated_fields(self) -> tuple[str, ...]:
        """The name of each rated statement's field in the form."""
        return tuple(f"s{question.position}" for question in self.rated)


def statements_of(assessment: Assessment) -> list[Statement]:
    """What an assessment would ask if it were opened now, in the order of the ballot."""
    return _asked_again(assessment) if assessment.is_repulse else statements_for(assessment.form)


def _asked_again(repulse: Assessment) -> list[Statement]:
    """About its source and the outcomes word for word what was asked before, or the answers could
    not be compared; then the two statements of a re-pulse and the last open question."""
    before = [
        row.statement
        for row in AskedStatement.objects.filter(assessment=repulse.follows_id).select_related(
            "statement__source"
        )
    ]
    about = [s for s in before if s.source_id == repulse.source_id and s.source_id]
    outcomes = [s for s in before if s.kind == StatementKind.OUTCOME]
    follow_ups = Statement.objects.current().filter(kind=StatementKind.FOLLOW_UP)
    open_questions = [s for s in before if s.kind == StatementKind.OPEN]
    return [*about, *outcomes, *follow_ups.order_by("position"), *open_questions[-1:]]


def statements_for(form: str) -> list[Statement]:
    """The current statements that a new full assessment of this form asks, in their order."""
    wanted = Statement.objects.current().exclude(kind=StatementKind.FOLLOW_UP)
    if form == Form.SHORT:
        wanted = wanted.filter(in_short_form=True)
    kinds = [StatementKind.SOURCE, StatementKind.OUTCOME, StatementKind.OPEN]
    return sorted(
        wanted.select_related("source"),
        key=lambda s: (kinds.index(StatementKind(s.kind)), _place(s), s.position),
    )


def _place(statement: Statement) -> int:
    return statement.source.position if statement.source else 0


@lru_cache(maxsize=64)
def questionnaire_for(assessment_id: UUID) -> Questionnaire:
    """The frozen questionnaire of an assessment that was opened; raises `NothingAsked`.

    A process keeps it, so none is given while the assessment may still go back to a draft.
    """
    asked = (
        AskedStatement.objects.filter(assessment_id=assessment_id)
        .exclude(assessment__state=State.OPENING)
        .select_related("statement__source")
        .annotate(kind=F("assessment__kind"))
    )
    if not asked:
        raise NothingAsked
    return _assemble(((row.position, row.statement) for row in asked), asked[0].kind)


def preview_questionnaire(assessment: Assessment) -> Questionnaire:
    """What a draft would ask if it were opened now."""
    return _assemble(enumerate(statements_of(assessment)), assessment.kind)


def _assemble(asked: Iterable[tuple[int, Statement]], kind: str) -> Questionnaire:
    rows = sorted(asked, key=lambda row: row[0])
    sources: dict[str, Source] = {s.source.key: s.source for _, s in rows if s.source}
    questions = {of_kind: _questions(rows, of_kind) for of_kind in StatementKind}
    choice = sources if kind == AssessmentKind.FULL else {}
    about = questions[StatementKind.SOURCE]
    return Questionnaire(
        parts=tuple(
            Part(key, _texts(source, "part_title"), tuple(q for q in about if q.source == key))
            for key, source in sources.items()
        ),
        outcomes=questions[StatementKind.OUTCOME],
        follow_ups=questions[StatementKind.FOLLOW_UP],
        blockers=tuple(
            Blocker(number, key, _texts(source, "blocker"))
            for number, (key, source) in enumerate(choice.items())
        ),
        open=questions[StatementKind.OPEN],
    )


def _questions(rows: list[tuple[int, Statement]], kind: str) -> tuple[Question, ...]:
    return tuple(
        Question(position, s.pk, s.code, s.source_id, s.is_asset, _texts(s, "text"))
        for position, s in rows
        if s.kind == kind
    )


def _texts(row: Source | Statement, field: str) -> Texts:
    return {language: getattr(row, f"{field}_{language}") for language in ("en", "de")}
