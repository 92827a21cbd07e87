from datetime import timedelta

import pytest

from resistance.catalogue import load_catalogue
from surveys import lifecycle, opening
from surveys.codes import hash_code
from surveys.keystore import Keystore
from surveys.models import Credential, Delivery, Invitation, Mailing, State
from tests.factories import NOW, make_assessment, make_organisation, make_user
from tests.line import make_teams

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting():
    """Opened by HR for tomorrow; the worker has not been there."""
    load_catalogue()
    make_organisation()
    tomorrow = NOW + timedelta(days=1)
    assessment = make_assessment(opens_at=tomorrow, closes_at=tomorrow + timedelta(days=10))
    assessment.teams.set(make_teams({"Calls": 9, "Stores": 8}))
    lifecycle.open_assessment(assessment_id=assessment.pk, by=make_user(is_hr=True), now=NOW)
    assessment.refresh_from_db()
    return assessment


def finish(assessment, now=None):
    return opening.finish_opening(assessment_id=assessment.pk, now=now or assessment.opens_at)


def test_keys_codes_and_mails_are_made_when_the_time_has_come(waiting):
    assert finish(waiting) is True

    waiting.refresh_from_db()
    assert waiting.state == State.OPEN
    assert len(waiting.box_public_key) == 32
    assert (Credential.objects.count(), Delivery.objects.count()) == (17, 17)


def test_nothing_happens_before_the_time(waiting):
    assert finish(waiting, now=waiting.opens_at - timedelta(seconds=1)) is False

    assert not Keystore(waiting.pk).exists()
    assert not Credential.objects.exists()


def test_second_worker_changes_nothing(waiting):
    finish(waiting)
    waiting.refresh_from_db()
    key = bytes(waiting.box_public_key)

    assert finish(waiting) is False

    waiting.refresh_from_db()
    assert bytes(waiting.box_public_key) == key
    assert Mailing.objects.count() == 1


def test_worker_that_died_between_keys_and_rows_keeps_its_keys(waiting):
    public = Keystore(waiting.pk).create()

    finish(waiting)

    waiting.refresh_from_db()
    assert bytes(waiting.box_public_key) == public


def test_only_hashes_of_codes_are_stored(waiting):
    finish(waiting)

    store = Keystore(waiting.pk)
    stored = {bytes(row.secret_hash): row.holder for row in Credential.objects.all()}
    assert stored == {hash_code(store.code_for(pk)): pk for pk in stored.values()}
    assert set(stored.values()) == set(Invitation.objects.values_list("pk", flat=True))


def test_rows_are_written_in_random_order(waiting):
    """In the order of the roster, places in the table would name the people."""
    finish(waiting)

    by_id = list(Invitation.objects.order_by("pk").values_list("person", flat=True))
    assert by_id != sorted(by_id)
    first = Delivery.objects.order_by("pk").first()
    assert first.pk.version == 4
