import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from accounts.listing import RosterList
from accounts.models import AuditEntry, Person, Team, User, record
from tests.factories import make_people, make_person, make_team, make_user

pytestmark = pytest.mark.django_db

ROSTER = b"name;email;team;manager\nTom;tom@example.org;Stores;no\nIna;ina@example.org;Stores;yes\n"


@pytest.fixture
def hr(client):
    user = make_user(is_hr=True)
    client.force_login(user)
    return user


def upload(client, content):
    file = SimpleUploadedFile("people.csv", content, content_type="text/csv")
    return client.post(reverse("accounts:roster_import"), {"file": file})


def test_profile_changes_language_and_colours_of_the_page(client):
    user = make_user(name="Ines Okafor")
    client.force_login(user)
    form = {"name": "Ines Okafor", "language": "de", "theme": "dark"}

    saved = client.post(reverse("accounts:profile"), form)
    page = client.get(reverse("accounts:profile"))

    user.refresh_from_db()
    assert saved["Location"] == reverse("accounts:profile")
    assert (user.language, user.theme, user.wants_digest) == ("de", "dark", False)
    assert '<html lang="de" data-bs-theme="dark">' in page.content.decode()
    assert page["Content-Language"] == "de"


def test_profile_keeps_the_browsers_language_without_a_choice(client):
    client.force_login(make_user())

    page = client.get(reverse("accounts:profile"), HTTP_ACCEPT_LANGUAGE="de")

    assert '<html lang="de">' in page.content.decode()
    translation.activate("en")


def test_profile_refuses_an_empty_name(client):
    client.force_login(make_user())

    response = client.post(reverse("accounts:profile"), {"name": "", "language": "xx"})

    assert list(response.context["form"].errors) == ["name", "language"]


def test_roster_shows_teams_in_their_order_with_their_people(client, hr):
    company = make_team(name="Company")
    second = make_team(name="Second", parent=company, position=2, managers=(hr,))
    first = make_team(name="First", parent=company, position=1)
    tom, ann = make_person(team=second, name="Tom"), make_person(team=first, name="Ann")

    blocks = client.get(reverse("accounts:roster")).context["blocks"]

    assert [(block.path, block.people) for block in blocks] == [
        ("Company", ()),
        ("Company / First", (ann,)),
        ("Company / Second", (tom,)),
    ]


def test_roster_search_needs_every_word_and_leaves_empty_teams_out(client, hr):
    calls, mail = make_team(name="Calls"), make_team(name="Mail")
    tom = make_person(team=calls, name="Tom Reyes")
    make_person(team=mail, name="Tom Nair")

    page = client.get(reverse("accounts:roster"), {"q": "tom call"})

    assert [(block.path, block.people) for block in page.context["blocks"]] == [("Calls", (tom,))]


def test_roster_list_cuts_a_team_between_two_pages():
    first, second = make_team(name="A", position=1), make_team(name="B", position=2)
    make_people(team=first, count=3)
    make_people(team=second, count=2)
    names = list(Person.objects.order_by("team__position", "name").values_list("name", flat=True))
    listing = RosterList()

    pages = [listing[start : start + 3] for start in (0, 3, 6)]

    shown = [
        [(block.team.name, [person.name for person in block.people], block.is_continued)]
        for page in pages
        for block in page
    ]
    assert len(listing) == 7
    assert shown == [
        [("A", names[:2], False)],
        [("A", names[2:3], True)],
        [("B", names[3:4], False)],
        [("B", names[4:], True)],
    ]


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_roster_costs_the_same_for_any_number_of_teams(
    client, hr, count, django_assert_num_queries
):
    Team.objects.bulk_create(Team(name=f"Team {n}") for n in range(count))
    for team in Team.objects.all()[:3]:
        make_people(team=team, count=2)

    with django_assert_num_queries(7):
        client.get(reverse("accounts:roster"))


@pytest.mark.parametrize("count", [1, 3])
def test_team_costs_the_same_for_any_number_of_people(client, hr, count, django_assert_num_queries):
    team = make_team(managers=tuple(make_user() for _ in range(count)))
    make_people(team=team, count=count)
    for _ in range(count):
        make_team(parent=team)

    with django_assert_num_queries(11):
        client.get(reverse("accounts:team", args=[team.pk]))


def test_person_is_changed_and_moved(client, hr):
    person, other = make_person(team=make_team()), make_team()
    form = {"name": "Tom", "email": "TOM@example.org", "team": other.pk, "is_active": "on"}

    response = client.post(reverse("accounts:person", args=[person.pk]), form)

    person.refresh_from_db()
    assert response["Location"] == reverse("accounts:team", args=[other.pk])
    assert (person.name, person.email, person.team, person.number) == (
        "Tom",
        "tom@example.org",
        other,
        None,
    )


