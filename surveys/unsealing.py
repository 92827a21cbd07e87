"""Opens the box of one assessment into memory; nothing that is read here is ever written."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveys.ballot import (
    CANNOT_SAY,
    READERS,
    BallotContent,
    Decoded,
    UnreadableBallot,
    WrittenComment,
    decode,
)
from surveys.keystore import Keystore
from surveys.models import Assessment, Ballot
from surveys.questionnaire import Questionnaire
from surveys.receipts import receipt_list
from surveys.sealing import Opener, SealBroken

CHUNK = 2000


class BrokenBox(Exception):
    """Some ballots cannot be opened with this assessment's key; nothing was counted."""


@dataclass(frozen=True, eq=False)
class OpenedBox:
    """All ballots: `values` is ballots × statements (1–5, 0 for none), one row per ballot.

    `receipts` is the list to publish, in an order of its own.
    """

    values: NDArray[np.uint8]
    group: NDArray[np.int64]
    blockers: NDArray[np.uint16]
    comments: tuple[tuple[int, WrittenComment], ...]
    receipts: str

    @property
    def count(self) -> int:
        return len(self.group)


def open_box(assessment: Assessment, questionnaire: Questionnaire, groups: set[int]) -> OpenedBox:
    """Unseal every ballot. Raises `BrokenBox`, or `MissingKey` from the key store."""
    width = len(questionnaire.rated)
    values, numbers, blockers, receipts = bytearray(), [], [], []
    comments: list[tuple[int, WrittenComment]] = []
    positions = {question.position for question in questionnaire.open}
    for group, content, receipt_hash in _contents(assessment):
        receipts.append(receipt_hash)
        if group not in groups or len(content.answers) != width or not _is_ours(content, positions):
            raise BrokenBox
        values += content.answers
        numbers.append(group)
        blockers.append(content.blockers)
        comments += [(group, comment) for comment in content.comments]
    matrix = np.frombuffer(bytes(values), np.uint8).reshape(len(numbers), width)
    return OpenedBox(
        values=np.where(matrix == CANNOT_SAY, 0, matrix).astype(np.uint8),
        group=np.array(numbers, np.int64),
        blockers=np.array(blockers, np.uint16),
        comments=tuple(comments),
        receipts=receipt_list(receipts),
    )


def _is_ours(content: BallotContent, positions: set[int]) -> bool:
    """Anybody can seal with the public key; only what the form can send is counted."""
    return max(content.answers, default=0) <= CANNOT_SAY and all(
        comment.position in positions and comment.readers in READERS for comment in content.comments
    )


def _contents(assessment: Assessment) -> Iterator[Decoded]:
    private = Keystore(assessment.pk).box_private_key()
    opener = Opener(private_key=private, assessment=assessment.pk.bytes)
    sealed = Ballot.objects.filter(assessment=assessment).values_list("ciphertext", flat=True)
    for ciphertext in sealed.iterator(chunk_size=CHUNK):
        try:
            yield decode(opener.open(bytes(ciphertext)))
        except (SealBroken, UnreadableBallot, UnicodeDecodeError, struct.error) as error:
            raise BrokenBox from error
