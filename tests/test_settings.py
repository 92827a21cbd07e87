"""Settings: nonsense is refused in words, defaults are safe, every variable is documented."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import environment, queue, storage

ROOT = Path(__file__).resolve().parent.parent


def load(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py with nothing in the environment but these variables."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DATA_DIR": str(tmp_path / "data")}
    return subprocess.run(
        [sys.executable, "manage.py", *(arguments or ("check",))],
        cwd=ROOT,
        check=False,
        env=env | variables,
        capture_output=True,
        text=True,
    )


def test_psycopg_3_is_not_installed():
    assert find_spec("psycopg") is None


def test_psycopg_3_beside_stops_the_start(tmp_path):
    (tmp_path / "psycopg.py").touch()

    result = load(tmp_path, PYTHONPATH=str(tmp_path))

    assert result.returncode == 1
    assert result.stderr.startswith("psycopg 3 is installed beside psycopg2")


def test_env_example_names_exactly_what_is_read():
    documented = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(documented) == sorted(environment.asked)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("PORT", "99999"),
        ("PORT", "http"),
        ("CASTING_GRACE_SECONDS", "0"),
        ("BASE_URL", "headwind.example.org"),
        ("DATABASE_URL", "mysql://localhost/headwind"),
        ("DATABASE_URL", "postgres://localhost:port/headwind"),
        ("REDIS_URL", "localhost"),
        ("EMAIL_URL", "mail.example.org"),
        ("TIME_ZONE", "Europe/Atlantis"),
        ("DATA_DIR", str(ROOT / "manage.py")),
    ],
)
def test_nonsense_is_refused_with_one_sentence_that_names_the_variable(tmp_path, name, value):
    result = load(tmp_path, **{name: value})

    assert result.returncode == 1
    assert result.stderr.startswith(name)
    assert result.stderr.count("\n") == 1


def test_production_settings_pass_the_deployment_check(tmp_path):
    result = load(
        tmp_path, "check", "--deploy", "--fail-level", "WARNING", BASE_URL="https://hw.example.org"
    )

    assert (result.returncode, result.stderr) == (0, "")


def test_secret_key_is_made_once_and_private(tmp_path):
    first = storage.lasting_secret(tmp_path / "secret-key")

    assert storage.lasting_secret(tmp_path / "secret-key") == first
    assert len(first) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret-key"]


@pytest.mark.parametrize("place", [".", "keys", "deep/down/keys"])
def test_keys_inside_the_data_folder_are_refused(tmp_path, place):
    with pytest.raises(ImproperlyConfigured, match="KEY_DIR"):
        storage.refuse_keys_beside_data((tmp_path / place).resolve(), places=[tmp_path])


def test_keys_beside_the_sqlite_file_stop_the_start(tmp_path):
    database = f"sqlite:///{tmp_path}/elsewhere/headwind.sqlite3"

    result = load(tmp_path, DATABASE_URL=database, KEY_DIR=str(tmp_path / "elsewhere/keys"))

    assert result.returncode == 1
    assert result.stderr.startswith("KEY_DIR")


def test_keys_in_a_folder_that_backups_take_along_stop_the_start(tmp_path):
    taken = f"/srv/elsewhere,{tmp_path}/taken"

    inside = load(tmp_path, BACKUP_DIRS=taken, KEY_DIR=str(tmp_path / "taken/deep/keys"))
    around = load(tmp_path, BACKUP_DIRS=taken, KEY_DIR=str(tmp_path))
    beside = load(tmp_path, BACKUP_DIRS=taken, KEY_DIR=str(tmp_path / "keys"))

    assert (inside.returncode, around.returncode, beside.returncode) == (1, 1, 0)
    assert f"lies inside {tmp_path}/taken." in inside.stderr
    assert f"has {tmp_path}" in around.stderr


def test_default_key_folder_is_outside_the_data_folder_and_differs_between_two():
    folders = {storage.default_key_dir(Path(data)) for data in ("/srv/a", "/srv/b")}

    assert len(folders) == 2
    assert not any(str(folder).startswith("/srv") for folder in folders)


def test_key_folder_that_others_may_read_is_refused(tmp_path):
    tmp_path.chmod(0o755)

    with pytest.raises(ImproperlyConfigured, match="chmod 700"):
        storage.refuse_open_folder("KEY_DIR", tmp_path)


def test_postgres_address_is_read_in_full(monkeypatch):
    monkeypatch.setenv(
        "DATABASE_URL", "postgres://me:p%40ss@db.example.org:5433/hw?sslmode=require"
    )

    assert environment.database("DATABASE_URL", "") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "hw",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": "5433",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    ("address", "broker"),
    [
        ("", "filesystem://"),
        ("redis://host:6379/2", "redis://host:6379/2"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
    ],
)
def test_broker_address_is_spelled_for_celery(address, broker):
    assert queue.broker_url(address) == broker


def test_mail_server_address_is_read(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtps://me:secret@mail.example.org")

    found = environment.mail("EMAIL_URL")

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.org", 465)
    assert (found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (True, False)


def test_mail_goes_to_a_private_folder_by_default():
    from config import settings as production

    assert production.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend"
    assert production.EMAIL_FILE_PATH.stat().st_mode & 0o777 == 0o700


def test_nobody_gets_error_mails_and_tasks_never_run_inside_the_request():
    assert settings.ADMINS == []
    assert not any(name.endswith("_EAGER") for name in dir(settings))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_lock_pins_every_package_with_hashes_and_names_no_registry(name):
    text = (ROOT / name).read_text()
    entries = [line for line in text.splitlines() if line and line[0] not in "# "]

    assert entries
    assert all("==" in entry and entry.endswith("\\") for entry in entries)
    assert "://" not in text


def test_npm_lock_names_no_registry():
    text = (ROOT / "package-lock.json").read_text()

    assert '"integrity"' in text
    assert '"resolved"' not in text
