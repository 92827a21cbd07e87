import pytest

from surveys.sealing import CONTENT_SIZE, SEALED_SIZE, SealBroken, new_box_key, seal, unseal

ASSESSMENT, OTHER = b"a" * 16, b"b" * 16
CONTENT = b"answers".ljust(CONTENT_SIZE, b"\0")
PRIVATE, PUBLIC = new_box_key()


def sealed(content=CONTENT):
    return seal(public_key=PUBLIC, assessment=ASSESSMENT, content=content)


def test_sealed_content_comes_back_with_its_key():
    assert unseal(private_key=PRIVATE, assessment=ASSESSMENT, sealed=sealed()) == CONTENT


def test_sealed_content_has_one_size_and_never_the_same_bytes():
    first, second = sealed(), sealed()

    assert len(first) == len(second) == SEALED_SIZE == 4160
    assert first[:32] != second[:32]
    assert first[32:] != second[32:]


@pytest.mark.parametrize("size", [0, CONTENT_SIZE - 1, CONTENT_SIZE + 1])
def test_content_of_another_size_is_refused(size):
    with pytest.raises(ValueError, match="one size"):
        sealed(b"x" * size)


@pytest.mark.parametrize("place", [0, 31, 32, 2000, SEALED_SIZE - 1])
def test_changed_ciphertext_is_refused(place):
    broken = bytearray(sealed())
    broken[place] ^= 1

    with pytest.raises(SealBroken):
        unseal(private_key=PRIVATE, assessment=ASSESSMENT, sealed=bytes(broken))


@pytest.mark.parametrize("content", [b"", b"short", b"\0" * SEALED_SIZE])
def test_what_was_never_sealed_is_refused(content):
    with pytest.raises(SealBroken):
        unseal(private_key=PRIVATE, assessment=ASSESSMENT, sealed=content)


def test_ballot_does_not_open_in_another_assessment():
    with pytest.raises(SealBroken):
        unseal(private_key=PRIVATE, assessment=OTHER, sealed=sealed())


def test_ballot_does_not_open_with_another_or_the_public_key():
    other, _public = new_box_key()

    for key in (other, PUBLIC):
        with pytest.raises(SealBroken):
            unseal(private_key=key, assessment=ASSESSMENT, sealed=sealed())
