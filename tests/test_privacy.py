"""What is stored about a ballot, field by field, and where a cast leaves no trace.

Adding a field to one of these models means changing this test and docs/privacy.md.
"""

import ast
import base64
import inspect
import json
import logging
from urllib.parse import unquote, urlencode

import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils import timezone

from accounts.models import AuditEntry, Person, User
from config.celery import app
from surveys import casting, lifecycle, mailing, tasks
from surveys.models import (
    Ballot,
    Comment,
    Credential,
    Delivery,
    Invitation,
    LedgerEntry,
    Mailing,
)
from surveys.receipts import receipt_for
from surveys.views import respond
from tests.attack.storage import tables_without_rowid
from tests.blind_client import send_blindly
from tests.factories import make_open_assessment, make_source, make_statement, make_user

FORM = "application/x-www-form-urlencoded"
MARKER = "Zebra-Quartz-4711"

FIELDS = {
    Ballot: {
        "nullifier": "UUIDField",
        "assessment": "ForeignKey",
        "ciphertext": "BinaryField",
    },
    LedgerEntry: {
        "request_hash": "BinaryField",
        "entry": "BinaryField",
        "assessment": "ForeignKey",
    },
    Credential: {
        "secret_hash": "BinaryField",
        "holder": "UUIDField",
        "group": "ForeignKey",
        "assessment": "ForeignKey",
    },
    Invitation: {
        "id": "UUIDField",
        "assessment": "ForeignKey",
        "group": "ForeignKey",
        "person": "ForeignKey",
    },
    Comment: {
        "id": "UUIDField",
        "unit": "ForeignKey",
        "statement": "ForeignKey",
        "text": "TextField",
        "readers": "CharField",
        "state": "CharField",
        "is_redacted": "BooleanField",
        "names_found": "JSONField",
    },
}
#: which models may point at these; the sealed box and its ledger are pointed at by nothing
POINTED_AT_BY = {Invitation: {"Delivery"}}


@pytest.mark.parametrize("model", FIELDS)
def test_private_model_has_exactly_these_fields(model):
    found = {f.name: f.get_internal_type() for f in model._meta.get_fields() if f.concrete}

    assert found == FIELDS[model]


@pytest.mark.parametrize("model", FIELDS)
def test_private_model_has_no_time(model):
    times = (models.DateField, models.TimeField, models.DurationField)

    assert [f.name for f in model._meta.concrete_fields if isinstance(f, times)] == []


@pytest.mark.parametrize("model", FIELDS)
def test_private_model_is_pointed_at_by_known_rows_only(model):
    related = {
        other.__name__
        for other in apps.get_models(include_auto_created=True)
        for field in other._meta.get_fields()
        if getattr(field, "related_model", None) is model and field.concrete
    }

    assert related == POINTED_AT_BY.get(model, set())


def test_private_models_are_not_in_the_admin():
    assert set(FIELDS) & set(admin.site._registry) == set()


@pytest.mark.django_db
def test_codes_and_ledger_have_no_row_numbers_that_count_on_sqlite():
    with connection.cursor() as cursor:
        without = tables_without_rowid(cursor)

    sealed = {Credential._meta.db_table, LedgerEntry._meta.db_table}
    assert without == (sealed if connection.vendor == "sqlite" else set())


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Ballot, LedgerEntry])
def test_sealed_tables_have_these_columns_and_no_counter(model):
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, model._meta.db_table)
        counters = connection.introspection.get_sequences(cursor, model._meta.db_table)

    assert {column.name for column in columns} == {f.column for f in model._meta.concrete_fields}
    if connection.vendor == "postgresql":
        assert counters == []
    assert model._meta.ordering == []


def test_public_identifiers_are_random_and_carry_no_time():
    made = {Ballot().nullifier.version for _ in range(5)}
    made |= {Invitation._meta.pk.get_default().version, Comment._meta.pk.get_default().version}

    assert made == {4}


