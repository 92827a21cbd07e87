import pytest
from django.http import QueryDict

from surveys.ballot import (
    MAX_COMMENT_BYTES,
    BallotContent,
    InvalidBallot,
    UnreadableBallot,
    WrittenComment,
    decode,
    encode,
    read_body,
    read_form,
)
from surveys.questionnaire import Blocker, Part, Question, Questionnaire
from surveys.sealing import CONTENT_SIZE


def question(position, source="time"):
    return Question(position, position + 100, f"q{position}", source, False, {"en": "Text"})


ASKED = Questionnaire(
    parts=(Part("time", {"en": "Time"}, (question(0), question(1))),),
    outcomes=(question(2, None),),
    follow_ups=(),
    blockers=tuple(Blocker(number, f"s{number}", {"en": "B"}) for number in range(11)),
    open=(question(3, None), question(4, None)),
)
HASH = bytes(range(16))
EMPTY = BallotContent(b"\0\0\0", 0, ())


def read(body):
    return read_form(QueryDict(body), ASKED)


def problems_of(body):
    with pytest.raises(InvalidBallot) as caught:
        read(body)
    return [name for name, _sentence in caught.value.problems]


def test_form_becomes_one_byte_per_statement():
    content = read("code=x&lang=de&s0=1&s1=6&s2=&top=0&top=10&c3=Time.&r3=h")

    assert content == BallotContent(b"\1\6\0", 1 | 1 << 10, (WrittenComment(3, "h", "Time."),))


def test_empty_form_is_a_ballot():
    assert read("") == EMPTY


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("s0=0", "s0"),
        ("s0=7", "s0"),
        ("s0=-1", "s0"),
        ("s0=1.0", "s0"),
        ("s0=%D9%A3", "s0"),
        ("s0=1&s0=2", "s0"),
        ("top=11", "top"),
        ("top=-1", "top"),
        ("top=1&top=1", "top"),
        ("top=0&top=1&top=2&top=3", "top"),
        ("c3=a&c3=b", "c3"),
        ("c3=a%00b", "c3"),
        ("c3=" + "x" * (MAX_COMMENT_BYTES + 1), "c3"),
        ("c3=" + "%C3%A4" * (MAX_COMMENT_BYTES // 2 + 1), "c3"),
        ("c3=a&r3=x", "r3"),
        ("r3=m&r3=h", "r3"),
        ("s3=1", ""),
        ("team=5", ""),
    ],
)
def test_form_that_no_page_sends_is_refused(body, field):
    assert problems_of(body) == [field]


def test_all_problems_are_named_at_once():
    assert problems_of("s0=9&s2=9&top=99&c3=%07") == ["s0", "s2", "top", "c3"]


def test_text_is_kept_without_line_breaks_in_one_normal_form():
    content = read("c3=+Two%0D%0A%0D%0Alines%09+of+u%CC%88ber++&c4=%20%0A")

    assert content.comments == (WrittenComment(3, "m", "Two lines of über"),)


def test_longest_texts_fit():
    text = "ü" * (MAX_COMMENT_BYTES // 2)
    content = BallotContent(b"\5" * 47, 2047, tuple(WrittenComment(p, "m", text) for p in (3, 4)))

    assert decode(encode(content, group=65_535, receipt_hash=HASH)) == (65_535, content, HASH)


@pytest.mark.parametrize(
    "content", [EMPTY, BallotContent(b"\5\6\0", 5, (WrittenComment(4, "r", "ß"),))]
)
def test_content_has_one_size_and_comes_back(content):
    data = encode(content, group=3, receipt_hash=HASH)

    assert len(data) == CONTENT_SIZE
    assert decode(data) == (3, content, HASH)


@pytest.mark.parametrize(
    "data",
    [
        b"\3" + bytes(CONTENT_SIZE - 1),
        bytes(CONTENT_SIZE),
        b"\2" + bytes(CONTENT_SIZE),
        b"\2\0\0\0",
    ],
)
def test_other_versions_and_sizes_are_unreadable(data):
    with pytest.raises(UnreadableBallot):
        decode(data)


def test_body_is_read_as_django_reads_it():
    body = "s0=1&s1=&c3=Zeit+%26+Geld%3D%C3%BC&top=0&top=2&code=AB-%7E"

    assert read_body(body.encode()) == dict(QueryDict(body).lists())
