"""Signing and casting on the server, with the browser's half in Python."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection

from surveys import blind_casting, lifecycle, tally
from surveys.ballot import BallotContent, decode
from surveys.blind_casting import TokenNotAdmitted, cast_blind, sign
from surveys.blindsign import BlindingRefused, SigningFault, nullifier
from surveys.box import Box
from surveys.casting import CodeNotAccepted, NotOpen, cast_plain
from surveys.keystore import Keystore, MissingKey
from surveys.models import Assessment, Ballot, LedgerEntry, ReceiptList, State
from surveys.receipts import hash_receipt, is_counted, receipt_for
from surveys.sealing import SEALED_SIZE, unseal
from surveys.signing_keys import NoSigningKeys, SigningKeys, published_keys
from tests.blind_client import blind, finalize, new_token
from tests.factories import NOW, make_assessment, make_user
from tests.line import LATER, codes_by_team, make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)

CONTENT = BallotContent(b"\3" * 36, 5, ())
OTHER = BallotContent(b"\4" * 36, 2, ())


@pytest.fixture
def assessment():
    return open_over(make_teams({"Calls": 9, "Stores": 8}), by=make_user(is_hr=True))


@pytest.fixture
def codes(assessment):
    """One list of codes per team."""
    return list(codes_by_team(assessment).values())


class Employee:
    """What a browser knows: its code, its token and, later, the signature."""

    def __init__(self, assessment, code, group=0):
        self.assessment, self.code, self.group = assessment, code, group
        self.public = published_keys(assessment.pk).public[group]
        self.token = new_token(self.public, assessment=assessment.pk, group=group)
        self.pending = blind(self.public, self.token)
        self.signature = b""

    def ask(self, now=LATER):
        signed = sign(
            assessment_id=self.assessment.pk,
            code=self.code,
            blinded=self.pending.blinded,
            now=now,
        )
        self.signature = finalize(self.public, self.pending, signed)

    def cast(self, content=CONTENT, now=LATER, **changes):
        values = {"group": self.group, "token": self.token, "signature": self.signature}
        cast_blind(
            assessment_id=self.assessment.pk, content=content, now=now, **{**values, **changes}
        )

    @property
    def receipt(self):
        return receipt_for(self.token)


def rows():
    return LedgerEntry.objects.count(), Ballot.objects.count()


def opened(assessment):
    key = Keystore(assessment.pk).box_private_key()
    return [
        decode(unseal(private_key=key, assessment=assessment.pk.bytes, sealed=bytes(sealed)))
        for sealed in Ballot.objects.values_list("ciphertext", flat=True)
    ]


def test_signed_token_puts_one_ballot_of_its_group_into_the_box(assessment, codes):
    employee = Employee(assessment, codes[1][0], group=1)

    employee.ask()
    employee.cast()

    hashed = hash_receipt(assessment=assessment.pk, receipt=employee.receipt)
    assert opened(assessment) == [(1, CONTENT, hashed)]
    ballot = Ballot.objects.get()
    assert ballot.nullifier == nullifier(employee.token)
    assert len(ballot.ciphertext) == SEALED_SIZE
    assert rows() == (1, 1)


def test_same_request_is_signed_again_and_another_one_is_not(assessment, codes):
    employee = Employee(assessment, codes[0][0])
    employee.ask()
    first = employee.signature

    employee.ask()

    assert employee.signature == first
    with pytest.raises(CodeNotAccepted):
        Employee(assessment, codes[0][0]).ask()
    assert rows() == (1, 0)


@pytest.mark.parametrize("blinded", [b"", b"\0" * 256, b"\xff" * 256, b"\1" * 255])
def test_what_cannot_be_signed_uses_no_code(assessment, codes, blinded):
    with pytest.raises(BlindingRefused):
        sign(assessment_id=assessment.pk, code=codes[0][0], blinded=blinded, now=LATER)
    assert rows() == (0, 0)


def test_missing_signing_key_uses_no_code(assessment, codes):
    SigningKeys(assessment.pk).destroy()

    with pytest.raises(MissingKey):
        Employee(assessment, codes[0][0]).ask()
    assert rows() == (0, 0)


def test_code_of_one_path_is_used_for_the_other(assessment, codes):
    Employee(assessment, codes[0][0]).ask()
    cast_plain(assessment_id=assessment.pk, code=codes[0][1], content=CONTENT, now=LATER)

    with pytest.raises(CodeNotAccepted):
        cast_plain(assessment_id=assessment.pk, code=codes[0][0], content=CONTENT, now=LATER)
    with pytest.raises(CodeNotAccepted):
        Employee(assessment, codes[0][1]).ask()
    assert rows() == (2, 1)


def test_rows_of_both_paths_look_alike(assessment, codes):
    employee = Employee(assessment, codes[0][0])
    employee.ask()
    employee.cast()
    cast_plain(assessment_id=assessment.pk, code=codes[0][1], content=CONTENT, now=LATER)

    ledger = LedgerEntry.objects.values_list("entry", "request_hash")
    ballots = Ballot.objects.values_list("nullifier", "ciphertext")
    assert {(len(entry), len(hashed)) for entry, hashed in ledger} == {(32, 32)}
    assert {(number.version, len(sealed)) for number, sealed in ballots} == {(4, SEALED_SIZE)}


def test_casting_again_keeps_the_first_answers(assessment, codes):
    employee = Employee(assessment, codes[0][0])
    employee.ask()
    employee.cast()

    employee.cast(content=OTHER)

    assert [ballot.content for ballot in opened(assessment)] == [CONTENT]


def test_eight_casts_at_once_store_one_ballot(assessment, codes):
    employee = Employee(assessment, codes[0][0])
    employee.ask()

    def cast_once(_number):
        try:
            employee.cast()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(cast_once, range(8)))

    assert rows() == (1, 1)


def test_token_of_another_group_or_without_its_signature_is_not_admitted(assessment, codes):
    employee = Employee(assessment, codes[0][0])
    employee.ask()

    for changes in (
        {"group": 1},
        {"group": 2},
        {"signature": bytes(256)},
        {"token": employee.token[:-1] + b"x"},
        {"token": new_token(employee.public, assessment=assessment.pk, group=0)},
    ):
        with pytest.raises(TokenNotAdmitted):
            employee.cast(**changes)
    assert rows() == (1, 0)


@pytest.mark.parametrize(
    ("after_close", "is_taken"), [(timedelta(seconds=599), True), (timedelta(seconds=600), False)]
)
def test_signed_ballot_is_taken_for_ten_minutes_after_the_close(
    assessment, codes, settings, after_close, is_taken
):
    settings.CASTING_GRACE_SECONDS = 600
    employee = Employee(assessment, codes[0][0])
    employee.ask()
    lifecycle.close_assessment(assessment_id=assessment.pk, by=make_user(), now=LATER)

    with pytest.raises(NotOpen):
        Employee(assessment, codes[0][1]).ask(now=LATER)
    try:
        employee.cast(now=LATER + after_close)
    except NotOpen:
        assert not is_taken

    assert rows() == (1, int(is_taken))


def test_ballot_is_confirmed_only_while_the_box_is_not_opened(assessment, codes, monkeypatch):
    """The tally starts between a slow cast's check and its row: the row may have come too late."""
    employee = Employee(assessment, codes[0][0])
    employee.ask()
    drop = Box.drop

    def slow(box, *arguments, **keywords):
        drop(box, *arguments, **keywords)
        Assessment.objects.filter(pk=assessment.pk).update(state=State.TALLYING)

    monkeypatch.setattr(Box, "drop", slow)

    with pytest.raises(NotOpen):
        employee.cast()


