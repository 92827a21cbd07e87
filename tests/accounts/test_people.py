import pytest

from accounts.models import AuditEntry, Person, User
from accounts.people import (
    MovedBelowItself,
    UnknownPerson,
    add_manager,
    remove_manager,
    save_person,
    save_team,
)
from tests.factories import make_person, make_team, make_user

pytestmark = pytest.mark.django_db


def verbs():
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def test_save_person_who_left_closes_the_account_and_back_opens_it():
    person = make_person(team=make_team(), email="ines@example.org")
    user, hr = make_user(email="ines@example.org"), make_user()
    person.is_active = False

    save_person(person=person, by=hr)
    closed = User.objects.get(pk=user.pk).is_active
    person.is_active = True
    save_person(person=person, by=hr)

    assert (closed, User.objects.get(pk=user.pk).is_active) == (False, True)
    assert verbs() == ["person changed", "person changed"]


def test_save_person_leaves_an_account_that_an_administrator_closed():
    person = make_person(team=make_team(), email="ines@example.org")
    user = make_user(email="ines@example.org", is_active=False)
    person.name = "Ines Okafor"

    save_person(person=person, by=make_user())

    assert not User.objects.get(pk=user.pk).is_active


def test_save_person_adds_somebody_new():
    team = make_team()

    save_person(person=Person(name="Tom", team=team), by=make_user())

    assert list(team.people.values_list("name", flat=True)) == ["Tom"]
    assert verbs() == ["person added"]


def test_save_team_puts_a_new_one_last():
    company = make_team(position=3)
    make_team(parent=company, position=4)
    new = type(company)(name="New", parent=company)

    save_team(team=new, by=make_user())

    assert new.position == 5
    assert verbs() == ["team added"]


def test_save_team_refuses_a_circle():
    above = make_team()
    below = make_team(parent=make_team(parent=above))
    above.parent = below

    with pytest.raises(MovedBelowItself):
        save_team(team=above, by=make_user())

    above.refresh_from_db()
    assert above.parent is None


def test_add_manager_makes_an_account_for_somebody_of_the_roster():
    team = make_team()
    make_person(team=team, name="Ines Okafor", email="ines@example.org", language="de")

    user, is_new = add_manager(team=team, email="ines@example.org", by=make_user())

    assert is_new
    assert (user.name, user.language, user.has_usable_password()) == ("Ines Okafor", "de", False)
    assert list(team.managers.all()) == [user]
    assert verbs() == ["manager added"]


def test_add_manager_takes_an_account_that_is_there():
    team, user = make_team(), make_user(email="ines@example.org")

    found, is_new = add_manager(team=team, email="ines@example.org", by=make_user())

    assert (found, is_new) == (user, False)


def test_add_manager_refuses_strangers_and_people_who_left():
    team = make_team()
    make_person(team=team, email="gone@example.org", is_active=False)

    for email in ("who@example.org", "gone@example.org"):
        with pytest.raises(UnknownPerson):
            add_manager(team=team, email=email, by=make_user())

    assert not team.managers.exists()


def test_remove_manager_leaves_the_account():
    user = make_user()
    team = make_team(managers=(user,))

    remove_manager(team=team, user=user, by=make_user())

    assert not team.managers.exists()
    assert User.objects.filter(pk=user.pk).exists()
    assert verbs() == ["manager removed"]
