"""The works council's package: complete, self-contained, the same each time, and without people."""

import csv
import json
import re
import zipfile
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEntry
from resistance.models import Statement
from surveys import attack_figures, package
from surveys.attack_figures import read_figures
from surveys.models import CommentState, Invitation, State
from surveys.record import record_of_processing
from surveys.stored import stored_tables
from tests.factories import (
    NOW,
    make_assessment,
    make_comment,
    make_group,
    make_node,
    make_organisation,
    make_person,
    make_source,
    make_statement,
    make_team,
    make_unit,
    make_user,
)

ADDRESS = "https://headwind.example.org"
MARKERS = ("Zebra-Quartz", "Perpetua", "perpetua@example.org", "Maximiliane")
PAGES = [
    "index",
    "1-statements",
    "2-method",
    "3-thresholds",
    "4-data-model",
    "5-retention",
    "6-record",
    "7-threats",
    "8-attacks",
    "9-assessments",
]
TABLES = [
    "scale",
    "statements",
    "blockers",
    "thresholds",
    "end-codes",
    "retention",
    "threat-model",
    "assessments",
    "comment-review",
    "data-model",
]
PAPERS = ["statements.md", "scoring.md", "disclosure.md", "privacy.md"]


@pytest.fixture(autouse=True)
def figures(tmp_path, monkeypatch):
    """A file of figures of the test's own; missing until it is written."""
    file = tmp_path / "attack-figures.json"
    for module in (attack_figures, package):
        monkeypatch.setattr(module, "figures_file", lambda: file)
    return file


@pytest.fixture
def installation(db):
    """One scored assessment with people and comments in it that the package must not name."""
    make_organisation(name="Harbour Retail")
    source = make_source(name_en="Lack of time", blocker_en="Too little time")
    make_statement(source=source, text_en="I have time.", text_de="Ich habe Zeit.", is_asset=True)
    assessment = make_assessment(
        name_en="First contact",
        state=State.SCORED,
        created_by=make_user(name="Maximiliane Muster"),
        opens_at=NOW,
        closes_at=NOW + timedelta(days=9),
        invited_count=20,
        taken_part_count=17,
        ballot_count=16,
    )
    team = make_team(name="Calls A")
    unit = make_unit(assessment=assessment, teams=[team])
    group = make_group(
        assessment=assessment, node=make_node(assessment=assessment, team=make_team())
    )
    person = make_person(team=team, name="Perpetua Example", email="perpetua@example.org")
    Invitation.objects.create(assessment=assessment, group=group, person=person)
    make_comment(unit=unit, text="Zebra-Quartz is slow.", names_found=["Perpetua"])
    make_comment(unit=unit, text="Zebra-Quartz again.", state=CommentState.RELEASED)
    return assessment


def files_of(content):
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def build(language="en"):
    with translation.override(language):
        content = package.build_package(now=NOW, address=ADDRESS)
    return {name.partition("/")[2]: file for name, file in files_of(content).items()}


def rows_in(file):
    return list(csv.reader(StringIO(file.decode("utf-8-sig"))))


def test_package_has_its_files_in_a_fixed_order(installation):
    names = list(build())

    tables = [f"data/{name}.{ending}" for name in TABLES for ending in ("csv", "json")]
    pages = [f"{name}.html" for name in PAGES]
    assert names == [*pages, *tables, *(f"papers/{name}" for name in PAPERS)]


def test_package_of_the_same_moment_is_the_same_to_the_last_byte(installation):
    first, second = (package.build_package(now=NOW, address=ADDRESS) for _attempt in range(2))

    assert first == second


@pytest.mark.parametrize("language", ["en", "de"])
def test_package_names_nobody_and_holds_no_comment(installation, language):
    files = build(language)

    assert "Harbour Retail" in files["index.html"].decode()
    for content in files.values():
        assert [marker for marker in MARKERS if marker in content.decode()] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_package_pages_stand_alone(installation, language):
    files = build(language)

    for name in PAGES:
        page = files[f"{name}.html"].decode()
        assert f'<html lang="{language}">' in page
        assert re.findall(r"<script|\son\w+=|@import|url\(|<link|<img|<iframe", page) == []
        linked = set(re.findall(r'(?:href|src)="([^"#]+)"', page))
        assert linked <= set(files)
        assert page.count("<h1>") == 1
        assert "@media print" in page


def test_package_lists_statements_in_both_languages(installation):
    rows = rows_in(build()["data/statements.csv"])

    statement = Statement.objects.get(text_en="I have time.")
    assert [
        f"{statement.code} (1)",
        "about a source",
        "Lack of time",
        "I have time.",
        "Ich habe Zeit.",
        "less resistance",
        "short and long",
    ] in rows
    assert len(rows) == 1 + Statement.objects.current().count()


def test_package_tables_say_the_same_as_csv_json_and_page(installation):
    files = build()

    head, *rows = rows_in(files["data/end-codes.csv"])
    listed = json.loads(files["data/end-codes.json"])["rows"]
    assert rows == [[str(value) for value in row.values()] for row in listed]
    assert [list(row) for row in listed] == [head] * 5
    assert rows[0] == ["5", "30", "70"]
    assert rows[-1] == ["9", "15", "85"]
    page = files["3-thresholds.html"].decode()
    assert '<th scope="row">9</th><td>15</td><td>85</td>' in page


