"""The sealed box beside its ledger, the codes that people answer with, and what a trustee unlocks.

Privacy: a ballot and a ledger entry share nothing but the assessment. Neither has a time, an
address, a team or a serial number; the tests in `tests/test_privacy.py` hold their exact fields.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from surveys.models.assessment import Assessment
from surveys.models.groups import Group


class Slip(models.Model):
    """A code on paper for somebody of a group without e-mail; drawn by hand, so it names nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="slips")
    group = models.ForeignKey(Group, models.CASCADE, related_name="slips")


class WrappedKey(models.Model):
    """The private half of an assessment's box, wrapped under a trustee's code."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="wrapped_keys")
    wrapped = models.BinaryField()


class Credential(models.Model):
    """The hash of a code and with whom it is counted; deleted at the tally.

    The code is derived from `holder`, the id of an invitation or a slip, and never stored.
    """

    secret_hash = models.BinaryField(primary_key=True, max_length=32)
    holder = models.UUIDField(unique=True)
    group = models.ForeignKey(Group, models.CASCADE, related_name="+", db_index=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="+")


class LedgerEntry(models.Model):
    """That an invitation was used: HMAC(ledger key, invitation). Unreadable without the key."""

    pk = models.CompositePrimaryKey("assessment", "entry")
    # without a database constraint: checking it would lock the assessment's row at every cast;
    # without an index of its own: the key's serves
    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    entry = models.BinaryField(max_length=32)
    # hash of the blinded token, so that a lost reply can be asked for again;
    # random bytes on the plain path
    request_hash = models.BinaryField(max_length=32)


class Ballot(models.Model):
    """One sealed answer set of constant size. Only `surveys` names this model."""

    pk = models.CompositePrimaryKey("assessment", "nullifier")
    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    nullifier = models.UUIDField(default=uuid.uuid4, editable=False)
    ciphertext = models.BinaryField()


class ReceiptList(models.Model):
    """The hashes of all counted ballots' receipts, sorted; written with the findings."""

    assessment = models.OneToOneField(Assessment, models.CASCADE, related_name="receipt_list")
    listed = models.TextField(help_text=_("one hexadecimal hash in each line"))
