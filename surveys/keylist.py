"""The list of an assessment's signing keys, as one short root that everybody can compare.

A key that only one person gets would unmask them. So all keys stand in a Merkle tree (RFC 6962:
leaves and nodes are hashed with different first bytes); a page carries one key and its path, and
the root is the same for everybody. The place in the tree is the group's number and the root holds
how many places there are, so one root cannot hold two keys for a group. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from surveys.crockford import written

STEP_BYTES = 32
ROOT_BYTES = 20  # finding two lists with one root takes 2^80 hashes
_LEAF, _NODE, _ROOT = b"\x00", b"\x01", b"\x02"

Levels = tuple[tuple[bytes, ...], ...]


class IncompleteList(ValueError):
    """The groups are not numbered 0, 1, 2, …, or there are none."""


@dataclass(frozen=True)
class KeyList:
    """The tree of one assessment; made once by `list_keys`, cheap to ask."""

    assessment: UUID
    levels: Levels

    @property
    def size(self) -> int:
        return len(self.levels[0])

    @property
    def root(self) -> bytes:
        return _root(self.assessment, self.size, self.levels[-1][0])

    def path(self, group: int) -> bytes:
        """The neighbours on the way from the group's key up to the root, 32 bytes each."""
        steps = b""
        for level in self.levels[:-1]:
            steps += level[group ^ 1] if group ^ 1 < len(level) else b""
            group >>= 1
        return steps


def list_keys(assessment: UUID, key_ids: Mapping[int, bytes]) -> KeyList:
    """The tree over the key ids by group number. Raises `IncompleteList`."""
    if not key_ids or sorted(key_ids) != list(range(len(key_ids))):
        raise IncompleteList
    level = tuple(_leaf(group, key_ids[group]) for group in range(len(key_ids)))
    levels = [level]
    while len(level) > 1:
        level = _above(level)
        levels.append(level)
    return KeyList(assessment, tuple(levels))


def path_is_valid(
    *, root: bytes, assessment: UUID, size: int, group: int, key_id: bytes, path: bytes
) -> bool:
    """Whether the group's key stands in the list of `size` keys with this root."""
    if not 0 <= group < size or len(path) % STEP_BYTES:
        return False
    steps = [path[start : start + STEP_BYTES] for start in range(0, len(path), STEP_BYTES)]
    node, place, places = _leaf(group, key_id), group, size
    while places > 1:
        if place ^ 1 < places:
            if not steps:
                return False
            node = _node(steps.pop(0), node) if place & 1 else _node(node, steps.pop(0))
        place, places = place >> 1, (places + 1) >> 1
    return not steps and _root(assessment, size, node) == root


def written_root(root: bytes) -> str:
    """The root for a page or a mail: 32 symbols in groups of four."""
    return written(int.from_bytes(root, "big"), ROOT_BYTES * 8 // 5)


def _leaf(group: int, key_id: bytes) -> bytes:
    return hashlib.sha256(_LEAF + group.to_bytes(2, "big") + key_id).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


def _above(level: Sequence[bytes]) -> tuple[bytes, ...]:
    """Two by two; a last one without a neighbour goes up as it is, as in RFC 6962."""
    pairs = [_node(*level[start : start + 2]) for start in range(0, len(level) - 1, 2)]
    return (*pairs, *level[len(pairs) * 2 :])


def _root(assessment: UUID, size: int, top: bytes) -> bytes:
    content = _ROOT + assessment.bytes + size.to_bytes(4, "big") + top
    return hashlib.sha256(content).digest()[:ROOT_BYTES]
