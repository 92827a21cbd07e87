import pytest

from surveys.blindsign import public_form
from surveys.keylist import path_is_valid
from surveys.keystore import Keystore, MissingKey
from surveys.models import Group
from surveys.signing_keys import SigningKeys, published_keys
from tests.factories import make_user
from tests.line import make_teams, open_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment():
    return open_over(make_teams({"Calls": 9, "Stores": 8, "Night": 8}), by=make_user(is_hr=True))


def test_opening_publishes_a_key_for_each_group_under_one_root(assessment):
    keys = published_keys(assessment.pk)

    files = [public_form(SigningKeys(assessment.pk).key(number)) for number in range(3)]
    assert list(keys.public) == files
    assert keys.key_list.root == bytes(assessment.key_root)
    assert keys.box_public_key == bytes(assessment.box_public_key)
    for number, public in enumerate(files):
        assert path_is_valid(
            root=bytes(assessment.key_root),
            assessment=assessment.pk,
            size=3,
            group=number,
            key_id=public.key_id,
            path=keys.key_list.path(number),
        )


def test_moduli_are_stored_whole(assessment):
    stored = Group.objects.filter(assessment=assessment).values_list("signing_modulus", flat=True)

    assert {len(modulus) for modulus in stored} == {256}


def test_keys_that_exist_are_kept(assessment):
    keys = SigningKeys(assessment.pk)
    before = keys.key(1)

    made = keys.make(range(4))

    assert keys.key(1) == before
    assert sorted(made) == [0, 1, 2, 3]
    names = {path.name for path in Keystore(assessment.pk).folder.iterdir()}
    assert [name for name in names if name.startswith(".")] == []


def test_worker_that_comes_second_keeps_the_first_key(assessment, monkeypatch):
    keys = SigningKeys(assessment.pk)
    before = keys.key(0)
    monkeypatch.setattr("pathlib.Path.exists", lambda _path: False)

    made = keys.make([0])

    assert keys.key(0) == before
    assert made[0] == public_form(before)


def test_key_files_are_private(assessment):
    path = Keystore(assessment.pk).folder / "sign-0"

    assert path.stat().st_mode & 0o777 == 0o600


def test_destroyed_key_is_overwritten_and_destroying_may_be_repeated(assessment, tmp_path):
    second_name = tmp_path / "same file"
    second_name.hardlink_to(Keystore(assessment.pk).folder / "sign-0")
    before = second_name.read_bytes()
    keys = SigningKeys(assessment.pk)

    keys.destroy()
    keys.destroy()

    assert second_name.read_bytes() != before
    with pytest.raises(MissingKey, match=r"^a signing key of this assessment cannot be read$"):
        keys.key(0)
