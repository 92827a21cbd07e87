"""The browser's half of blind casting in a real Chromium, held against RFC 9474 and our server.

Everything runs twice: with the browser's own hashing, and without it, as over plain HTTP. The
script is loaded as the survey loads its own, under the same content policy.
"""

import gzip
import hashlib
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from playwright.sync_api import Error

from surveys.blindsign import (
    TOKEN_BYTES,
    admits,
    blind_sign,
    new_key,
    public_form,
    token_context,
)
from surveys.keylist import list_keys
from surveys.receipts import hash_receipt, receipt_for, receipt_list
from tests.blind_client import VECTORS, encode, integer, octets, vector_key

ASSESSMENT = UUID("8c3a1f0e-5b7d-4c29-9e64-2f1d0a7b6c35")
SIZE, GROUP = 7, 5
BUDGET_BYTES = 3000
LENGTHS = [0, 1, 36, 37, 38, 45, 46, 55, 56, 64, 109, 110, 111, 112, 119, 127, 128, 300]
WITHOUT_HASHES = "Object.defineProperty(crypto, 'subtle', { value: undefined });"
#: gives out the given bytes, in order, where the page asks for random ones
SCRIPTED = """(given) => {
    crypto.getRandomValues = (array) => {
        const next = given.shift();
        if (next.length !== 2 * array.length) throw new Error("asked for other bytes");
        return array.map((_, i) => parseInt(next.slice(2 * i, 2 * i + 2), 16));
    };
}"""


@pytest.fixture(scope="module", params=[True, False], ids=["own-hashes", "without-hashes"])
def opened(request, browser):
    """A page of the live server, with or without the browser's hashes. Needs no database."""
    context = browser.new_context(base_url=request.getfixturevalue("live_server").url)
    if not request.param:
        context.add_init_script(WITHOUT_HASHES)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    yield page, request.param
    context.close()
    assert complaints == []


@pytest.fixture
def blind_page(opened):
    """The ballot page anew, with the script loaded under the page's content policy."""
    page, offers_hashes = opened
    page.goto("/b/")
    page.add_script_tag(url="/static/blind.js")
    assert page.evaluate("Boolean(crypto.subtle)") is offers_hashes
    return page


@pytest.fixture(scope="module")
def keys():
    return [new_key() for _group in range(SIZE)]


@pytest.fixture(scope="module")
def key_list(keys):
    return list_keys(ASSESSMENT, {group: public_form(key).key_id for group, key in enumerate(keys)})


def call(page, name, *arguments):
    return page.evaluate(f"(given) => HeadwindBlind.{name}(...given)", list(arguments))


def claim(keys, key_list, **changed):
    """What a page says about the key of a group."""
    return {
        "root": key_list.root.hex(),
        "assessment": str(ASSESSMENT),
        "size": SIZE,
        "group": GROUP,
        "modulus": public_form(keys[GROUP]).modulus_hex,
        "path": key_list.path(GROUP).hex(),
        **changed,
    }


def signed_token(page, key):
    """The journey of a token: made and blinded there, signed here, finished there."""
    public = public_form(key)
    about = {"assessment": str(ASSESSMENT), "group": GROUP, "modulus": public.modulus_hex}
    pending = call(page, "blind", public.modulus_hex, call(page, "newToken", about))
    answer = blind_sign(key, bytes.fromhex(pending["blinded"])).hex()
    return pending, answer, call(page, "finalize", public.modulus_hex, pending, answer)


def test_published_vectors_pass(blind_page):
    found = [played(blind_page, vector) for vector in VECTORS]

    assert len(found) == 4
    assert found == [
        {
            "token": octets(vector, "input_msg").hex(),
            "blinded": octets(vector, "blinded_msg").hex(),
            "inverse": integer(vector, "inv"),
            "signature": octets(vector, "sig").hex(),
        }
        for vector in VECTORS
    ]


def played(page, vector):
    """What the script makes of a vector's randomness and of its blind signature."""
    public = public_form(vector_key(vector))
    factor = pow(integer(vector, "inv"), -1, public.modulus).to_bytes(public.size, "big")
    prefix, salt = octets(vector, "msg_prefix"), octets(vector, "salt")
    token = octets(vector, "msg").hex()
    given = [*([prefix] if prefix else []), salt, factor]
    page.evaluate(SCRIPTED, [part.hex() for part in given])
    if prefix:
        token = call(page, "prepare", token)
    pending = call(page, "blind", public.modulus_hex, token, len(salt))
    answer = octets(vector, "blind_sig").hex()
    return {
        "token": token,
        "blinded": pending["blinded"],
        "inverse": int(pending["inverse"], 16),
        "signature": call(page, "finalize", public.modulus_hex, pending, answer),
    }


def test_token_of_the_browser_is_admitted(blind_page, keys):
    public = public_form(keys[GROUP])

    pending, _answer, signature = signed_token(blind_page, keys[GROUP])

    token = bytes.fromhex(pending["token"])
    context = token_context(assessment=ASSESSMENT, group=GROUP, key_id=public.key_id)
    assert (len(token), token[32:-32]) == (TOKEN_BYTES, context)
    assert admits(
        public,
        assessment=ASSESSMENT,
        group=GROUP,
        token=token,
        signature=bytes.fromhex(signature),
    )


def test_sending_the_same_request_again_gives_the_same_signature(blind_page, keys):
    pending, answer, signature = signed_token(blind_page, keys[GROUP])
    public = public_form(keys[GROUP])

    again = blind_sign(keys[GROUP], bytes.fromhex(pending["blinded"])).hex()

    assert again == answer
    assert call(blind_page, "finalize", public.modulus_hex, pending, again) == signature


