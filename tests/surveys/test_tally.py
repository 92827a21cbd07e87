from uuid import UUID

import pytest

from surveys import tally
from surveys.keystore import Keystore
from surveys.models import (
    Ballot,
    Comment,
    Credential,
    Delivery,
    LedgerEntry,
    SourceFinding,
    State,
    StatementFinding,
    Unit,
)
from surveys.questionnaire import questionnaire_for
from tests.factories import make_team, make_user
from tests.line import cast_form, close_and_tally, codes_by_team, form_of, make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)


def cast_all(assessment, *, share=1.0, comment=""):
    """Everybody answers; levels vary by person so that nothing is unanimous."""
    questionnaire = questionnaire_for(assessment.pk)
    open_position = questionnaire.open[0].position
    for codes in codes_by_team(assessment).values():
        for number, code in enumerate(codes[: round(share * len(codes))]):
            levels = {"time": 3 + number % 3, "silos": 1 + number % 3, "training": 2 + number % 4}
            extra = {f"c{open_position}": f"{comment} {number}"} if comment else {}
            cast_form(assessment.pk, code, form_of(questionnaire, levels, **extra))


def test_tally_turns_ballots_into_findings_and_erases_everything_else():
    hr = make_user(is_hr=True)
    company = make_team(name="Harbour Retail")
    teams = make_teams({"Calls A": 20, "Calls B": 12, "Returns": 8}, parent=company)
    assessment = open_over([company], by=hr)
    cast_all(assessment, comment="Give us time")

    close_and_tally(assessment, by=hr)

    assert assessment.state == State.SCORED
    assert (assessment.invited_count, assessment.taken_part_count, assessment.ballot_count) == (
        40,
        40,
        40,
    )
    assert [
        (unit.name, unit.kind, unit.answers) for unit in Unit.objects.filter(assessment=assessment)
    ] == [
        ("Harbour Retail", "ORGANISATION", 40),
        ("Calls A", "TEAM", 20),
        ("Calls B", "TEAM", 12),
        ("Returns", "TEAM", None),
    ]
    assert not Ballot.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert not Credential.objects.exists()
    assert not Delivery.objects.exists()
    assert not Keystore(assessment.pk).exists()
    assert Comment.objects.count() == 40
    assert {comment.unit.name for comment in Comment.objects.all()} <= {
        unit.name for unit in Unit.objects.all()
    }
    assert len(teams) == 3


def test_tally_of_too_few_ballots_shows_nothing_and_still_ends():
    hr = make_user(is_hr=True)
    assessment = open_over(make_teams({"Calls": 10}), by=hr)
    cast_all(assessment, share=0.4)

    close_and_tally(assessment, by=hr)

    assert assessment.state == State.SCORED
    assert not Unit.objects.exists()
    assert assessment.ballot_count == 4


def test_tally_before_the_grace_is_over_does_nothing():
    hr = make_user(is_hr=True)
    assessment = open_over(make_teams({"Calls": 10}), by=hr)

    assert tally.run_tally(assessment_id=assessment.pk, now=assessment.opens_at) is False

    assessment.refresh_from_db()
    assert assessment.state == State.OPEN


def test_findings_do_not_depend_on_the_order_of_ballots():
    hr = make_user(is_hr=True)
    findings = []
    for reverse in (False, True):
        assessment = open_over(
            make_teams({f"A{reverse}": 14, f"B{reverse}": 9}), by=hr, id=UUID(int=1)
        )
        questionnaire = questionnaire_for(assessment.pk)
        jobs = [
            (code, form_of(questionnaire, {"time": 1 + number % 5, "silos": 1 + number % 3}))
            for codes in codes_by_team(assessment).values()
            for number, code in enumerate(codes)
        ]
        for code, form in reversed(jobs) if reverse else jobs:
            cast_form(assessment.pk, code, form)
        close_and_tally(assessment, by=hr)
        findings.append(
            list(
                SourceFinding.objects.order_by("unit__position", "source").values_list(
                    "source", "raw", "low", "high", "estimate", "estimate_sd", "p_top3"
                )
            )
            + list(
                StatementFinding.objects.order_by("unit__position", "statement").values_list(
                    "statement", "visibility", "mean", "counts", "band"
                )
            )
        )
        assessment.delete()
        questionnaire_for.cache_clear()

    assert findings[0] == findings[1]
    assert len(findings[0]) > 50