def test_package_explains_every_stored_field(installation):
    files = build()

    rows = [(row[0], row[2], row[4]) for row in rows_in(files["data/data-model.csv"])[1:]]
    assert rows == [
        (table.name, field.name, field.meaning)
        for table in stored_tables()
        for field in table.fields
    ]
    page = files["4-data-model.html"].decode()
    assert page.count("<table>") == len(stored_tables())


def test_package_compares_the_three_numbers_and_counts_the_review(installation):
    files = build()

    [_head, assessment] = rows_in(files["data/assessments.csv"])
    [_head, review] = rows_in(files["data/comment-review.csv"])
    assert assessment == (
        ["First contact", "scored", NOW.date().isoformat(), "8", "5", "10", "10", "20", "17", "16"]
    )
    assert "<td>8</td><td>5</td>" in files["9-assessments.html"].decode()
    assert '<td class="when">16 November 2026</td>' in files["9-assessments.html"].decode()
    assert review == ["First contact", "Calls A", "2", "1", "0", "0", "1"]


def test_package_marks_what_the_organisation_has_to_fill_in(installation):
    page = build()["6-record.html"].decode()

    entries = record_of_processing(address=ADDRESS)
    marked = re.findall(r'<mark class="fill">To be filled in by the organisation: ([^<]+)<', page)
    assert marked == [entry.to_fill for entry in entries if entry.to_fill]
    assert {"30 (1) a", "30 (1) b", "30 (1) c", "30 (1) d", "30 (1) e", "30 (1) f"} <= {
        entry.article for entry in entries
    }
    assert ADDRESS in page


def test_record_names_the_mail_server_that_is_set(installation, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "mail.example.org"

    texts = [text for entry in record_of_processing(address=ADDRESS) for text in entry.texts]

    assert "Mail: mail.example.org" in texts


def test_package_in_german_has_german_pages(installation):
    english, german = build("en"), build("de")

    for name in PAGES:
        headings = [
            set(re.findall(r"<h[12][^>]*>([^<]+)<", files[f"{name}.html"].decode()))
            for files in (english, german)
        ]
        assert headings[0] & headings[1] == set()


def test_figures_say_when_nothing_was_run(installation):
    page = build()["8-attacks.html"].decode()

    assert page.count("Not run here yet.") == 2


def test_figures_are_shown_with_their_date_as_lines_and_tables(installation, figures):
    found = {
        "date": "2026-11-21",
        "seconds": 12.5,
        "limits": {"people": 6},
        "rows": [{"people": 60, "recovered_groups": 0}, {"people": 300, "certain": True}],
    }
    figures.write_text(json.dumps({"oracle": found}))

    attack, oracle = read_figures()
    files = build()

    assert (attack.date, attack.tables) == ("", ())
    lines, table = oracle.tables
    assert lines.rows == [("seconds", "12.5"), ("limits, people", 6)]
    assert table.head == ["people", "recovered groups", "certain"]
    assert table.rows == [[60, 0, None], [300, None, "yes"]]
    page = files["8-attacks.html"].decode()
    assert "Last run: 2026-11-21." in page
    assert page.count("Not run here yet.") == 1
    assert json.loads(files["data/attack-figures.json"]) == {"oracle": found}


def test_package_tables_defuse_formulas(installation):
    installation.name_en = "=HYPERLINK(0)"
    installation.save()

    rows = rows_in(build()["data/assessments.csv"])

    assert rows[1][0] == "'=HYPERLINK(0)"


@pytest.fixture
def hr(installation):
    client = Client()
    client.force_login(make_user(is_hr=True, name="Helen Kowalski"))
    return client


def test_package_page_lists_what_is_in_it(hr):
    response = hr.get(reverse("surveys:package"))

    titles = [sheet.title for sheet in response.context["sheets"]]
    assert len(titles) == len(PAGES) - 1
    assert "Record of processing" in titles
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(("language", "title"), [("en", "Data model"), ("de", "Datenmodell")])
def test_package_download_is_a_zip_in_the_chosen_language_and_audited(hr, language, title):
    response = hr.get(reverse("surveys:package_download", args=[language]))

    files = files_of(response.content)
    entry = AuditEntry.objects.get()
    assert title in files[f"headwind-{language}/index.html"].decode()
    assert response.headers["Content-Type"] == "application/zip"
    assert "no-store" in response.headers["Cache-Control"]
    assert re.fullmatch(
        rf'attachment; filename="headwind-package-\d{{4}}-\d\d-\d\d-{language}\.zip"',
        response.headers["Content-Disposition"],
    )
    assert (entry.verb, entry.subject, entry.actor.name) == (
        "works-council package downloaded",
        language,
        "Helen Kowalski",
    )


def test_package_in_an_unknown_language_does_not_exist(hr):
    response = hr.get(reverse("surveys:package_download", args=["fr"]))

    assert response.status_code == 404
    assert not AuditEntry.objects.exists()


def test_package_is_offered_to_hr_only(hr):
    pages = [reverse(f"surveys:{name}") for name in ("privacy", "method")]
    stranger = Client()
    stranger.force_login(make_user())

    offered = [
        reverse("surveys:package") in client.get(page).text
        for client in (hr, stranger, Client())
        for page in pages
    ]

    assert offered == [True, True, False, False, False, False]
