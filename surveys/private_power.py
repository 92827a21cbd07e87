"""RSA's private operation on a bare number, message^d, which a blind signature needs.

`cryptography` signs with a padding only. OpenSSL itself has the bare operation: blinded, constant
in time, checked, and four times as fast as GMP's. Taken is the OpenSSL that Python's own hashing
is linked with; a Python that does not show it computes `by_gmp`. Pure.
"""

from __future__ import annotations

import ctypes
import secrets
import weakref
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import NoReturn

import gmpy2
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import load_der_private_key

EXPONENT = 65537
#: keys that stay ready in memory, 10 kB each: making one ready takes longer than using it
READY_KEYS = 256

_HANDLE, _NUMBER, _SIZE, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p
#: what is called of OpenSSL (3.0 and later): the result, then the arguments
_FUNCTIONS = {
    "d2i_AutoPrivateKey": (_HANDLE, _HANDLE, _HANDLE, ctypes.c_long),
    "EVP_PKEY_free": (None, _HANDLE),
    "EVP_PKEY_CTX_new": (_HANDLE, _HANDLE, _HANDLE),
    "EVP_PKEY_CTX_free": (None, _HANDLE),
    "EVP_PKEY_decrypt_init": (_NUMBER, _HANDLE),
    "EVP_PKEY_CTX_ctrl_str": (_NUMBER, _HANDLE, _TEXT, _TEXT),
    "EVP_PKEY_decrypt": (_NUMBER, _HANDLE, _HANDLE, _HANDLE, _TEXT, _SIZE),
    "ERR_clear_error": (None,),
}


class SigningFault(Exception):
    """Key or arithmetic are broken; what came out could give away the key."""


def rsa_numbers(key: bytes) -> RSAPrivateNumbers:
    """Parsed without the slow check of primes (36 ms). Raises `TypeError` for another kind."""
    loaded = load_der_private_key(key, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(loaded, RSAPrivateKey):
        raise TypeError("not an RSA key")
    return loaded.private_numbers()


def by_gmp(key: bytes, message: bytes) -> bytes:
    """message^d by the Chinese remainder theorem, in a time that says nothing about d.

    `powmod_sec` takes the same time for all bases and exponents of a size; the reductions around
    it do not, so they see a message times a random factor that nobody knows.
    """
    numbers = rsa_numbers(key)
    modulus = numbers.public_numbers.n
    factor = secrets.randbelow(modulus - 2) + 2
    hidden = int.from_bytes(message, "big") * gmpy2.powmod(factor, EXPONENT, modulus) % modulus
    of_p = gmpy2.powmod_sec(hidden % numbers.p, numbers.dmp1, numbers.p)
    of_q = gmpy2.powmod_sec(hidden % numbers.q, numbers.dmq1, numbers.q)
    signed = of_q + numbers.q * ((of_p - of_q) * numbers.iqmp % numbers.p)
    return int(signed * gmpy2.invert(factor, modulus) % modulus).to_bytes(len(message), "big")


class OpenSSL:
    """The functions of `_FUNCTIONS` in the library that Python is linked with.

    Raises `LookupError` where Python does not show them.
    """

    def __init__(self) -> None:
        spec = find_spec("_hashlib")
        place = spec.origin if spec and spec.has_location else None
        try:
            self._library = ctypes.CDLL(place)
            for name, (result, *arguments) in _FUNCTIONS.items():
                function = getattr(self._library, name)
                function.restype, function.argtypes = result, arguments
        except (AttributeError, OSError) as error:
            raise LookupError("Python shows no OpenSSL of 3.0 or later") from error
        self._ready = lru_cache(maxsize=READY_KEYS)(self._load)

    def power(self, key: bytes, message: bytes) -> bytes:
        """message^d; as long as the message. Raises `SigningFault`."""
        ready = self._ready(key)
        context = self._library.EVP_PKEY_CTX_new(ready.handle, None)
        try:
            return self._decrypted(context, message)
        finally:
            self._library.EVP_PKEY_CTX_free(context)

    def _decrypted(self, context: int, message: bytes) -> bytes:
        found = ctypes.create_string_buffer(len(message))
        size = ctypes.byref(ctypes.c_size_t(len(message)))
        is_done = (
            self._library.EVP_PKEY_decrypt_init(context) == 1
            and self._library.EVP_PKEY_CTX_ctrl_str(context, b"rsa_padding_mode", b"none") == 1
            and self._library.EVP_PKEY_decrypt(context, found, size, message, len(message)) == 1
        )
        if not is_done:
            self._fail()
        return found.raw

    def _load(self, key: bytes) -> _Ready:
        start = ctypes.cast(ctypes.c_char_p(key), ctypes.c_void_p)
        handle = self._library.d2i_AutoPrivateKey(None, ctypes.byref(start), len(key))
        if not handle:
            self._fail()
        return _Ready(handle, self._library.EVP_PKEY_free)

    def _fail(self) -> NoReturn:
        """Errors would stay in the thread's queue and meet the next connection that uses TLS."""
        self._library.ERR_clear_error()
        raise SigningFault


class _Ready:
    """A key as OpenSSL holds it, wiped and freed when nobody needs it any more."""

    def __init__(self, handle: int, free: Callable[[int], None]) -> None:
        self.handle = handle
        weakref.finalize(self, free, handle)


def _fastest() -> Callable[[bytes, bytes], bytes]:
    try:
        return OpenSSL().power
    except LookupError:
        return by_gmp


#: the power of a message (big-endian, as long as the modulus) by a key (DER, PKCS #8)
private_power = _fastest()
