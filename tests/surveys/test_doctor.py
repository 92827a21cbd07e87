from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from accounts.models import record
from surveys import doctor
from surveys.keystore import Keystore
from surveys.models import State
from surveys.tasks import SWEPT_AT, sweep
from tests.factories import make_assessment, make_user
from tests.line import make_teams, open_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _well(settings, tmp_path):
    """An installation in which everything is as it should be."""
    settings.KEY_DIR = tmp_path / "keys"
    settings.KEY_DIR.mkdir(mode=0o700)
    cache.set(SWEPT_AT, int(timezone.now().timestamp()))


def texts(now=None):
    found = doctor.examine(now=now or timezone.now())
    return {name: [finding.text for finding in findings] for name, findings in found if findings}


def test_well_installation_has_no_findings(capsys):
    call_command("doctor")

    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {"ok"}
    assert len(lines) == len(doctor.CHECKS)


def test_something_wrong_ends_with_status_1(settings, capsys):
    settings.KEY_DIR.chmod(0o755)

    with pytest.raises(SystemExit) as ended:
        call_command("doctor")

    assert ended.value.code == 1
    assert f"WRONG  key folder others may look into {settings.KEY_DIR}" in capsys.readouterr().out


def test_something_worth_knowing_ends_with_status_0(settings, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"

    call_command("doctor")

    assert "note   mail goes into files" in capsys.readouterr().out


def test_key_folder_inside_the_data_is_found(settings):
    settings.KEY_DIR = Path(settings.DATA_DIR) / "keys"
    settings.KEY_DIR.mkdir(mode=0o700)
    try:
        assert "which backups take along" in texts()["key folder"][0]
    finally:
        settings.KEY_DIR.rmdir()


def test_key_folder_that_is_gone_is_found(settings):
    settings.KEY_DIR.rmdir()

    assert "does not exist" in texts()["key folder"][0]


def test_each_open_assessments_keys_are_tried(settings):
    assessment = open_over(make_teams({"Calls": 9}), by=make_user(is_hr=True))
    (Keystore(assessment.pk).folder / "invitation").unlink()

    assert texts() == {"keys": [f"assessment {assessment.pk}: invitation key: missing."]}


def test_keys_that_should_be_gone_are_found(settings):
    scored = make_assessment(state=State.SCORED)
    Keystore(scored.pk).create()
    (settings.KEY_DIR / "unknown").mkdir()

    found = texts()["left keys"]

    assert found == [
        f"assessment {scored.pk} needs no keys and still has some.",
        f"{settings.KEY_DIR / 'unknown'} belongs to no assessment.",
    ]


def test_worker_that_has_not_swept_lately_is_missed():
    late = timezone.now() + timedelta(minutes=10)

    assert "no worker or no scheduler runs" in texts(late)["worker"][0]


def test_sweep_leaves_its_mark():
    cache.delete(SWEPT_AT)

    sweep()

    assert cache.get(SWEPT_AT) <= timezone.now().timestamp()
    assert "worker" not in texts()


def test_broker_that_cannot_be_reached_is_found(monkeypatch):
    other = Celery("nowhere", broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr(doctor, "current_app", other)

    assert "cannot be reached" in texts()["broker"][0]


def test_mail_server_that_is_down_is_found(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert "server cannot be used (ConnectionRefusedError)" in texts()["mail"][0]


def test_clock_that_went_back_is_found():
    entry = record(actor=None, verb="x", subject="y")
    entry.at = timezone.now() + timedelta(hours=1)
    entry.save()

    assert "lines from the future" in texts()["clock"][0]


def test_files_that_were_not_built_are_found(monkeypatch):
    monkeypatch.setattr(doctor, "SHEET", "nowhere.css")

    assert "python -m config.assets" in texts()["static files"][0]


def test_demonstration_on_a_public_address_is_found(settings):
    make_user(is_demonstration=True)
    settings.BASE_URL, settings.HTTPS, settings.DEBUG = "http://headwind.example.org", False, True

    found = texts()["exposure"]

    assert [text.split(":")[0] for text in found] == [
        "DEBUG is on",
        "the demonstration's sign-ins are reachable from other machines.",
        "people's answers travel without TLS; give BASE_URL with https.",
    ]


def test_check_that_breaks_is_a_finding_and_stops_no_other(monkeypatch):
    def fail(_name, _now):
        raise LookupError

    monkeypatch.setitem(doctor.CHECKS, "clock", fail)

    assert texts() == {"clock": ["cannot be checked: LookupError."]}
