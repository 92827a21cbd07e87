"""A ballot's content: read from a form, written as bytes of one size, and read back at the tally.

Layout: version (1 byte), group (2), number of statements (1), hash of the receipt (16), one byte
per statement, blockers as bits (2), number of comments (1), and per comment its question (1),
readers (1), length (2) and UTF-8 text; zeros up to the constant size. Pure but for the messages.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import unquote_plus

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from surveys.questionnaire import Questionnaire
from surveys.receipts import HASH_BYTES
from surveys.sealing import CONTENT_SIZE

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: a field's name, or nothing for the whole form, and a sentence for the employee
Problem: TypeAlias = "tuple[str, str | _StrPromise]"

VERSION = 2
LEFT_OPEN, CANNOT_SAY = 0, 6
MAX_BLOCKERS = 3
MAX_COMMENT_BYTES = 1800
READERS = ("m", "h", "r")
_HEAD = struct.Struct(f">BHB{HASH_BYTES}s")
_TAIL = struct.Struct(">HB")
_COMMENT = struct.Struct(">B1sH")
_NOTHING = [""]
_ANSWERS = {"": LEFT_OPEN, **{str(number): number for number in range(1, 7)}}


class InvalidBallot(ValueError):
    """The form cannot be accepted; `problems` say why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("invalid ballot")
        self.problems = problems


class UnreadableBallot(ValueError):
    """Opened content is not a ballot of this version."""


@dataclass(frozen=True)
class WrittenComment:
    position: int
    readers: str
    text: str


@dataclass(frozen=True)
class BallotContent:
    """One byte per rated statement: 0 left open, 1–5 the scale, 6 cannot say."""

    answers: bytes
    blockers: int
    comments: tuple[WrittenComment, ...]


class Decoded(NamedTuple):
    """What an opened ballot holds; `receipt_hash` and answers part at once and never meet again."""

    group: int
    content: BallotContent
    receipt_hash: bytes


def read_body(body: bytes) -> dict[str, list[str]]:
    """The values of a urlencoded form by name; raises `ValueError` for what is not UTF-8.

    Three times as fast as Django's reading, because most values are one plain letter.
    """
    fields: dict[str, list[str]] = {}
    for pair in body.decode("ascii").split("&"):
        name, _equals, value = pair.partition("=")
        if "%" in value or "+" in value:
            value = unquote_plus(value, errors="strict")
        if name in fields:
            fields[name].append(value)
        else:
            fields[name] = [value]
    return fields


def read_form(post: QueryDict, questionnaire: Questionnaire) -> BallotContent:
    """`read_fields` for a form that Django has read."""
    return read_fields(dict(post.lists()), questionnaire)


def read_fields(fields: Mapping[str, list[str]], questionnaire: Questionnaire) -> BallotContent:
    """Translate a posted form; raises `InvalidBallot` and never guesses.

    Unknown and repeated fields are refused: a page of ours does not send them.
    """
    form = dict(fields)
    form.pop("code", None)
    form.pop("lang", None)
    problems: list[Problem] = []
    answers = _read_answers(form, questionnaire.rated_fields, problems)
    blockers = _read_blockers(form.pop("top", []), len(questionnaire.blockers), problems)
    comments = []
    for question in questionnaire.open:
        text = _read_text(form, question.position, problems)
        readers = form.pop(f"r{question.position}", ["m"])
        if len(readers) != 1 or readers[0] not in READERS:
            problems.append((f"r{question.position}", _("Choose who may read it.")))
        if text:
            comments.append(WrittenComment(question.position, readers[0], text))
    if form:
        problems.append(("", _("This page was changed on its way. Please load it again.")))
    if problems:
        raise InvalidBallot(problems)
    return BallotContent(answers, blockers, tuple(comments))


def _read_answers(
    form: dict[str, list[str]], names: Sequence[str], problems: list[Problem]
) -> bytes:
    given = [form.pop(name, _NOTHING) for name in names]
    try:
        return bytes([_ANSWERS[answer] for (answer,) in given])
    except (KeyError, ValueError):
        problems += [
            (name, _("Choose one of the answers."))
            for name, values in zip(names, given, strict=True)
            if len(values) != 1 or values[0] not in _ANSWERS
        ]
    return b""


def _read_blockers(values: list[str], count: int, problems: list[Problem]) -> int:
    known = {str(number): 1 << number for number in range(count)}
    if len(values) > MAX_BLOCKERS:
        problems.append(("top", _("Choose three at most.")))
    elif len(set(values)) != len(values) or any(value not in known for value in values):
        problems.append(("top", _("Choose from the list.")))
    else:
        return sum(known[value] for value in values)
    return 0


def _read_text(form: dict[str, list[str]], position: int, problems: list[Problem]) -> str:
    field = f"c{position}"
    values = form.pop(field, [""])
    text = " ".join(unicodedata.normalize("NFC", values[0]).split())
    if len(values) != 1 or not _is_text(text):
        problems.append((field, _("This text has signs that cannot be kept. Please retype it.")))
    elif len(text.encode()) > MAX_COMMENT_BYTES:
        problems.append((field, _("This text is too long. Please shorten it.")))
    return text


def _is_text(text: str) -> bool:
    return text.isprintable() or all(unicodedata.category(symbol) != "Cc" for symbol in text)


def encode(content: BallotContent, *, group: int, receipt_hash: bytes) -> bytes:
    """`CONTENT_SIZE` bytes, whatever was answered."""
    pieces = [
        _HEAD.pack(VERSION, group, len(content.answers), receipt_hash),
        content.answers,
        _TAIL.pack(content.blockers, len(content.comments)),
    ]
    for comment in content.comments:
        text = comment.text.encode()
        pieces += [_COMMENT.pack(comment.position, comment.readers.encode(), len(text)), text]
    return b"".join(pieces).ljust(CONTENT_SIZE, b"\0")


def decode(data: bytes) -> Decoded:
    """Raises `UnreadableBallot`."""
    if len(data) != CONTENT_SIZE or data[0] != VERSION:
        raise UnreadableBallot
    _version, group, count, receipt_hash = _HEAD.unpack_from(data)
    offset = _HEAD.size + count
    answers = data[_HEAD.size : offset]
    blockers, comment_count = _TAIL.unpack_from(data, offset)
    offset += _TAIL.size
    comments = []
    for _number in range(comment_count):
        position, readers, length = _COMMENT.unpack_from(data, offset)
        offset += _COMMENT.size
        text = data[offset : offset + length].decode()
        comments.append(WrittenComment(position, readers.decode(), text))
        offset += length
    return Decoded(group, BallotContent(answers, blockers, tuple(comments)), receipt_hash)
