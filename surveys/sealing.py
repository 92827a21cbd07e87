"""The sealed box: ballots are encrypted on receipt to a key that only the tally may use.

HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305. Pure: keys and bytes
in, bytes out.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

CONTENT_SIZE = 4096
SEALED_SIZE = CONTENT_SIZE + 48  # 32 bytes of ephemeral key, 16 bytes of tag

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class SealBroken(Exception):
    """A ciphertext was not sealed to this key for this assessment, or was changed."""


def new_box_key() -> tuple[bytes, bytes]:
    """A fresh key pair as (private, public), 32 raw bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal(*, public_key: bytes, assessment: bytes, content: bytes) -> bytes:
    """Encrypt `content` (exactly `CONTENT_SIZE` bytes) so that all ballots look the same."""
    if len(content) != CONTENT_SIZE:
        raise ValueError("a ballot's content has one size")
    return _SUITE.encrypt(
        content, X25519PublicKey.from_public_bytes(public_key), info=_context(assessment)
    )


def unseal(*, private_key: bytes, assessment: bytes, sealed: bytes) -> bytes:
    """The content of a sealed ballot; raises `SealBroken` when it cannot be opened."""
    key = X25519PrivateKey.from_private_bytes(private_key)
    try:
        return _SUITE.decrypt(sealed, key, info=_context(assessment))
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error


def _context(assessment: bytes) -> bytes:
    return b"headwind ballot 1" + assessment
