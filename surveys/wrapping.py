"""The trustee's code: locks the private half of a box key, so that no disk alone opens the box.

A key for AES-256-GCM is derived by scrypt from the code and from a companion of 32 bytes that lies
with the assessment's other keys. Code without companion opens nothing, so that after the tally a
trustee's note and an old backup are worthless together. Pure: randomness is passed in.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from surveys import crockford

CODE_BYTES, SYMBOLS = 15, 24
COMPANION_BYTES, SALT_BYTES, NONCE_BYTES = 32, 16, 12
RANDOM_BYTES = SALT_BYTES + NONCE_BYTES
#: 32 MiB and about a tenth of a second for each try
COST, BLOCK, LANES = 2**15, 8, 1
_VERSION = b"\x01"
_PUBLIC = slice(1, 33)
_SALT = slice(33, 33 + SALT_BYTES)
_NONCE = slice(49, 49 + NONCE_BYTES)
_LOCKED = slice(61, None)


class WrongCode(Exception):
    """The code does not open this key, or what was stored was changed."""


def written_code(drawn: bytes) -> str:
    """120 random bits as a code to keep, such as `0K42-ZKBY-A3P3-6PTG-N4R5-2BXR`."""
    if len(drawn) != CODE_BYTES:
        raise ValueError("a trustee's code has 15 bytes")
    return crockford.written(int.from_bytes(drawn, "big"), SYMBOLS)


def wrap(
    *, private_key: bytes, code: str, companion: bytes, assessment: bytes, drawn: bytes
) -> bytes:
    """The locked key, with its public half readable; `drawn` are `RANDOM_BYTES` fresh ones."""
    if len(drawn) != RANDOM_BYTES or len(companion) != COMPANION_BYTES:
        raise ValueError("a lock needs its random bytes")
    salt, nonce = drawn[:SALT_BYTES], drawn[SALT_BYTES:]
    public = X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()
    lock = AESGCM(_derive(crockford.read(code, SYMBOLS), companion, salt))
    locked = lock.encrypt(nonce, private_key, _context(assessment, public))
    return _VERSION + public + salt + nonce + locked


def unwrap(*, wrapped: bytes, code: str, companion: bytes, assessment: bytes) -> bytes:
    """The private half, 32 bytes. Raises `WrongCode`, or `crockford.Malformed` for no code."""
    symbols = crockford.read(code, SYMBOLS)
    lock = AESGCM(_derive(symbols, companion, wrapped[_SALT]))
    context = _context(assessment, public_half(wrapped))
    try:
        return lock.decrypt(wrapped[_NONCE], wrapped[_LOCKED], context)
    except (InvalidTag, ValueError) as error:
        raise WrongCode from error


def public_half(wrapped: bytes) -> bytes:
    """To which key the ballots are sealed, 32 bytes."""
    return wrapped[_PUBLIC]


def _derive(symbols: str, companion: bytes, salt: bytes) -> bytes:
    scrypt = Scrypt(salt=salt + companion, length=32, n=COST, r=BLOCK, p=LANES)
    return scrypt.derive(symbols.encode())


def _context(assessment: bytes, public: bytes) -> bytes:
    return b"headwind trustee 1" + assessment + public
