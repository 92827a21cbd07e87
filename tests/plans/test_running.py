from datetime import timedelta

import pytest

from plans import running
from plans.models import ActionEvent, ActionStatus, EventKind
from plans.rules import PlanningError
from tests.factories import NOW
from tests.plans.place import TODAY, Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return Place()


def test_edit_action_writes_before_and_after(place):
    action = place.act(due_date=TODAY)

    running.edit_action(
        action_id=action.pk,
        by=place.manager,
        now=NOW,
        because="rota was out",
        due_date=TODAY + timedelta(days=7),
        title=action.title,
    )

    assert action.events.get().detail == {
        "before": {"due_date": "2026-11-16"},
        "after": {"due_date": "2026-11-23"},
        "because": "rota was out",
    }


def test_edit_action_without_a_change_writes_nothing(place):
    action = place.act()

    running.edit_action(action_id=action.pk, by=place.manager, now=NOW, title=action.title)

    assert not ActionEvent.objects.exists()


def test_check_in_moves_the_state_and_its_date(place):
    action = place.act()
    later = NOW + timedelta(days=7)

    running.check_in(
        action_id=action.pk, by=place.manager, state="BLOCKED", note="no room", now=later
    )

    action.refresh_from_db()
    assert (action.status, action.status_since) == (ActionStatus.BLOCKED, later)
    assert action.events.get().detail == {"state": "BLOCKED", "note": "no room"}


def test_check_in_keeps_the_date_of_an_unchanged_state(place):
    action = place.act(status=ActionStatus.BLOCKED)

    running.check_in(
        action_id=action.pk, by=place.manager, state="BLOCKED", now=NOW + timedelta(days=7)
    )

    action.refresh_from_db()
    assert action.status_since == NOW


def test_check_in_refuses_a_finished_action(place):
    action = place.act(status=ActionStatus.DONE)

    with pytest.raises(PlanningError, match="Reopen"):
        running.check_in(action_id=action.pk, by=place.manager, state="MOVING", now=NOW)


def test_tick_steps_ticks_and_opens(place):
    action = place.accept()
    first, second = action.steps.all()

    running.tick_steps(action_id=action.pk, by=place.manager, done={first.pk}, now=NOW)
    running.tick_steps(action_id=action.pk, by=place.manager, done={second.pk}, now=NOW)

    assert [step.done_by for step in action.steps.all()] == [None, place.manager]
    assert action.events.filter(kind=EventKind.STEP).count() == 3


def test_tick_step_twice_writes_once(place):
    step = place.accept().steps.first()

    for _ in range(2):
        running.tick_step(step_id=step.pk, by=place.manager, is_done=True, now=NOW)

    assert ActionEvent.objects.filter(kind=EventKind.STEP).count() == 1


def test_add_step_goes_to_the_end(place):
    action = place.accept()

    running.add_step(action_id=action.pk, by=place.manager, text="Third", now=NOW)

    assert [step.text for step in action.steps.all()] == ["First step", "Second step", "Third"]


def test_stop_action_needs_a_reason_and_reopen_takes_it_up(place):
    action = place.act()
    with pytest.raises(PlanningError, match="reason"):
        running.stop_action(action_id=action.pk, by=place.manager, because="", now=NOW)

    running.stop_action(action_id=action.pk, by=place.manager, because="No room.", now=NOW)
    reopened = running.reopen_action(action_id=action.pk, by=place.manager, now=NOW)

    assert reopened.status == ActionStatus.MOVING
    kinds = list(action.events.values_list("kind", flat=True))
    assert kinds == [EventKind.REOPENED, EventKind.STOPPED]


def test_reopen_action_refuses_a_fourth(place):
    stopped = place.act(status=ActionStatus.STOPPED)
    for _ in range(3):
        place.act()

    with pytest.raises(PlanningError, match="Three actions are open"):
        running.reopen_action(action_id=stopped.pk, by=place.manager, now=NOW)
