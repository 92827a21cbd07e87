"""The code of an invitation: derived from a key, typed by people, stored only as a hash.

Crockford's base 32 of 80 bits, with his check symbol, in groups of four. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_SYMBOLS = ALPHABET + "*~$=U"
SYMBOLS = 16
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


class MalformedCode(ValueError):
    """What was typed cannot be a code: a wrong length, symbol or check symbol."""


def derive_code(*, invitation_key: bytes, invitation_id: UUID) -> str:
    """The code of an invitation, such as `7K3F-9QXM-0TZA-4WHB-~`."""
    digest = hmac.digest(invitation_key, b"code:" + invitation_id.bytes, "sha256")
    number = int.from_bytes(digest[:10], "big")
    symbols = "".join(ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))
    return "-".join([*(symbols[i : i + 4] for i in range(0, SYMBOLS, 4)), check_symbol(number)])


def check_symbol(number: int) -> str:
    return CHECK_SYMBOLS[number % 37]


def normalize_code(typed: str) -> str:
    """The 16 symbols of a typed code; case, spaces, hyphens and O, I, L are forgiven.

    Raises `MalformedCode`.
    """
    symbols = "".join(typed.upper().replace("-", " ").split())
    body, check = symbols[:SYMBOLS].translate(_READ_AS), symbols[SYMBOLS:]
    if len(symbols) != SYMBOLS + 1 or any(symbol not in ALPHABET for symbol in body):
        raise MalformedCode
    number = 0
    for symbol in body:
        number = number * 32 + ALPHABET.index(symbol)
    if check.translate(_READ_AS) != check_symbol(number):
        raise MalformedCode
    return body


def hash_code(typed: str) -> bytes:
    """What the database keeps of a code: 32 bytes. Raises `MalformedCode`."""
    return hashlib.sha256(b"headwind code:" + normalize_code(typed).encode()).digest()
