"""People without e-mail: unnamed slips, made once, that work like any other code."""

from datetime import timedelta

import pytest
from django.urls import reverse

from surveys import lifecycle, slips
from surveys.casting import look_up
from surveys.codes import hash_code
from surveys.keystore import Keystore
from surveys.models import Credential, Delivery, Invitation, MailKind, Slip
from surveys.opening import queue_mailing
from surveys.questionnaire import questionnaire_for
from tests.factories import NOW, make_assessment, make_organisation, make_person, make_user
from tests.line import LATER, cast_form, close_and_tally, form_of, make_teams, open_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr():
    return make_user(is_hr=True)


@pytest.fixture
def teams():
    """Nine people with e-mail each; three more without in Stores, two in Calls."""
    stores, calls = make_teams({"Stores": 9, "Calls": 9})
    for team, count in ((stores, 3), (calls, 2)):
        for _number in range(count):
            make_person(team=team, email=None)
    return [stores, calls]


@pytest.fixture
def wave(teams, hr):
    return open_over(teams, by=hr)


def codes_of(sheet, wave):
    return Keystore(wave.pk).codes_for(list(sheet.slips))


def test_draft_tells_how_many_will_draw_a_slip(client, teams):
    make_organisation()
    starter = make_user(is_hr=True)
    draft = make_assessment(created_by=starter)
    draft.teams.set(teams)
    client.force_login(starter)

    page = client.get(reverse("surveys:wizard_check", args=[draft.pk])).content.decode()

    assert "5 people have no e-mail address" in page


def test_each_group_gets_a_slip_per_person_without_address(wave):
    sheets = slips.sheets_of(wave)

    assert [(sheet.name, sheet.count) for sheet in sheets] == [("Stores", 3), ("Calls", 2)]


def test_nobody_without_address_has_a_code_of_their_own(wave):
    unnamed = Invitation.objects.filter(person__email=None)

    holders = set(Credential.objects.values_list("holder", flat=True))
    assert unnamed.count() == 5
    assert not holders & set(unnamed.values_list("pk", flat=True))
    assert holders > set(Slip.objects.values_list("pk", flat=True))
    assert len(holders) == 23


def test_mails_go_to_people_with_codes_only(wave):
    assert Delivery.objects.count() == 18
    assert not Delivery.objects.filter(invitation__person__email=None).exists()


def test_slip_finds_its_group(wave):
    sheet = slips.sheets_of(wave)[0]

    found = [look_up(assessment_id=wave.pk, code=code) for code in codes_of(sheet, wave).values()]

    assert {group.name for group in found} == {"Stores"}


def test_slip_counts_like_any_other_code(wave, hr):
    form = form_of(questionnaire_for(wave.pk), {})
    for sheet in slips.sheets_of(wave):
        for code in codes_of(sheet, wave).values():
            cast_form(wave.pk, code, form)

    done = close_and_tally(wave, by=hr)

    assert (done.invited_count, done.taken_part_count, done.ballot_count) == (23, 5, 5)


def test_look_up_never_says_that_a_slip_was_used(wave):
    code = next(iter(codes_of(slips.sheets_of(wave)[0], wave).values()))
    before = look_up(assessment_id=wave.pk, code=code)
    cast_form(wave.pk, code, form_of(questionnaire_for(wave.pk), {}))

    assert look_up(assessment_id=wave.pk, code=code) == before


def test_address_that_comes_later_brings_no_second_code(wave, hr):
    """Who drew a slip and then got an address must not vote twice when somebody joins."""
    drew = Invitation.objects.filter(person__email=None).first().person
    drew.email = "late@example.org"
    drew.save()
    make_person(team=drew.team)

    lifecycle.add_joiners(assessment_id=wave.pk, by=hr, now=LATER)

    holders = Credential.objects.values_list("holder", flat=True)
    assert len(holders) == 24
    assert Invitation.objects.get(person=drew).pk not in set(holders)
    reminder = queue_mailing(wave, MailKind.REMINDER, LATER)
    assert not reminder.deliveries.filter(invitation__person=drew).exists()


def test_joiners_without_address_get_a_sheet_of_their_own(wave, teams, hr):
    for number in (1, 2):
        make_person(team=teams[0], email=None)
        lifecycle.add_joiners(assessment_id=wave.pk, by=hr, now=NOW + timedelta(hours=number))

    sheets = slips.sheets_of(wave)

    rounds = [(sheet.name, sheet.round, sheet.count) for sheet in sheets]
    assert rounds == [("Stores", 0, 3), ("Stores", 1, 1), ("Stores", 2, 1), ("Calls", 0, 2)]
    assert len({pk for sheet in sheets for pk in sheet.slips}) == Slip.objects.count() == 7


def test_only_the_hash_of_a_slips_code_is_stored(wave):
    store = Keystore(wave.pk)

    stored = {row.holder: bytes(row.secret_hash) for row in Credential.objects.all()}

    for pk in Slip.objects.values_list("pk", flat=True):
        assert stored[pk] == hash_code(store.code_for(pk))


def test_slips_are_erased_with_the_codes(wave, hr):
    close_and_tally(wave, by=hr)

    assert not Slip.objects.exists()
