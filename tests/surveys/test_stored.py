"""Every field of every table near a ballot or an invitation is explained to those it concerns."""

import html
import re

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import translation

from surveys.models import (
    Ballot,
    Comment,
    Credential,
    Delivery,
    Group,
    Invitation,
    LedgerEntry,
    Node,
    State,
)
from surveys.stored import fields_of, stored_tables
from surveys.stored_results import DESCRIPTIONS
from tests.factories import ask, make_assessment, make_organisation, make_statement

PRIVATE = (Ballot, LedgerEntry, Credential, Invitation, Delivery, Comment, Group)


@pytest.mark.parametrize("described", DESCRIPTIONS, ids=lambda one: one.model.__name__)
def test_stored_description_names_exactly_the_fields_of_its_model(described):
    fields = {field.name for field in fields_of(described.model)}

    assert set(described.meanings) == fields


def test_stored_description_covers_all_tables_of_the_surveys():
    models = {one.model for one in DESCRIPTIONS}

    assert set(apps.get_app_config("surveys").get_models()) - models == set()
    assert len(models) == len(DESCRIPTIONS)


@pytest.mark.parametrize("model", PRIVATE)
def test_stored_description_covers_what_a_private_row_points_to(model):
    models = {one.model for one in DESCRIPTIONS}

    near = {field.related_model for field in fields_of(model) if field.is_relation}

    assert near - models == set()


def test_stored_fields_carry_the_names_of_their_columns():
    names = {table.name: [field.name for field in table.fields] for table in stored_tables()}

    assert names["surveys_credential"] == ["secret_hash", "holder", "group_id", "assessment_id"]
    assert "members" in names[Group._meta.db_table]
    assert names[Node._meta.db_table][0] == "id"


def test_stored_fields_say_which_may_be_empty():
    tables = {table.name: table for table in stored_tables()}

    kinds = {field.name: field.kind for field in tables["accounts_person"].fields}

    assert (kinds["email"], kinds["name"]) == ("text, may be empty", "text")


def test_stored_descriptions_are_german_for_germans():
    english = {field.meaning for table in stored_tables() for field in table.fields}

    with translation.override("de"):
        german = {field.meaning for table in stored_tables() for field in table.fields}

    assert english & german == set()


@pytest.mark.django_db
def test_privacy_page_names_every_field_with_its_meaning():
    make_organisation()

    page = Client().get(reverse("surveys:privacy")).text

    assert shown_in(page) == [
        (field.name, field.meaning) for table in stored_tables() for field in table.fields
    ]


@pytest.mark.django_db
def test_employees_page_names_every_field_with_its_meaning():
    assessment = make_assessment(state=State.OPEN)
    ask(assessment, [make_statement()])

    page = Client().get(f"/b/{assessment.pk}/stored/?lang=en").text

    assert shown_in(page) == [
        (field.name, field.meaning) for table in stored_tables() for field in table.fields
    ]


def shown_in(page):
    """(field, meaning) in the order of the page."""
    found = re.findall(r"<dt><code>(\w+)</code></dt><dd>([^<]+)", page)
    return [(name, html.unescape(meaning).strip()) for name, meaning in found]
