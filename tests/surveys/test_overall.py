"""The tally's figures of the whole organisation, with few units and with many."""

from datetime import timedelta

import numpy as np
import pytest

from resistance.importance import ImportanceBasis
from resistance.scoring import Basis
from surveys.findings import store_findings
from surveys.models import Group, SourceSummary, State
from surveys.questionnaire import questionnaire_for
from surveys.scoring_run import score_box
from surveys.unsealing import OpenedBox
from tests.factories import NOW, make_team, make_user
from tests.line import make_teams, open_over

pytestmark = pytest.mark.django_db

BLOCKERS = {"time": 0.6, "silos": 0.3, "training": 0.15}
NOBODY_NAMES_IT = "complacency"


def open_company(units, *, size=20):
    """An open assessment over that many teams of `size`."""
    root = make_team(name=f"Company of {units}")
    make_teams({f"Team {number} of {units}": size for number in range(units)}, parent=root)
    return open_over([root], by=make_user(is_hr=True))


def fill(assessment, *, seed=4):
    """Everybody answers; time holds back most and drives the outcome, all sources vary."""
    asked = questionnaire_for(assessment.pk)
    generator = np.random.default_rng(seed)
    groups = Group.objects.filter(assessment=assessment).order_by("number")
    group = np.concatenate([np.full(g.invited, g.number) for g in groups])
    sources = [part.source for part in asked.parts]
    leaning = generator.normal(0, 1, (len(group), len(sources)))
    outcome = leaning @ np.where(np.array(sources) == "time", 0.9, 0.15)
    columns = [
        (leaning[:, sources.index(q.source)] if q.source else outcome, q.is_asset)
        for q in asked.rated
    ]
    points = np.column_stack([column for column, _ in columns])
    steps = np.clip(np.round(3 + points + generator.normal(0, 0.6, points.shape)), 1, 5)
    values = np.where([is_asset for _, is_asset in columns], 6 - steps, steps)
    blockers = np.zeros(len(group), np.uint16)
    for blocker in asked.blockers:
        likely = BLOCKERS.get(blocker.source, 0.0 if blocker.source == NOBODY_NAMES_IT else 0.1)
        names = generator.random(len(group)) < likely
        blockers |= (names << blocker.number).astype(np.uint16)
    return OpenedBox(values.astype(np.uint8), group.astype(np.int64), blockers, (), "")


def score(assessment, box, *, now=NOW):
    return score_box(assessment, questionnaire_for(assessment.pk), box, now=now)


def count(assessment, *, at=NOW):
    """As the tally does: what is stored, without the ballots."""
    box = fill(assessment)
    outcome = score(assessment, box, now=at)
    store_findings(assessment, questionnaire_for(assessment.pk), box, outcome)
    assessment.state, assessment.scored_at = State.SCORED, at
    assessment.closed_at = at
    assessment.save()
    return {row.source_id: row for row in SourceSummary.objects.filter(assessment=assessment)}


@pytest.mark.parametrize("units", [1, 2, 7])
def test_with_few_units_defaults_stand_in_and_importance_is_equal(units):
    assessment = open_company(units)

    outcome = score(assessment, fill(assessment))

    for between in outcome.scored.between.values():
        assert (between.basis, between.icc) == (Basis.DEFAULTS, None)
        assert (between.mean, between.between_sd, between.target) == (45, 7, 35)
    assert {(one.basis, one.value) for one in outcome.importance.values()} == {
        (ImportanceBasis.EQUAL, 0.091)
    }
    assert all(score.has_ranking for score in outcome.scored.units.values())


def test_eight_units_tell_importance_from_naming_and_answers():
    assessment = open_company(8, size=30)

    rows = count(assessment)

    time, silos, nobody = rows["time"], rows["silos"], rows[NOBODY_NAMES_IT]
    assert {row.importance_basis for row in rows.values()} == {"ASSESSMENT"}
    assert {row.basis for row in rows.values()} == {"ASSESSMENT"}
    assert time.importance > silos.importance > nobody.importance > 0
    assert time.derived_share > 3 * silos.derived_share
    assert (nobody.blocker_share, nobody.stated_share) == (None, 0.0)
    assert sum(row.importance for row in rows.values()) == pytest.approx(1, abs=0.01)
    assert time.alpha_low < time.measured_alpha < time.alpha_high
    assert time.omega_low < time.omega < time.omega_high


def test_a_smaller_assessment_takes_importance_from_the_last_large_one():
    before = count(open_company(8, size=30))

    few = count(open_company(2), at=NOW + timedelta(days=100))
    late = count(open_company(3), at=NOW + timedelta(days=700))

    assert {row.importance_basis for row in few.values()} == {"EARLIER"}
    assert {key: row.importance for key, row in few.items()} == {
        key: row.importance for key, row in before.items()
    }
    assert few["time"].stated_share == before["time"].stated_share
    assert {(row.importance_basis, row.importance) for row in late.values()} == {("EQUAL", 0.091)}
