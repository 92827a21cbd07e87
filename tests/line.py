"""The walking line for tests: an assessment from its draft through casting to its tally."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.http import QueryDict

from accounts.models import Team, User
from resistance.catalogue import load_catalogue
from surveys import lifecycle, opening, trustees
from surveys.ballot import read_form
from surveys.casting import cast_plain
from surveys.keystore import Keystore
from surveys.models import Assessment, Invitation, KeyMode
from surveys.questionnaire import Questionnaire, questionnaire_for
from surveys.tally import run_tally
from tests.factories import NOW, make_assessment, make_organisation, make_people, make_team

LATER = NOW + timedelta(days=1)


def make_teams(sizes: dict[str, int], *, parent: Team | None = None) -> list[Team]:
    """Teams with that many people each, below `parent`."""
    teams = [make_team(name=name, parent=parent, position=i) for i, name in enumerate(sizes)]
    for team, size in zip(teams, sizes.values(), strict=True):
        make_people(team=team, count=size)
    return teams


def open_over(teams: list[Team], *, by: User, now: datetime = NOW, **fields: object) -> Assessment:
    """An assessment over `teams`, open since `now`; loads the catalogue."""
    load_catalogue()
    make_organisation()
    dates = {"opens_at": now, "closes_at": now + timedelta(days=10)}
    assessment = make_assessment(**{**dates, **fields})
    assessment.teams.set(teams)
    lifecycle.open_assessment(assessment_id=assessment.pk, by=by, now=now)
    opening.finish_opening(assessment_id=assessment.pk, now=now)
    assessment.refresh_from_db()
    return assessment


def codes_by_team(assessment: Assessment) -> dict[int, list[str]]:
    """Team id → codes of its people, in the order of the groups and of the roster."""
    rows = Invitation.objects.filter(assessment=assessment).order_by("group__number", "person")
    store, codes = Keystore(assessment.pk), {}
    for pk, team in rows.values_list("pk", "person__team"):
        codes.setdefault(team, []).append(store.code_for(pk))
    return codes


def form_of(
    questionnaire: Questionnaire, levels: dict[str, int], *, outcome: int = 3, **extra: str
) -> QueryDict:
    """A filled form: `levels` is the resistance 1–5 per source key (3 where not named)."""
    form = QueryDict(mutable=True)
    for question in questionnaire.rated:
        level = levels.get(question.source, 3) if question.source else outcome
        form[f"s{question.position}"] = str(6 - level if question.is_asset else level)
    form.update(extra)
    return form


def cast_form(assessment_id: UUID, code: str, form: QueryDict, *, now: datetime = LATER) -> None:
    content = read_form(form, questionnaire_for(assessment_id))
    cast_plain(assessment_id=assessment_id, code=code, content=content, now=now)


def close_and_tally(assessment: Assessment, *, by: User, now: datetime = LATER) -> Assessment:
    lifecycle.close_assessment(assessment_id=assessment.pk, by=by, now=now)
    run_tally(assessment_id=assessment.pk, now=now + timedelta(hours=1))
    assessment.refresh_from_db()
    return assessment


def open_with_trustee(
    teams: list[Team], *, by: User, trustee: User, now: datetime = NOW
) -> tuple[Assessment, str]:
    """An open assessment whose box opens with the code, the second value, that `trustee` took."""
    load_catalogue()
    make_organisation()
    assessment = make_assessment(
        opens_at=now, closes_at=now + timedelta(days=10), key_mode=KeyMode.TRUSTEE
    )
    assessment.teams.set(teams)
    assessment.trustees.set([trustee])
    lifecycle.open_assessment(assessment_id=assessment.pk, by=by, now=now)
    code = trustees.make_code(assessment_id=assessment.pk, by=trustee)
    trustees.confirm_code(assessment_id=assessment.pk, by=trustee, typed=code)
    opening.finish_opening(assessment_id=assessment.pk, now=now)
    assessment.refresh_from_db()
    return assessment, code
