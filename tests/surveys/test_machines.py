"""Two web and two worker processes on one database, one queue and one key folder."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from datetime import timedelta
from itertools import cycle
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.processes import die_with_parent
from config.serve import BIN, worker_command
from resistance.catalogue import load_catalogue
from surveys import lifecycle
from surveys.keystore import Keystore
from surveys.models import Assessment, Ballot, LedgerEntry, State, Unit
from surveys.questionnaire import questionnaire_for
from tests.blind_client import send_blindly
from tests.factories import make_assessment, make_organisation, make_team, make_user
from tests.line import codes_by_team, form_of, make_teams
from tests.test_serve import free_port
from tests.worker import database, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

START_SECONDS = 120


class Machines:
    """Processes that share database, queue, cache and keys, each with a data folder of its own."""

    def __init__(self, folder):
        self.folder, self.processes, self.ports = folder, [], []

    def start(self, name, command, **extra):
        data = self.folder / name
        data.mkdir()
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **database(),
            "DATA_DIR": str(data),
            **extra,
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    command,
                    cwd=settings.BASE_DIR,
                    env=env,
                    stdout=log,
                    stderr=log,
                    preexec_fn=die_with_parent,
                )
            )

    def start_web(self, name):
        port = free_port()
        self.ports.append(port)
        place = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        quiet = ["--no-access-log", "--log-level", "warning", "--interface", "wsgi"]
        command = [str(BIN / "granian"), *place, *quiet, "config.wsgi:application"]
        self.start(name, command, PORT=str(port), DEBUG="1")  # no collected files are needed

    def start_worker(self, name, *, has_schedule):
        command = worker_command(self.folder / f"{name}-beat")
        if not has_schedule:
            at = command.index("--beat")
            command = [*command[:at], *command[at + 3 :]]
        self.start(name, [*command, "--hostname", f"{name}@test"])

    def wait_for_webs(self):
        deadline = time.monotonic() + START_SECONDS
        for port in self.ports:
            while not answers(port):
                assert time.monotonic() < deadline, "a web process does not start"
                time.sleep(0.1)

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def machines(valkey, tmp_path):
    valkey.delete("default", "heavy", "unacked", "unacked_index")
    made = Machines(tmp_path)
    yield made
    made.stop()
    valkey.delete("default", "heavy", "unacked", "unacked_index")


def cast(port, assessment, form):
    """The status of one person's request: 200 when their answers are in the box."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/b/{assessment.pk}/", urlencode(form).encode(), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as refused:
        return refused.code


class Everywhere:
    """A client that asks one web process after the other, as behind a proxy."""

    def __init__(self, ports):
        self.ports = cycle(ports)

    def post(self, address, body, *, content_type, headers):
        request = urllib.request.Request(
            f"http://127.0.0.1:{next(self.ports)}{address}",
            body.encode(),
            {**headers, "Content-Type": content_type},
            method="POST",
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        return SimpleNamespace(status_code=response.status, json=lambda: answer)


def test_two_webs_and_two_workers_open_cast_and_count_once(machines):
    load_catalogue()
    make_organisation()
    hr, now = make_user(is_hr=True), timezone.now()
    company = make_team(name="Harbour Retail")
    make_teams({"Calls": 14, "Returns": 10}, parent=company)
    assessment = make_assessment(opens_at=now, closes_at=now + timedelta(days=3))
    assessment.teams.add(company)
    machines.start_worker("worker-a", has_schedule=True)
    machines.start_worker("worker-b", has_schedule=False)
    machines.start_web("web-a")
    machines.start_web("web-b")

    lifecycle.open_assessment(assessment_id=assessment.pk, by=hr, now=now)
    wait_until(lambda: state(assessment) == State.OPEN, seconds=START_SECONDS)
    machines.wait_for_webs()
    asked = questionnaire_for(assessment.pk)
    codes = [code for codes in codes_by_team(assessment).values() for code in codes]
    sent, again = [], []
    for number, code in enumerate(codes):
        form = {**form_of(asked, {"time": 1 + number % 5}).dict(), "code": code}
        if number % 3 == 0:
            del form["code"]
            send_blindly(Everywhere(machines.ports), assessment, code, form)
            continue
        sent.append(cast(machines.ports[number % 2], assessment, form))
        again.append(cast(machines.ports[1 - number % 2], assessment, form))

    assert set(sent) == {200}
    assert 200 not in again
    assert (Ballot.objects.count(), LedgerEntry.objects.count()) == (24, 24)
    lifecycle.close_assessment(assessment_id=assessment.pk, by=hr, now=timezone.now())
    wait_until(lambda: state(assessment) == State.SCORED, seconds=START_SECONDS)
    assessment.refresh_from_db()
    assert (assessment.taken_part_count, assessment.ballot_count) == (24, 24)
    assert not Keystore(assessment.pk).exists()
    cells = Unit.objects.filter(assessment=assessment, is_cell=True)
    assert sorted(cells.values_list("name", flat=True)) == ["Calls", "Returns"]


def state(assessment):
    connection.close_if_unusable_or_obsolete()
    return Assessment.objects.values_list("state", flat=True).get(pk=assessment.pk)
