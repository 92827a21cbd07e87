import pytest

from resistance.earlier import FEW_CHANGED, EarlierUnit, Overlap, fewest_outside
from resistance.shown import UNTOUCHED, Before, Index, Reading


def unit(invited, wave=1, *, is_cell=True, **withheld):
    return EarlierUnit(wave, invited, is_cell, **withheld)


def is_changed(invited, *cells):
    """`cells`: (people of the cell who are invited now, people of the cell)."""
    shared = {number: both for number, (both, _) in enumerate(cells)}
    units = {number: unit(size) for number, (_, size) in enumerate(cells)}
    return Overlap(invited, shared, units).before().is_changed


def test_people_never_asked_before_are_free():
    assert Overlap(12, {}, {}).before() == UNTOUCHED


def test_same_people_are_not_changed():
    assert not is_changed(12, (12, 12))
    assert not is_changed(30, (12, 12), (18, 18))


@pytest.mark.parametrize(
    ("invited", "both", "before"),
    [(11, 11, 12), (13, 12, 12), (12, 11, 12), (13, 12, 20), (30, 12, 12)],
)
def test_few_who_joined_or_left_are_a_change(invited, both, before):
    assert is_changed(invited, (both, before))


def test_many_who_joined_or_left_are_none():
    many = FEW_CHANGED

    assert not is_changed(100 + many, (100, 100))
    assert not is_changed(100, (100, 100 + many))
    assert is_changed(100 + many - 1, (100, 100))


def test_few_who_came_from_a_large_cell_are_a_change():
    assert is_changed(101, (100, 100), (1, 60))


def test_part_of_a_small_cell_is_a_change():
    assert is_changed(40, (5, 13))


def test_each_assessment_counts_for_itself():
    units = {"then": unit(12, wave=1), "later": unit(13, wave=2)}

    found = Overlap(13, {"then": 12, "later": 13}, units).before()

    assert found == Before(is_changed=True)


def test_what_was_withheld_is_inherited_by_almost_the_same_people_only():
    team = unit(12, items=frozenset({"7"}), sources=frozenset({"time"}))
    other = unit(40, is_cell=False, items=frozenset({"8"}))

    found = Overlap(12, {"team": 12, "other": 12}, {"team": team, "other": other}).before()

    assert found == Before(False, frozenset({"7"}), frozenset({"time"}))


def test_indices_of_almost_the_same_people_are_read_again():
    index = Index(45, 12, rounded=True)
    units = {"team": unit(14, shown={"time": index}), "whole": unit(60, shown={"time": index})}

    found = Overlap(13, {"team": 12, "whole": 12}, units).before()

    assert found.readings == {"time": (Reading(12, 42.5, 47.5, gone=2, come=1),)}


def test_fewest_outside_the_biggest_side_of_any_statement():
    counts = {"time": [[1, 3, 0, 4, 4], [5, 4, 2, 1, 0]], "tools": [[0, 0, 6, 3, 3]]}

    assert fewest_outside(counts) == {"time": 3, "tools": 6}
