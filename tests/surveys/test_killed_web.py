"""A web process is killed while people send blindly; they go on with another one."""

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from urllib.parse import urlencode

import psutil
import pytest

from resistance.catalogue import load_catalogue
from surveys.ballot import decode
from surveys.blindsign import PublicForm
from surveys.keystore import Keystore
from surveys.models import Ballot, LedgerEntry
from surveys.questionnaire import statements_for
from surveys.receipts import hash_receipt, receipt_for
from surveys.sealing import unseal
from tests.blind_client import blind, finalize, new_token
from tests.factories import make_open_assessment
from tests.surveys.test_machines import machines  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 60


class Browser:
    """Keeps what is pending and asks again at the next address, as `static/cast.js` does."""

    def __init__(self, assessment, code, number):
        self.assessment, self.code, self.number = assessment, code, number
        self.pending = self.public = self.signature = None
        self.is_confirmed = False

    def send(self, port):
        """As far as it comes; what was answered is kept."""
        try:
            self._go_on(port)
        except (OSError, HTTPException, json.JSONDecodeError):
            return

    def _go_on(self, port):
        if self.pending is None:
            found = self._ask(port, "group", {"code": self.code})
            self.public = PublicForm(int(found["modulus"], 16))
            token = new_token(self.public, assessment=self.assessment.pk, group=0)
            self.pending = blind(self.public, token)
        if self.signature is None:
            asked = {"code": self.code, "blinded": self.pending.blinded.hex()}
            signed = bytes.fromhex(self._ask(port, "sign", asked)["signature"])
            self.signature = finalize(self.public, self.pending, signed)
        token, signature = self.pending.token.hex(), self.signature.hex()
        ballot = {"s0": "4", "group": 0, "token": token, "signature": signature}
        self.is_confirmed = "sent" in self._ask(port, "cast", ballot)

    def _ask(self, port, name, fields):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/b/{self.assessment.pk}/{name}/",
            urlencode(fields).encode(),
            headers={"Accept": "application/json"},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)


def kill(process):
    """The server with the processes that answer for it, in no time to finish anything."""
    family = psutil.Process(process.pid).children(recursive=True)
    for member in (process, *family):
        member.kill()


def receipt_hashes(assessment):
    key = Keystore(assessment.pk).box_private_key()
    return sorted(
        decode(
            unseal(private_key=key, assessment=assessment.pk.bytes, sealed=bytes(sealed))
        ).receipt_hash
        for sealed in Ballot.objects.values_list("ciphertext", flat=True)
    )


def test_killed_web_loses_no_confirmed_ballot_and_counts_none_twice(machines):  # noqa: F811
    load_catalogue()
    assessment, codes = make_open_assessment(statements=statements_for("SHORT"), invited=PEOPLE)
    for name in ("one", "two"):
        machines.start_web(name)
    machines.wait_for_webs()
    people = [Browser(assessment, code, number) for number, code in enumerate(codes)]

    def send_to_the_first(person):
        if person.number == PEOPLE // 2:
            kill(machines.processes[0])
        person.send(machines.ports[0])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send_to_the_first, people))
    early = [person for person in people if person.is_confirmed]
    stored_early = Ballot.objects.count()
    for person in people:
        person.send(machines.ports[1])

    assert 0 < len(early) <= stored_early < PEOPLE
    assert all(person.is_confirmed for person in people)
    assert (LedgerEntry.objects.count(), Ballot.objects.count()) == (PEOPLE, PEOPLE)
    assert receipt_hashes(assessment) == sorted(
        hash_receipt(assessment=assessment.pk, receipt=receipt_for(person.pending.token))
        for person in people
    )
