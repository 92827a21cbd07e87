"""The bare power of RSA, by OpenSSL and by GMP: right, hidden, and loud when a key is broken."""

import ssl

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key

from surveys import private_power
from surveys.blindsign import blind_sign, new_key, public_form
from surveys.private_power import OpenSSL, SigningFault, by_gmp, rsa_numbers
from tests.blind_client import VECTORS, blind, octets, vector_key

OPENSSL = OpenSSL()
WAYS = pytest.mark.parametrize("power", [OPENSSL.power, by_gmp], ids=["openssl", "gmp"])


@pytest.fixture(scope="module")
def key():
    return new_key()


@pytest.fixture
def blinded(key):
    return blind(public_form(key), b"token").blinded


@WAYS
def test_both_ways_pass_the_published_vectors(power):
    for vector in VECTORS:
        assert power(vector_key(vector), octets(vector, "blinded_msg")) == octets(
            vector, "blind_sig"
        )


@WAYS
def test_leading_zeros_stay(key, power):
    numbers = rsa_numbers(key)
    small = pow(7, 65537, numbers.public_numbers.n).to_bytes(256, "big")

    assert power(key, small) == (7).to_bytes(256, "big")


def test_this_python_signs_by_openssl():
    assert private_power.private_power.__func__ is OpenSSL.power


def test_python_without_openssl_signs_by_gmp(monkeypatch):
    monkeypatch.setattr(private_power, "_FUNCTIONS", {"no_such_function": (None,)})

    with pytest.raises(LookupError):
        OpenSSL()
    assert private_power._fastest() is by_gmp


def test_message_that_is_not_below_the_modulus_fails_and_leaves_no_error_behind(key):
    modulus = public_form(key).modulus.to_bytes(256, "big")

    with pytest.raises(SigningFault):
        OPENSSL.power(key, modulus)

    ssl.create_default_context()  # would meet the error in the thread's queue
    assert OPENSSL._library.ERR_peek_error() == 0


def test_file_that_holds_no_key_fails():
    with pytest.raises(SigningFault):
        OPENSSL.power(b"no key", b"\x02" * 256)


def test_key_is_freed_when_it_is_pushed_out(key, monkeypatch):
    monkeypatch.setattr(private_power, "READY_KEYS", 1)
    openssl, freed = OpenSSL(), []
    free = openssl._library.EVP_PKEY_free
    openssl._library.EVP_PKEY_free = lambda handle: freed.append(handle) or free(handle)

    for one in (key, new_key()):
        openssl.power(one, b"\x00" * 255 + b"\x02")

    assert len(freed) == 1


@pytest.fixture
def powers(monkeypatch):
    """Base and exponent of every power that GMP takes, by the function that took it."""
    seen = {"powmod": [], "powmod_sec": []}

    def noting(name, right):
        def noted(base, power, of):
            seen[name].append((base, power))
            return right(base, power, of)

        return noted

    for name in seen:
        right = getattr(private_power.gmpy2, name)
        monkeypatch.setattr(private_power.gmpy2, name, noting(name, right))
    return seen


def test_gmp_takes_private_powers_in_constant_time_only(key, blinded, powers):
    numbers = load_der_private_key(key, None).private_numbers()

    by_gmp(key, blinded)

    assert {power for _base, power in powers["powmod"]} == {65537}
    assert {power for _base, power in powers["powmod_sec"]} == {numbers.dmp1, numbers.dmq1}


def test_gmp_works_on_a_message_that_nobody_chose(key, blinded, powers):
    by_gmp(key, blinded)
    by_gmp(key, blinded)

    assert len({base for base, _power in powers["powmod_sec"]}) == 4


def test_half_a_fault_does_not_leave_the_signer(key, blinded, monkeypatch):
    prime, right = rsa_numbers(key).p, private_power.gmpy2.powmod_sec
    monkeypatch.setattr("surveys.blindsign.private_power", by_gmp)
    monkeypatch.setattr(
        private_power.gmpy2,
        "powmod_sec",
        lambda base, power, of: right(base, power, of) ^ (of == prime),
    )

    with pytest.raises(SigningFault):
        blind_sign(key, blinded)
