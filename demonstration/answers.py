"""Answers of the demonstration's people: the same at every installation, cast by the real code."""

from __future__ import annotations

import random
from datetime import datetime
from uuid import UUID

from django.http import QueryDict

from demonstration import company
from demonstration.company import TeamPlan
from surveys.ballot import read_form
from surveys.casting import cast_plain
from surveys.keystore import Keystore
from surveys.models import Assessment, Invitation
from surveys.questionnaire import Question, Questionnaire, questionnaire_for

PERSON_SPREAD = 11.0
ITEM_SPREAD = 16.0
POINTS_PER_STEP = 25


def cast_answers(
    assessment: Assessment, plans: list[TeamPlan], *, now: datetime, share: float = 1.0
) -> int:
    """Cast for the people of each team as its plan says, or for a `share` of them."""
    questionnaire = questionnaire_for(assessment.pk)
    codes = _codes_by_team(assessment)
    count = 0
    for plan in plans:
        chance = random.Random(f"{plan.name}/{assessment.name_en}")  # noqa: S311
        for number, code in enumerate(codes[plan.name][: round(plan.answers * share)]):
            form = _form(questionnaire, plan, number, chance)
            content = read_form(form, questionnaire)
            cast_plain(assessment_id=assessment.pk, code=code, content=content, now=now)
            count += 1
    return count


def _codes_by_team(assessment: Assessment) -> dict[str, list[str]]:
    rows = Invitation.objects.filter(assessment=assessment).order_by("person_id")
    codes: dict[str, list[str]] = {}
    store: dict[UUID, str] = Keystore(assessment.pk).codes_for([row.pk for row in rows])
    for pk, team in rows.values_list("pk", "person__team__name"):
        codes.setdefault(team, []).append(store[pk])
    return codes


def _form(
    questionnaire: Questionnaire, plan: TeamPlan, number: int, chance: random.Random
) -> QueryDict:
    form = QueryDict(mutable=True)
    mood = chance.gauss(0, PERSON_SPREAD)
    levels = {source: _level(plan, source) + mood for source in company.LEVELS}
    for question in questionnaire.rated:
        form[f"s{question.position}"] = _answer(question, plan, levels, chance)
    worst = sorted(levels, key=lambda source: levels[source] + chance.gauss(0, 9))[-3:]
    numbers = {blocker.source: str(blocker.number) for blocker in questionnaire.blockers}
    form.setlist("top", [numbers[source] for source in worst])
    written = company.COMMENTS.get(plan.name, ())
    if number < len(written):
        text, readers = written[number]
        position = questionnaire.open[0].position
        form[f"c{position}"], form[f"r{position}"] = text, readers
    return form


def _level(plan: TeamPlan, source: str) -> int:
    if plan.name in company.FLAT_TEAMS:
        return company.LEVEL_FOR_FLAT_TEAMS
    return company.LEVELS[source] + plan.peaks.get(source, 0)


def _answer(
    question: Question, plan: TeamPlan, levels: dict[str, float], chance: random.Random
) -> str:
    if question.source is None:
        support = 62 - 0.4 * (levels["attitudes"] - company.LEVELS["attitudes"])
        return _step(support + chance.gauss(0, ITEM_SPREAD))
    if company.UNANIMOUS.get(plan.name) == question.source:
        return "5" if question.is_asset else "1"
    if chance.random() < 0.02:
        return "6"
    points = levels[question.source] + chance.gauss(0, ITEM_SPREAD)
    return _step(100 - points if question.is_asset else points)


def _step(points: float) -> str:
    """A point of the scale 0–100 as one of the five answers."""
    return str(min(5, max(1, round(points / POINTS_PER_STEP) + 1)))
