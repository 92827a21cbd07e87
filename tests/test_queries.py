"""Every address of the resolver, fetched as every role that may see it, keeps the limit of queries.

The worlds of `tests.url_table` hold one row of each kind; that a page asks the same number of
queries for three is a test of that page.
"""

from __future__ import annotations

from copy import copy
from typing import NamedTuple

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver, reverse

from tests.test_urls import TABLE, url_names
from tests.url_table import PASSWORD, World

MOST = 15
#: who has a password and no app for codes is led from here to another page
ELSEWHERE = {"account_set_password", "mfa_authenticate", "mfa_reauthenticate"}


class Visit(NamedTuple):
    name: str
    role: str
    status: int
    queries: int


class Queries:
    """Counts what a block asks of the database, savepoints too."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute, *args):
        self.count += 1
        return execute(*args)


def signed_in(world: World, role: str) -> Client:
    """With the password given just now, so that no page asks for it once more."""
    client = Client()
    if user := world.users[role]:
        client.force_login(user)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def fetch(client: Client, name: str, role: str, url: str) -> Visit:
    queries = Queries()
    with transaction.atomic():
        with connection.execute_wrapper(queries):
            response = client.get(url)
        transaction.set_rollback(True)
    return Visit(name, role, response.status_code, queries.count)


def visits(world: World) -> list[Visit]:
    """All addresses, each with rows of its own, as all roles of its line in the table."""
    clients, found = {role: signed_in(world, role) for role in world.users}, []
    for name in sorted(url_names(get_resolver())):
        row = TABLE[name]
        with transaction.atomic():
            url = reverse(name, kwargs=row.arguments(copy(world)))
            found += [fetch(clients[role], name, role, url) for role in sorted(row.roles)]
            transaction.set_rollback(True)
    return found


@pytest.mark.django_db
def test_every_page_takes_at_most_15_queries_for_every_role_that_may_see_it():
    found = visits(World())

    assert [visit for visit in found if visit.queries > MOST] == []
    assert {(visit.name, visit.role) for visit in found} == {
        (name, role) for name, row in TABLE.items() for role in row.roles
    }
    shown = {visit.name for visit in found if visit.status == 200}
    fetched = {name for name, row in TABLE.items() if row.method == "get" and row.roles}
    assert fetched - shown == ELSEWHERE
    refused = {visit.name for visit in found if visit.status not in (200, 302)}
    assert not refused & fetched
