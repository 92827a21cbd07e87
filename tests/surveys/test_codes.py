from uuid import UUID

import pytest

from surveys.codes import (
    CHECK_SYMBOLS,
    MalformedCode,
    check_symbol,
    derive_code,
    hash_code,
    normalize_code,
)
from surveys.crockford import ALPHABET

KEY = bytes(range(32))
CODE = derive_code(invitation_key=KEY, invitation_id=UUID(int=1))


def test_code_is_sixteen_symbols_and_a_check_symbol_in_fours():
    assert [len(part) for part in CODE.split("-")] == [4, 4, 4, 4, 1]
    assert set(CODE[:19]) <= {*ALPHABET, "-"}
    assert CODE[-1] in CHECK_SYMBOLS


def test_code_depends_on_key_and_invitation_only():
    again = derive_code(invitation_key=KEY, invitation_id=UUID(int=1))
    other_person = derive_code(invitation_key=KEY, invitation_id=UUID(int=2))
    other_key = derive_code(invitation_key=KEY[::-1], invitation_id=UUID(int=1))

    assert again == CODE
    assert len({CODE, other_person, other_key}) == 3


def test_check_symbol_is_crockfords():
    assert [check_symbol(number) for number in (0, 31, 32, 36, 37, 1234)] == list("0Z*U0D")


@pytest.mark.parametrize("change", [str.lower, lambda c: c.replace("-", ""), lambda c: f" {c} "])
def test_typed_code_is_read_generously(change):
    assert normalize_code(change(CODE)) == CODE.replace("-", "")[:16]
    assert hash_code(change(CODE)) == hash_code(CODE)


def test_letters_that_look_like_digits_are_forgiven():
    zeros = "0" * 16 + "0"

    assert normalize_code("oO0" + "0" * 13 + "o") == normalize_code(zeros) == "0" * 16
    assert normalize_code("I" + "L" * 15 + check_symbol(int("0" + "00001" * 16, 2))) == "1" * 16


def test_any_single_wrong_symbol_is_noticed():
    plain = CODE.replace("-", "")
    accepted = []
    for place in range(17):
        for symbol in CHECK_SYMBOLS if place == 16 else ALPHABET:
            if symbol != plain[place]:
                try:
                    accepted.append(normalize_code(plain[:place] + symbol + plain[place + 1 :]))
                except MalformedCode:
                    continue

    assert accepted == []


def test_any_swap_of_neighbours_is_noticed():
    plain, accepted = CODE.replace("-", ""), []
    for place in range(15):
        if plain[place] != plain[place + 1]:
            swapped = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
            try:
                accepted.append(normalize_code(swapped))
            except MalformedCode:
                continue

    assert accepted == []


@pytest.mark.parametrize("typed", ["", "0", "0" * 16, "0" * 18, "U" * 17, "ß" * 17, "٣" * 17])
def test_what_is_no_code_is_refused(typed):
    with pytest.raises(MalformedCode):
        hash_code(typed)
