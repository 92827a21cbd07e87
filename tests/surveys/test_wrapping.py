from uuid import UUID

import pytest

from surveys import crockford
from surveys.sealing import CONTENT_SIZE, seal, unseal
from surveys.wrapping import WrongCode, public_half, unwrap, wrap, written_code

ASSESSMENT = UUID(int=7).bytes
PRIVATE, COMPANION, DRAWN = b"\x11" * 32, b"\x22" * 32, bytes(range(28))
CODE = written_code(bytes(range(200, 215)))


@pytest.fixture(scope="module")
def wrapped():
    return wrap(
        private_key=PRIVATE, code=CODE, companion=COMPANION, assessment=ASSESSMENT, drawn=DRAWN
    )


def test_code_is_120_bits_in_six_groups_of_four():
    groups = CODE.split("-")

    assert [len(group) for group in groups] == [4] * 6
    assert crockford.number_of(CODE.replace("-", "")) == int.from_bytes(
        bytes(range(200, 215)), "big"
    )


def test_code_opens_what_it_locked_however_it_is_typed(wrapped):
    sloppy = CODE.lower().replace("-", " ").replace("0", "o").replace("1", "l")

    opened = [
        unwrap(wrapped=wrapped, code=typed, companion=COMPANION, assessment=ASSESSMENT)
        for typed in (CODE, sloppy)
    ]

    assert opened == [PRIVATE, PRIVATE]


def test_public_half_seals_what_the_private_half_opens(wrapped):
    content = b"x" * CONTENT_SIZE

    sealed = seal(public_key=public_half(wrapped), assessment=ASSESSMENT, content=content)

    assert unseal(private_key=PRIVATE, assessment=ASSESSMENT, sealed=sealed) == content
    assert PRIVATE not in wrapped


@pytest.mark.parametrize(
    "change",
    [
        {"code": written_code(bytes(range(201, 216)))},
        {"companion": b"\x23" * 32},
        {"assessment": UUID(int=8).bytes},
    ],
    ids=lambda change: next(iter(change)),
)
def test_nothing_opens_without_code_companion_and_assessment_together(wrapped, change):
    fitting = {"code": CODE, "companion": COMPANION, "assessment": ASSESSMENT}

    with pytest.raises(WrongCode):
        unwrap(wrapped=wrapped, **{**fitting, **change})


@pytest.mark.parametrize("place", [1, 40, 50, 70])
def test_changed_lock_opens_no_more(wrapped, place):
    broken = wrapped[:place] + bytes([wrapped[place] ^ 1]) + wrapped[place + 1 :]

    with pytest.raises(WrongCode):
        unwrap(wrapped=broken, code=CODE, companion=COMPANION, assessment=ASSESSMENT)


@pytest.mark.parametrize("typed", ["", "K7QF", CODE + "0", CODE[:-1] + "U"])
def test_what_cannot_be_a_code_is_told_apart(wrapped, typed):
    with pytest.raises(crockford.Malformed):
        unwrap(wrapped=wrapped, code=typed, companion=COMPANION, assessment=ASSESSMENT)
