"""Receipts: what they are made of, how they are typed and looked up, and what they do not tell."""

import hashlib
from uuid import UUID

import pytest

from surveys.blindsign import TOKEN_BYTES, nullifier
from surveys.crockford import Malformed, read, written
from surveys.receipts import hash_receipt, is_counted, receipt_for, receipt_list

ASSESSMENT = UUID("8c3a1f0e-5b7d-4c29-9e64-2f1d0a7b6c35")
OTHER = UUID("00000000-0000-4000-8000-000000000001")
TOKENS = [bytes([number]) * TOKEN_BYTES for number in range(40)]


def published(tokens):
    return receipt_list(
        hash_receipt(assessment=ASSESSMENT, receipt=receipt_for(token)) for token in tokens
    )


def test_receipt_is_short_and_of_the_token_alone():
    assert receipt_for(TOKENS[7]) == "Y6DZ-WDW7-1810"
    assert len({receipt_for(token) for token in TOKENS}) == len(TOKENS)


def test_every_counted_ballot_is_found_and_no_other():
    listed = published(TOKENS[:30])

    found = [
        is_counted(assessment=ASSESSMENT, receipt=receipt_for(token), listed=listed)
        for token in TOKENS
    ]

    assert found == [True] * 30 + [False] * 10


def test_receipt_counts_for_its_assessment_only():
    assert not is_counted(
        assessment=OTHER, receipt=receipt_for(TOKENS[0]), listed=published(TOKENS)
    )


def test_published_list_forgets_the_order_of_the_ballots():
    assert published(TOKENS) == published(TOKENS[::-1]) == published(TOKENS[20:] + TOKENS[:20])
    assert published(TOKENS).split() == sorted(published(TOKENS).split())


def test_two_equal_hashes_are_both_listed():
    assert receipt_list([b"\x02", b"\x01", b"\x02"]) == "01\n02\n02\n"


def test_published_list_holds_no_receipt_and_no_nullifier():
    token = TOKENS[3]
    listed = published([token])

    assert listed == f"{listed.strip()}\n"
    assert receipt_for(token).replace("-", "").lower() not in listed
    assert nullifier(token).hex not in listed


def codes_within_reach(stored):
    """The receipts that somebody with a dump would try for a ballot's key."""
    forms = [stored.bytes, stored.hex.encode(), str(stored).encode()]
    tried = [receipt_for(form) for form in forms]
    return {*tried, *(written(int.from_bytes(form[:8], "big") >> 4, 12) for form in forms)}


def test_receipt_does_not_lead_to_a_row_of_the_database():
    token = TOKENS[5]
    stored = nullifier(token)
    careless = receipt_for(stored.bytes)

    assert receipt_for(token) not in codes_within_reach(stored)
    assert careless in codes_within_reach(stored)


@pytest.mark.parametrize(
    "typed", ["k7qf-2m9d-xh4t", " K7QF 2M9D XH4T ", "K7QF2M9DXH4T", "K-7-Q-F-2-M-9-D-X-H-4-T"]
)
def test_typing_is_forgiven(typed):
    expected = hash_receipt(assessment=ASSESSMENT, receipt="K7QF-2M9D-XH4T")

    assert hash_receipt(assessment=ASSESSMENT, receipt=typed) == expected


def test_letters_that_look_like_digits_are_read_as_digits():
    typed, meant = "OIL0-oil0-2M9D", "0110-0110-2M9D"

    assert read(typed, 12) == read(meant, 12) == "011001102M9D"


@pytest.mark.parametrize(
    "typed", ["", "K7QF-2M9D-XH4", "K7QF-2M9D-XH4T-0", "U7QF-2M9D-XH4T", "Ä" * 12]
)
def test_what_cannot_be_a_receipt_is_refused(typed):
    with pytest.raises(Malformed):
        hash_receipt(assessment=ASSESSMENT, receipt=typed)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0000-0000-0000"), (1, "0000-0000-0001"), ((1 << 60) - 1, "ZZZZ-ZZZZ-ZZZZ")],
)
def test_numbers_are_written_in_groups_of_four(number, text):
    assert written(number, 12) == text


@pytest.mark.parametrize("number", [-1, 1 << 60])
def test_number_that_does_not_fit_is_an_error(number):
    with pytest.raises(ValueError, match="does not fit"):
        written(number, 12)


def test_published_hash_is_plain_sha_256():
    content = b"headwind counted 1" + ASSESSMENT.bytes + b"K7QF2M9DXH4T"

    found = hash_receipt(assessment=ASSESSMENT, receipt="K7QF-2M9D-XH4T")

    assert found == hashlib.sha256(content).digest()[:16]
