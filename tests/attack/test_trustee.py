"""A trustee's box: during the assessment no copy of the whole server opens it, afterwards not even
the trustee's own code does."""

import os
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from surveys import lifecycle, tally, trustees
from surveys.keystore import Keystore
from surveys.models import Ballot, State
from surveys.questionnaire import questionnaire_for
from surveys.sealing import SealBroken, unseal
from surveys.wrapping import WrongCode, unwrap
from tests.attack.storage import live_dump, log_of_changes, log_position, raw_files
from tests.factories import NOW, make_user
from tests.line import cast_form, codes_by_team, form_of, make_teams, open_with_trustee

pytestmark = pytest.mark.django_db(transaction=True)

LOCKED_BYTES = 48


class Copy:
    """Everything that somebody with the machine, its disks and its environment holds."""

    def __init__(self, log_start):
        self.database = repr(live_dump()).encode() + raw_files() + log_of_changes(log_start)
        self.keys = {
            path.name: path.read_bytes()
            for path in sorted(settings.KEY_DIR.rglob("*"))
            if path.is_file()
        }
        words = [settings.SECRET_KEY, *os.environ.values()]
        self.environment = [word.encode() for word in words if len(word) >= 32]

    def candidates(self):
        """Every 32 bytes that lie in a key file or begin a word of the environment, and every
        stored row that could be a key."""
        for content in [*self.keys.values(), *self.environment]:
            yield from (content[at : at + 32] for at in range(max(1, len(content) - 31)))


@pytest.fixture
def wave(settings, tmp_path):
    settings.KEY_DIR = tmp_path / "keys"
    return Wave()


class Wave:
    def __init__(self):
        self.log_start = log_position()
        self.hr, self.trustee = make_user(is_hr=True), make_user(is_trustee=True)
        teams = make_teams({"Calls": 12})
        self.assessment, self.code = open_with_trustee(teams, by=self.hr, trustee=self.trustee)
        asked = questionnaire_for(self.assessment.pk)
        codes = next(iter(codes_by_team(self.assessment).values()))
        for number, code in enumerate(codes):
            cast_form(self.assessment.pk, code, form_of(asked, {"time": 1 + number % 5}))
        self.sealed = bytes(Ballot.objects.values_list("ciphertext", flat=True)[0])
        self.wrapped = bytes(self.assessment.wrapped_keys.get().wrapped)
        self.copy = Copy(self.log_start)

    def close(self):
        lifecycle.close_assessment(
            assessment_id=self.assessment.pk, by=self.hr, now=NOW + timedelta(days=2)
        )
        self.run_tally()

    def run_tally(self):
        return tally.run_tally(assessment_id=self.assessment.pk, now=NOW + timedelta(days=3))

    def opens(self, key):
        try:
            unseal(private_key=key, assessment=self.assessment.pk.bytes, sealed=self.sealed)
        except SealBroken:
            return False
        return True

    def private_key(self):
        """What only the trustee's code gives, as long as the companion exists."""
        return unwrap(
            wrapped=self.wrapped,
            code=self.code,
            companion=self.copy.keys["companion"],
            assessment=self.assessment.pk.bytes,
        )


def test_attack_holds_what_it_needs_and_wins_with_the_code(wave):
    """The locked key, its companion and the ballots lie in the copy: only the code is missing."""
    assert wave.wrapped in wave.copy.database
    assert wave.sealed[:24] in wave.copy.database
    assert set(wave.copy.keys) >= {"companion", "ledger", "invitation"}
    assert wave.opens(wave.private_key())


def test_nothing_opens_the_box_during_the_assessment_without_the_code(wave):
    tried = set(wave.copy.candidates())

    opened = [key for key in tried if len(key) == 32 and wave.opens(key)]

    assert len(tried) > len(wave.copy.keys)
    assert opened == []
    assert wave.private_key() not in wave.copy.database + b"".join(wave.copy.keys.values())
    assert_locked(wave, tried)


def assert_locked(wave, tried):
    """No stored value is the key of the lock either."""
    public = X25519PrivateKey.from_private_bytes(wave.private_key()).public_key()
    context = b"headwind trustee 1" + wave.assessment.pk.bytes + public.public_bytes_raw()
    nonce, locked = wave.wrapped[-LOCKED_BYTES - 12 : -LOCKED_BYTES], wave.wrapped[-LOCKED_BYTES:]
    for key in tried:
        with pytest.raises((InvalidTag, ValueError)):
            AESGCM(key).decrypt(nonce, locked, context)


def test_code_is_stored_nowhere(wave):
    spellings = {wave.code.encode(), wave.code.replace("-", "").encode()}
    everything = wave.copy.database + b"".join(wave.copy.keys.values())

    assert [code for code in spellings if code in everything] == []
    assert [code for code in spellings if any(code in w for w in wave.copy.environment)] == []


def test_not_even_the_code_opens_an_old_backup_after_the_tally(wave):
    backup, key = wave.copy, wave.private_key()
    wave.close()
    trustees.unlock(assessment_id=wave.assessment.pk, by=wave.trustee, typed=wave.code)
    assert wave.run_tally() is True

    wave.assessment.refresh_from_db()
    after = Copy(wave.log_start)
    assert wave.assessment.state == State.SCORED
    assert after.keys == {}
    assert not Keystore(wave.assessment.pk).exists()
    assert key not in after.database + backup.database
    companions = {word[:32] for word in [*after.environment, *backup.environment]}
    for companion in companions | {bytes(32)}:
        with pytest.raises(WrongCode):
            unwrap(
                wrapped=wave.wrapped,
                code=wave.code,
                companion=companion,
                assessment=wave.assessment.pk.bytes,
            )
