"""Every address of the resolver × every role: an address without a row in the table fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.accounts import url_rows as accounts_rows
from tests.plans import url_rows as plans_rows
from tests.surveys import url_rows as surveys_rows
from tests.url_table import ROLES, Row, World

TABLE: dict[str, Row] = {**accounts_rows.ROWS, **surveys_rows.ROWS, **plans_rows.ROWS}


def url_names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Full names of all addresses, admin pages aside: `test_admin_…` tries those as a group."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"
        elif entry.namespace != "admin":
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from url_names(entry, inner)


def gets_in(client: Client, row: Row, url: str, world: World) -> bool:
    response = getattr(client, row.method)(url, row.data(world))
    if response.status_code in (403, 404):
        return False
    return not response.headers.get("Location", "").startswith(reverse("account_login"))


def test_urls_all_stand_in_the_table():
    names = set(url_names(get_resolver()))

    assert names == set(TABLE)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(TABLE))
def test_url_opens_only_for_the_roles_of_its_row(name):
    row, world = TABLE[name], World()
    url = reverse(name, kwargs=row.arguments(world))
    seen = set()

    for role in ROLES:
        with transaction.atomic():
            client = Client()
            if user := world.users[role]:
                client.force_login(user)
            if gets_in(client, row, url, world):
                seen.add(role)
            transaction.set_rollback(True)

    assert seen == row.roles
