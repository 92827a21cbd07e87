"""Answers of the demonstration's people: the same at every installation, cast by the real code."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
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
LEFT_OUT = 0.04


@dataclass(frozen=True)
class Season:
    """When people are asked: moods differ from one season to the next, levels may."""

    name: str = ""
    levels: dict[str, int] = field(default_factory=lambda: company.LEVELS)

    @property
    def has_comments(self) -> bool:
        return not self.name


NOW = Season()
SPRING = Season("spring", company.SPRING_LEVELS)


def cast_answers(
    assessment: Assessment,
    plans: list[TeamPlan],
    *,
    now: datetime,
    share: float = 1.0,
    season: Season = NOW,
) -> int:
    """Cast for the people of each team as its plan says, or for a `share` of them."""
    questionnaire = questionnaire_for(assessment.pk)
    codes = _codes_by_team(assessment)
    count = 0
    for plan in plans:
        count_here = round(plan.answers * share)
        people = [_Respondent(plan, number, season) for number in range(count_here)]
        for number, code in enumerate(codes[plan.name][: len(people)]):
            form = _form(questionnaire, plan, people, number, season)
            content = read_form(form, questionnaire)
            cast_plain(assessment_id=assessment.pk, code=code, content=content, now=now)
            count += 1
    return count


class _Respondent:
    """How one person differs from their team: a mood, and a deviation per statement of a source."""

    def __init__(self, plan: TeamPlan, number: int, season: Season) -> None:
        chance = random.Random(f"{season.name}{plan.name}/{number}")  # noqa: S311
        self.mood = chance.gauss(0, PERSON_SPREAD)
        self.deviations = [
            [chance.gauss(0, ITEM_SPREAD) for _statement in range(4)] for _source in company.LEVELS
        ]
        self.is_silent = [chance.random() < LEFT_OUT for _source in company.LEVELS]


def _codes_by_team(assessment: Assessment) -> dict[str, list[str]]:
    rows = Invitation.objects.filter(assessment=assessment).order_by("person_id")
    codes: dict[str, list[str]] = {}
    store: dict[UUID, str] = Keystore(assessment.pk).codes_for([row.pk for row in rows])
    for pk, team in rows.values_list("pk", "person__team__name"):
        codes.setdefault(team, []).append(store[pk])
    return codes


def _form(
    questionnaire: Questionnaire,
    plan: TeamPlan,
    people: list[_Respondent],
    number: int,
    season: Season,
) -> QueryDict:
    form, points = QueryDict(mutable=True), {}
    for place, part in enumerate(questionnaire.parts):
        person, column = _who(plan, people, number, place)
        level = _level(plan, str(part.source), season) + person.mood
        points[str(part.source)] = level + sum(person.deviations[column][:3]) / 3
        for nth, question in enumerate(part.questions):
            answer = _answer(question, plan, level + person.deviations[column][nth])
            skip = nth == 0 and person.is_silent[column]
            form[f"s{question.position}"] = "6" if skip else answer
    for nth, question in enumerate(questionnaire.outcomes):
        form[f"s{question.position}"] = _step(62 + people[number].deviations[nth][3])
    worst = sorted(points, key=lambda source: points[source])[-3:]
    numbers = {blocker.source: str(blocker.number) for blocker in questionnaire.blockers}
    form.setlist("top", [numbers[source] for source in worst])
    if season.has_comments:
        _write_comment(form, questionnaire, plan, number)
    return form


def _who(
    plan: TeamPlan, people: list[_Respondent], number: int, place: int
) -> tuple[_Respondent, int]:
    """Whose deviations to use for a source, and which of theirs.

    In a flat team the same deviations come back for every source, each time from another person,
    so that all sources end at the same value.
    """
    if plan.name in company.FLAT_TEAMS:
        return people[(number + place) % len(people)], 0
    return people[number], place


def _write_comment(
    form: QueryDict, questionnaire: Questionnaire, plan: TeamPlan, number: int
) -> None:
    written = company.COMMENTS.get(plan.name, ())
    if number < len(written):
        text, readers = written[number]
        position = questionnaire.open[0].position
        form[f"c{position}"], form[f"r{position}"] = text, readers


def _level(plan: TeamPlan, source: str, season: Season) -> float:
    level = season.levels[source]
    if plan.name in company.FLAT_TEAMS:
        flat = company.LEVEL_FOR_FLAT_TEAMS
        return flat - company.PULL_OF_THE_COMPANY * (level - flat)
    return level + plan.peaks.get(source, 0)


def _answer(question: Question, plan: TeamPlan, points: float) -> str:
    if company.UNANIMOUS.get(plan.name) == question.source:
        return "5" if question.is_asset else "1"
    step = _step(points)
    return str(6 - int(step)) if question.is_asset else step


def _step(points: float) -> str:
    """A point of the scale 0–100 as one of the five answers."""
    return str(min(5, max(1, round(points / POINTS_PER_STEP) + 1)))
