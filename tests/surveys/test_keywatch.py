from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from surveys import keywatch
from surveys.blindsign import new_key
from surveys.keystore import Keystore
from surveys.models import Assessment, State
from surveys.sealing import new_box_key
from tests.factories import NOW, make_assessment, make_user
from tests.line import make_teams, open_over, open_with_trustee

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEY_DIR = tmp_path / "keys"


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def opened(hr):
    return open_over(make_teams({"Calls": 9}), by=hr)


def folder(assessment):
    return Keystore(assessment.pk).folder


def test_open_assessment_with_its_keys_is_well(opened):
    assert keywatch.faults_of(opened) == []


@pytest.mark.parametrize("name", ["box", "ledger", "invitation"])
def test_each_missing_key_is_named(opened, name):
    (folder(opened) / name).unlink()

    assert keywatch.faults_of(opened) == [(name, keywatch.MISSING)]


def test_key_that_does_not_fit_the_public_half_is_named(opened):
    (folder(opened) / "box").write_bytes(b"".join(new_box_key()))

    assert keywatch.faults_of(opened) == [("box", keywatch.UNFIT)]


def test_signing_keys_are_looked_for_while_it_is_open_and_tried_by_the_doctor(opened):
    key = folder(opened) / "sign-0"
    kept = key.read_bytes()
    key.unlink()
    missing = keywatch.faults_of(opened), keywatch.unfit_signing_keys(opened)
    key.write_bytes(new_key())
    strange = keywatch.faults_of(opened), keywatch.unfit_signing_keys(opened)
    key.write_bytes(kept)
    well = keywatch.faults_of(opened), keywatch.unfit_signing_keys(opened)
    key.unlink()
    opened.state = State.CLOSED
    ended = keywatch.faults_of(opened), keywatch.unfit_signing_keys(opened)

    assert missing == ([("sign-0", keywatch.MISSING)], [])
    assert strange == ([], [("sign-0", keywatch.UNFIT)])
    assert (well, ended) == (([], []), ([], []))


def test_trustees_box_has_a_companion_and_no_key(hr):
    assessment, _code = open_with_trustee(
        make_teams({"Calls": 9}), by=hr, trustee=make_user(is_trustee=True)
    )
    assert keywatch.faults_of(assessment) == []

    private, public = new_box_key()
    Keystore(assessment.pk).put_box(private=private, public=public)
    (folder(assessment) / "companion").unlink()

    assert keywatch.faults_of(assessment) == [
        ("companion", keywatch.MISSING),
        ("box", keywatch.EXPOSED),
        ("box", keywatch.UNFIT),
    ]


def test_nothing_is_missed_before_the_opening_and_after_the_tally():
    ended = [make_assessment(state=state) for state in (State.DRAFT, State.OPENING, State.SCORED)]

    assert [keywatch.faults_of(assessment) for assessment in ended] == [[], [], []]


def test_missing_key_warns_hr_once_by_mail_and_once_in_the_audit_log(opened, hr, mailoutbox):
    (folder(opened) / "ledger").unlink()

    found = [keywatch.watch_keys(now=NOW + timedelta(minutes=minute)) for minute in range(3)]

    assert found == [1, 1, 1]
    assert [(m.to, m.subject) for m in mailoutbox] == [
        ([hr.email], "A key is missing: One-call resolution")
    ]
    entry = AuditEntry.objects.get(verb=keywatch.KEY_IS_MISSING)
    assert entry.detail == {"assessment": str(opened.pk), "keys": "ledger: missing"}


def test_key_that_a_close_took_away_by_right_alarms_nobody(opened, hr, mailoutbox, monkeypatch):
    (folder(opened) / "sign-0").unlink()
    Assessment.objects.filter(pk=opened.pk).update(state=State.CLOSED)
    monkeypatch.setattr(keywatch, "running", lambda: [opened])

    assert keywatch.missing_keys(opened) == [("sign-0", keywatch.MISSING)]
    assert keywatch.watch_keys(now=NOW) == 0
    assert mailoutbox == []
    assert not AuditEntry.objects.filter(verb=keywatch.KEY_IS_MISSING).exists()


def test_banner_stands_on_the_assessment_page(client, opened, hr):
    client.force_login(hr)
    words = "A key of this assessment is missing"
    before = client.get(opened.get_absolute_url()).content.decode()

    (folder(opened) / "box").unlink()
    after = client.get(opened.get_absolute_url()).content.decode()

    assert (words in before, words in after) == (False, True)
