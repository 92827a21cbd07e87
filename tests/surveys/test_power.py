import pytest

from resistance.change import Reading, smallest_fall
from surveys.power import smallest_change
from tests.worked_examples import read_numbers


def test_smallest_change_equals_worked_examples():
    rows = read_numbers("power")

    shown = [smallest_change(int(row["N"])) for row in rows]

    assert shown == [row["seen 8 in 10"] for row in rows]


def test_smallest_change_counts_the_drift():
    still = Reading(value=45, n=15, invited=20, rounded=False, variance=324, alpha=0.75)

    assert smallest_change(20) > round(smallest_fall(still, drift=0))


@pytest.mark.parametrize("invited", [0, 1, 5, 7])
def test_smallest_change_of_a_group_too_small_to_be_shown_is_large(invited):
    assert smallest_change(invited) > 25


def test_smallest_change_never_promises_less_than_is_reported():
    assert smallest_change(100_000) == 5
