"""The sealed box: ballots are encrypted on receipt to a key that only the tally may use.

libsodium's sealed box (`crypto_box_seal`): an X25519 key that lives for one ballot, then
XSalsa20-Poly1305. The assessment goes in front of the content, so that no box takes the ballots of
another one. Pure: keys and bytes in, bytes out.
"""

from __future__ import annotations

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

CONTENT_SIZE = 4096
ID_SIZE = 16
SEALED_SIZE = ID_SIZE + CONTENT_SIZE + 48  # 32 bytes of ephemeral key, 16 bytes of tag


class SealBroken(Exception):
    """A ciphertext was not sealed to this key for this assessment, or was changed."""


def new_box_key() -> tuple[bytes, bytes]:
    """A fresh key pair as (private, public), 32 raw bytes each."""
    private = PrivateKey.generate()
    return bytes(private), bytes(private.public_key)


def seal(*, public_key: bytes, assessment: bytes, content: bytes) -> bytes:
    """Encrypt `content` (exactly `CONTENT_SIZE` bytes) so that all ballots look the same."""
    if len(content) != CONTENT_SIZE or len(assessment) != ID_SIZE:
        raise ValueError("a ballot's content has one size")
    return SealedBox(PublicKey(public_key)).encrypt(assessment + content)


class Opener:
    """Opens the ballots of one assessment with the private half of its key."""

    def __init__(self, *, private_key: bytes, assessment: bytes) -> None:
        self._box = SealedBox(PrivateKey(private_key))
        self._assessment = assessment

    def open(self, sealed: bytes) -> bytes:
        """The content of a sealed ballot; raises `SealBroken` when it cannot be opened."""
        try:
            opened = self._box.decrypt(sealed)
        except (CryptoError, TypeError) as error:
            raise SealBroken from error
        if len(sealed) != SEALED_SIZE or opened[:ID_SIZE] != self._assessment:
            raise SealBroken
        return opened[ID_SIZE:]


def unseal(*, private_key: bytes, assessment: bytes, sealed: bytes) -> bytes:
    """`Opener.open` for a single ballot."""
    return Opener(private_key=private_key, assessment=assessment).open(sealed)