def test_person_refuses_an_address_that_somebody_has(client, hr):
    team = make_team()
    make_person(team=team, email="tom@example.org")

    response = client.post(
        reverse("accounts:person_new"), {"name": "T", "email": "Tom@example.org", "team": team.pk}
    )

    assert list(response.context["form"].errors) == ["email"]


def test_team_form_offers_no_place_below_itself(client, hr):
    top = make_team(name="Top")
    below, beside = make_team(parent=top), make_team(name="Beside")

    page = client.get(reverse("accounts:team", args=[top.pk]))
    response = client.post(
        reverse("accounts:team", args=[top.pk]), {"name": "Top", "parent": below.pk}
    )

    assert list(page.context["form"].fields["parent"].queryset) == [beside]
    assert list(response.context["form"].errors) == ["parent"]


def test_team_is_renamed_and_moved(client, hr):
    team, above = make_team(), make_team()

    client.post(
        reverse("accounts:team", args=[team.pk]), {"name": "Calls", "parent": above.pk, "code": ""}
    )

    team.refresh_from_db()
    assert (team.name, team.parent, team.code) == ("Calls", above, None)


def test_team_new_refuses_a_name_that_stands_there(client, hr):
    make_team(name="Calls")

    response = client.post(reverse("accounts:team_new"), {"name": "Calls"})

    assert response.status_code == 200
    assert Team.objects.count() == 1


def test_manager_is_added_and_removed(client, hr):
    team = make_team()
    make_person(team=team, email="ines@example.org")

    client.post(reverse("accounts:team_manager_add", args=[team.pk]), {"email": "Ines@example.org"})
    user = team.managers.get()
    client.post(reverse("accounts:team_manager_remove", args=[team.pk, user.pk]))

    assert user.email == "ines@example.org"
    assert not team.managers.exists()


def test_manager_add_says_who_is_not_in_the_roster(client, hr):
    team = make_team()

    response = client.post(
        reverse("accounts:team_manager_add", args=[team.pk]), {"email": "who@example.org"}
    )

    assert list(response.context["manager_form"].errors) == ["email"]
    assert User.objects.count() == 1


def test_import_shows_first_and_applies_after_the_confirmation(client, hr):
    preview = client.get(upload(client, ROSTER)["Location"])
    before = Person.objects.count()
    shown = preview.context["preview"]

    done = client.post(
        reverse("accounts:roster_confirm", args=[preview.context["token"]]),
        {"fingerprint": shown.fingerprint},
    )

    assert before == 0
    assert [change.name for change in shown.created] == ["Tom", "Ina"]
    assert done["Location"] == reverse("accounts:roster")
    assert list(Person.objects.values_list("name", flat=True)) == ["Ina", "Tom"]


def test_import_shows_again_when_the_roster_changed_meanwhile(client, hr):
    preview = client.get(upload(client, ROSTER)["Location"])
    token, fingerprint = preview.context["token"], preview.context["preview"].fingerprint
    make_team(name="Stores")

    response = client.post(
        reverse("accounts:roster_confirm", args=[token]), {"fingerprint": fingerprint}
    )

    assert response["Location"] == reverse("accounts:roster_preview", args=[token])
    assert not Person.objects.exists()


def test_import_applies_once(client, hr):
    preview = client.get(upload(client, ROSTER)["Location"])
    address = reverse("accounts:roster_confirm", args=[preview.context["token"]])
    form = {"fingerprint": preview.context["preview"].fingerprint}
    client.post(address, form)

    again = client.post(address, form)

    assert again.status_code == 404


def test_import_names_line_and_column_of_a_problem(client, hr):
    response = upload(client, b"name;team;language\nTom;Stores;fr\n")

    assert response.status_code == 400
    assert [(p.line, p.column) for p in response.context["problems"]] == [(2, "language")]


def test_import_of_another_user_does_not_exist(client, hr):
    address = upload(client, ROSTER)["Location"]
    client.force_login(make_user(is_hr=True))

    response = client.get(address)

    assert response.status_code == 404


def test_template_file_can_be_imported(client, hr):
    content = client.get(reverse("accounts:roster_template")).content

    preview = client.get(upload(client, content)["Location"]).context["preview"]

    assert len(preview.created) == 2


def test_audit_filters_by_verb_name_and_day(client, hr):
    record(actor=hr, verb="roster imported", subject="one")
    record(actor=hr, verb="team added", subject="Calls")
    record(actor=None, verb="team added", subject="Mail")
    address = reverse("accounts:audit")

    found = client.get(address, {"verb": "team added", "who": "call"}).context["page"]
    later = client.get(address, {"since": "2999-01-01"}).context["page"]

    assert [entry.subject for entry in found] == ["Calls"]
    assert list(later) == []


@pytest.mark.parametrize("count", [1, 3])
def test_audit_costs_the_same_for_any_number_of_lines(client, hr, count, django_assert_num_queries):
    for number in range(count):
        record(actor=make_user(), verb="team added", subject=number)

    with django_assert_num_queries(6):
        client.get(reverse("accounts:audit"))

    assert AuditEntry.objects.count() == count
