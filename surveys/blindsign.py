"""Blind signatures on ballot tokens: the server signs what it cannot read, once per invitation.

The server's half of RFC 9474, variant RSABSSA-SHA384-PSS-Randomized; the browser's half is
`static/blind.js`. Each group of an assessment has a key of its own, so a signature says "invited,
in this group" and no more. Pure: keys and bytes in, bytes out; chance only makes keys and hides
the signer's arithmetic, it never shows in a signature.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

import gmpy2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPublicNumbers,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from surveys.private_power import EXPONENT, SigningFault, private_power, rsa_numbers

SALT_BYTES = 48
PREFIX_BYTES = 32  # RFC 9474 prepares a message by putting these random bytes before it
SERIAL_BYTES = 32
_PURPOSE = b"headwind token 1"
CONTEXT_BYTES = len(_PURPOSE) + 16 + 2 + 32
TOKEN_BYTES = PREFIX_BYTES + CONTEXT_BYTES + SERIAL_BYTES


class BlindingRefused(ValueError):
    """What should be signed is not a blinded message for this key."""


@dataclass(frozen=True)
class PublicForm:
    """What everybody may know of a key: its modulus; the exponent is always 65537."""

    modulus: int

    @property
    def size(self) -> int:
        """Bytes of the modulus, of a blinded message and of a signature."""
        return (self.modulus.bit_length() + 7) // 8

    @property
    def modulus_hex(self) -> str:
        return self.modulus.to_bytes(self.size, "big").hex()

    @property
    def key_id(self) -> bytes:
        """SHA-256 of the key as SubjectPublicKeyInfo in DER: 32 bytes, as openssl prints them."""
        public_key = RSAPublicNumbers(EXPONENT, self.modulus).public_key()
        encoded = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(encoded).digest()

    def can_sign(self, blinded: bytes) -> bool:
        """Whether a message is as long as the key and below it; 0, 1 and -1 sign themselves."""
        return len(blinded) == self.size and 1 < int.from_bytes(blinded, "big") < self.modulus - 1


def new_key(bits: int = 2048) -> bytes:
    """A fresh private key, PKCS #8 in DER: what a key file holds. Takes about 0.1 s."""
    key = generate_private_key(public_exponent=EXPONENT, key_size=bits)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_form(key: bytes) -> PublicForm:
    return PublicForm(rsa_numbers(key).public_numbers.n)


def blind_sign(key: bytes, blinded: bytes) -> bytes:
    """The signature of a blinded message (RFC 9474 §4.3); the same message gives the same one.

    Raises `BlindingRefused`, or `SigningFault` when key file or processor are broken.
    """
    public = public_form(key)
    if not public.can_sign(blinded):
        raise BlindingRefused
    signature = private_power(key, blinded)
    undone = gmpy2.powmod(int.from_bytes(signature, "big"), EXPONENT, public.modulus)
    if undone != int.from_bytes(blinded, "big"):
        raise SigningFault
    return signature


def verify(
    public: PublicForm, message: bytes, signature: bytes, *, salt_bytes: int = SALT_BYTES
) -> bool:
    """Whether `signature` is an RSASSA-PSS signature (SHA-384) of the prepared message."""
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=salt_bytes)
    public_key = RSAPublicNumbers(EXPONENT, public.modulus).public_key()
    try:
        public_key.verify(signature, message, scheme, hashes.SHA384())
    except InvalidSignature:
        return False
    return True


def token_context(*, assessment: UUID, group: int, key_id: bytes) -> bytes:
    """What every token of a group has in common; `CONTEXT_BYTES` long."""
    return _PURPOSE + assessment.bytes + group.to_bytes(2, "big") + key_id


def admits(
    public: PublicForm, *, assessment: UUID, group: int, token: bytes, signature: bytes
) -> bool:
    """Whether a token lets a ballot into the box: made for this group and signed by its key.

    A token is 32 random bytes of RFC 9474, the context, and 32 random bytes of our own.
    """
    context = token_context(assessment=assessment, group=group, key_id=public.key_id)
    found = token[PREFIX_BYTES : PREFIX_BYTES + CONTEXT_BYTES]
    if len(token) != TOKEN_BYTES or found != context:
        return False
    return verify(public, token, signature)


def nullifier(token: bytes) -> UUID:
    """The ballot's key: one token, one ballot. Looks like any random UUID (version 4).

    It is made of the token alone, never of the signature or the answers: casting again, with
    whatever content, meets the row that is there.
    """
    digest = hashlib.sha256(b"headwind nullifier 1" + token).digest()
    return UUID(bytes=digest[:16], version=4)


def request_hash(blinded: bytes) -> bytes:
    """What the ledger keeps of a request to sign, so that the same one may be repeated."""
    return hashlib.sha256(b"headwind request 1" + blinded).digest()
