"""Two indices of almost the same people, where one answered less or more."""

import pytest

from resistance.differences import may_follow
from resistance.shown import Before, Reading

ONE_LEFT, ONE_CAME, ONE_EACH = ((1, 0), (0, 1), (1, 1))


def follows(mean, n, *, after, then, changes, statements=1):
    """Whether a rounded index of `mean` may follow one of `after`, `then` being its answers."""
    gone, come = changes
    reading = Reading(then, after - 2.5, after + 2.5, gone, come)
    span = ((mean - 2.5) * n, (mean + 2.5) * n)
    before = Before(is_changed=True, readings={"a": (reading,)})
    return may_follow(before, "a", n=n, total=mean * n, span=span, statements=statements)


@pytest.mark.parametrize("statements", [1, 3])
def test_mean_that_stays_says_nothing_about_the_one_who_left(statements):
    assert follows(50, 12, after=50, then=13, changes=ONE_LEFT, statements=statements)


@pytest.mark.parametrize(
    ("mean", "n", "then", "changes"),
    [
        (55, 12, 13, ONE_LEFT),
        (45, 12, 13, ONE_LEFT),
        (55, 13, 12, ONE_CAME),
        (45, 13, 12, ONE_CAME),
        (60, 12, 12, ONE_EACH),
    ],
)
def test_mean_that_moves_tells_what_one_person_scored(mean, n, then, changes):
    assert not follows(mean, n, after=50, then=then, changes=changes)


def test_what_many_scored_stays_open():
    assert follows(55, 12, after=50, then=18, changes=(6, 0))


def test_five_to_nine_answers_are_all_weighed():
    assert not follows(60, 8, after=50, then=None, changes=ONE_LEFT)


def test_same_people_tell_nothing_new():
    assert follows(90, 12, after=50, then=12, changes=(0, 0))


@pytest.mark.parametrize(("total", "is_shown"), [(600, True), (620, False), (580, False)])
def test_one_answer_may_not_move_an_index_that_cannot_be_compared(total, is_shown):
    changed = Before(is_changed=True)

    found = may_follow(changed, "a", n=30, total=total, span=(525, 675), statements=1)

    assert found == is_shown


def test_people_never_reported_before_are_free():
    assert may_follow(Before(), "a", n=5, total=500, span=(400, 500), statements=1)


@pytest.mark.parametrize(("gone", "is_shown"), [(0, True), (1, True), (2, False)])
def test_index_needs_two_who_surely_stand_outside_the_side_that_was_counted_biggest(gone, is_shown):
    counted = Reading(26, 49.5, 50.5, gone, come=0, outside=3)
    before = Before(True, readings={"a": (counted,)})

    found = may_follow(before, "a", n=26 - gone, total=1250, span=(1175, 1325), statements=8)

    assert found == is_shown
