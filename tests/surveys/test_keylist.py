"""The list of signing keys: RFC 6962's tree, its paths, and what cannot be proved with them."""

import hashlib
from dataclasses import replace
from uuid import UUID

import pytest

from surveys.keylist import (
    ROOT_BYTES,
    STEP_BYTES,
    IncompleteList,
    list_keys,
    path_is_valid,
    written_root,
)

ASSESSMENT = UUID("8c3a1f0e-5b7d-4c29-9e64-2f1d0a7b6c35")
OTHER = UUID("00000000-0000-4000-8000-000000000001")
SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 64, 65]


def key_id(number):
    return hashlib.sha256(b"key %d" % number).digest()


def made(size):
    return list_keys(ASSESSMENT, {group: key_id(group) for group in range(size)})


def proof(listed, group):
    return {
        "root": listed.root,
        "assessment": ASSESSMENT,
        "size": listed.size,
        "group": group,
        "key_id": key_id(group),
        "path": listed.path(group),
    }


def tree_of_the_rfc(entries):
    """MTH of RFC 6962 §2.1, as it is written there."""
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1 << (len(entries) - 1).bit_length() - 1
    halves = tree_of_the_rfc(entries[:split]) + tree_of_the_rfc(entries[split:])
    return hashlib.sha256(b"\x01" + halves).digest()


@pytest.mark.parametrize("size", SIZES)
def test_tree_is_that_of_the_rfc(size):
    entries = [group.to_bytes(2, "big") + key_id(group) for group in range(size)]

    assert made(size).levels[-1] == (tree_of_the_rfc(entries),)


@pytest.mark.parametrize("size", SIZES)
def test_every_key_of_the_list_is_proved(size):
    listed = made(size)

    assert [path_is_valid(**proof(listed, group)) for group in range(size)] == [True] * size
    assert {len(listed.path(group)) % STEP_BYTES for group in range(size)} == {0}


@pytest.mark.parametrize("size", SIZES)
def test_key_made_for_one_person_is_not_proved(size):
    listed = made(size)

    found = [
        path_is_valid(**{**proof(listed, group), "key_id": key_id(1000)}) for group in range(size)
    ]

    assert found == [False] * size


@pytest.mark.parametrize("size", [2, 3, 7, 64])
def test_key_of_one_group_is_not_proved_for_another(size):
    listed = made(size)
    mine = proof(listed, 0)

    assert not any(
        path_is_valid(**{**mine, "group": group}) for group in range(-1, size + 2) if group
    )


@pytest.mark.parametrize(
    "change",
    [
        {"assessment": OTHER},
        {"size": 6},
        {"size": 8},
        {"size": 0},
        {"root": b""},
        {"path": b""},
    ],
    ids=str,
)
def test_changed_claim_is_not_proved(change):
    listed = made(7)

    assert not path_is_valid(**{**proof(listed, 3), **change})


@pytest.mark.parametrize("cut", [slice(1, None), slice(STEP_BYTES, None), slice(None, -STEP_BYTES)])
def test_path_of_another_length_is_not_proved(cut):
    mine = proof(made(7), 3)

    assert not path_is_valid(**{**mine, "path": mine["path"][cut]})
    assert not path_is_valid(**{**mine, "path": mine["path"] + bytes(STEP_BYTES)})


def test_root_holds_the_number_of_keys():
    listed = made(5)

    shortened = replace(listed, levels=(listed.levels[0][:4], *listed.levels[1:]))

    assert shortened.levels[-1] == listed.levels[-1]
    assert shortened.root != listed.root


@pytest.mark.parametrize("numbers", [[], [1], [1, 2], [0, 2], [-1, 0]])
def test_list_with_gaps_is_refused(numbers):
    with pytest.raises(IncompleteList):
        list_keys(ASSESSMENT, {number: key_id(number) for number in numbers})


def test_order_of_the_groups_does_not_matter():
    backwards = {group: key_id(group) for group in reversed(range(9))}

    assert list_keys(ASSESSMENT, backwards) == made(9)


def test_root_is_written_for_people():
    root = made(9).root

    assert len(root) == ROOT_BYTES
    assert written_root(root) == "433C-BASE-7DH2-M7R2-J5FB-3SEV-0T1T-KA9Q"
