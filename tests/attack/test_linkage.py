"""200 people answer; the owner of the database tries to find out who answered what.

The attack first has to win against designs that look anonymous and are not. Right guesses by
chance are Poisson distributed around 1: one method makes seven or more once in 10,000 companies.
Hundreds of methods are tried, so the best one does once in some thirty runs; a method that goes
over the limit has to do so in a second company, too, where it is the only one.
"""

import logging
import os
import random
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from shutil import rmtree
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from surveys import lifecycle, mailing, tally
from surveys.ballot import decode
from surveys.blindsign import request_hash
from surveys.keystore import Keystore
from surveys.models import Ballot, Comment, Credential, Invitation, LedgerEntry, Mailing, State
from surveys.questionnaire import questionnaire_for
from surveys.receipts import receipt_for
from surveys.sealing import SEALED_SIZE, SealBroken, unseal
from surveys.slips import sheets_of
from tests.attack.figures import noted
from tests.attack.linkage import Attack, clues, find
from tests.attack.storage import live_dump, log_of_changes, log_position, raw_files
from tests.blind_client import send_blindly
from tests.factories import make_team, make_user
from tests.line import form_of, make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, SLIPS, BURSTS, AT_MOST, AT_LEAST = 200, 30, 5, 6, 150
FORM = "application/x-www-form-urlencoded"
MAILS = "django.core.mail.backends.filebased.EmailBackend"


def marker(number):
    """Words that only one person writes and that sort by chance."""
    return f"Marker comment {sha256(bytes([number])).hexdigest()[:12]}"


AUTHOR = {marker(number): number for number in range(PEOPLE)}


@dataclass(frozen=True)
class Owned:
    """What the owner has beside the database: the mails as files, and what the programme logs."""

    archive: Path
    logged: StringIO


@pytest.fixture
def owned(settings, tmp_path):
    """Mails go to files as they do by default; everything is logged; no other test left keys."""
    settings.KEY_DIR = tmp_path / "keys"
    settings.EMAIL_BACKEND = MAILS
    settings.EMAIL_FILE_PATH = str(tmp_path / "outbox")
    root, logged = logging.getLogger(), StringIO()
    handler, level = logging.StreamHandler(logged), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield Owned(Path(settings.EMAIL_FILE_PATH), logged)
    root.setLevel(level)
    root.removeHandler(handler)