def test_close_destroys_the_signing_keys_and_no_others(assessment):
    folder = Keystore(assessment.pk).folder
    before = {path.name for path in folder.iterdir()}

    lifecycle.close_assessment(assessment_id=assessment.pk, by=make_user(), now=LATER)

    after = {path.name for path in folder.iterdir()}
    assert before - after == {"sign-0", "sign-1"}
    assert after == {"box", "ledger", "invitation"}


def test_assessment_without_keys_signs_and_takes_nothing():
    draft = make_assessment()

    with pytest.raises(NoSigningKeys):
        published_keys(draft.pk)
    with pytest.raises(NoSigningKeys):
        cast_blind(
            assessment_id=draft.pk, group=0, token=b"", signature=b"", content=CONTENT, now=NOW
        )


def fail_once(monkeypatch, place, name, *, after):
    """The process dies at a call: before its work or after it."""
    real, seen = getattr(place, name), []

    def dying(*arguments, **keywords):
        if seen:
            return real(*arguments, **keywords)
        seen.append(True)
        if after:
            real(*arguments, **keywords)
        raise DatabaseError("killed")

    monkeypatch.setattr(place, name, dying)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("place", "name"),
    [
        (Box, "find"),
        (Box, "mark"),
        (blind_casting, "blind_sign"),
        (blind_casting, "admits"),
        (blind_casting, "seal"),
        (Box, "drop"),
        (Box, "state"),
    ],
)
def test_death_at_any_point_loses_nothing_and_counts_nothing_twice(
    assessment, codes, monkeypatch, place, name, after
):
    employee = Employee(assessment, codes[0][0])
    fail_once(monkeypatch, place, name, after=after)

    for step in (employee.ask, employee.cast):
        try:
            step()
        except (DatabaseError, SigningFault):
            step()

    assert rows() == (1, 1)
    assert opened(assessment)[0].content == CONTENT


def test_published_receipts_are_those_of_all_ballots(assessment, codes):
    employees = [Employee(assessment, code) for code in codes[0][:7]]
    for employee in employees:
        employee.ask()
    for employee in employees[:6]:
        employee.cast()
    plain = [
        cast_plain(assessment_id=assessment.pk, code=code, content=OTHER, now=LATER)
        for code in codes[1][:6]
    ]
    lifecycle.close_assessment(assessment_id=assessment.pk, by=make_user(), now=LATER)
    tally.run_tally(assessment_id=assessment.pk, now=LATER + timedelta(hours=1))
    assessment.refresh_from_db()

    listed = ReceiptList.objects.get(assessment=assessment).listed

    lines = listed.split()
    assert lines == sorted(lines)
    assert len(lines) == assessment.ballot_count == 12
    assert (assessment.invited_count, assessment.taken_part_count) == (17, 13)
    receipts = [employee.receipt for employee in employees]
    found = [is_counted(assessment=assessment.pk, receipt=r, listed=listed) for r in receipts]
    assert found == [True] * 6 + [False]
    assert all(is_counted(assessment=assessment.pk, receipt=r, listed=listed) for r in plain)