def test_only_surveys_names_the_ballot():
    named = set()
    for path in settings.BASE_DIR.rglob("*.py"):
        parts = path.relative_to(settings.BASE_DIR).parts
        if parts[0] in {"surveys", "tests", "bench"} or parts[0].startswith("."):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        words |= {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
        words |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if words & {"Ballot", "LedgerEntry", "ballot_set"}:
            named.add("/".join(parts))

    assert named == set()


# A cast, in the real view


@pytest.fixture
def open_survey(db):
    source = make_source()
    about = [make_statement(source=source) for _ in range(3)]
    return make_open_assessment(statements=[*about, make_statement(kind="OPEN")])


def send(client, assessment, code, **extra):
    body = urlencode({"code": code, "s0": "4", "s1": "2", "s2": "6", "c3": MARKER})
    return client.post(f"/b/{assessment.pk}/", body, content_type=FORM, **extra)


def traces_of(text, code):
    """Which parts of the request appear in a text."""
    plain = code.replace("-", "")
    secrets = (MARKER, code, plain, plain[:16], "s0=4", urlencode({"code": code}))
    return [secret for secret in secrets if secret in text]


def as_plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def stored_elsewhere():
    """Every row of every table but the two that a cast writes to, as text."""
    with connection.cursor() as cursor:
        rows = {}
        for name in connection.introspection.table_names(cursor):
            if name not in (Ballot._meta.db_table, LedgerEntry._meta.db_table):
                cursor.execute(f'SELECT * FROM "{name}"')
                rows[name] = sorted(repr(list(map(as_plain, row))) for row in cursor.fetchall())
    return rows


def test_cast_writes_two_rows_and_changes_nothing_else(client, open_survey):
    assessment, codes = open_survey
    before = stored_elsewhere()

    response = send(client, assessment, codes[0])

    assert response.status_code == 200
    assert (Ballot.objects.count(), LedgerEntry.objects.count()) == (1, 1)
    assert stored_elsewhere() == before
    assert not Session.objects.exists()


def test_cast_sets_no_cookie_and_sends_nothing_back(client, open_survey):
    assessment, codes = open_survey
    client.cookies["sessionid"] = "somebody"

    response = send(client, assessment, codes[0])

    assert "Set-Cookie" not in response.headers
    assert response.cookies == {}
    assert traces_of(str(response.serialize_headers()) + response.content.decode(), codes[0]) == []


def test_cast_logs_nothing_even_at_debug(client, open_survey, caplog):
    assessment, codes = open_survey
    caplog.set_level(logging.DEBUG)
    for name in ("django", "django.request", "surveys", "config.middleware"):
        caplog.set_level(logging.DEBUG, logger=name)

    response = send(client, assessment, codes[0])

    records = [r for r in caplog.records if r.name != "django.db.backends"]
    assert response.status_code == 200
    assert records == []
    assert traces_of(caplog.text, codes[0]) == []


def test_blind_sending_writes_two_rows_and_leaves_no_other_trace(
    client, open_survey, caplog, stored_keys
):
    assessment, codes = open_survey
    client.cookies["sessionid"] = "somebody"
    before, keys_before = stored_elsewhere(), stored_keys()
    caplog.set_level(logging.DEBUG)

    pending = send_blindly(client, assessment, codes[0], {"s0": "4", "c3": MARKER})

    records = [record for record in caplog.records if record.name != "django.db.backends"]
    assert (Ballot.objects.count(), LedgerEntry.objects.count()) == (1, 1)
    assert stored_elsewhere() == before
    assert stored_keys() == keys_before
    assert records == []
    assert traces_of(caplog.text, codes[0]) == []
    assert pending.token.hex() not in caplog.text
    assert receipt_for(pending.token) not in caplog.text
    assert not Session.objects.exists()


def test_no_request_of_the_blind_path_holds_code_and_answers(client, open_survey, monkeypatch):
    assessment, codes = open_survey
    bodies = []
    read = respond.posted
    monkeypatch.setattr(
        respond,
        "posted",
        lambda request: bodies.append(unquote(request.body.decode())) or read(request),
    )

    send_blindly(client, assessment, codes[0], {"s0": "4", "c3": MARKER})

    code = codes[0][:-1]  # the check symbol may be one that a form encodes
    assert [(code in body, MARKER in body) for body in bodies] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_refused_cast_logs_no_answer_and_no_code(client, open_survey, caplog):
    assessment, codes = open_survey
    caplog.set_level(logging.DEBUG)
    wrong = codes[0][:-1] + ("0" if codes[0][-1] != "0" else "1")

    response = send(client, assessment, wrong)

    assert response.status_code == 400
    assert traces_of(caplog.text, wrong) == []
    assert Ballot.objects.count() == 0


def test_cast_leaves_cache_and_queue_as_they_were(client, open_survey, stored_keys):
    assessment, codes = open_survey
    client.get(f"/b/{assessment.pk}/")
    before = stored_keys()

    sent = send(client, assessment, codes[0])
    refused = send(client, assessment, codes[0])

    assert (sent.status_code, refused.status_code) == (200, 400)
    assert stored_keys() == before


@pytest.fixture
def stored_keys(valkey):
    """Every key with its content, of the queue's and of the cache's database."""
    path = str(settings.TEST_DIR / "valkey.sock")

    def read():
        found = {}
        for base in (0, 1):
            with redis.Redis(unix_socket_path=path, db=base) as database:
                for key in database.keys("*"):
                    found[base, key] = database.dump(key)
        return found

    return read


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("broken", ["read_fields", "cast_plain"])
def test_failure_inside_a_cast_shows_and_logs_nothing(
    client, open_survey, caplog, settings, monkeypatch, debug, broken
):
    assessment, codes = open_survey
    caplog.set_level(logging.DEBUG)
    settings.DEBUG = debug

    def fail(*arguments, **keywords):
        raise RuntimeError(repr((arguments, keywords)))

    monkeypatch.setattr(respond, broken, fail)

    response = send(client, assessment, codes[0])

    assert response.status_code == 500
    assert traces_of(response.content.decode(), codes[0]) == []
    assert traces_of(caplog.text, codes[0]) == []
    assert [record.name for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(("broken", "sees"), [("sign", (0, 0)), ("cast_blind", (0, 1))])
def test_failure_inside_a_blind_request_shows_and_logs_nothing(
    client, open_survey, caplog, settings, monkeypatch, debug, broken, sees
):
    assessment, codes = open_survey
    caplog.set_level(logging.DEBUG)
    settings.DEBUG = debug
    answers, post = [], client.post

    def fail(**keywords):
        raise RuntimeError(repr(keywords))

    def note(*arguments, **keywords):
        answers.append(post(*arguments, **keywords))
        return answers[-1]

    monkeypatch.setattr(respond.blind_casting, broken, fail)
    monkeypatch.setattr(client, "post", note)

    with pytest.raises(AssertionError):  # of the browser's half: it wants status 200
        send_blindly(client, assessment, codes[0], {"s0": "4", "c3": MARKER})

    assert answers[-1].status_code == 500
    assert traces_of(answers[-1].content.decode() + caplog.text, codes[0]) == []
    assert [record.name for record in caplog.records if record.exc_info] == []
    assert (Ballot.objects.count(), LedgerEntry.objects.count()) == sees


# What the machinery around the pages keeps


def test_no_task_takes_more_than_the_number_of_a_row():
    app.loader.import_default_modules()
    ours = [t for name, t in app.tasks.items() if name.split(".")[0] in settings.PROJECT_APPS]

    taken = {name for task in ours for name in inspect.signature(task.run).parameters}

    assert len(ours) > 10
    assert taken == {"assessment_id", "mailing_id", "user_id"}


def test_mails_leave_no_address_beside_a_time_and_no_code_anywhere(
    open_survey, caplog, valkey, stored_keys, django_capture_on_commit_callbacks
):
    assessment, codes = open_survey
    caplog.set_level(logging.DEBUG)
    before = stored_elsewhere()
    valkey.delete("default", "heavy")

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.remind(assessment_id=assessment.pk, by=make_user(is_hr=True), now=timezone.now())
        tasks.queue_mailings(assessment_id=str(assessment.pk))
    queued = [base64.b64decode(json.loads(one)["body"]) for one in valkey.lrange("default", 0, -1)]
    waiting = Mailing.objects.get()
    sent = mailing.send_mailing(mailing_id=waiting.pk, now=timezone.now())

    addresses = [person.email for person in Person.objects.all()]
    kept = b"".join([*queued, *stored_keys().values()]).decode("latin-1") + caplog.text
    grown = {name for name, rows in stored_elsewhere().items() if rows != before[name]}
    assert sent == len(codes)
    assert [json.loads(body)[1] for body in queued] == [{"mailing_id": waiting.pk}]
    assert [secret for secret in (*addresses, *codes) if secret in kept] == []
    assert grown == {model._meta.db_table for model in (Mailing, Delivery, AuditEntry, User)}
    timed = (models.DateField, models.TimeField)
    assert [f for f in Delivery._meta.concrete_fields if isinstance(f, timed)] == []


@pytest.mark.django_db(transaction=True)
def test_failing_database_keeps_both_rows_out(client, open_survey, monkeypatch, caplog):
    assessment, codes = open_survey
    taken = Ballot.objects.create(assessment=assessment, ciphertext=b"").nullifier
    with monkeypatch.context() as patch:
        patch.setattr(casting, "nullifier", lambda _token: taken)

        failed = send(client, assessment, codes[0])

    assert failed.status_code == 503
    assert traces_of(caplog.text, codes[0]) == []
    assert (Ballot.objects.count(), LedgerEntry.objects.count()) == (1, 0)
    assert send(client, assessment, codes[0]).status_code == 200
    assert (Ballot.objects.count(), LedgerEntry.objects.count()) == (2, 1)
