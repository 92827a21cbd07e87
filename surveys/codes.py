"""The code of an invitation: derived from a key, typed by people, stored only as a hash.

Crockford's base 32 of 80 bits, with his check symbol, in groups of four. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from surveys import crockford

CHECK_SYMBOLS = crockford.ALPHABET + "*~$=U"
SYMBOLS = 16


class MalformedCode(ValueError):
    """What was typed cannot be a code: a wrong length, symbol or check symbol."""


def derive_code(*, invitation_key: bytes, invitation_id: UUID) -> str:
    """The code of an invitation, such as `7K3F-9QXM-0TZA-4WHB-~`."""
    digest = hmac.digest(invitation_key, b"code:" + invitation_id.bytes, "sha256")
    number = int.from_bytes(digest[:10], "big")
    return f"{crockford.written(number, SYMBOLS)}-{check_symbol(number)}"


def check_symbol(number: int) -> str:
    return CHECK_SYMBOLS[number % 37]


def normalize_code(typed: str) -> str:
    """The 16 symbols of a typed code; case, spaces, hyphens and O, I, L are forgiven.

    Raises `MalformedCode`.
    """
    symbols = crockford.bare(typed)
    try:
        body = crockford.read(symbols[:SYMBOLS], SYMBOLS)
    except crockford.Malformed as error:
        raise MalformedCode from error
    if crockford.forgive(symbols[SYMBOLS:]) != check_symbol(crockford.number_of(body)):
        raise MalformedCode
    return body


def hash_code(typed: str) -> bytes:
    """What the database keeps of a code: 32 bytes. Raises `MalformedCode`."""
    return hashlib.sha256(b"headwind code:" + normalize_code(typed).encode()).digest()
