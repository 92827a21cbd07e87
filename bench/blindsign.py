"""What blind casting costs the server, in CPU time: python -m bench.blindsign [--rounds 300].

A key, a signature (without, and with reading the key file), the check of a token, and the list of
keys of a large organisation. No database and no HTTP: those are measured by bench.casting.
"""

import argparse
import hashlib
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import UUID

from surveys.blindsign import admits, blind_sign, new_key, nullifier, public_form
from surveys.keylist import list_keys
from surveys.receipts import hash_receipt, receipt_for
from tests.blind_client import blind, finalize, new_token

ASSESSMENT = UUID(int=7)
GROUP = 3
GROUPS = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    report("make a key", new_key, max(rounds // 30, 3))
    key = new_key()
    public = public_form(key)
    pending = blind(public, new_token(public, assessment=ASSESSMENT, group=GROUP))
    signature = finalize(public, pending, blind_sign(key, pending.blinded))
    report("sign", partial(blind_sign, key, pending.blinded), rounds)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "key"
        file.write_bytes(key)
        report("read the key, sign", lambda: blind_sign(file.read_bytes(), pending.blinded), rounds)
    report(
        "check a token",
        lambda: admits(
            public, assessment=ASSESSMENT, group=GROUP, token=pending.token, signature=signature
        ),
        rounds,
    )
    report("nullifier, receipt, hash", partial(derive, pending.token), rounds)
    ids = {group: hashlib.sha256(b"%d" % group).digest() for group in range(GROUPS)}
    report(f"list {GROUPS:,} keys", lambda: list_keys(ASSESSMENT, ids), 5)
    report("path of a group", partial(list_keys(ASSESSMENT, ids).path, 4711), rounds)


def derive(token: bytes) -> None:
    nullifier(token)
    hash_receipt(assessment=ASSESSMENT, receipt=receipt_for(token))


def report(name: str, action: Callable[[], object], rounds: int) -> None:
    """Prints the median CPU time of one call."""
    action()
    times = []
    for _round in range(rounds):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    print(f"{name:28s} {median(times) * 1e3:9.3f} ms")


if __name__ == "__main__":
    main()
