"""Receipts: a short code by which an employee finds that their ballot was counted, not how.

The code comes from the ballot's random token and from nothing else, so it cannot say what was
answered. It comes by another hash than the nullifier, so a code leads to no row of the database.
After the tally the hashes of all receipts are published, sorted; looking one up needs no server.
Pure. `docs/decisions/0006-blind-casting.md` says where each value is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID

from surveys.crockford import read, written

SYMBOLS = 12  # 60 bits: no two of 10,000 ballots get the same one (chance 4 in 10^11)
HASH_BYTES = 16


def receipt_for(token: bytes) -> str:
    """The code to keep, such as `K7QF-2M9D-XH4T`."""
    digest = hashlib.sha256(b"headwind receipt 1" + token).digest()
    return written(int.from_bytes(digest[:8], "big") >> 4, SYMBOLS)


def hash_receipt(*, assessment: UUID, receipt: str) -> bytes:
    """What is published of a receipt. Raises `crockford.Malformed` for what cannot be one."""
    symbols = read(receipt, SYMBOLS).encode()
    return hashlib.sha256(b"headwind counted 1" + assessment.bytes + symbols).digest()[:HASH_BYTES]


def receipt_list(hashes: Iterable[bytes]) -> str:
    """The published file: a hash per line, sorted, so that its order says nothing."""
    return "".join(f"{one.hex()}\n" for one in sorted(hashes))


def is_counted(*, assessment: UUID, receipt: str, listed: str) -> bool:
    """Whether a receipt stands in the published file. Raises `crockford.Malformed`."""
    return hash_receipt(assessment=assessment, receipt=receipt).hex() in listed.split()
