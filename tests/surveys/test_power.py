import pytest

from resistance.change import Reading, smallest_fall
from resistance.inputs import EarlierSource
from resistance.shown import Thresholds
from surveys.power import Spread, preview, smallest_change, spread_of
from tests.worked_examples import read_example, read_numbers

QUIET = Spread(variance=100, alpha=0.9, is_own=True)


def earlier(**known):
    return EarlierSource(mean=45, between_sd=7, target=35, **known)


def in_words(width):
    if width.half is None:
        return "shown with others"
    return f"{width.half}, band" if width.is_band else str(width.half)


def test_smallest_change_equals_worked_examples():
    rows = read_numbers("power")

    shown = [smallest_change(int(row["N"])) for row in rows]

    assert shown == [row["seen 8 in 10"] for row in rows]


def test_widths_equal_worked_examples():
    rows = read_example("widths")

    shown = [list(map(in_words, preview(int(row["N"])).widths)) for row in rows]

    assert shown == [[row["± at 60 %"], row["± at 80 %"]] for row in rows]


def test_smallest_change_counts_the_drift():
    still = Reading(value=45, n=15, invited=20, rounded=False, variance=324, alpha=0.75)

    assert smallest_change(20) > round(smallest_fall(still, drift=0))


@pytest.mark.parametrize("invited", [0, 1, 5, 7])
def test_group_too_small_to_be_shown_sees_no_small_change(invited):
    found = preview(invited)

    assert found.change > 25
    assert found.widths[0].half is None


def test_smallest_change_never_promises_less_than_is_reported():
    assert smallest_change(100_000) == 5


def test_more_answers_and_less_spread_tell_more():
    at_60, at_80 = (width.half for width in preview(30).widths)
    quiet = preview(30, spread=QUIET)

    assert at_60 > at_80 > quiet.widths[1].half
    assert preview(30).change > quiet.change


def test_raised_thresholds_make_bands_and_others_of_larger_groups():
    raised = Thresholds(score=10, exact=30, comment=30)

    at_60, at_80 = preview(15, thresholds=raised).widths

    assert (at_60.half, at_80.is_band) == (None, True)


def test_spread_is_the_mean_of_what_was_measured_else_the_starting_values():
    known = [earlier(variance=200, alpha=0.6), earlier(variance=400, alpha=0.8), earlier()]

    assert spread_of(known) == Spread(variance=300, alpha=pytest.approx(0.7), is_own=True)
    assert spread_of([earlier(alpha=0.7)]) == Spread(variance=324, alpha=0.7, is_own=False)
    assert spread_of(()) == Spread(variance=324, alpha=0.75, is_own=False)
