"""The browser's half of blind casting in Python: for tests and attacks, never for the product.

Arithmetic after RFC 9474; `tests/browser/test_blind_vectors.py` holds the real half against it.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from surveys.blindsign import (
    EXPONENT,
    PREFIX_BYTES,
    SALT_BYTES,
    SERIAL_BYTES,
    PublicForm,
    token_context,
)

VECTORS = json.loads((Path(__file__).parent / "vectors/rfc9474.json").read_text(encoding="utf-8"))
HASH_BYTES = 48


@dataclass(frozen=True)
class Pending:
    """What a browser keeps between sign and cast; numbers as integers."""

    token: bytes
    encoded: int
    inverse: int
    blinded: bytes


def integer(vector, name):
    return int(vector[name], 16)


def octets(vector, name):
    return bytes.fromhex(vector[name].removeprefix("0x"))


def vector_key(vector):
    """The private key of a published vector, as a key file holds it."""
    p, q, n, e, d = (integer(vector, name) for name in "pqned")
    numbers = RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), RSAPublicNumbers(e, n)
    )
    return numbers.private_key().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def new_token(public, *, assessment, group):
    context = token_context(assessment=assessment, group=group, key_id=public.key_id)
    return secrets.token_bytes(PREFIX_BYTES) + context + secrets.token_bytes(SERIAL_BYTES)


def blind(public, token, *, salt=None, inverse=None):
    """RFC 9474 §4.2; salt and inverse are given only by the published vectors."""
    modulus = public.modulus
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    inverse = secrets.randbelow(modulus - 1) + 1 if inverse is None else inverse
    encoded = encode(token, modulus.bit_length() - 1, salt)
    blinded = encoded * pow(pow(inverse, -1, modulus), EXPONENT, modulus) % modulus
    return Pending(token, encoded, inverse, blinded.to_bytes(public.size, "big"))


def finalize(public, pending, blind_signature):
    """RFC 9474 §4.4; raises `ValueError` when the signature is not the token's."""
    signature = int.from_bytes(blind_signature, "big") * pending.inverse % public.modulus
    if pow(signature, EXPONENT, public.modulus) != pending.encoded:
        raise ValueError("wrong signature")
    return signature.to_bytes(public.size, "big")


def encode(message, bits, salt):
    """EMSA-PSS-ENCODE (RFC 8017 §9.1.1) with SHA-384, as a number."""
    size = (bits + 7) // 8 - HASH_BYTES - 1
    hashed = hashlib.sha384(message).digest()
    digest = hashlib.sha384(bytes(8) + hashed + salt).digest()
    masked = int.from_bytes(b"\x01" + salt, "big") ^ int.from_bytes(mask(digest, size), "big")
    masked &= (1 << (bits - 8 * (HASH_BYTES + 1))) - 1
    return int.from_bytes(masked.to_bytes(size, "big") + digest + b"\xbc", "big")


def mask(seed, size):
    blocks = (hashlib.sha384(seed + number.to_bytes(4, "big")).digest() for number in range(size))
    found = b""
    while len(found) < size:
        found += next(blocks)
    return found[:size]


def send_blindly(client, assessment, code, form):
    """Look up, sign and cast through the real addresses with a Django client: what was pending."""
    found = posted(client, assessment, "group", {"code": code})
    public = PublicForm(int(found["modulus"], 16))
    pending = blind(public, new_token(public, assessment=assessment.pk, group=found["group"]))
    signed = posted(client, assessment, "sign", {"code": code, "blinded": pending.blinded.hex()})[
        "signature"
    ]
    signature = finalize(public, pending, bytes.fromhex(signed)).hex()
    ballot = {"group": found["group"], "token": pending.token.hex(), "signature": signature}
    posted(client, assessment, "cast", {**form, **ballot})
    return pending


def posted(client, assessment, name, fields):
    response = client.post(
        f"/b/{assessment.pk}/{name}/",
        urlencode(fields, doseq=True),
        content_type="application/x-www-form-urlencoded",
        headers={"accept": "application/json"},
    )
    assert response.status_code == 200
    return response.json()
