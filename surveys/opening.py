"""Opening: people are invited, the worker makes the keys and codes and queues the mails."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from accounts.models import Person, record
from surveys.codes import hash_code
from surveys.keystore import Keystore
from surveys.models import (
    Assessment,
    Credential,
    Delivery,
    Group,
    Invitation,
    KeyMode,
    Mailing,
    MailKind,
    State,
)
from surveys.signing_keys import SigningKeys, key_list_of
from surveys.slips import holders_of_codes
from surveys.states import locked

BATCH = 2000


def invite(assessment: Assessment, group_of: dict[int, Group]) -> list[Invitation]:
    """Invite the active people of these teams who are not invited yet, in random order."""
    people = (
        Person.objects.active()
        .order_by()
        .filter(team__in=group_of)
        .exclude(pk__in=Invitation.objects.filter(assessment=assessment).values("person"))
    )
    invitations = [
        Invitation(id=uuid.uuid4(), assessment=assessment, group=group_of[team], person_id=person)
        for person, team in people.values_list("pk", "team_id")
    ]
    invitations.sort(key=lambda invitation: invitation.id)
    return Invitation.objects.bulk_create(invitations, BATCH)


def finish_opening(*, assessment_id: UUID, now: datetime) -> bool:
    """Make the keys and codes and queue the invitations; run by the worker, may be repeated.

    Returns whether the assessment is open now.
    """
    assessment = Assessment.objects.get(pk=assessment_id)
    if assessment.state != State.OPENING or (assessment.opens_at and assessment.opens_at > now):
        return False
    if assessment.waits_for_code:
        return False
    _make_keys(assessment)
    moduli = make_signing_keys(assessment_id)
    with transaction.atomic():
        assessment = locked(assessment_id)
        if assessment.state != State.OPENING or assessment.waits_for_code:
            return False
        make_credentials(assessment)
        queue_mailing(assessment, MailKind.INVITATION, now)
        _make_up_for_delay(assessment, now)
        publish_signing_keys(assessment, moduli)
        assessment.box_public_key = _make_keys(assessment)
        assessment.state = State.OPEN
        assessment.save()
    return True


def _make_keys(assessment: Assessment) -> bytes:
    """The box's public half; what exists is kept. A trustee's was made when they took the code,
    see surveys.trustees."""
    if assessment.key_mode == KeyMode.TRUSTEE:
        return bytes(assessment.box_public_key or b"")
    return Keystore(assessment.pk).create()


def make_signing_keys(assessment_id: UUID) -> dict[int, int]:
    """One key for each group, outside any transaction; the moduli by group number."""
    numbers = Group.objects.filter(assessment=assessment_id).values_list("number", flat=True)
    made = SigningKeys(assessment_id).make(sorted(numbers))
    return {number: public.modulus for number, public in made.items()}


def publish_signing_keys(assessment: Assessment, moduli: dict[int, int]) -> None:
    """Write the public halves, and the root of their list to the (unsaved) assessment."""
    groups = list(Group.objects.filter(assessment=assessment))
    for group in groups:
        modulus = moduli[group.number]
        group.signing_modulus = modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")
    Group.objects.bulk_update(groups, ["signing_modulus"], BATCH)
    assessment.key_root = key_list_of(assessment.pk, moduli).root


def _make_up_for_delay(assessment: Assessment, now: datetime) -> None:
    """Keep the time to answer when no worker ran until the end; nobody was told of that end yet."""
    if assessment.opens_at and assessment.closes_at and assessment.closes_at <= now:
        assessment.closes_at += now - assessment.opens_at
        assessment.opens_at = now
        record(actor=None, verb="assessment opened late", subject=assessment)


def make_credentials(assessment: Assessment, joiners: list[Invitation] | None = None) -> None:
    """Codes for everybody invited, or for these joiners, in the order of their hashes."""
    groups = holders_of_codes(assessment, joiners)
    codes = Keystore(assessment.pk).codes_for(list(groups))
    hashes = sorted((hash_code(code), pk) for pk, code in codes.items())
    Credential.objects.bulk_create(
        [
            Credential(secret_hash=digest, holder=pk, group_id=groups[pk], assessment=assessment)
            for digest, pk in hashes
        ],
        BATCH,
    )
    transaction.on_commit(partial(read_once, assessment))


def read_once(assessment: Assessment) -> None:
    """Read every row that casting will look up. PostgreSQL marks a row when it is first read
    after its transaction, so that unread ones would show who has not taken part yet."""
    for model in (Credential, Invitation, Group):
        list(model._default_manager.filter(assessment=assessment).values_list("pk", "assessment"))


def queue_mailing(
    assessment: Assessment, kind: str, now: datetime, invitations: list[Invitation] | None = None
) -> Mailing:
    """A mail to everybody with a code of their own, or to those among the given ones."""
    mailing = Mailing.objects.create(assessment=assessment, kind=kind, due_at=now)
    served = Credential.objects.filter(assessment=assessment).values("holder")
    reached = list(Invitation.objects.filter(assessment=assessment, pk__in=served))
    if invitations is not None:
        wanted = {invitation.pk for invitation in invitations}
        reached = [invitation for invitation in reached if invitation.pk in wanted]
    Delivery.objects.bulk_create(
        sorted(
            (Delivery(id=uuid.uuid4(), mailing=mailing, invitation=i) for i in reached),
            key=lambda delivery: delivery.id,
        ),
        BATCH,
    )
    return mailing
