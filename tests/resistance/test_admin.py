"""Administrators keep the catalogue in the admin."""

import pytest
from django.urls import reverse

from resistance.catalogue import LoadResult, load_catalogue
from resistance.models import Source, Statement, Strategy
from tests.factories import NOW, make_user


@pytest.fixture
def administrator(client, db):
    load_catalogue()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def page(model, name, *args):
    return reverse(f"admin:resistance_{model}_{name}", args=args)


def fields_of(response):
    """What the browser would send back from an admin page."""
    form = response.context["adminform"].form
    data = {bound.html_name: bound.value() for bound in form}
    data = {name: form[name].field.prepare_value(value) for name, value in data.items()}
    for inline in response.context["inline_admin_formsets"]:
        bounds = [b for f in [inline.formset.management_form, *inline.formset.forms] for b in f]
        data |= {bound.html_name: bound.value() for bound in bounds}
    return {name: value for name, value in data.items() if value not in (None, False)}


def test_saving_a_source_marks_it_as_edited(administrator):
    url = page("source", "change", "time")
    data = fields_of(administrator.get(url)) | {"name_de": "Zeitmangel"}

    response = administrator.post(url, data)

    source = Source.objects.get(pk="time")
    assert response.status_code == 302
    assert source.name_de == "Zeitmangel"
    assert source.edited_at is not None
    assert load_catalogue().updated == 0


def test_saving_a_strategy_keeps_steps_and_families_as_lists(administrator):
    url = page("strategy", "change", "TIM2")
    data = fields_of(administrator.get(url))
    data |= {"steps_en": "One\n\n Two \nThree", "families": ["training", "tools"]}

    response = administrator.post(url, data)

    strategy = Strategy.objects.get(pk="TIM2")
    assert response.status_code == 302
    assert strategy.steps_en == ["One", "Two", "Three"]
    assert strategy.families == ["training", "tools"]
    assert strategy.targets.count() == 2


def test_strategy_with_two_steps_is_refused(administrator):
    url = page("strategy", "change", "TIM2")
    data = fields_of(administrator.get(url)) | {"steps_de": "Eins\nZwei"}

    response = administrator.post(url, data)

    assert response.context["adminform"].form.errors == {"steps_de": ["Write 3 lines."]}
    assert Strategy.objects.get(pk="TIM2").edited_at is None


def test_unused_statement_is_edited_in_place(administrator):
    statement = Statement.objects.get(code="time-1")
    url = page("statement", "change", statement.pk)
    data = fields_of(administrator.get(url)) | {"text_en": "My day is full."}

    administrator.post(url, data)

    statement.refresh_from_db()
    assert (statement.version, statement.text_en) == (1, "My day is full.")
    assert statement.edited_at is not None


def test_used_statement_is_read_only_and_offers_a_new_version(administrator):
    Statement.objects.filter(code="time-1").update(used_at=NOW)
    statement = Statement.objects.get(code="time-1")

    response = administrator.get(page("statement", "change", statement.pk))
    refused = administrator.post(page("statement", "change", statement.pk), {"text_en": "New."})

    statement.refresh_from_db()
    assert page("statement", "supersede", statement.pk) in response.text
    assert 'name="text_en"' not in response.text
    assert refused.status_code == 403
    assert statement.text_en == "This change comes on top of an already full day."


def test_superseding_makes_a_version_that_the_loader_keeps(administrator):
    Statement.objects.filter(code="time-1").update(used_at=NOW)
    old = Statement.objects.get(code="time-1")
    url = page("statement", "supersede", old.pk)
    texts = {"text_en": "My day is full.", "text_de": "Mein Tag ist voll.", "in_short_form": "on"}

    form = administrator.get(url)
    response = administrator.post(url, texts)

    new = Statement.objects.current().get(code="time-1")
    old.refresh_from_db()
    assert "This change comes on top of an already full day." in form.text
    assert response.url == page("statement", "change", new.pk)
    assert (new.version, new.text_de, old.superseded_by) == (2, "Mein Tag ist voll.", new)
    assert old.text_en == "This change comes on top of an already full day."
    assert load_catalogue() == LoadResult(unchanged=115)


def test_superseding_an_unused_or_superseded_statement_does_not_exist(administrator):
    unused = Statement.objects.get(code="time-2")

    response = administrator.get(page("statement", "supersede", unused.pk))

    assert response.status_code == 404


def test_following_the_catalogue_again_clears_the_mark(administrator):
    Source.objects.filter(pk="time").update(name_en="Hours", edited_at=NOW)
    data = {"action": "follow_catalogue", "_selected_action": ["time"]}

    administrator.post(page("source", "changelist"), data)

    assert load_catalogue().updated == 1
    assert Source.objects.get(pk="time").name_en == "Lack of time or resources"


@pytest.mark.parametrize("model", ["source", "statement", "strategy"])
def test_lists_open_and_nothing_can_be_deleted(administrator, model):
    row = {"source": Source, "statement": Statement, "strategy": Strategy}[model].objects.first()

    assert administrator.get(page(model, "changelist")).status_code == 200
    assert administrator.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_manager_does_not_reach_the_supersede_page(client, db):
    load_catalogue()
    Statement.objects.update(used_at=NOW)
    client.force_login(make_user())

    response = client.get(page("statement", "supersede", Statement.objects.first().pk))

    assert response.status_code == 302
