"""A worker that dies in the middle of a tally: the next one ends it as if nothing had happened."""

from datetime import timedelta

import pytest
from django.utils import timezone

from plans.drafting import draft_plans
from plans.models import Plan
from surveys import lifecycle, tally
from surveys.casting import NotOpen
from surveys.keystore import Keystore
from surveys.models import Assessment, Ballot, LedgerEntry, SourceFinding, State
from surveys.questionnaire import questionnaire_for
from tests import worker as worker_module
from tests.factories import make_team, make_user
from tests.line import cast_form, codes_by_team, form_of, make_teams, open_over
from tests.rewind import SealedState, everything_kept
from tests.surveys.test_blind_casting import Employee
from tests.worker import WorkerProcess, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

#: where the tally dies -> state, ballots, ledger entries, whether keys and findings exist then
LEFT = {
    "store_findings": (State.TALLYING, 40, 41, True, False),
    "erase": (State.ERASING, 40, 41, True, True),
    "destroy_keys": (State.ERASING, 0, 0, True, True),
}
QUEUES = ("default", "heavy", "unacked", "unacked_index")


@pytest.fixture
def worker(valkey, tmp_path):
    valkey.delete(*QUEUES)
    process = WorkerProcess(tmp_path)
    yield process
    process.stop()
    valkey.delete(*QUEUES)


def closed_company():
    """Forty people have answered, each a little differently, and the assessment was closed.

    One more has a signature and has not cast: the second value.
    """
    hr, now = make_user(is_hr=True), timezone.now()
    company = make_team(name="Harbour Retail", managers=(hr,))
    make_teams({"Calls": 21, "Returns": 12, "Stores": 8}, parent=company)
    assessment = open_over([company], by=hr, now=now - timedelta(days=2))
    asked = questionnaire_for(assessment.pk)
    words = f"c{asked.open[0].position}"
    of_calls, *of_others = codes_by_team(assessment).values()
    late = Employee(assessment, of_calls.pop())
    late.ask(now=now - timedelta(days=1))
    for codes in (of_calls, *of_others):
        for number, code in enumerate(codes):
            levels = {"time": 3 + number % 3, "silos": 1 + number % 4, "training": 2 + number % 4}
            form = form_of(asked, levels, **{words: f"Give us time {number}", "top": "0"})
            cast_form(assessment.pk, code, form, now=now - timedelta(days=1))
    lifecycle.close_assessment(assessment_id=assessment.pk, by=hr, now=now)
    return Assessment.objects.get(pk=assessment.pk), late


def count_undisturbed(assessment):
    """Tally and plans in this process; the value is all they leave."""
    later = timezone.now() + timedelta(minutes=5)
    assert tally.run_tally(assessment_id=assessment.pk, now=later)
    draft_plans(assessment_id=assessment.pk, now=later)
    return everything_kept()


@pytest.fixture
def crash(worker, monkeypatch):
    """Runs the worker until it has killed itself in the named function of the tally."""
    command = worker_module.worker_command

    def crashing(beat_file):
        return ["tests.crashing_worker" if w == "config" else w for w in command(beat_file)]

    def crash_at(point):
        with monkeypatch.context() as patch:
            patch.setattr(worker_module, "worker_command", crashing)
            worker.start(CRASH_AT=point)
        assert worker.process.wait(60) == -9
        worker.process = None

    return crash_at


@pytest.mark.parametrize("point", LEFT)
def test_killed_tally_ends_as_an_undisturbed_one(worker, crash, valkey, tmp_path, point):
    assessment, late = closed_company()
    sealed = SealedState(assessment, tmp_path)
    expected = count_undisturbed(assessment)
    sealed.restore()
    valkey.delete(*QUEUES)

    crash(point)
    with pytest.raises(NotOpen):
        late.cast(now=timezone.now())

    assessment.refresh_from_db()
    assert LEFT[point] == (
        assessment.state,
        Ballot.objects.count(),
        LedgerEntry.objects.count(),
        Keystore(assessment.pk).exists(),
        SourceFinding.objects.exists(),
    )
    # The dead worker's lease would be waited for, a minute in all; the clock is the only change.
    Assessment.objects.filter(pk=assessment.pk).update(lease_until=timezone.now())

    worker.start()
    wait_until(lambda: everything_kept()["drafts"])
    worker.stop()

    kept = everything_kept()
    assert kept == expected
    assert len(kept["comments"]) == 40
    assert Plan.objects.count() == len(kept["units"]) > 0
    assert not Ballot.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert not Keystore(assessment.pk).exists()


def test_second_worker_keeps_away_while_a_lease_runs():
    assessment, _late = closed_company()
    later = timezone.now() + timedelta(minutes=5)
    Assessment.objects.filter(pk=assessment.pk).update(
        state=State.TALLYING, lease_holder=assessment.pk, lease_until=later + timedelta(seconds=1)
    )

    assert tally.due(now=later) == []
    assert tally.run_tally(assessment_id=assessment.pk, now=later) is False
    assert Ballot.objects.count() == 40
    assert tally.due(now=later + timedelta(seconds=2)) == [assessment.pk]


def test_worker_that_lost_its_lease_stores_nothing(monkeypatch):
    assessment, _late = closed_company()
    score_box = tally.score_box

    def score_slowly(*arguments, **keywords):
        Assessment.objects.filter(pk=assessment.pk).update(lease_holder=assessment.pk)
        return score_box(*arguments, **keywords)

    monkeypatch.setattr(tally, "score_box", score_slowly)
    later = timezone.now() + timedelta(minutes=5)

    assert tally.run_tally(assessment_id=assessment.pk, now=later) is False

    assessment.refresh_from_db()
    assert assessment.state == State.TALLYING
    assert not SourceFinding.objects.exists()
    assert Ballot.objects.count() == 40
