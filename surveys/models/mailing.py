"""Mails to everybody, and which of them went out."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from surveys.models.assessment import Assessment
from surveys.models.groups import Invitation


class MailKind(models.TextChoices):
    INVITATION = "INVITATION", _("invitation")
    REMINDER = "REMINDER", _("reminder")


class Mailing(models.Model):
    """One mail to everybody of an assessment; the rows of `Delivery` are its outbox."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="mailings")
    kind = models.CharField(max_length=10, choices=MailKind.choices)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=MailKind.values), name="mailing_kind_known"
            ),
        ]


class Delivery(models.Model):
    """One mail of a mailing; deleted at the tally."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="deliveries")
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="deliveries")
    is_sent = models.BooleanField(default=False)
    has_bounced = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailing", "invitation"], name="delivered_once"),
        ]
