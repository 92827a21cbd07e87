import pytest

from plans import tasks
from plans.models import Plan, PlanDraft
from surveys.models import State
from surveys.signals import assessment_scored
from tests.factories import (
    make_assessment,
    make_source,
    make_source_finding,
    make_summary,
    make_team,
    make_unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(monkeypatch):
    calls = []
    monkeypatch.setattr(tasks.draft, "delay_on_commit", lambda **kwargs: calls.append(kwargs))
    return calls


def scored():
    assessment, source = make_assessment(state=State.SCORED), make_source()
    make_summary(assessment=assessment, source=source)
    make_source_finding(unit=make_unit(assessment=assessment, teams=[make_team()]), source=source)
    return assessment


def test_assessment_scored_queues_the_draft(queued):
    assessment = scored()

    assessment_scored.send(sender=None, assessment_id=assessment.pk)

    assert queued == [{"assessment_id": str(assessment.pk)}]


def test_draft_makes_the_plans():
    assessment = scored()

    tasks.draft(assessment_id=str(assessment.pk))

    assert Plan.objects.get().unit.assessment == assessment
    assert PlanDraft.objects.get().assessment == assessment


def test_sweep_queues_scored_assessments_without_a_draft(queued):
    drafted, lost = scored(), scored()
    make_assessment(state=State.OPEN)
    tasks.draft(assessment_id=str(drafted.pk))

    tasks.sweep()

    assert queued == [{"assessment_id": str(lost.pk)}]


def test_send_digests_sends_nothing_to_nobody(mailoutbox):
    tasks.send_digests()

    assert mailoutbox == []
