import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from resistance.catalogue import load_catalogue
from surveys import lifecycle, opening, setbacks
from surveys.models import KeyMode, State, WrappedKey
from tests.factories import NOW, make_assessment, make_organisation, make_user
from tests.line import make_teams

pytestmark = pytest.mark.django_db

CODE = re.compile(r"(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def trustee():
    return make_user(is_trustee=True, name="Bo Trust")


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def draft():
    load_catalogue()
    make_organisation()
    draft = make_assessment(opens_at=None, closes_at=NOW + timedelta(days=365))
    draft.teams.set(make_teams({"Calls": 9}))
    return draft


@pytest.fixture
def opening_box(draft, trustee, hr):
    draft.key_mode = KeyMode.TRUSTEE
    draft.save()
    draft.trustees.add(trustee)
    lifecycle.open_assessment(assessment_id=draft.pk, by=hr, now=NOW)
    draft.refresh_from_db()
    return draft


def at(name, assessment):
    return reverse(f"surveys:{name}", args=[assessment.pk])


def words(response):
    return response.content.decode()


def take_code(client, assessment):
    return CODE.search(words(client.post(at("trustee_code", assessment)))).group()


def test_wizard_keeps_who_can_open_the_box(hr, draft, trustee):
    chosen = {"key_mode": "TRUSTEE", "trustees": [trustee.pk]}

    response = signed_in(hr).post(at("wizard_keys", draft), chosen, follow=True)

    draft.refresh_from_db()
    assert (draft.key_mode, list(draft.trustees.all())) == (KeyMode.TRUSTEE, [trustee])
    assert "a trustee, with a code" in words(response)
    assert "If it is lost, the answers are lost" in words(response)


def test_wizard_lets_go_of_trustees_with_their_mode(hr, draft, trustee):
    draft.trustees.add(trustee)

    signed_in(hr).post(
        at("wizard_keys", draft), {"key_mode": "UNATTENDED", "trustees": [trustee.pk]}
    )

    draft.refresh_from_db()
    assert (draft.key_mode, draft.trustees.count()) == (KeyMode.UNATTENDED, 0)


@pytest.mark.parametrize("count", [0, 3])
def test_wizard_wants_one_or_two_trustees(hr, draft, count):
    chosen = [make_user(is_trustee=True).pk for _ in range(count)]

    response = signed_in(hr).post(
        at("wizard_keys", draft), {"key_mode": "TRUSTEE", "trustees": chosen}
    )

    draft.refresh_from_db()
    assert draft.key_mode == KeyMode.UNATTENDED
    assert "Choose one or two trustees." in words(response)


def test_wizard_offers_nobody_without_the_role(hr, draft, trustee):
    make_user(name="Una Former", is_trustee=True, is_active=False)

    page = words(signed_in(hr).get(at("wizard_check", draft)))

    assert (trustee.name in page, "Una Former" in page) == (True, False)


def test_code_is_shown_once_and_kept_by_nothing(opening_box, trustee):
    client = signed_in(trustee)

    shown = client.post(at("trustee_code", opening_box))

    code = CODE.search(words(shown)).group()
    assert "no-store" in shown.headers["Cache-Control"]
    assert code not in words(client.get(at("trustee", opening_box)))
    stored = [str(session.get_decoded()) for session in Session.objects.all()]
    assert not [text for text in stored if code in text]
    assert code.encode() not in bytes(WrappedKey.objects.get().wrapped)


def test_code_typed_back_lets_the_assessment_open(opening_box, trustee):
    client = signed_in(trustee)
    code = take_code(client, opening_box)

    asked = words(client.get(at("trustee", opening_box)))
    response = client.post(at("trustee_confirm", opening_box), {"code": code}, follow=True)

    assert "Type the code back" in asked
    assert "Your code fits." in words(response)
    assert opening.finish_opening(assessment_id=opening_box.pk, now=NOW) is True
    assert "Nothing to do now. Keep the code." in words(client.get(reverse("surveys:trustee_list")))


def test_wrong_code_is_said_and_not_shown_again(opening_box, trustee):
    client = signed_in(trustee)
    take_code(client, opening_box)

    response = client.post(at("trustee_confirm", opening_box), {"code": "0" * 24})

    assert "This code does not open this box. Nothing is lost" in words(response)
    assert "0" * 24 not in words(response)
    opening_box.refresh_from_db()
    assert opening_box.waits_for_code


def test_waiting_box_opens_with_the_code(opening_box, trustee):
    client = signed_in(trustee)
    code = take_code(client, opening_box)
    client.post(at("trustee_confirm", opening_box), {"code": code})
    opening_box.refresh_from_db()
    opening_box.state = State.AWAITING_TRUSTEE
    opening_box.save()

    asked = words(client.get(at("trustee", opening_box)))
    response = client.post(at("trustee_unlock", opening_box), {"code": code}, follow=True)

    opening_box.refresh_from_db()
    assert "Open and count" in asked
    assert opening_box.state == State.TALLYING
    assert "counting has started" in words(response)


def test_box_of_another_trustee_does_not_exist(opening_box):
    client = signed_in(make_user(is_trustee=True))

    answers = [client.get(at("trustee", opening_box))] + [
        client.post(at(name, opening_box), {"code": "x"})
        for name in ("trustee_code", "trustee_confirm", "trustee_unlock")
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert not WrappedKey.objects.exists()


def test_trustee_without_the_role_any_more_does_not_come_in(opening_box, trustee):
    trustee.is_trustee = False
    trustee.save()

    assert signed_in(trustee).get(at("trustee", opening_box)).status_code == 404


def test_code_stands_in_no_log_and_no_cache(opening_box, trustee, caplog, monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "set", lambda *args, **kwargs: kept.append((args, kwargs)))
    client = signed_in(trustee)
    code = take_code(client, opening_box)

    client.post(at("trustee_confirm", opening_box), {"code": code})

    assert code not in caplog.text
    assert code not in str(kept)


@pytest.mark.parametrize("boxes", [1, 3])
def test_list_asks_the_database_as_often_for_three_as_for_one(
    trustee, boxes, django_assert_num_queries
):
    for _ in range(boxes):
        box = make_assessment(state=State.AWAITING_TRUSTEE, key_mode=KeyMode.TRUSTEE)
        box.trustees.add(trustee)
    client = signed_in(trustee)

    with django_assert_num_queries(4):
        page = words(client.get(reverse("surveys:trustee_list")))

    assert page.count("Your turn: type the code.") == boxes


def test_opening_is_taken_back_after_a_question(opening_box, hr):
    client = signed_in(hr)

    asked = words(client.get(at("assessment_back", opening_box)))
    response = client.post(at("assessment_back", opening_box), follow=True)

    opening_box.refresh_from_db()
    assert "Make it a draft again?" in asked
    assert opening_box.is_draft
    assert "It is a draft again." in words(response)


def test_failure_is_a_sentence_and_can_be_given_up_by_hr_alone(hr):
    manager = make_user()
    failed = make_assessment(
        state=State.FAILED,
        failed_from=State.TALLYING,
        failure="MORE_BALLOTS_THAN_PEOPLE",
        created_by=manager,
    )
    page = words(signed_in(hr).get(failed.get_absolute_url()))
    managers = words(signed_in(manager).get(failed.get_absolute_url()))

    asked = words(signed_in(hr).get(at("assessment_give_up", failed)))
    refused = signed_in(manager).post(at("assessment_give_up", failed))
    signed_in(hr).post(at("assessment_give_up", failed))

    failed.refresh_from_db()
    assert "somebody has put some in" in page
    assert "MORE_BALLOTS" not in page
    assert at("assessment_give_up", failed) in page
    assert at("assessment_give_up", failed) not in managers
    assert "There will never be results" in asked
    assert refused.status_code == 404
    assert setbacks.still_to_erase() == [failed.pk]


@pytest.mark.parametrize("name", ["assessment_back", "assessment_give_up"])
def test_question_about_a_running_assessment_does_not_exist(hr, name):
    running = make_assessment(state=State.OPEN)

    assert signed_in(hr).get(at(name, running)).status_code == 404
