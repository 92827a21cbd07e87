"""The floor of casting: a view below the same boundary that does one INSERT of 4 kB, no more."""

import os
import uuid

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import urls

#: as hard to compress as a sealed ballot, or PostgreSQL would store a few bytes of it
BLOB = os.urandom(4096)
INSERT = "INSERT INTO bench_floor (id, content) VALUES (%s, %s)"


def make_table() -> None:
    kind = "bytea" if connection.vendor == "postgresql" else "blob"
    key = "uuid" if connection.vendor == "postgresql" else "char(32)"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        cursor.execute(f"CREATE TABLE bench_floor (id {key} PRIMARY KEY, content {kind})")


def count_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bench_floor")
        return int(cursor.fetchone()[0])


def floor(request: HttpRequest) -> HttpResponse:
    blob = BLOB if request.body else b""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [uuid.uuid4().hex, blob])
    return HttpResponse(status=303, headers={"Location": "/b/"})


urlpatterns = [path("b/floor/", floor), *urls.urlpatterns]
