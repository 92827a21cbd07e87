"""Names of the roster in comments."""

import pytest

from surveys.names import names_written, parts_of_names

ROSTER = parts_of_names(["Tom Reyes", "Ann-Kathrin Müller-Lüdenscheidt", "Seán O’Brien", "Bo Li"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ask Tom, or TOM.", ["TOM", "Tom"]),
        ("ann-kathrin knows", ["ann", "kathrin"]),
        ("Müllers Büro, Toms Tisch", ["Müllers", "Toms"]),
        ("O’Brien said no", ["Brien"]),
        ("tomorrow, reyesque, bo, li", []),
        ("", []),
    ],
)
def test_names_are_found_whole_folded_and_in_the_genitive(text, found):
    assert names_written(text, ROSTER) == found


def test_names_of_nobody_mark_nothing():
    assert names_written("Tom and Ann.", parts_of_names([])) == []
