import pytest

from surveys.charts import Segment, SourceBar, heat_step, is_wide, source_bar, statement_bar


def test_statement_bar_puts_the_middle_on_the_centre_line():
    segments = statement_bar([0, 1, 3, 8, 5], is_asset=False)

    assert segments == [
        Segment(tone=2, left="42.65%", width="2.94%", middle="44.12%", label="1"),
        Segment(tone=3, left="45.59%", width="8.82%", middle="50%", label="3"),
        Segment(tone=4, left="54.41%", width="23.53%", middle="66.18%", label="8"),
        Segment(tone=5, left="77.94%", width="14.71%", middle="85.29%", label="5"),
    ]


def test_statement_bar_of_an_asset_reverses_tones_and_keeps_the_order():
    segments = statement_bar([4, 0, 0, 0, 6], is_asset=True)

    assert [(s.tone, s.label) for s in segments] == [(5, "4"), (1, "6")]


def test_statement_bar_leaves_out_a_number_that_has_no_room():
    segments = statement_bar([2, 0, 0, 98, 0], is_asset=False)

    assert [s.label for s in segments] == ["", "98"]


@pytest.mark.parametrize(
    ("points", "step"), [(0, 1), (19.4, 1), (19.5, 2), (35, 3), (50, 4), (64.4, 4), (100, 5)]
)
def test_heat_step_is_absolute(points, step):
    assert heat_step(points) == step


def test_is_wide_only_above_one_colour_step():
    assert (is_wide(40, 55), is_wide(40, 56)) == (False, True)


def test_source_bar_gives_whole_percent():
    bar = source_bar(low=63, high=73, raw=68, estimate=65.5, company=None)

    assert bar == SourceBar(left="63%", width="10%", raw="68%", estimate="66%", company="", heat=5)
