from datetime import timedelta

import pytest

from surveys.models import Assessment, LedgerEntry
from surveys.participation import update_participation
from tests.factories import NOW, make_user
from tests.line import make_teams, open_over

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture
def assessment():
    return open_over(make_teams({"Calls": 30, "Stores": 10}), by=make_user(is_hr=True))


def take_part(assessment, *numbers):
    LedgerEntry.objects.bulk_create(
        LedgerEntry(assessment=assessment, entry=bytes([number]) * 32, request_hash=b"")
        for number in numbers
    )


def shown(assessment):
    return Assessment.objects.get(pk=assessment.pk).participation_percent


def test_participation_is_one_rounded_number(assessment):
    take_part(assessment, *range(13))

    assert update_participation(today=TODAY) == 1
    assert shown(assessment) == 30


def test_participation_changes_once_a_day(assessment):
    update_participation(today=TODAY)
    take_part(assessment, *range(20))

    assert update_participation(today=TODAY) == 0
    assert shown(assessment) == 10

    assert update_participation(today=TODAY + timedelta(days=1)) == 1
    assert shown(assessment) == 50


def test_participation_of_fewer_than_twenty_is_not_told():
    small = open_over(make_teams({"Calls": 19}), by=make_user(is_hr=True))
    take_part(small, *range(10))

    update_participation(today=TODAY)

    assert shown(small) is None


def test_participation_of_what_is_not_open_is_left_alone(assessment):
    Assessment.objects.filter(pk=assessment.pk).update(state="CLOSED")

    assert update_participation(today=TODAY) == 0
