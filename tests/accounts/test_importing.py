import pytest

from accounts.importing import RosterChanged, apply_roster, compare
from accounts.models import AuditEntry, Person, Team, User
from accounts.roster import UnreadableRoster, parse
from tests.factories import make_person, make_team, make_user

pytestmark = pytest.mark.django_db

FILE = (
    "name;email;team;manager;number\n"
    "Ines Okafor;ines@example.org;Stores;yes;1\n"
    "Tom Reyes;tom@example.org;Stores / Northgate;no;2\n"
    "Priya Nair;;Stores / Northgate;ines@example.org;\n"
)


def run(text, *, by):
    roster = parse(text.encode())
    return apply_roster(roster=roster, fingerprint=compare(roster).fingerprint, by=by)


def stored():
    return [
        (person.name, person.email, person.number, str(person.team), person.is_active)
        for person in Person.objects.select_related("team").order_by("name")
    ]


def test_compare_stores_nothing():
    preview = compare(parse(FILE.encode()))

    assert preview.new_teams == (("Stores",), ("Stores", "Northgate"))
    assert [change.name for change in preview.created] == ["Ines Okafor", "Tom Reyes", "Priya Nair"]
    assert preview.managers == (
        (("Stores",), "ines@example.org"),
        (("Stores", "Northgate"), "ines@example.org"),
    )
    assert preview.new_accounts == ("ines@example.org",)
    assert Team.objects.count() + Person.objects.count() + User.objects.count() == 0


def test_apply_creates_teams_people_and_managers():
    run(FILE, by=make_user())

    northgate = Team.objects.get(name="Northgate")
    ines = User.objects.get(email="ines@example.org")
    assert stored() == [
        ("Ines Okafor", "ines@example.org", "1", "Stores", True),
        ("Priya Nair", None, None, "Northgate", True),
        ("Tom Reyes", "tom@example.org", "2", "Northgate", True),
    ]
    assert northgate.parent == Team.objects.get(name="Stores")
    assert set(ines.managed_teams.all()) == set(Team.objects.all())
    assert (ines.name, ines.has_usable_password()) == ("Ines Okafor", False)


def test_apply_again_changes_nothing():
    hr = make_user()
    run(FILE, by=hr)
    before = stored()

    preview = run(FILE, by=hr)

    assert preview.is_empty
    assert preview.unchanged == 3
    assert stored() == before


def test_apply_changes_moves_and_brings_back_but_deletes_nobody():
    stores = make_team(name="Stores")
    make_person(team=stores, name="Tom Reyes", email="old@example.org", number="2", is_active=False)
    make_person(team=stores, name="Left alone", email="alone@example.org")

    preview = run(FILE, by=make_user())

    assert [(change.name, change.fields) for change in preview.changed] == [
        ("Tom Reyes", ("email", "team", "is_active"))
    ]
    assert preview.untouched == 1
    assert stored()[1:] == [
        ("Left alone", "alone@example.org", None, "Stores", True),
        ("Priya Nair", None, None, "Northgate", True),
        ("Tom Reyes", "tom@example.org", "2", "Northgate", True),
    ]


def test_apply_leaves_what_an_empty_cell_says_nothing_about():
    team = make_team(name="Stores")
    make_person(team=team, name="Tom", email="tom@example.org", number="2", language="de")

    run("name;team;number;email\nTom Reyes;Stores;2;\n", by=make_user())

    person = Person.objects.get()
    assert (person.name, person.email, person.language) == ("Tom Reyes", "tom@example.org", "de")


def test_apply_refuses_when_the_roster_changed_after_the_preview():
    hr, roster = make_user(), parse(FILE.encode())
    fingerprint = compare(roster).fingerprint
    make_person(team=make_team(name="Stores"), email="tom@example.org", number="2")

    with pytest.raises(RosterChanged):
        apply_roster(roster=roster, fingerprint=fingerprint, by=hr)

    assert Person.objects.count() == 1


def test_compare_finds_a_team_by_the_end_of_its_path_or_its_code():
    company = make_team(name="Harbour Retail")
    stores = make_team(name="Stores", parent=company)
    make_team(name="Northgate", parent=stores, code="ng")

    preview = compare(parse(b"name;team\nAnn;Stores / Northgate\nBob;ng\nCid;Stores / Quay\n"))

    assert preview.new_teams == (("Harbour Retail", "Stores", "Quay"),)
    assert [change.team for change in preview.created] == [
        ("Harbour Retail", "Stores", "Northgate"),
        ("Harbour Retail", "Stores", "Northgate"),
        ("Harbour Retail", "Stores", "Quay"),
    ]


def test_compare_refuses_a_team_that_could_be_two():
    for name in ("Stores", "Depots"):
        make_team(name="North", parent=make_team(name=name))

    with pytest.raises(UnreadableRoster) as caught:
        compare(parse(b"name;team\nAnn;North\n"))

    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(2, "team")]


def test_compare_refuses_a_number_and_an_address_of_two_people():
    team = make_team(name="Stores")
    make_person(team=team, number="1", email="one@example.org")
    make_person(team=team, number="2", email="two@example.org")

    with pytest.raises(UnreadableRoster) as caught:
        compare(parse(b"name;team;number;email\nAnn;Stores;1;two@example.org\n"))

    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(2, "number")]


def test_compare_refuses_two_lines_that_mean_one_person():
    make_person(team=make_team(name="Stores"), number="1", email="one@example.org")

    with pytest.raises(UnreadableRoster) as caught:
        compare(parse(b"name;team;number;email\nAnn;Stores;1;\nBob;Stores;;one@example.org\n"))

    assert [(problem.line, problem.column) for problem in caught.value.problems] == [(3, "name")]


def test_apply_stores_nothing_when_two_people_swap_addresses():
    team = make_team(name="Stores")
    make_person(team=team, name="Ann", number="1", email="a@example.org")
    make_person(team=team, name="Bob", number="2", email="b@example.org")
    swap = "name;team;number;email\nAnn;Stores;1;x@example.org\nBob;Depot;2;b@example.org\n"
    roster = parse(swap.encode())
    preview = compare(roster)
    make_person(team=team, name="Cid", email="X@example.org")

    with pytest.raises((RosterChanged, UnreadableRoster)):
        apply_roster(roster=roster, fingerprint=preview.fingerprint, by=make_user())

    assert not Team.objects.filter(name="Depot").exists()


def test_apply_is_recorded_without_names_of_people():
    hr = make_user()

    run(FILE, by=hr)

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.verb) == (hr, "roster imported")
    assert entry.detail == {
        "people_added": 3,
        "people_changed": 0,
        "teams_added": 2,
        "managers_added": 2,
    }


@pytest.mark.parametrize("size", [1, 300])
def test_compare_costs_the_same_for_any_size(size, django_assert_num_queries):
    lines = "".join(f"P{n};p{n}@example.org;Stores / Team {n}\n" for n in range(size))
    roster = parse(f"name;email;team\n{lines}".encode())

    with django_assert_num_queries(4):
        compare(roster)
