"""How the statements are worded: rules of docs/statements.md that a program can check."""

import re

import pytest
import textstat

from resistance.catalogue_file import read_catalogue

DATA = read_catalogue()
STATEMENTS = DATA["statements"]
SOURCES = [source["key"] for source in DATA["sources"]]
ABOUT_SOURCES = [s for s in STATEMENTS if s["kind"] == "SOURCE"]

NEGATIONS = {
    "en": r"\b(no|not|none|nor|never|nothing|nobody|nowhere|without|hardly|barely|cannot)\b"
    r"|n['’]t\b|\bun(?!der|less|til|it|iversal|ion|ique)\w+",
    "de": r"\b(nicht|nichts|nie|niemals|niemand\w*|kein\w*|ohne|weder|noch nie|kaum|selten)\b"
    r"|\bun(?!d\b|s\b|ser|ter|gefähr)\w+",
}
JOINS = {"en": r"\b(and|or)\b|/", "de": r"\b(und|oder|bzw|sowie)\b|/"}


def faults(text, language):
    found = [rule for rule in (NEGATIONS, JOINS) if re.search(rule[language], text, re.IGNORECASE)]
    return len(found) + (not 1 <= len(text.split()) <= 14)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement["code"])
def test_statement_is_short_positive_and_about_one_thing(statement, language):
    text = statement[f"text_{language}"]

    assert faults(text, language) == 0
    assert text[-1] in ".?"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I do not see why.", "en"),
        ("I can't see why.", "en"),
        ("I feel uneasy about it.", "en"),
        ("I have the time and the tools.", "en"),
        ("One two three four five six seven eight nine ten eleven twelve thirteen 14 15.", "en"),
        ("Ich sehe keinen Grund.", "de"),
        ("Ich bin unsicher.", "de"),
        ("Ich habe Zeit oder Werkzeuge.", "de"),
    ],
)
def test_wording_rules_find_a_planted_fault(text, language):
    assert faults(text, language) == 1


@pytest.mark.parametrize("text", ["Unser Team hilft uns unter der Woche.", "Es ist ungefähr so."])
def test_wording_rules_leave_harmless_german_words_alone(text):
    assert faults(text, "de") == 0


@pytest.mark.parametrize("source", SOURCES)
def test_statements_of_a_source_read_at_about_grade_six(source):
    texts = [s["text_en"] for s in ABOUT_SOURCES if s["source"] == source]

    assert textstat.flesch_kincaid_grade(" ".join(texts)) <= 7


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement["code"])
def test_single_statement_reads_at_grade_nine_at_most(statement):
    assert textstat.flesch_kincaid_grade(statement["text_en"]) <= 9


def test_reading_grade_finds_a_planted_difficult_sentence():
    text = "Organisational transformation necessitates considerable interdepartmental coordination."

    assert textstat.flesch_kincaid_grade(text) > 9


def test_statements_differ_in_both_languages():
    for field in ("text_en", "text_de"):
        assert len({s[field] for s in STATEMENTS}) == len(STATEMENTS)


@pytest.mark.parametrize("source", SOURCES)
def test_source_has_four_facets_one_asset_and_three_short_form_statements(source):
    own = [s for s in ABOUT_SOURCES if s["source"] == source]

    assert len({s["facet"] for s in own}) == len(own) == 4
    assert [s["in_short_form"] for s in own] == [True, True, True, False]
    assert [s["in_short_form"] for s in own if s["is_asset"]] == [True]


def test_outcomes_and_follow_up_agree_with_the_change():
    kinds = {}
    for statement in STATEMENTS:
        kinds.setdefault(statement["kind"], []).append(statement["is_asset"])

    assert kinds["OUTCOME"] == [True] * 3
    assert kinds["FOLLOW_UP"] == [True] * 2
    assert kinds["OPEN"] == [False] * 2


def points(answer, is_asset):
    return 25 * (5 - answer) if is_asset else 25 * (answer - 1)


def index(source, answer, *, short):
    own = [s for s in ABOUT_SOURCES if s["source"] == source and (s["in_short_form"] or not short)]
    return sum(points(answer, s["is_asset"]) for s in own) / len(own)


@pytest.mark.parametrize(
    ("answer", "short", "expected"),
    [(5, True, 200 / 3), (1, True, 100 / 3), (5, False, 75), (1, False, 25), (3, True, 50)],
)
def test_the_same_answer_everywhere_lets_no_source_stand_out(answer, short, expected):
    indices = {index(source, answer, short=short) for source in SOURCES}

    assert indices == {expected}


@pytest.mark.parametrize("source", SOURCES)
def test_most_resistant_answers_reach_100_and_least_resistant_0(source):
    own = [s for s in ABOUT_SOURCES if s["source"] == source]

    assert {points(1 if s["is_asset"] else 5, s["is_asset"]) for s in own} == {100}
    assert {points(5 if s["is_asset"] else 1, s["is_asset"]) for s in own} == {0}


@pytest.mark.parametrize("language", ["en", "de"])
def test_part_titles_and_blockers_do_not_name_their_source(language):
    for source in DATA["sources"]:
        name = source[f"name_{language}"].lower()

        assert name not in source[f"part_title_{language}"].lower()
        assert name not in source[f"blocker_{language}"].lower()


@pytest.mark.parametrize("field", ["part_title_en", "part_title_de", "blocker_en", "blocker_de"])
def test_part_titles_and_blockers_differ(field):
    assert len({source[field] for source in DATA["sources"]}) == 11
