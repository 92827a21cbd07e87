import pytest

from surveys.groups import MAX_GROUP_NAME, TooFewPeople, join_names, plan_grouping, plan_groups
from tests.factories import make_assessment, make_organisation, make_people, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _organisation():
    make_organisation()


def company(sizes, *, parent=None):
    """Teams by name under one department, with that many people each."""
    department = make_team(name="Service", parent=parent)
    for position, (name, size) in enumerate(sizes.items()):
        team = make_team(name=name, parent=department, position=position)
        make_people(team=team, count=size)
    return department


def draft(*teams, **fields):
    assessment = make_assessment(**fields)
    assessment.teams.set(teams)
    return assessment


def named(assessment):
    return [(group.name, group.invited) for group in plan_groups(assessment)]


def test_team_of_eight_stays_alone():
    assert named(draft(company({"Calls": 8, "Chat": 9}))) == [("Calls", 8), ("Chat", 9)]


def test_smaller_team_is_merged_before_anybody_is_invited():
    groups = plan_groups(draft(company({"Calls": 12, "Chat": 4, "Post": 5})))

    assert [(g.name, g.invited, g.is_merged) for g in groups] == [
        ("Calls", 12, False),
        ("Chat + Post", 9, True),
    ]


def test_left_over_joins_the_smallest_neighbour():
    assert named(draft(company({"Calls": 12, "Chat": 9, "Post": 3}))) == [
        ("Calls", 12),
        ("Chat + Post", 12),
    ]


def test_threshold_may_be_raised():
    department = company({"Calls": 12, "Chat": 9, "Post": 11})

    assert named(draft(department, min_invited=12)) == [("Calls", 12), ("Chat + Post", 20)]


def test_too_few_people_are_not_asked_at_all():
    with pytest.raises(TooFewPeople):
        plan_groups(draft(company({"Calls": 7})))


def test_nobody_chosen_is_too_few():
    with pytest.raises(TooFewPeople):
        plan_groups(draft())


def test_people_who_left_are_not_counted():
    department = company({"Calls": 9})
    department.children.get().people.update(is_active=False)
    make_people(team=department, count=8)

    assert named(draft(department)) == [("Service", 8)]


def test_every_asked_person_is_in_exactly_one_group():
    grouping = plan_grouping(draft(company({"A": 3, "B": 20, "C": 1, "D": 8, "E": 7})))

    teams = [team for group in grouping.groups for team in group.teams]
    assert len(teams) == len(set(teams))
    assert grouping.invited == sum(node.invited for node in grouping.nodes) == 39
    assert min(group.invited for group in grouping.groups) >= 8


def test_department_with_people_elsewhere_is_not_whole():
    root = make_team(name="Harbour Retail")
    service = company({"Calls": 10, "Chat": 4}, parent=root)
    store = make_team(name="Store", parent=root, position=1)
    make_people(team=store, count=9)
    chosen = [service.children.get(name="Calls"), store]

    nodes = {node.name: node.is_whole for node in plan_grouping(draft(*chosen)).nodes}

    assert nodes["Calls"]
    assert nodes["Store"]
    assert not nodes["Service"]


def test_long_names_end_in_a_count():
    short, many = join_names(["Calls", "Chat"]), join_names([f"Team {n}" for n in range(7)])

    assert (short, many) == ("Calls + Chat", "Team 0 + 6 teams")
    assert len(join_names(["x" * 120] * 3)) <= MAX_GROUP_NAME
