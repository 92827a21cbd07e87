from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from resistance.catalogue import load_catalogue
from surveys import lifecycle, opening, tally, trustees
from surveys.keystore import Keystore, MissingKey
from surveys.models import Ballot, Delivery, KeyMode, State, WrappedKey
from surveys.questionnaire import questionnaire_for
from surveys.states import LifecycleError
from surveys.wrapping import written_code
from tests.factories import NOW, make_assessment, make_organisation, make_user
from tests.line import cast_form, codes_by_team, form_of, make_teams, open_with_trustee

pytestmark = pytest.mark.django_db(transaction=True)

WRONG = written_code(b"\x07" * 15)


@pytest.fixture
def trustee():
    return make_user(is_trustee=True)


@pytest.fixture
def waiting(trustee):
    """Opened by HR; no trustee has been there."""
    load_catalogue()
    make_organisation()
    assessment = make_assessment(
        opens_at=NOW, closes_at=NOW + timedelta(days=9), key_mode=KeyMode.TRUSTEE
    )
    assessment.teams.set(make_teams({"Calls": 9, "Stores": 8}))
    assessment.trustees.add(trustee)
    lifecycle.open_assessment(assessment_id=assessment.pk, by=make_user(is_hr=True), now=NOW)
    assessment.refresh_from_db()
    return assessment


def closed_box(trustee):
    """Fifteen people have answered, the assessment was closed and its grace is over."""
    hr = make_user(is_hr=True)
    assessment, code = open_with_trustee(make_teams({"Calls": 15}), by=hr, trustee=trustee)
    asked = questionnaire_for(assessment.pk)
    for number, person in enumerate(next(iter(codes_by_team(assessment).values()))):
        cast_form(assessment.pk, person, form_of(asked, {"time": 2 + number % 4}))
    lifecycle.close_assessment(assessment_id=assessment.pk, by=hr, now=NOW + timedelta(days=2))
    run(assessment)
    return assessment, code


def run(assessment):
    done = tally.run_tally(assessment_id=assessment.pk, now=NOW + timedelta(days=3))
    assessment.refresh_from_db()
    return done


def refused(act, assessment, by, typed):
    with pytest.raises(LifecycleError) as problem:
        act(assessment_id=assessment.pk, by=by, typed=typed)
    return str(problem.value)


def test_assessment_invites_nobody_before_the_code_was_taken(waiting):
    done = opening.finish_opening(assessment_id=waiting.pk, now=NOW)

    waiting.refresh_from_db()
    assert (done, waiting.state, waiting.waits_for_code) == (False, State.OPENING, True)
    assert not Delivery.objects.exists()


def test_code_that_was_typed_back_lets_it_open_without_a_box_key_on_the_server(waiting, trustee):
    code = trustees.make_code(assessment_id=waiting.pk, by=trustee)
    trustees.confirm_code(assessment_id=waiting.pk, by=trustee, typed=code.lower())

    assert opening.finish_opening(assessment_id=waiting.pk, now=NOW) is True

    waiting.refresh_from_db()
    store = Keystore(waiting.pk)
    assert waiting.state == State.OPEN
    assert not store.has("box")
    with pytest.raises(MissingKey):
        store.box_private_key()
    assert len(waiting.box_public_key) == 32
    assert Delivery.objects.count() == 17
    stored = " ".join(str(entry.detail) for entry in AuditEntry.objects.all())
    assert code not in stored


def test_code_made_anew_makes_the_one_before_worthless(waiting, trustee):
    first = trustees.make_code(assessment_id=waiting.pk, by=trustee)
    second = trustees.make_code(assessment_id=waiting.pk, by=trustee)

    problem = refused(trustees.confirm_code, waiting, trustee, first)
    trustees.confirm_code(assessment_id=waiting.pk, by=trustee, typed=second)

    assert "does not open this box" in problem
    assert WrappedKey.objects.count() == 1


