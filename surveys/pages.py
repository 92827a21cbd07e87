"""The employee's pages as bytes: rendered once per assessment, language and state, then kept.

The key of the cache is everything a page says about its assessment, so that a changed state or
a later end makes a new page and no process has to be told.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from surveys.ballot import MAX_BLOCKERS, MAX_COMMENT_BYTES, Problem
from surveys.casting import GroupInfo
from surveys.keylist import written_root
from surveys.models import Assessment, AssessmentKind, Group, State
from surveys.questionnaire import Question, Questionnaire, questionnaire_for
from surveys.signing_keys import NoSigningKeys, published_keys
from surveys.stored import stored_parts

SECONDS_A_STATEMENT = 8
#: stands in the page `receipt` where an employee's own receipt goes
RECEIPT_MARK = b"XXXX-XXXX-XXXX"
RECENT_SECONDS = 10
COMPRESS_LEVEL = 9


class Page(NamedTuple):
    """One finished page, plain and gzipped."""

    plain: bytes
    packed: bytes


@dataclass(frozen=True)
class Facts:
    """What the pages say about an assessment; hashable, because it is the key of the cache."""

    assessment_id: UUID
    name_en: str
    name_de: str
    purpose_en: str
    purpose_de: str
    languages: tuple[str, ...]
    kind: str
    state: str
    opens_at: datetime | None
    closes_at: datetime | None
    min_invited: int
    min_score: int
    min_exact: int
    min_comment: int
    reviewers: tuple[str, ...]

    @property
    def is_repulse(self) -> bool:
        return self.kind == AssessmentKind.REPULSE

    def text(self, name: str, language: str) -> str:
        """`name` or `purpose` in a language; in the other one where it is empty."""
        texts = (getattr(self, f"{name}_{language}"), getattr(self, f"{name}_en"))
        return next(filter(None, texts), getattr(self, f"{name}_de"))

    def stage(self, now: datetime) -> str:
        """Which page answers now: `early`, `survey` or `closed`."""
        if self.state == State.OPENING or (self.opens_at and now < self.opens_at):
            return "early"
        if self.state == State.OPEN and self.closes_at and now < self.closes_at:
            return "survey"
        return "closed"


@dataclass(frozen=True)
class Entered:
    """What somebody has filled in or found out, to be shown to them again and kept nowhere."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    group: GroupInfo | None = None

    def chosen(self, name: str, default: str = "") -> str:
        return next(iter(self.fields.get(name, ())), default)


def facts_of(assessment: Assessment) -> Facts:
    values = {name: getattr(assessment, name) for name in _COLUMNS}
    return _facts(assessment.pk, values)


def find_facts(assessment_id: UUID) -> Facts:
    """Two queries. Raises Http404 for what is unknown and for drafts, which nobody was told of."""
    rows = Assessment.objects.exclude(state=State.DRAFT).filter(pk=assessment_id)
    row = rows.values(*_COLUMNS).first()
    if row is None:
        raise Http404
    _last_seen[assessment_id] = facts = _facts(assessment_id, row)
    return facts


_last_seen: dict[UUID, Facts] = {}


def last_facts(assessment_id: UUID) -> Facts:
    """As they are or, while the database does not answer, as this process saw them last."""
    try:
        return find_facts(assessment_id)
    except DatabaseError:
        if assessment_id in _last_seen:
            return _last_seen[assessment_id]
        raise


def _facts(assessment_id: UUID, row: Mapping[str, Any]) -> Facts:
    texts = {"languages": tuple(row["languages"]), "reviewers": User.objects.reviewer_names()}
    return Facts(assessment_id, **{**row, **texts})


_COLUMNS = tuple(
    name for name in Facts.__dataclass_fields__ if name not in ("assessment_id", "reviewers")
)


@lru_cache(maxsize=256)
def finished_page(name: str, language: str, facts: Facts | None = None) -> Page:
    """`templates/respond/<name>.html` as bytes; nothing personal may be in it."""
    if facts and name == "survey":
        return _finish(survey_html(facts, questionnaire_for(facts.assessment_id), language))
    with translation.override(language):
        context = {**_common(language, facts), "parts": stored_parts, **_more(name, facts)}
        return _finish(render_to_string(f"respond/{name}.html", context))


