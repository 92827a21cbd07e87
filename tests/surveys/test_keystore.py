from uuid import UUID

import pytest

from surveys.codes import derive_code
from surveys.keystore import KEY_FILES, Keystore, MissingKey
from surveys.sealing import CONTENT_SIZE, seal, unseal

ID, INVITATION = UUID(int=7), UUID(int=8)


@pytest.fixture
def store(settings, tmp_path):
    settings.KEY_DIR = tmp_path / "keys"
    return Keystore(ID)


def test_new_keys_are_private_and_random(store, settings):
    public = store.create()

    files = {path.name: path for path in store.folder.iterdir()}
    assert sorted(files) == sorted(KEY_FILES)
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    assert {f.stat().st_mode & 0o777 for f in (store.folder, settings.KEY_DIR)} == {0o700}
    assert len({path.read_bytes()[:32] for path in files.values()} | {public}) == 4
    assert list(settings.KEY_DIR.iterdir()) == [store.folder]


def test_public_half_fits_the_private_one(store):
    public = store.create()
    content = b"x" * CONTENT_SIZE

    sealed = seal(public_key=public, assessment=ID.bytes, content=content)

    assert (
        unseal(private_key=store.box_private_key(), assessment=ID.bytes, sealed=sealed) == content
    )


def test_keys_that_exist_are_kept(store):
    public = store.create()
    entry = store.ledger_entry(INVITATION)

    assert store.create() == public
    assert store.ledger_entry(INVITATION) == entry


def test_worker_that_comes_second_leaves_no_keys_of_its_own(store, settings, monkeypatch):
    public = store.create()
    monkeypatch.setattr(Keystore, "exists", lambda _self: seen.pop() if seen else True)
    seen = [False]

    assert store.create() == public
    assert list(settings.KEY_DIR.iterdir()) == [store.folder]


def test_ledger_entry_and_code_depend_on_keys_of_their_own(store):
    store.create()
    other = Keystore(UUID(int=9))
    other.create()

    assert len(store.ledger_entry(INVITATION)) == 32
    assert store.ledger_entry(INVITATION) != other.ledger_entry(INVITATION)
    assert store.code_for(INVITATION) != other.code_for(INVITATION)
    key = (store.folder / "invitation").read_bytes()
    assert store.codes_for([INVITATION]) == {
        INVITATION: derive_code(invitation_key=key, invitation_id=INVITATION)
    }


def test_destroyed_keys_are_gone_and_destroying_may_be_repeated(store, settings):
    store.create()

    store.destroy()
    store.destroy()

    assert list(settings.KEY_DIR.iterdir()) == []
    with pytest.raises(MissingKey):
        store.box_private_key()


def test_destroying_goes_on_where_it_was_interrupted(store):
    store.create()
    (store.folder / "box").unlink()

    store.destroy()

    assert not store.exists()


def test_key_is_overwritten_before_it_is_removed(store, tmp_path):
    store.create()
    second_name = tmp_path / "same file"
    second_name.hardlink_to(store.folder / "box")
    before = second_name.read_bytes()

    store.destroy()

    assert len(second_name.read_bytes()) == len(before)
    assert second_name.read_bytes() != before


def test_missing_key_names_no_content(store):
    with pytest.raises(MissingKey, match=r"^the ledger key of this assessment cannot be read$"):
        store.ledger_entry(INVITATION)
