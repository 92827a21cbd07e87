import pytest

from accounts.roster import TEMPLATE, Problem, Row, UnreadableRoster, parse


def problems_of(text):
    with pytest.raises(UnreadableRoster) as caught:
        parse(text.encode())
    return [(problem.line, problem.column) for problem in caught.value.problems]


def test_parse_reads_the_template():
    roster = parse(TEMPLATE.encode())

    assert roster.rows == (
        Row(
            line=2,
            name="Tom Reyes",
            team=("Contact centre", "Calls A"),
            email="tom.reyes@example.org",
            number="1001",
            language="en",
        ),
        Row(
            line=3,
            name="Ines Okafor",
            team=("Contact centre",),
            email="ines.okafor@example.org",
            number="1002",
            language="de",
            is_manager=True,
        ),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_parse_understands_german_headings_in_any_encoding(encoding, separator):
    lines = [["Name", "E-Mail", "Abteilung", "Führungskraft", "Personalnummer", "Sprache"]]
    lines.append(["Jürgen Groß", "J.Gross@Example.org", "Läden > Süd", "ja", "7", "Deutsch"])
    content = "\r\n".join(separator.join(line) for line in lines).encode(encoding)

    roster = parse(content)

    assert roster.rows == (
        Row(
            line=2,
            name="Jürgen Groß",
            team=("Läden", "Süd"),
            email="j.gross@example.org",
            number="7",
            language="de",
            is_manager=True,
        ),
    )


def test_parse_takes_an_address_as_the_manager_of_the_team():
    roster = parse(b"name,team,manager\nTom,Calls A,Ines@example.org\n")

    assert roster.rows == (
        Row(line=2, name="Tom", team=("Calls A",), manager_email="ines@example.org"),
    )


def test_parse_keeps_a_slash_without_blanks_in_the_name_of_a_team():
    roster = parse(b"name,team\nTom,R&D/QA / North\n")

    assert roster.rows[0].team == ("R&D/QA", "North")


def test_parse_names_line_and_column_of_every_problem():
    text = (
        "name;email;team;manager;number;language\n"
        ";tom@example.org;Calls;no;1;en\n"
        "Ann;not an address;Calls;no;2;en\n"
        "\n"
        "Bob;bob@example.org;;maybe;3;fr\n"
        "Cid;;Calls;yes;4;en\n"
    )

    found = problems_of(text)

    assert found == [
        (2, "name"),
        (3, "email"),
        (5, "team"),
        (5, "manager"),
        (5, "language"),
        (6, "email"),
    ]


@pytest.mark.parametrize("start", ["=1+1", "+49", "-2", "@sum"])
def test_parse_refuses_cells_that_a_spreadsheet_would_run(start):
    found = problems_of(f"name;team;number\n{start};Calls;1\nAnn;{start};2\nBob;Calls;{start}\n")

    assert found == [(2, "name"), (3, "team"), (4, "number")]


def test_parse_finds_people_who_stand_there_twice():
    text = (
        "name;email;team;number\nAnn;a@example.org;X;1\nBob;A@example.org;X;2\nCid;;X;1\n"
        "Dora;;X;\nDora;;X;\nDora;;Y;\n"
    )

    found = problems_of(text)

    assert found == [(3, "email"), (4, "number"), (6, "name")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(0, "")]),
        ("name;team\n", [(0, "")]),
        ("first;last\nAnn;Bee\n", [(1, "name"), (1, "team")]),
        ("name;team;Name\nAnn;X;Ann\n", [(1, "Name")]),
        ('name;team\n"Ann;X\n', [(2, "")]),
        ("name;team\nAnn\x00;X\n", [(0, "")]),
    ],
)
def test_parse_refuses_what_is_not_a_roster(text, expected):
    assert problems_of(text) == expected


def test_parse_names_columns_that_it_does_not_read():
    roster = parse(b"name;team;shoe size\nAnn;X;39\n")

    assert roster.ignored_columns == ("shoe size",)


def test_unreadable_roster_keeps_the_first_fifty_problems():
    problems = [Problem(line, "name", "x") for line in range(80)]

    assert UnreadableRoster(problems).problems == problems[:50]
