from functools import partial

import pytest

from plans import tasks
from plans.models import Measurement, Plan, PlanDraft
from surveys.models import State
from surveys.signals import assessment_scored
from tests.factories import (
    NOW,
    make_assessment,
    make_source,
    make_source_finding,
    make_summary,
    make_team,
    make_unit,
)

pytestmark = pytest.mark.django_db


def _queue(calls, name, *, assessment_id):
    calls.append((name, assessment_id))


@pytest.fixture
def queued(monkeypatch):
    calls = []
    for job in (tasks.measure, tasks.draft):
        queue = partial(_queue, calls, job.name)
        monkeypatch.setattr(job, "delay_on_commit", queue)
    return calls


def scored():
    assessment, source = make_assessment(state=State.SCORED), make_source()
    make_summary(assessment=assessment, source=source)
    make_source_finding(unit=make_unit(assessment=assessment, teams=[make_team()]), source=source)
    return assessment


def test_assessment_scored_queues_measuring_which_queues_the_draft(queued):
    assessment = scored()

    assessment_scored.send(sender=None, assessment_id=assessment.pk)
    tasks.measure(assessment_id=str(assessment.pk))

    assert [name for name, _pk in queued] == ["plans.tasks.measure", "plans.tasks.draft"]
    assert {pk for _name, pk in queued} == {str(assessment.pk)}
    assert Measurement.objects.get().assessment == assessment


def test_draft_makes_the_plans():
    assessment = scored()

    tasks.draft(assessment_id=str(assessment.pk))

    assert Plan.objects.get().unit.assessment == assessment
    assert PlanDraft.objects.get().assessment == assessment


def test_sweep_queues_what_was_not_measured_or_not_drafted(queued):
    drafted, lost = scored(), scored()
    make_assessment(state=State.OPEN)
    tasks.draft(assessment_id=str(drafted.pk))
    Measurement.objects.create(assessment=lost, measured_at=NOW)

    tasks.sweep()

    assert queued == [
        ("plans.tasks.measure", str(drafted.pk)),
        ("plans.tasks.draft", str(lost.pk)),
    ]


def test_send_digests_sends_nothing_to_nobody(mailoutbox):
    tasks.send_digests()

    assert mailoutbox == []