class Wave:
    """An assessment of 200 people and every copy its owner has taken of the database."""

    def __init__(self, client, owned):
        self.client, self.archive, self.logged = client, owned.archive, owned.logged
        self.hr = make_user(is_hr=True)
        self.copies, self.log_start, self.pending = {}, log_position(), {}
        self.mails = b""
        company = make_team(name="Harbour Retail")
        for team in make_teams({f"Team {number}": 20 for number in range(10)}, parent=company):
            team.people.filter(pk__in=team.people.order_by("pk")[: SLIPS // 10]).update(email=None)
        now = timezone.now()
        self.assessment = open_over([company], by=self.hr, now=now - timedelta(days=2))
        self.number_of = {
            pk: number
            for number, pk in enumerate(
                Invitation.objects.order_by("person").values_list("pk", flat=True)
            )
        }

        self.drawn = dict(self.draw())

    def draw(self):
        """The number of each slip's holder: everybody without e-mail draws one of their group."""
        unnamed = Invitation.objects.filter(person__email=None).order_by("pk")
        for sheet in sheets_of(self.assessment):
            group = unnamed.filter(group__number=sheet.number).values_list("pk", flat=True)
            for slip, pk in zip(sorted(sheet.slips), group, strict=True):
                yield slip, self.number_of[pk]

    def holders(self):
        """What each code is derived from, with the number of the person who has it."""
        with_address = Invitation.objects.exclude(person__email=None).values_list("pk", flat=True)
        return {pk: self.number_of[pk] for pk in with_address} | self.drawn

    def mail(self):
        for waiting in Mailing.objects.filter(done_at=None):
            mailing.send_mailing(mailing_id=waiting.pk, now=timezone.now())

    def codes(self):
        """What the people find in their mails or on their slips, by number."""
        words = "".join(path.read_text() for path in self.archive.rglob("*.log"))
        found = re.findall(r"^To: (\S+)$.*?#([^\s>]+)>", words, re.MULTILINE | re.DOTALL)
        rows = Invitation.objects.values_list("person__email", "pk")
        numbers = {email: self.number_of[pk] for email, pk in rows}
        slips = Keystore(self.assessment.pk).codes_for(list(self.drawn))
        return {numbers[email]: code for email, code in found} | {
            self.drawn[pk]: code for pk, code in slips.items()
        }

    def answer(self, everybody):
        """Everybody sends their form, in bursts with reminders and copies between."""
        asked = questionnaire_for(self.assessment.pk)
        words = asked.open[0].position
        codes = self.codes()
        for burst in range(BURSTS):
            for number in everybody[burst::BURSTS]:
                levels = {"time": 1 + number % 5, "silos": 1 + number // 5 % 5}
                form = form_of(asked, levels, **{f"c{words}": marker(number)})
                self.send(number, codes[number], form)
            if burst in (1, 3):
                lifecycle.remind(assessment_id=self.assessment.pk, by=self.hr, now=timezone.now())
                self.mail()
            self.copy(f"after burst {burst}")
        self.note_truth(codes)

    def send(self, number, code, form):
        """Two of three by the blind path, as with script; the others by the plain one."""
        if number % 3:
            self.pending[number] = send_blindly(self.client, self.assessment, code, form.dict())
            return
        form["code"] = code
        sent = self.client.post(f"/b/{self.assessment.pk}/", urlencode(form), content_type=FORM)
        assert sent.status_code == 200

    def copy(self, name):
        """A backup: files and log as they are now. PostgreSQL's log only grows."""
        is_growing = connection.vendor == "postgresql"
        log = "log" if is_growing else f"log {name}"
        self.copies |= {f"files {name}": raw_files(), log: log_of_changes(self.log_start)}
        sent = sorted(self.archive.rglob("*.log"))
        self.mails = b"".join(path.read_bytes() for path in sent) or self.mails

    def note_truth(self, codes):
        """What only the test knows: opening the box with its key tells whose ballot is whose."""
        store = Keystore(self.assessment.pk)
        self.keys = [path.read_bytes() for path in store.folder.iterdir()]
        self.ballots = [(pk, bytes(sealed)) for pk, sealed in
                        Ballot.objects.values_list("nullifier", "ciphertext")]  # fmt: skip
        owner = [self.opened_by(sealed, self.keys_of_box()) for _pk, sealed in self.ballots]
        sheets = list(zip(self.ballots, owner, strict=True))
        self.ballot_clues = clues(
            [(pk, number) for (pk, _sealed), number in sheets]
            + [(sealed[:24], number) for (_pk, sealed), number in sheets]
        )
        self.ledger_clues = clues(
            [(store.ledger_entry(pk), n) for pk, n in self.holders().items()]
            + [(request_hash(kept.blinded), n) for n, kept in self.pending.items()]
        )
        self.token_clues = clues(
            (clue, number)
            for number, kept in self.pending.items()
            for clue in (kept.token, kept.blinded, receipt_for(kept.token))
        )
        self.comment_clues = clues((marker(number), number) for number in range(PEOPLE))
        self.code_clues = clues(
            [(code, number) for number, code in codes.items()]
            + [(code.replace("-", ""), number) for number, code in codes.items()]
            + [(code.replace("-", "")[:16], number) for number, code in codes.items()]
        )
        hashes = dict(Credential.objects.values_list("holder", "secret_hash"))
        people = Invitation.objects.exclude(person__email=None)
        known = [(pk, self.number_of[pk]) for pk in self.number_of]
        known += [(address, self.number_of[pk]) for pk, address in
                  people.values_list("pk", "person__email")]  # fmt: skip
        for holder, number in self.holders().items():
            known += [(holder, number), (hashes[holder], number)]
        self.person_clues = clues(known)

    def keys_of_box(self):
        return Keystore(self.assessment.pk).box_private_key()

    def opened_by(self, sealed, key):
        content = unseal(private_key=key, assessment=self.assessment.pk.bytes, sealed=sealed)
        return AUTHOR[decode(content)[1].comments[0].text]

    def attack(self, people, answers):
        attack = Attack.on(people, answers)
        attack.read_tables(live_dump())
        written = {"mails": self.mails, "messages": self.logged.getvalue().encode()}
        for name, content in {**self.copies, **written}.items():
            attack.read_bytes(name, content)
        return attack

    def tally(self):
        lifecycle.close_assessment(assessment_id=self.assessment.pk, by=self.hr, now=timezone.now())
        later = timezone.now() + timedelta(hours=1)
        assert tally.run_tally(assessment_id=self.assessment.pk, now=later)
        self.assessment.refresh_from_db()


def answered_wave(client, owned, *, seed=5):
    made = Wave(client, owned)
    made.mail()
    everybody = list(range(PEOPLE))
    random.Random(seed).shuffle(everybody)
    made.answer(everybody)
    return made


def counted_wave(client, owned, *, seed=5):
    made = answered_wave(client, owned, seed=seed)
    made.tally()
    made.copy("after the tally")
    return made


@pytest.fixture
def wave(client, owned):
    return answered_wave(client, owned)


@pytest.fixture
def linked(client, owned):
    """How many people the best method links; if that is over the limit, how many the same method
    links in another company."""

    def link(name, attack, in_another):
        hits, how = attack.best_guess()
        if hits > AT_MOST:
            call_command("flush", interactive=False, verbosity=0)
            rmtree(owned.archive)
            owned.logged.truncate(0)
            hits = in_another(client, owned).guesses()[how]
        return noted(name, hits)

    return link


def as_bytes(dump):
    return repr(dump).encode()


def by_ballots(wave):
    return wave.attack(wave.person_clues, wave.ballot_clues)


def by_ledger(wave):
    return wave.attack(wave.person_clues, wave.ledger_clues)


def by_comments(wave):
    return wave.attack(wave.person_clues, wave.comment_clues)


def from_ballots(wave):
    return wave.attack(wave.ballot_clues, wave.comment_clues)


@pytest.mark.parametrize(
    ("name", "attack"), [("open: ballot", by_ballots), ("open: ledger", by_ledger)]
)
def test_attack_finds_nobody_while_the_box_is_sealed(wave, linked, name, attack):
    assert Ballot.objects.count() == LedgerEntry.objects.count() == PEOPLE

    found = attack(wave)

    assert len(found.people.orders) > 5
    assert any(place.startswith("mails") for place in found.people.orders.values())
    assert len(found.answers.orders) > 3
    assert linked(name, found, lambda *to: attack(answered_wave(*to, seed=6))) <= AT_MOST


@pytest.mark.parametrize(
    ("name", "attack"),
    [
        ("after the tally: comment", by_comments),
        ("after the tally: ballot to comment", from_ballots),
    ],
)
def test_attack_finds_nobody_after_the_tally(client, owned, linked, name, attack):
    wave = counted_wave(client, owned)
    assert Comment.objects.count() == PEOPLE

    found = attack(wave)

    assert len(found.answers.orders) > 1
    assert linked(name, found, lambda *to: attack(counted_wave(*to, seed=6))) <= AT_MOST


def by_themselves(wave):
    return wave.attack(wave.person_clues, wave.person_clues)


def test_what_links_for_a_reason_does_so_in_a_second_company(client, owned, linked):
    found = by_themselves(answered_wave(client, owned))

    hits = linked(
        "planted: people beside themselves",
        found,
        lambda *to: by_themselves(answered_wave(*to, seed=6)),
    )

    assert hits >= AT_LEAST


def test_nothing_readable_is_stored_before_the_tally(wave):
    dump, everything = as_bytes(live_dump()), b"".join(wave.copies.values())

    assert {len(sealed) for _pk, sealed in wave.ballots} == {SEALED_SIZE}
    logs = b"".join(content for name, content in wave.copies.items() if name.startswith("log"))
    assert {number for _place, number in find(logs, wave.ballot_clues)} == set(range(PEOPLE))
    assert b"Marker comment" not in dump + everything
    assert find(dump + everything, wave.code_clues) == []
    assert find(dump + everything, wave.token_clues) == []
    assert find(dump + everything, clues((key, 0) for key in wave.keys)) == []
    told = {**wave.code_clues, **wave.comment_clues, **wave.token_clues}
    logging.getLogger("surveys.casting").debug("Everything is logged.")
    logged = wave.logged.getvalue().encode()
    assert b"Everything is logged." in logged
    assert find(logged, told) == []
    mailed = {number for _place, number in find(wave.mails, wave.code_clues)}
    assert mailed == set(range(PEOPLE)) - set(wave.drawn.values())
    assert b"Marker comment" not in wave.mails


def test_nothing_opens_the_box_after_the_tally(wave):
    sealed = [ciphertext for _pk, ciphertext in wave.ballots[:2]]
    backup, key = live_dump(), wave.keys_of_box()
    wave.tally()

    stored = [backup, live_dump(), dict(os.environ), settings.SECRET_KEY]
    tried = {secret for place in stored for secret in secrets_in(place)}

    assert wave.assessment.state == State.SCORED
    assert not Keystore(wave.assessment.pk).exists()
    assert list(Path(settings.KEY_DIR).iterdir()) == []
    assert not wave.archive.joinpath(wave.assessment.pk.hex).exists()
    assert not Credential.objects.exists()
    assert len(tried) > 2 * PEOPLE
    assert [wave.opened_by(ciphertext, key) >= 0 for ciphertext in sealed] == [True, True]
    for ciphertext in sealed:
        for secret in tried:
            with pytest.raises(SealBroken):
                wave.opened_by(ciphertext, secret)


def secrets_in(place):
    """Every stored value that could serve as a key of 32 bytes, in a dump or an environment."""
    if isinstance(place, dict):
        for inner in place.values():
            yield from secrets_in(inner)
    elif isinstance(place, list):
        for inner in place:
            yield from secrets_in(inner)
    elif isinstance(place, str) and re.fullmatch(r"[0-9a-fA-F]{64}", place):
        yield bytes.fromhex(place)
    elif isinstance(place, str | bytes | memoryview):
        content = place.encode() if isinstance(place, str) else bytes(place)
        if 32 <= len(content) < 1000:
            yield content[:32]


# Designs that look anonymous, made here to show that the attack finds what there is to find


@pytest.fixture
def plant():
    """Makes tables for a test and takes them away again."""
    made = []

    def make(name, columns):
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {name} ({columns})")
        made.append(name)

    yield make
    with connection.cursor() as cursor:
        for name in made:
            cursor.execute(f"DROP TABLE {name}")


def in_random_order():
    """(number, person's mark, answers) in the order in which people send their forms."""
    shuffled = random.Random(7)
    people = [(n, f"staff{n:03}@example.org", f"answers {n:03} {shuffled.random()}") for n in
              range(PEOPLE)]  # fmt: skip
    shuffled.shuffle(people)
    return people


def run(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def attack_plant(people, copies=()):
    attack = Attack.on(
        clues((person, number) for number, person, _answers in people),
        clues((answers, number) for number, _person, answers in people),
    )
    attack.read_tables(live_dump())
    for name, content in copies:
        attack.read_bytes(name, content)
    return attack.best_guess()


def serial_key():
    return "serial PRIMARY KEY" if connection.vendor == "postgresql" else "integer PRIMARY KEY"


def test_attack_wins_over_serial_ids(plant):
    plant("plant_flag", f"id {serial_key()}, person text")
    plant("plant_response", f"id {serial_key()}, answers text")
    people = in_random_order()
    for _number, person, answers in people:
        run("INSERT INTO plant_flag (person) VALUES (%s)", person)
        run("INSERT INTO plant_response (answers) VALUES (%s)", answers)

    assert noted("planted: serial ids", attack_plant(people)[0]) >= AT_LEAST


def test_attack_wins_over_random_ids_in_two_transactions(plant):
    plant("plant_flag", "id varchar(32) PRIMARY KEY, person text")
    plant("plant_response", "id varchar(32) PRIMARY KEY, answers text")
    people = in_random_order()
    for _number, person, answers in people:
        run("INSERT INTO plant_flag (id, person) VALUES (%s, %s)", uuid.uuid4().hex, person)
        run("INSERT INTO plant_response (id, answers) VALUES (%s, %s)", uuid.uuid4().hex, answers)

    assert noted("planted: two transactions", attack_plant(people)[0]) >= AT_LEAST


def test_attack_wins_over_a_staging_row_that_is_deleted_at_once(plant):
    start = log_position()
    plant("plant_staging", "id varchar(32) PRIMARY KEY, person text, answers text")
    plant("plant_sealed", "id varchar(32) PRIMARY KEY, ciphertext text")
    people, copies = in_random_order(), []
    for place, (_number, person, answers) in enumerate(people, start=1):
        key = uuid.uuid4().hex
        run("INSERT INTO plant_staging VALUES (%s, %s, %s)", key, person, answers)
        run("INSERT INTO plant_sealed VALUES (%s, %s)", uuid.uuid4().hex, secrets.token_hex(200))
        run("DELETE FROM plant_staging WHERE id = %s", key)
        if place % 40 == 0:
            copies.append((f"log {place}", log_of_changes(start)))

    assert attack_plant(people)[0] == 0
    linked = attack_plant(people, copies[-1:] if start else [joined(copies)])[0]
    assert noted("planted: staging row", linked) >= AT_LEAST


def joined(copies):
    return "logs", b"".join(content for _name, content in copies)
