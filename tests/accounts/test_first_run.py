from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from accounts.first_run import AlreadyStarted, start_installation
from accounts.models import AuditEntry, Organisation, User
from tests.factories import make_organisation, make_user

pytestmark = pytest.mark.django_db

FORM = {
    "organisation": "Harbour Retail",
    "name": "Helen Kowalski",
    "email": "Helen@Example.org",
    "password": "quiet-Harbour-7",
    "password_again": "quiet-Harbour-7",
    "is_hr": "on",
}
VALUES = {
    "organisation": "Harbour Retail",
    "name": "Helen",
    "email": "helen@example.org",
    "password": "quiet-Harbour-7",
    "is_hr": False,
}


def test_start_installation_creates_organisation_and_administrator():
    user = start_installation(**VALUES)

    assert Organisation.current().name == "Harbour Retail"
    assert (user.is_staff, user.is_hr, user.is_superuser) == (True, False, False)
    assert user.check_password("quiet-Harbour-7")
    assert AuditEntry.objects.get().verb == "installation started"


def test_start_installation_refuses_a_second_time():
    make_user()
    make_organisation(name="First")

    with pytest.raises(AlreadyStarted):
        start_installation(**VALUES)

    assert Organisation.current().name == "First"


def outcome_of(number):
    try:
        start_installation(**VALUES | {"email": f"helen{number}@example.org"})
    except AlreadyStarted:
        return "too late"
    finally:
        connection.close()
    return "started"


@pytest.mark.django_db(transaction=True)
def test_start_installation_lets_one_win_of_those_who_come_at_once():
    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(outcome_of, range(4)))

    assert outcomes == ["started", "too late", "too late", "too late"]
    assert User.objects.count() == 1


def test_sign_in_leads_to_the_first_run_on_an_empty_installation(client):
    response = client.get(reverse("account_login"))

    assert (response.status_code, response["Location"]) == (302, reverse("accounts:first_run"))


def test_first_run_signs_the_administrator_in(client):
    response = client.post(reverse("accounts:first_run"), FORM)

    user = User.objects.get()
    assert (response.status_code, response["Location"]) == (302, "/")
    assert (user.email, user.is_staff, user.is_hr) == ("helen@example.org", True, True)
    assert client.get(reverse("accounts:roster")).status_code == 200


def test_first_run_does_not_exist_once_there_is_a_user(client):
    make_user()

    shown = client.get(reverse("accounts:first_run"))
    sent = client.post(reverse("accounts:first_run"), FORM)

    assert (shown.status_code, sent.status_code, User.objects.count()) == (404, 404, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password_again": "other-Harbour-7"}, "password_again"),
        ({"password": "12345678", "password_again": "12345678"}, "password"),
        ({"password": "helen@example.org", "password_again": "helen@example.org"}, "password"),
        ({"email": "helen"}, "email"),
    ],
)
def test_first_run_says_what_is_wrong(client, changes, field):
    response = client.post(reverse("accounts:first_run"), FORM | changes)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert not User.objects.exists()
