import pytest

from resistance.limits import participation_percent


@pytest.mark.parametrize(
    ("taken_part", "invited", "expected"),
    [
        (19, 19, None),
        (0, 20, 10),
        (2, 20, 10),
        (3, 20, 15),
        (10, 20, 50),
        (17, 20, 85),
        (18, 20, 90),
        (20, 20, 90),
        (499, 1000, 50),
        (524, 1000, 50),
        (526, 1000, 55),
        (0, 0, None),
    ],
)
def test_participation_comes_in_steps_of_five_between_its_ends(taken_part, invited, expected):
    assert participation_percent(taken_part, invited) == expected


def test_participation_never_tells_one_person_in_a_hundred():
    changes = sum(
        participation_percent(n, 200) != participation_percent(n + 1, 200) for n in range(200)
    )

    assert changes == 16