def recent_facts(assessment_id: UUID) -> Facts:
    """As they were at most ten seconds ago, without a query. Raises Http404."""
    return _facts_at(assessment_id, int(monotonic() // RECENT_SECONDS))


@lru_cache(maxsize=64)
def _facts_at(assessment_id: UUID, _slice: int) -> Facts:
    return find_facts(assessment_id)


def _more(name: str, facts: Facts | None) -> dict[str, Any]:
    """What only one of the pages says."""
    if facts is None:
        return {}
    if name == "stored":
        return _root(facts.assessment_id)
    if name == "keys":
        return _listed_keys(facts.assessment_id)
    if name == "receipts":
        return {"counts": _counts(facts)}
    return {"receipt": RECEIPT_MARK.decode(), "languages": []} if name == "receipt" else {}


def _root(assessment_id: UUID) -> dict[str, Any]:
    """The root of the key list, for people and for the script; nothing without such keys."""
    try:
        keys = published_keys(assessment_id).key_list
    except NoSigningKeys:
        return {}
    return {"root": keys.root.hex(), "written_root": written_root(keys.root), "size": keys.size}


def _listed_keys(assessment_id: UUID) -> dict[str, Any]:
    """Every group with its size and the id of its key, so that an invented group can be seen."""
    root = _root(assessment_id)
    public = published_keys(assessment_id).public if root else ()
    groups = Group.objects.filter(assessment=assessment_id).order_by("number")
    rows = groups.values_list("name", "invited", "number")
    return root | {
        "groups": [(name, invited, public[number].key_id.hex()) for name, invited, number in rows]
        if root
        else []
    }


def _counts(facts: Facts) -> tuple[int | None, int | None, int | None] | None:
    """Invited, taken part, ballots; None before the counting."""
    if facts.state != State.SCORED:
        return None
    numbers = Assessment.objects.filter(pk=facts.assessment_id).values_list(
        "invited_count", "taken_part_count", "ballot_count"
    )
    return numbers.first()


def _finish(html: str) -> Page:
    plain = html.encode()
    return Page(plain, gzip.compress(plain, COMPRESS_LEVEL, mtime=0))


def survey_html(
    facts: Facts,
    questionnaire: Questionnaire,
    language: str,
    *,
    entered: Entered | None = None,
    is_preview: bool = False,
) -> str:
    """The whole survey in one document. `is_preview` shows it without anything to send."""
    entered = entered or Entered()
    with translation.override(language):
        context = {
            **_common(language, facts),
            **_questions(questionnaire, entered, language),
            **_root(facts.assessment_id),
            "entered": entered,
            "code": entered.chosen("code"),
            "cannot_say": _("I cannot say"),
            "is_preview": is_preview,
            "max_comment_bytes": MAX_COMMENT_BYTES,
            "seconds": SECONDS_A_STATEMENT,
        }
        return render_to_string("respond/survey.html", context)


def _common(language: str, facts: Facts | None) -> dict[str, Any]:
    languages = facts.languages if facts else tuple(code for code, _name in settings.LANGUAGES)
    names = dict(settings.LANGUAGES)
    context: dict[str, Any] = {
        "language": language,
        "languages": [(code, names[code]) for code in languages],
        "is_preview": False,
        "receipt": "",
    }
    if facts:
        context |= {
            "facts": facts,
            "name": facts.text("name", language),
            "purpose": facts.text("purpose", language),
            **_moments(facts),
        }
    return context


def _moments(facts: Facts) -> dict[str, str]:
    """The dates in the words of the active language."""
    day = pgettext("date format", "l j F")
    moment = pgettext("date format", "l j F, H:i")
    return {
        "opens": format_date(localtime(facts.opens_at), moment) if facts.opens_at else "",
        "closes": format_date(localtime(facts.closes_at), moment) if facts.closes_at else "",
        "closes_day": format_date(localtime(facts.closes_at), day) if facts.closes_at else "",
    }


def _questions(all_asked: Questionnaire, entered: Entered, language: str) -> dict[str, Any]:
    parts = [
        {"title": part.titles[language], "rated": _rated(part.questions, entered, language)}
        for part in all_asked.parts
    ]
    if all_asked.outcomes:
        outcomes = _rated(all_asked.outcomes, entered, language)
        parts.append({"title": _("All in all"), "rated": outcomes})
    if all_asked.follow_ups:
        follow_ups = _rated(all_asked.follow_ups, entered, language)
        parts.append({"title": _("Since the last survey"), "rated": follow_ups})
    ticked = entered.fields.get("top", ())
    return {
        "parts": parts,
        "part_count": len(parts) + (2 if all_asked.blockers else 1),
        "question_count": len(all_asked.rated) + len(all_asked.open),
        "scale": scale(),
        "blockers": [
            (str(blocker.number), blocker.texts[language], str(blocker.number) in ticked)
            for blocker in all_asked.blockers
        ],
        "max_blockers": MAX_BLOCKERS,
        "open_questions": [
            {
                "position": question.position,
                "text": question.texts[language],
                "written": entered.chosen(f"c{question.position}"),
                "readers": entered.chosen(f"r{question.position}", "m"),
            }
            for question in all_asked.open
        ],
    }


def _rated(questions: Sequence[Question], entered: Entered, language: str) -> list[dict[str, str]]:
    return [
        {
            "name": f"s{question.position}",
            "text": question.texts[language],
            "chosen": entered.chosen(f"s{question.position}"),
        }
        for question in questions
    ]


def scale() -> list[tuple[str, str]]:
    """The five answers in order, by the value that the form sends."""
    return [
        ("1", _("Strongly disagree")),
        ("2", _("Disagree")),
        ("3", _("In between")),
        ("4", _("Agree")),
        ("5", _("Strongly agree")),
    ]
