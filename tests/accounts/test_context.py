import pytest
from django.urls import reverse

from accounts.context import menu
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db

WORK = ["surveys:assessments", "surveys:results_list", "plans:plans", "plans:requests"]

PEOPLE = ["plans:strategies", "accounts:roster", "accounts:audit"]
HR_MENU = ["plans:overview", *WORK, *PEOPLE]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({}, ["plans:home"]),
        ({"is_reviewer": True}, ["plans:home", "surveys:comments"]),
        ({"is_staff": True}, ["plans:home", "admin:index"]),
        ({"is_hr": True}, HR_MENU),
        ({"is_hr": True, "is_demonstration": True}, [*HR_MENU, "surveys:outbox"]),
    ],
)
def test_menu_opens_what_the_roles_open(roles, expected):
    assert [item.url_name for item in menu(make_user(**roles))] == expected


def test_menu_of_a_manager():
    user = make_user()
    make_team(managers=(user,))

    assert [item.url_name for item in menu(user)] == ["plans:home", *WORK]


def test_menu_marks_the_page_and_those_below_it(client):
    client.force_login(make_user(is_hr=True))
    team = make_team()

    page = client.get(reverse("accounts:team", args=[team.pk]))

    current = [link["url"] for link in page.context["navigation"] if link["is_current"]]
    assert current == [reverse("accounts:roster")]


def test_not_found_and_forbidden_look_the_same(client):
    client.force_login(make_user())

    missing = client.get("/nothing/")
    forbidden = client.get(reverse("accounts:roster"))

    assert (missing.status_code, forbidden.status_code) == (404, 404)
    assert "There is nothing here for you." in missing.content.decode()
    assert "There is nothing here for you." in forbidden.content.decode()
