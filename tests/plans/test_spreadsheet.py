from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from plans.spreadsheet import to_csv, to_xlsx
from surveys.tables import defused

HEAD = ["Unit", "Hours", "Due", "Note"]
ROWS = [
    ("=1+1", 10.5, date(2026, 12, 11), "https://example.org"),
    ('Süd, "Nord"', 0, None, "line\nbreak"),
    ("@name", None, date(2026, 1, 2), "1234"),
]


def reopened(content: bytes):
    return [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True)]


def test_to_xlsx_reopens_as_the_same_table():
    table = reopened(to_xlsx("Plans", HEAD, ROWS))

    assert table == [
        HEAD,
        ["=1+1", 10.5, datetime(2026, 12, 11), "https://example.org"],
        ['Süd, "Nord"', 0, None, "line\nbreak"],
        ["@name", None, datetime(2026, 1, 2), "1234"],
    ]


def test_to_xlsx_writes_no_formula():
    sheet = load_workbook(BytesIO(to_xlsx("Plans", HEAD, ROWS))).active

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n", "d"}


def test_to_xlsx_leaves_out_what_a_sheet_name_may_not_hold():
    book = load_workbook(BytesIO(to_xlsx("A/B [2026]: " + "x" * 40, HEAD, [])))

    assert book.sheetnames == ["AB 2026 " + "x" * 23]


def test_to_csv_defuses_formulas_and_keeps_the_rest():
    text = to_csv(HEAD, ROWS).decode("utf-8-sig")

    assert text == (
        '"Unit","Hours","Due","Note"\r\n'
        '"\'=1+1","10.5","2026-12-11","https://example.org"\r\n'
        '"Süd, ""Nord""","0","","line\nbreak"\r\n'
        '"\'@name","","2026-01-02","1234"\r\n'
    )


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@A", "\tA", "\rA", "\nA", "  =A1"])
def test_defused_puts_an_apostrophe_first(text):
    assert defused(text) == "'" + text


def test_defused_leaves_ordinary_text():
    assert defused("Calls A - late") == "Calls A - late"
