"""Anybody can seal with the public key; what the form cannot send must not be counted."""

from datetime import timedelta

import pytest

from surveys import lifecycle, tally
from surveys.ballot import BallotContent, WrittenComment, encode
from surveys.keystore import Keystore
from surveys.models import Ballot, LedgerEntry, SourceFinding, State
from surveys.questionnaire import questionnaire_for
from surveys.sealing import CONTENT_SIZE, SEALED_SIZE, seal
from tests.factories import make_user
from tests.line import LATER, cast_form, codes_by_team, form_of, make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def assessment():
    """Open, with twelve honest ballots in the box."""
    assessment = open_over(make_teams({"Calls": 14}), by=make_user(is_hr=True))
    asked = questionnaire_for(assessment.pk)
    for codes in codes_by_team(assessment).values():
        for number, code in enumerate(codes[:12]):
            cast_form(assessment.pk, code, form_of(asked, {"time": 1 + number % 5}))
    return assessment


def put(assessment, data):
    sealed = seal(
        public_key=bytes(assessment.box_public_key), assessment=assessment.pk.bytes, content=data
    )
    Ballot.objects.create(assessment=assessment, ciphertext=sealed)
    LedgerEntry.objects.create(assessment=assessment, entry=b"forged".ljust(32))


def count(assessment):
    lifecycle.close_assessment(assessment_id=assessment.pk, by=make_user(), now=LATER)
    done = tally.run_tally(assessment_id=assessment.pk, now=LATER + timedelta(hours=1))
    assessment.refresh_from_db()
    return done


def refused(assessment):
    """That nothing was counted, and that everything is there to be counted later."""
    return (
        not SourceFinding.objects.exists()
        and Keystore(assessment.pk).exists()
        and assessment.state == State.FAILED
        and assessment.failed_from == State.TALLYING
        and Ballot.objects.count() == 13
    )


def test_honest_ballots_are_counted(assessment):
    assert count(assessment) is True
    assert assessment.ballot_count == 12


def forged(width, **changes):
    answers, comments = changes.get("answers", b"\3" * width), changes.get("comments", ())
    content = BallotContent(answers, 0, comments)
    return encode(content, group=changes.get("group", 0), receipt_hash=bytes(16))


@pytest.mark.parametrize(
    "changes",
    [
        {"group": 99},
        {"answers": b"\3"},
        {"answers": b"\7" * 36},
        {"comments": (WrittenComment(200, "m", "text"),)},
        {"comments": (WrittenComment(36, "x", "text"),)},
    ],
)
def test_ballot_that_no_form_sends_stops_the_count(assessment, changes):
    width = len(questionnaire_for(assessment.pk).rated)
    put(assessment, forged(width, **changes))

    assert count(assessment) is False
    assert refused(assessment)


@pytest.mark.parametrize("data", [bytes(CONTENT_SIZE), b"\2" + b"\xff" * (CONTENT_SIZE - 1)])
def test_unreadable_content_stops_the_count(assessment, data):
    put(assessment, data)

    assert count(assessment) is False
    assert refused(assessment)


def test_bytes_that_were_never_sealed_stop_the_count(assessment):
    Ballot.objects.create(assessment=assessment, ciphertext=bytes(SEALED_SIZE))

    assert count(assessment) is False
    assert refused(assessment)


def test_more_ballots_than_people_stop_the_count(assessment):
    put(assessment, forged(len(questionnaire_for(assessment.pk).rated)))
    LedgerEntry.objects.filter(entry=b"forged".ljust(32)).delete()

    assert count(assessment) is False
    assert refused(assessment)
    assert assessment.failure == "MORE_BALLOTS_THAN_PEOPLE"


def test_count_without_its_key_says_so_and_can_be_tried_again(assessment):
    box = Keystore(assessment.pk).folder / "box"
    key = box.read_bytes()
    box.unlink()

    assert count(assessment) is False
    assert assessment.state == State.FAILED
    assert assessment.failure == "MISSING_KEY"

    box.write_bytes(key)
    lifecycle.retry(assessment_id=assessment.pk, by=make_user(), now=LATER)
    assert tally.run_tally(assessment_id=assessment.pk, now=LATER + timedelta(hours=1)) is True
    assessment.refresh_from_db()
    assert assessment.ballot_count == 12
