"""The short address where a code is typed: no code in an address, nothing said about its use."""

import pytest
from django.utils import timezone
from django.utils.html import escape

from resistance.catalogue import load_catalogue
from surveys.models import State
from surveys.questionnaire import questionnaire_for, statements_for
from surveys.views.respond import CODE_REFUSED
from tests.factories import make_open_assessment
from tests.line import cast_form, form_of

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def survey():
    load_catalogue()
    return make_open_assessment(statements=statements_for("SHORT"))


def type_code(client, code, query="", **headers):
    body = f"code={code}".replace("~", "%7E").replace("=", "%3D").replace("code%3D", "code=", 1)
    return client.post(f"/b/{query}", body, content_type=FORM, **headers)


def test_typed_code_leads_to_its_survey(client, survey):
    assessment, codes = survey

    answer = type_code(client, codes[0].lower().replace("-", "+"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-assessment="{assessment.pk}"' in page
    assert "You are counted with 9 people:" in page
    assert codes[0].lower().replace("-", " ") in page
    assert not answer.cookies


def test_script_gets_the_address_without_the_code(client, survey):
    assessment, codes = survey

    answer = type_code(client, codes[0], headers={"accept": "application/json"})

    assert answer.json() == {"assessment": str(assessment.pk), "address": f"/b/{assessment.pk}/"}


def test_used_code_is_answered_like_a_fresh_one(client, survey):
    assessment, codes = survey
    before = type_code(client, codes[0]).content
    form = form_of(questionnaire_for(assessment.pk), {})
    cast_form(assessment.pk, codes[0], form, now=timezone.now())

    assert type_code(client, codes[0]).content == before


@pytest.mark.parametrize("code", ["", "0000", "0000-0000-0000-0000-0", "1234-5678-9ABC-DEFG-H"])
def test_unknown_codes_are_refused_in_one_wording(client, survey, code):
    answer = type_code(client, code, query="?lang=en")

    assert answer.status_code == 400
    assert escape(str(CODE_REFUSED)) in answer.content.decode()


def test_refusal_speaks_german_and_keeps_what_was_typed(client, survey):
    answer = type_code(client, "0000", query="?lang=de")

    page = answer.content.decode()
    assert "Dieser Code wurde schon benutzt oder ist nicht gültig." in page
    assert 'value="0000"' in page


def test_code_of_a_closed_survey_leads_to_its_end(client, survey):
    assessment, codes = survey
    assessment.state = State.CLOSED
    assessment.save()

    assert "This survey closed on" in type_code(client, codes[0]).content.decode()


def test_code_in_the_address_is_not_read(client, survey):
    _assessment, codes = survey

    page = client.get("/b/", {"code": codes[0], "shared": "1"}).content.decode()

    assert codes[0] not in page
    assert "Type your code." in page


def test_upload_is_refused(client, survey):
    assert client.post("/b/", {"code": "x"}).status_code == 400
