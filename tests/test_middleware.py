"""Ballot pages stand apart: cookies, other layers, failures and logs stop at the border."""

import logging

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config.middleware import BALLOT_POLICY, STAFF_POLICY

SECRET = "the-secret-answer"


def echo(request: HttpRequest) -> HttpResponse:
    layers = [name for name in ("session", "user", "htmx") if hasattr(request, name)]
    response = HttpResponse(f"{dict(request.COOKIES)} {layers}")
    response.set_cookie("trace", "me")
    return response


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    kinds = {"missing": Http404, "forbidden": PermissionDenied, "odd": SuspiciousOperation}
    raise kinds.get(kind, ValueError)(SECRET)


urlpatterns = [
    path("b/echo/", echo),
    path("b/fail/<kind>/", fail),
    path("open/", login_not_required(echo)),
]

pytestmark = pytest.mark.urls(__name__)


def test_ballot_page_gets_and_sets_no_cookie(client):
    client.cookies["sessionid"] = "somebody"

    response = client.get("/b/echo/")

    assert response.content.decode() == "{} []"
    assert response.cookies == {}
    assert "Set-Cookie" not in response.headers


def test_ballot_page_forbids_storing_referring_and_foreign_content(client):
    response = client.get("/b/echo/")

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == BALLOT_POLICY


def test_ballot_page_takes_posts_without_csrf_token():
    response = Client(enforce_csrf_checks=True).post("/b/echo/", {"answer": "5"})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/b/nowhere/", 404),
        ("/b/fail/missing/", 404),
        ("/b/fail/forbidden/", 403),
        ("/b/fail/odd/", 400),
        ("/b/fail/other/", 500),
    ],
)
def test_ballot_failure_is_a_small_page_without_detail(client, settings, address, status):
    settings.DEBUG = True

    response = client.post(address, {"answer": SECRET})

    assert response.status_code == status
    assert SECRET not in response.content.decode()
    assert "Traceback" not in response.content.decode()
    assert len(response.content) < 600
    assert response.headers["Content-Security-Policy"] == BALLOT_POLICY


def test_ballot_failure_speaks_the_language_of_the_browser(client):
    response = client.get("/b/nowhere/", headers={"Accept-Language": "de"})

    assert '<html lang="de">' in response.content.decode()


def test_ballot_failure_logs_kind_and_place_but_no_value_and_no_path(client, caplog):
    with caplog.at_level(logging.DEBUG):
        client.post("/b/fail/other/", {"answer": SECRET})

    ours = [record for record in caplog.records if record.name == "config.middleware"]
    assert [record.getMessage().split(" in ")[0] for record in ours] == [
        "Ballot page failed: ValueError"
    ]
    assert SECRET not in caplog.text
    assert all("/b/" not in record.getMessage() for record in ours)


def test_ballot_page_refuses_a_foreign_host(client):
    assert client.get("/b/echo/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_ballot_page_moves_to_https_when_https_is_on(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    response = client.get("/b/echo/")

    assert response.status_code == 301
    assert response.headers["Location"] == "https://testserver/b/echo/"


def test_other_pages_keep_their_layers_and_get_the_staff_policy(client):
    response = client.get("/open/")

    assert "['session', 'user', 'htmx']" in response.content.decode()
    assert response.cookies["trace"].value == "me"
    assert response.headers["Content-Security-Policy"] == STAFF_POLICY
