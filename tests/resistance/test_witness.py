"""The last look of the gate, on two cells of a unit that is counted out."""

import numpy as np

from resistance.witness import Shown

ALL_AGREE = (0, 0, 0, 0, 6)
SPREAD = (2, 1, 1, 1, 1)


def shown_of(first, second, ranges, *, index=False):
    """`ranges`: between which sums of steps the band of each cell says that its answers lie."""
    counts = np.array([np.add(first, second), first, second])[:, None]
    steps = counts @ np.arange(5)
    low, high = np.array([(0, 99), *ranges]).T[..., None]
    return Shown(
        parent=[-1, 0, 0],
        is_cell=np.array([False, True, True]),
        region=np.zeros((3, 1), int),
        counts=counts,
        complete=counts,
        steps=steps,
        low=low,
        high=high,
        band=np.array([[False], [True], [True]]),
        source_of=[0],
        is_asset=[False],
        total=25 * steps,
        least=25 * steps - 10,
        most=25 * steps + 10,
        index=np.array([[index]] * 3),
        shift=[25],
    )


def test_agreeing_cell_keeps_its_band_where_an_answer_can_be_exchanged():
    shown = shown_of(ALL_AGREE, SPREAD, [(16, 24), (0, 24)])

    shown.settle()

    assert shown.band.ravel().tolist() == [False, True, True]


def test_agreeing_cell_shows_nothing_where_its_own_band_forbids_an_exchange():
    shown = shown_of(ALL_AGREE, SPREAD, [(23, 24), (0, 24)])

    shown.settle()

    assert shown.band.ravel().tolist() == [False, False, True]


def test_neighbour_shows_nothing_either_where_its_band_forbids_an_exchange():
    shown = shown_of(ALL_AGREE, SPREAD, [(16, 24), (10, 11)])

    shown.settle()

    assert shown.band.ravel().tolist() == [False, False, False]


def test_index_counts_like_a_band():
    shown = shown_of(ALL_AGREE, SPREAD, [(16, 24), (0, 24)], index=True)

    shown.settle()

    assert shown.index.ravel().tolist() == [True, False, False]


def test_cell_with_two_who_differ_is_left_alone():
    shown = shown_of((1, 1, 0, 0, 6), SPREAD, [(24, 25), (10, 11)])

    shown.settle()

    assert shown.band.ravel().tolist() == [False, True, True]