def test_code_cannot_be_made_anew_once_it_was_taken(waiting, trustee):
    code = trustees.make_code(assessment_id=waiting.pk, by=trustee)
    trustees.confirm_code(assessment_id=waiting.pk, by=trustee, typed=code)

    with pytest.raises(LifecycleError):
        trustees.make_code(assessment_id=waiting.pk, by=trustee)
    assert "taken already" in refused(trustees.confirm_code, waiting, trustee, code)


def test_box_key_of_an_earlier_attempt_does_not_stay_on_the_server(waiting, trustee):
    Keystore(waiting.pk).create()

    trustees.make_code(assessment_id=waiting.pk, by=trustee)

    assert not Keystore(waiting.pk).has("box")
    assert Keystore(waiting.pk).has("companion")


def test_counting_waits_for_the_code_and_then_ends_as_always(trustee):
    assessment, code = closed_box(trustee)
    assert (assessment.state, Ballot.objects.count()) == (State.AWAITING_TRUSTEE, 15)
    assert tally.due(now=NOW + timedelta(days=9)) == []

    trustees.unlock(assessment_id=assessment.pk, by=trustee, typed=code)

    assert tally.due(now=NOW + timedelta(days=3)) == [assessment.pk]
    assert run(assessment) is True
    assert (assessment.state, assessment.ballot_count) == (State.SCORED, 15)
    assert not Keystore(assessment.pk).exists()
    assert not WrappedKey.objects.exists()
    assert not Ballot.objects.exists()


def test_wrong_code_loses_nothing(trustee):
    assessment, code = closed_box(trustee)

    wrong = refused(trustees.unlock, assessment, trustee, WRONG)
    malformed = refused(trustees.unlock, assessment, trustee, "K7QF")
    trustees.unlock(assessment_id=assessment.pk, by=trustee, typed=code)

    assert "does not open this box. Nothing is lost" in wrong
    assert "six groups of four" in malformed
    assert run(assessment) is True


def test_code_is_tried_ten_times_and_then_not_for_a_while(trustee):
    assessment, code = closed_box(trustee)
    for _number in range(trustees.MAX_TRIES):
        refused(trustees.unlock, assessment, trustee, "K7QF")

    problem = refused(trustees.unlock, assessment, trustee, code)

    assert "Too many tries" in problem
    trustees.unlock(assessment_id=assessment.pk, by=make_user(is_trustee=True), typed=code)
    assessment.refresh_from_db()
    assert assessment.state == State.TALLYING


def test_lost_companion_is_said_and_nothing_is_started(trustee):
    assessment, code = closed_box(trustee)
    (Keystore(assessment.pk).folder / "companion").unlink()

    problem = refused(trustees.unlock, assessment, trustee, code)

    assessment.refresh_from_db()
    assert "key on the server is missing" in problem
    assert assessment.state == State.AWAITING_TRUSTEE


def test_box_that_was_lost_after_unlocking_is_asked_for_again(trustee):
    assessment, code = closed_box(trustee)
    trustees.unlock(assessment_id=assessment.pk, by=trustee, typed=code)
    (Keystore(assessment.pk).folder / "box").unlink()

    assert run(assessment) is False
    assert assessment.state == State.AWAITING_TRUSTEE

    trustees.unlock(assessment_id=assessment.pk, by=trustee, typed=code)
    assert run(assessment) is True


def test_draft_without_an_able_trustee_does_not_open(waiting, trustee):
    trustee.is_trustee = False
    trustee.save()
    draft = make_assessment(
        opens_at=NOW, closes_at=NOW + timedelta(days=9), key_mode=KeyMode.TRUSTEE
    )
    draft.teams.set(make_teams({"Returns": 9}))
    draft.trustees.add(trustee)

    with pytest.raises(LifecycleError, match="Choose one or two trustees"):
        lifecycle.open_assessment(assessment_id=draft.pk, by=make_user(is_hr=True), now=NOW)
