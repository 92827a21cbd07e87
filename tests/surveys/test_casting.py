from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from surveys import lifecycle
from surveys.ballot import BallotContent, decode
from surveys.casting import CodeNotAccepted, NotOpen, cast_plain, look_up
from surveys.keystore import Keystore, MissingKey
from surveys.models import Assessment, Ballot, Invitation, LedgerEntry, State
from surveys.sealing import SEALED_SIZE, unseal
from tests.factories import NOW, make_open_assessment, make_source, make_statement, make_user
from tests.line import codes_by_team, make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)

CONTENT = BallotContent(b"\1\2\3", 5, ())


@pytest.fixture
def assessment():
    return open_over(make_teams({"Calls": 9, "Stores": 8}), by=make_user(is_hr=True))


@pytest.fixture
def codes(assessment):
    """One list of codes per team."""
    return list(codes_by_team(assessment).values())


def cast(assessment, code, now=NOW):
    cast_plain(assessment_id=assessment.pk, code=code, content=CONTENT, now=now)


def rows():
    return Ballot.objects.count(), LedgerEntry.objects.count()


def test_cast_seals_the_answers_with_the_group(assessment, codes):
    cast(assessment, codes[1][0])

    ballot = Ballot.objects.get()
    key = Keystore(assessment.pk).box_private_key()
    opened = unseal(
        private_key=key, assessment=assessment.pk.bytes, sealed=bytes(ballot.ciphertext)
    )
    assert decode(opened)[:2] == (1, CONTENT)
    assert len(ballot.ciphertext) == SEALED_SIZE


def test_cast_hides_the_invitation_in_the_ledger(assessment, codes):
    cast(assessment, codes[0][0])

    invitations = Invitation.objects.order_by("person").values_list("pk", flat=True)
    store = Keystore(assessment.pk)
    entry = bytes(LedgerEntry.objects.get().entry)
    assert [store.ledger_entry(pk) == entry for pk in invitations] == [True] + [False] * 16


def test_code_works_once(assessment, codes):
    cast(assessment, codes[0][0])

    with pytest.raises(CodeNotAccepted):
        cast(assessment, codes[0][0].lower())
    assert rows() == (1, 1)


def test_code_of_two_requests_at_once_works_once(assessment, codes):
    def try_once(_number):
        try:
            cast(assessment, codes[0][0])
        except CodeNotAccepted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(try_once, range(8)))

    assert sorted(done) == [False] * 7 + [True]
    assert rows() == (1, 1)


@pytest.mark.parametrize("code", ["", "nonsense", "0000-0000-0000-0000-0"])
def test_unknown_code_is_refused(assessment, code):
    with pytest.raises(CodeNotAccepted):
        cast(assessment, code)
    assert rows() == (0, 0)


def test_code_of_another_assessment_is_refused(assessment):
    statements = [make_statement(source=make_source()) for _ in range(3)]
    _other, foreign = make_open_assessment(statements=statements)

    with pytest.raises(CodeNotAccepted):
        cast(assessment, foreign[0])


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        (NOW - timedelta(seconds=1), State.CLOSED),
        (NOW + timedelta(days=10), State.CLOSED),
        (NOW + timedelta(days=11), State.CLOSED),
    ],
)
def test_cast_outside_the_open_time_is_refused(assessment, codes, moment, state):
    with pytest.raises(NotOpen) as refused:
        cast(assessment, codes[0][0], now=moment)

    assert refused.value.state == state
    assert rows() == (0, 0)


@pytest.mark.parametrize("state", [State.OPENING, State.TALLYING, State.ERASING, State.FAILED])
def test_cast_in_any_other_state_is_refused(assessment, codes, state):
    Assessment.objects.filter(pk=assessment.pk).update(state=state)

    with pytest.raises(NotOpen) as refused:
        cast(assessment, codes[0][0])
    assert refused.value.state == state


def test_cast_into_nothing_is_refused(codes):
    with pytest.raises(NotOpen):
        cast_plain(assessment_id=UUID(int=1), code=codes[0][0], content=CONTENT, now=NOW)


def test_cast_without_the_ledger_key_writes_nothing(assessment, codes):
    (Keystore(assessment.pk).folder / "ledger").unlink()

    with pytest.raises(MissingKey):
        cast(assessment, codes[0][0])
    assert rows() == (0, 0)


def test_look_up_names_the_group_before_and_after_use(assessment, codes):
    before = look_up(assessment_id=assessment.pk, code=codes[1][0])
    cast(assessment, codes[1][0])

    assert look_up(assessment_id=assessment.pk, code=codes[1][0]) == before
    assert (before.name, before.invited) == ("Stores", 8)


def test_cast_is_possible_until_somebody_closes(assessment, codes):
    cast(assessment, codes[0][0])
    lifecycle.close_assessment(assessment_id=assessment.pk, by=make_user(), now=NOW)

    with pytest.raises(NotOpen):
        cast(assessment, codes[0][1])