def test_every_token_and_every_blinding_is_new(blind_page, keys):
    (one, *_), (two, *_) = (signed_token(blind_page, keys[GROUP]) for _time in range(2))

    assert not set(one.values()) & set(two.values())


def test_signature_that_is_not_the_tokens_is_refused(blind_page, keys):
    pending, answer, _signature = signed_token(blind_page, keys[GROUP])
    modulus = public_form(keys[GROUP]).modulus_hex
    blinded = int(pending["blinded"], 16) % public_form(keys[0]).modulus
    foreign = blind_sign(keys[0], blinded.to_bytes(256, "big")).hex()

    for other in (foreign, f"00{answer}", f"0{answer}", f"{answer}00"):
        with pytest.raises(Error, match="wrong signature"):
            call(blind_page, "finalize", modulus, pending, other)


def test_damaged_state_is_refused(blind_page, keys):
    pending, answer, _signature = signed_token(blind_page, keys[GROUP])
    modulus = public_form(keys[GROUP]).modulus_hex

    for name in ("token", "salt", "inverse"):
        damaged = {**pending, name: f"{pending[name][:-1]}{int(pending[name][-1], 16) ^ 1:x}"}
        with pytest.raises(Error, match="wrong signature"):
            call(blind_page, "finalize", modulus, damaged, answer)


def test_key_id_is_the_servers(blind_page, keys):
    public = public_form(keys[0])

    assert call(blind_page, "keyId", public.modulus_hex) == public.key_id.hex()


def test_every_key_of_a_list_is_accepted(blind_page, keys):
    public = public_form(keys[0])
    places = [(size, group) for size in (1, 2, 3, 7, 8, 9) for group in range(size)]

    found = [
        call(blind_page, "keyPathIsValid", claim_among_others(public, size, group))
        for size, group in places
    ]

    assert found == [True] * len(places)


def claim_among_others(public, size, group):
    others = {place: hashlib.sha256(b"%d" % place).digest() for place in range(size)}
    listed = list_keys(ASSESSMENT, others | {group: public.key_id})
    return {
        "root": listed.root.hex(),
        "assessment": str(ASSESSMENT),
        "size": size,
        "group": group,
        "modulus": public.modulus_hex,
        "path": listed.path(group).hex(),
    }


def test_key_made_for_one_person_is_refused(blind_page, keys, key_list):
    marked = public_form(new_key()).modulus_hex

    assert call(blind_page, "keyPathIsValid", claim(keys, key_list))
    assert not call(blind_page, "keyPathIsValid", claim(keys, key_list, modulus=marked))


def test_changed_claim_is_refused(blind_page, keys, key_list):
    path = key_list.path(GROUP).hex()
    changes = [
        {"group": 4},
        {"group": 13},
        {"size": 6},
        {"size": 8},
        {"root": "00" * 20},
        {"root": ""},
        {"assessment": "00000000-0000-4000-8000-000000000001"},
        *({"path": other} for other in ("", path[64:], path[:-64])),
        *({"path": other} for other in (path + "00" * 32, "00" * 32 + path)),
    ]

    found = [
        call(blind_page, "keyPathIsValid", claim(keys, key_list, **change)) for change in changes
    ]

    assert found == [False] * len(changes)


def test_receipt_is_the_servers_and_is_found_in_the_list(blind_page):
    tokens = [bytes([number]) * TOKEN_BYTES for number in range(20)]
    hashes = [
        hash_receipt(assessment=ASSESSMENT, receipt=receipt_for(token)) for token in tokens[:10]
    ]
    listed = receipt_list(hashes)

    codes = [call(blind_page, "receipt", token.hex()) for token in tokens]
    found = [call(blind_page, "isCounted", str(ASSESSMENT), code, listed) for code in codes]

    assert codes == [receipt_for(token) for token in tokens]
    assert found == [True] * 10 + [False] * 10


def test_typed_receipt_is_read_as_on_the_server(blind_page):
    typed = ["k7qf-2m9d-xh4t", " OIL0 oil0\t2M9D ", "K7QF-2M9D-XH4", "K7QF-2M9D-XH4U", ""]

    found = [call(blind_page, "readReceipt", text) for text in typed]

    assert found == ["K7QF2M9DXH4T", "011001102M9D", "", "", ""]


def test_hashes_are_right_at_every_length(blind_page):
    """Around the edges of the padding, through the two functions that hash any text."""
    public = public_form(vector_key(VECTORS[0]))
    texts = [b"\xa5" * length for length in LENGTHS]

    receipts = [call(blind_page, "receipt", text.hex()) for text in texts]
    encodings = []
    for text in texts:
        blind_page.evaluate(SCRIPTED, ["", (1).to_bytes(public.size, "big").hex()])
        encodings.append(call(blind_page, "blind", public.modulus_hex, text.hex(), 0)["blinded"])

    bits = public.modulus.bit_length() - 1
    assert receipts == [receipt_for(text) for text in texts]
    assert encodings == [
        encode(text, bits, b"").to_bytes(public.size, "big").hex() for text in texts
    ]


def test_script_sends_and_stores_nothing(blind_page, keys, key_list):
    requests = []
    blind_page.on("request", lambda request: requests.append(request.url))

    call(blind_page, "keyPathIsValid", claim(keys, key_list))
    pending, _answer, _signature = signed_token(blind_page, keys[GROUP])
    call(blind_page, "receipt", pending["token"])

    assert requests == []
    assert blind_page.context.cookies() == []
    assert blind_page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_script_is_small():
    script = Path(settings.BASE_DIR / "static/blind.js").read_bytes()

    assert len(gzip.compress(script, 9)) <= BUDGET_BYTES
