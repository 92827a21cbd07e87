"""What a blind submission costs: python -m bench.blind [--seconds 2] [--rounds 3].

Server CPU of sign and cast together against the floor of `bench.casting`, on SQLite and on
PostgreSQL; then, in Chromium with a processor six times slower, the time from the click on Send to
the confirmation, and the bytes that the page weighs.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle, repeat
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_private_key

from bench import casting
from bench.load import http_post
from surveys.blindsign import SALT_BYTES

LIMIT_RATIO = 6
SCHEME = (padding.PSS(padding.MGF1(hashes.SHA384()), SALT_BYTES), hashes.SHA384())
EXPECTED_PER_SECOND = 3000
BROWSER_TESTS = "tests/browser/test_blind_speed.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        measure(Path(options.inside), seconds=options.seconds, rounds=options.rounds)
        return
    for name in ("sqlite", "postgresql"):
        print(f"Blind casting on {name}: {options.rounds} rounds of {options.seconds:g} s each")
        with casting.database(name) as (url, folder):
            casting.start_inside(url, folder, sys.argv[1:], module="bench.blind")
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--ds=config.settings_test"]
    subprocess.run([*command, BROWSER_TESTS], check=False)


def measure(folder: Path, *, seconds: float, rounds: int) -> None:
    count = int(EXPECTED_PER_SECOND * seconds * rounds) + 100
    assessment_id, codes = casting.prepare(count)
    signs, casts = submissions(assessment_id, codes)
    body = f"code={codes[0]}&{urlencode(casting.answers())}"
    floors = repeat(http_post("/b/floor/", body.encode()))
    ratios = []
    with casting.server(folder) as (port, process):
        for number in range(rounds):
            cost = {}
            for name, requests in (("floor", floors), ("sign", signs), ("blind", casts)):
                outcome, cost[name] = casting.slice_of(process, port, requests, seconds=seconds)
                casting.report(f"{number + 1} {name}", outcome, cost[name])
            ratios.append((cost["sign"] + cost["blind"]) / cost["floor"])
    print(f"  sign + cast / floor: median {median(ratios):.1f} (limit {LIMIT_RATIO})")


def submissions(assessment_id: UUID, codes: list[str]) -> tuple[Iterator[bytes], Iterator[bytes]]:
    """The requests of both kinds, for other people each; casts are signed without blinding."""
    from surveys.signing_keys import SigningKeys, published_keys
    from tests.blind_client import blind, new_token

    public = published_keys(assessment_id).public[0]
    owner = load_der_private_key(SigningKeys(assessment_id).key(0), None)

    def token() -> bytes:
        return new_token(public, assessment=assessment_id, group=0)

    def cast_body() -> bytes:
        made = token()
        ballot = {"group": 0, "token": made.hex(), "signature": owner.sign(made, *SCHEME).hex()}
        fields = urlencode({**casting.answers(), **ballot})
        return http_post(f"/b/{assessment_id}/cast/", fields.encode())

    blinded = [blind(public, token()).blinded.hex() for _number in range(50)]
    signs = (
        http_post(f"/b/{assessment_id}/sign/", f"code={code}&blinded={one}".encode())
        for code, one in zip(codes, cycle(blinded), strict=False)
    )
    return signs, iter([cast_body() for _code in codes])


if __name__ == "__main__":
    main()
