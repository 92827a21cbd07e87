"""What people wrote, parted from all else, and what the reviewer made of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from resistance.models import Statement
from surveys.models.findings import Unit


class CommentState(models.TextChoices):
    REVIEW = "REVIEW", _("waiting for review")
    RELEASED = "RELEASED", _("released")
    DROPPED = "DROPPED", _("dropped")


class Readers(models.TextChoices):
    MANAGER = "m", _("my manager and HR")
    HR = "h", _("HR only")
    REVIEWER = "r", _("the reviewer only")


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> CommentQuerySet:
        """Released comments that their authors let `user` read, of whatever units they may see."""
        readers = [Readers.MANAGER, Readers.HR] if user.is_hr else [Readers.MANAGER]
        return self.filter(state=CommentState.RELEASED, readers__in=readers)


class Comment(models.Model):
    """One comment at exactly one unit; in random order, without author, time or score."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="comments")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+")
    text = models.TextField()
    readers = models.CharField(max_length=1, choices=Readers.choices)
    state = models.CharField(
        max_length=8, choices=CommentState.choices, default=CommentState.REVIEW
    )
    # the reviewer changed the text; what was there before is overwritten
    is_redacted = models.BooleanField(default=False)
    names_found = models.JSONField(default=list)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=CommentState.values) & Q(readers__in=Readers.values),
                name="comment_choices_known",
            ),
            models.CheckConstraint(
                condition=~Q(state=CommentState.DROPPED) | Q(text="", is_redacted=False),
                name="dropped_comment_has_no_text",
            ),
        ]
