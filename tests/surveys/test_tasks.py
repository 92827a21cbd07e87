from datetime import timedelta

import pytest
from django.utils import timezone

from surveys import tally, tasks
from surveys.models import Assessment, Mailing, State
from tests.factories import make_assessment

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(monkeypatch):
    """What would be sent to the queue: (task, arguments)."""
    sent = []

    def queue(task, **arguments):
        if task is not tasks.watch_keys:
            sent.append((task.name.rpartition(".")[2], arguments))

    monkeypatch.setattr(tasks, "queue", queue)
    return sent


def make(state, **fields):
    return make_assessment(state=state, **fields)


def test_sweep_queues_what_is_not_finished(queued):
    now = timezone.now()
    past = {"opens_at": now - timedelta(days=9), "closes_at": now - timedelta(days=1)}
    counting = make(State.CLOSED, **past, closed_at=past["closes_at"])
    erasing = make(State.ERASING, **past)
    future = now + timedelta(days=2)
    opening = make(State.OPENING, opens_at=past["opens_at"], closes_at=future)
    running = make(State.OPEN, opens_at=past["opens_at"], closes_at=future)
    waiting = Mailing.objects.create(assessment=running, kind="INVITATION", due_at=now)
    Mailing.objects.create(assessment=running, kind="REMINDER", due_at=now, done_at=now)
    make(State.DRAFT)
    make(State.SCORED)
    make(State.OPENING, opens_at=future, closes_at=None)

    tasks.sweep()

    assert sorted(queued, key=repr) == sorted(
        [
            ("finish_opening", {"assessment_id": str(opening.pk)}),
            ("send_mailing", {"mailing_id": waiting.pk}),
            ("tally", {"assessment_id": str(counting.pk)}),
            ("tally", {"assessment_id": str(erasing.pk)}),
        ],
        key=repr,
    )


def test_sweep_closes_what_is_over(queued):
    now = timezone.now()
    over = make(
        State.OPEN,
        opens_at=now - timedelta(days=9),
        closes_at=now - timedelta(seconds=1),
    )

    tasks.sweep()

    over.refresh_from_db()
    assert over.state == State.CLOSED
    assert queued == []


def test_sweep_leaves_a_tally_with_a_running_lease_alone(queued):
    now = timezone.now()
    counted = make(State.TALLYING, lease_until=now + timedelta(seconds=30))

    tasks.sweep()
    assert queued == []

    Assessment.objects.filter(pk=counted.pk).update(lease_until=now)
    tasks.sweep()
    assert queued == [("tally", {"assessment_id": str(counted.pk)})]
    assert tally.LEASE.total_seconds() == 60
