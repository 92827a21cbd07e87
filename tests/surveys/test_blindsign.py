"""RFC 9474 on the server's side: published vectors, what is refused, what a token is bound to."""

from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from surveys import blindsign
from surveys.blindsign import (
    TOKEN_BYTES,
    BlindingRefused,
    PublicForm,
    admits,
    blind_sign,
    new_key,
    nullifier,
    public_form,
    request_hash,
    verify,
)
from surveys.private_power import SigningFault
from tests.blind_client import VECTORS, blind, finalize, integer, new_token, octets, vector_key

ASSESSMENT = UUID("8c3a1f0e-5b7d-4c29-9e64-2f1d0a7b6c35")
OTHER = UUID("00000000-0000-4000-8000-000000000001")
GROUP = 3
#: openssl pkey -pubin -outform DER | sha256sum, for the key of the vectors
OPENSSL_PRINTS = "ff428ba05045573209088fb5b288eba53098e119b9dd926ed507ed9c1f530c12"


@pytest.fixture(scope="module")
def key():
    return new_key()


@pytest.fixture(scope="module")
def public(key):
    return public_form(key)


@pytest.fixture(scope="module")
def signed(key, public):
    """A token of group 3 with its signature."""
    pending = blind(public, new_token(public, assessment=ASSESSMENT, group=GROUP))
    return pending.token, finalize(public, pending, blind_sign(key, pending.blinded))


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_published_vector_passes(vector):
    key = vector_key(vector)
    public = public_form(key)
    message, salt = octets(vector, "input_msg"), octets(vector, "salt")

    pending = blind(public, message, salt=salt, inverse=integer(vector, "inv"))
    blind_signature = blind_sign(key, pending.blinded)
    signature = finalize(public, pending, blind_signature)

    assert pending.blinded == octets(vector, "blinded_msg")
    assert blind_signature == octets(vector, "blind_sig")
    assert signature == octets(vector, "sig")
    assert verify(public, message, signature, salt_bytes=len(salt))
    assert not verify(public, message + b"x", signature, salt_bytes=len(salt))


def test_all_four_vectors_are_there():
    assert sorted(vector["name"] for vector in VECTORS) == [
        "RSABSSA-SHA384-PSS-Deterministic",
        "RSABSSA-SHA384-PSS-Randomized",
        "RSABSSA-SHA384-PSSZERO-Deterministic",
        "RSABSSA-SHA384-PSSZERO-Randomized",
    ]


def test_same_blinded_message_gets_the_same_signature(key, public):
    blinded = blind(public, b"token").blinded

    assert blind_sign(key, blinded) == blind_sign(key, blinded)


def test_signer_sees_nothing_that_the_ballot_shows(key, public):
    token = new_token(public, assessment=ASSESSMENT, group=GROUP)

    first, second = blind(public, token), blind(public, token)
    signatures = {finalize(public, one, blind_sign(key, one.blinded)) for one in (first, second)}

    assert first.blinded != second.blinded
    assert all(token[i : i + 8] not in first.blinded for i in range(len(token) - 8))
    assert len(signatures) == 2


@pytest.mark.parametrize("number", [0, 1, -1, "modulus"])
def test_degenerate_message_is_refused(key, public, number):
    value = public.modulus if number == "modulus" else number % public.modulus

    with pytest.raises(BlindingRefused):
        blind_sign(key, value.to_bytes(public.size, "big"))


@pytest.mark.parametrize("change", [-1, 1])
def test_message_of_another_length_is_refused(key, public, change):
    with pytest.raises(BlindingRefused):
        blind_sign(key, b"\x02" * (public.size + change))


def test_wrong_arithmetic_never_leaves_the_signer(key, public, monkeypatch):
    right = blindsign.private_power
    monkeypatch.setattr(
        blindsign,
        "private_power",
        lambda key, message: right(key, message)[:-1] + bytes([right(key, message)[-1] ^ 1]),
    )

    with pytest.raises(SigningFault):
        blind_sign(key, blind(public, b"token").blinded)


def test_key_of_another_kind_is_an_error():
    other = Ed25519PrivateKey.generate()

    with pytest.raises(TypeError):
        blind_sign(other.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), b"")


def test_new_keys_have_2048_bits_and_differ():
    first, second = public_form(new_key()), public_form(new_key())

    assert first.modulus.bit_length() == second.modulus.bit_length() == 2048
    assert first.key_id != second.key_id
    assert len(first.modulus_hex) == 512


def test_key_id_is_what_openssl_prints():
    public = PublicForm(integer(VECTORS[0], "n"))

    assert public.key_id.hex() == OPENSSL_PRINTS


def test_signed_token_is_admitted(public, signed):
    token, signature = signed

    assert len(token) == TOKEN_BYTES
    assert admits(public, assessment=ASSESSMENT, group=GROUP, token=token, signature=signature)


@pytest.mark.parametrize(("assessment", "group"), [(OTHER, GROUP), (ASSESSMENT, GROUP + 1)])
def test_token_is_not_admitted_elsewhere(public, signed, assessment, group):
    token, signature = signed

    assert not admits(public, assessment=assessment, group=group, token=token, signature=signature)


def test_token_names_its_key(signed):
    token, signature = signed
    other = public_form(new_key())

    assert not admits(other, assessment=ASSESSMENT, group=GROUP, token=token, signature=signature)


@pytest.mark.parametrize("place", [0, 40, TOKEN_BYTES - 1])
def test_changed_token_is_not_admitted(public, signed, place):
    token, signature = bytearray(signed[0]), signed[1]
    token[place] ^= 1

    assert not admits(
        public, assessment=ASSESSMENT, group=GROUP, token=bytes(token), signature=signature
    )


def test_signed_message_without_context_is_not_admitted(key, public):
    pending = blind(public, b"\x00" * TOKEN_BYTES)
    signature = finalize(public, pending, blind_sign(key, pending.blinded))

    assert verify(public, pending.token, signature)
    assert not admits(
        public, assessment=ASSESSMENT, group=GROUP, token=pending.token, signature=signature
    )


@pytest.mark.parametrize("cut", [slice(1, None), slice(None, -1)])
def test_shortened_token_is_not_admitted(key, public, cut):
    token = new_token(public, assessment=ASSESSMENT, group=GROUP)[cut]
    pending = blind(public, token)
    signature = finalize(public, pending, blind_sign(key, pending.blinded))

    assert not admits(public, assessment=ASSESSMENT, group=GROUP, token=token, signature=signature)


@pytest.mark.parametrize("signature", [b"", b"\x00" * 256, b"\xff" * 256, b"\x01" * 257])
def test_nonsense_is_no_signature(public, signed, signature):
    assert not verify(public, signed[0], signature)


def test_nullifier_tells_tokens_apart_and_looks_random():
    found = {nullifier(bytes([number]) * TOKEN_BYTES) for number in range(50)}

    assert len(found) == 50
    assert {one.version for one in found} == {4}
    assert nullifier(b"token") == UUID("dc3544c9-6d09-42bb-9404-c2af6ef873ec")


def test_request_hash_tells_requests_apart():
    assert request_hash(b"a") == request_hash(b"a") != request_hash(b"b")
    assert len(request_hash(b"a")) == 32
