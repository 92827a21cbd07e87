import pytest

from surveys.headlines import (
    Headline,
    Ranked,
    answered,
    answers_in_short,
    headline_of,
    in_short,
    listing,
)

KEYS = ("time", "training", "mistakes", "silos")


def ranked(*certainties, estimate=60.0):
    return [
        Ranked(key, key, estimate, certainty)
        for key, certainty in zip(KEYS, certainties, strict=False)
    ]


@pytest.mark.parametrize(
    ("certainties", "heading", "lede"),
    [
        (
            ("CLEAR", "CLEAR", "LIKELY", "OPEN"),
            "Time and training hold Calls A back most.",
            "They are clearly among the three strongest sources. "
            "Likely third: <strong>fear of mistakes</strong>.",
        ),
        (
            ("CLEAR", "CLEAR", "CLEAR", "NO"),
            "Time, training and fear of mistakes hold Calls A back most.",
            "They are clearly among the three strongest sources.",
        ),
        (
            ("CLEAR", "LIKELY", "LIKELY", "NO"),
            "Time holds Calls A back most.",
            "It is clearly one of the three strongest sources. Likely among them too: "
            "<strong>training</strong>, <strong>fear of mistakes</strong>.",
        ),
        (
            ("LIKELY", "OPEN", "OPEN", "OPEN"),
            "Likely to hold Calls A back most: time.",
            "None of it is clear yet: the ranges overlap.",
        ),
        (
            ("OPEN", "OPEN", "OPEN", "NO"),
            "No source stands out in Calls A.",
            "3 sources cannot be told apart; here is how to choose.",
        ),
    ],
)
def test_headline_says_what_is_known(certainties, heading, lede):
    headline = headline_of("Calls A", ranked(*certainties), has_ranking=True)

    assert headline == Headline(heading, lede)


def test_headline_says_that_the_strongest_is_low():
    headline = headline_of("Calls A", ranked("CLEAR", estimate=20), has_ranking=True)

    assert headline.lede.endswith("Even the strongest stands low.")


@pytest.mark.parametrize(
    ("count", "lede"),
    [
        (3, "Too few sources can be shown to rank them."),
        (4, "Too few answered to rank. Ask the team first what kept them."),
    ],
)
def test_headline_without_ranking_says_why_and_names_no_source(count, lede):
    headline = headline_of("Calls A", ranked(*[""] * count), has_ranking=False)

    assert headline == Headline("Scores for Calls A, no ranking.", lede)


def test_headline_of_nothing_says_so():
    assert headline_of("Calls A", [], has_ranking=False).heading == (
        "No score of Calls A can be shown."
    )


def test_headline_escapes_names():
    sources = [Ranked("own", "<b>", 60, "CLEAR"), Ranked("own2", "<i>", 60, "LIKELY")]

    headline = headline_of("Calls A", sources, has_ranking=True)

    assert headline.heading == "What holds Calls A back most: <b>."
    assert "<strong>&lt;i&gt;</strong>" in headline.lede


def test_listing_joins_as_people_do():
    assert [listing(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("answers", "percent", "sentence"),
    [
        (17, 85, "17 people answered, 85 %."),
        (None, None, "5–9 people answered, so every value is rounded."),
    ],
)
def test_answered_gives_a_number_only_where_it_is_known(answers, percent, sentence):
    assert answered(answers, percent, few=(5, 9)) == sentence


def test_answers_in_short_says_what_is_special():
    line = answers_in_short(None, few=(5, 9), is_shared=True, has_ranking=False)

    assert line == "5–9 answers, reported together, no ranking"


@pytest.mark.parametrize(
    ("certainties", "has_ranking", "line"),
    [
        (("CLEAR", "CLEAR", "LIKELY"), True, "Clear: time and training. Likely: fear of mistakes."),
        (("OPEN",), True, "No source stands out."),
        (("", ""), False, ""),
    ],
)
def test_in_short_names_what_stands_out(certainties, has_ranking, line):
    assert in_short(ranked(*certainties), has_ranking=has_ranking) == line
