"""An assessment with its life, and the statements that it asks."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Language, Team, User
from resistance.models import Source, Statement, localized
from resistance.shown import Thresholds


class State(models.TextChoices):
    DRAFT = "DRAFT", _("draft")
    OPENING = "OPENING", _("opening")
    OPEN = "OPEN", _("open")
    CLOSED = "CLOSED", _("closed")
    AWAITING_TRUSTEE = "AWAITING_TRUSTEE", _("awaiting trustee")
    TALLYING = "TALLYING", _("tallying")
    ERASING = "ERASING", _("erasing")
    SCORED = "SCORED", _("scored")
    FAILED = "FAILED", _("failed")


class Form(models.TextChoices):
    SHORT = "SHORT", _("short, 3 statements per source, about five minutes")
    LONG = "LONG", _("long, 4 statements per source, about seven minutes")


class AssessmentKind(models.TextChoices):
    FULL = "FULL", _("full")
    REPULSE = "REPULSE", _("re-pulse")


class KeyMode(models.TextChoices):
    UNATTENDED = "UNATTENDED", _("unattended: the key lies on this server until the tally")
    TRUSTEE = "TRUSTEE", _("trustee: the key opens with a code that a trustee keeps")


#: the failure of an assessment that HR has given up: there will be no results
GIVEN_UP = "GIVEN_UP"


COLLECTING = (State.OPENING, State.OPEN, State.CLOSED, State.AWAITING_TRUSTEE)


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: User) -> AssessmentQuerySet:
        """All for HR; for a manager those that ask a team below theirs, or that they made."""
        if user.is_hr:
            return self
        mine = Team.objects.managed_by(user)
        return self.filter(Q(created_by=user) | Q(member_teams__team__in=mine)).distinct()

    def steered_by(self, user: User) -> AssessmentQuerySet:
        """Those that `user` may change, open or close: all for HR, else their own, as long as
        they manage a team that is asked."""
        if user.is_hr:
            return self
        mine = Q(member_teams=None) | Q(member_teams__team__in=Team.objects.managed_by(user))
        return self.filter(mine, created_by=user).distinct()

    def entrusted_to(self, user: User) -> AssessmentQuerySet:
        """Those whose box opens with a code that `user` keeps."""
        if not user.is_trustee:
            return self.none()
        return self.filter(trustees=user, key_mode=KeyMode.TRUSTEE).exclude(state=State.DRAFT)

    def drafts(self) -> AssessmentQuerySet:
        return self.filter(state=State.DRAFT)

    def open(self) -> AssessmentQuerySet:
        return self.filter(state=State.OPEN)

    def scored(self) -> AssessmentQuerySet:
        return self.filter(state=State.SCORED)

    def full(self) -> AssessmentQuerySet:
        """Without re-pulses, which ask after one source only."""
        return self.filter(kind=AssessmentKind.FULL)


class Assessment(models.Model):
    """One survey wave of one initiative over some teams."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name_en = models.CharField(_("initiative, in a few words"), max_length=80, blank=True)
    name_de = models.CharField(_("initiative in German"), max_length=80, blank=True)
    purpose_en = models.CharField(_("what it wants, in one sentence"), max_length=240, blank=True)
    purpose_de = models.CharField(_("the sentence in German"), max_length=240, blank=True)
    languages = models.JSONField(_("languages"), default=list)
    form = models.CharField(_("form"), max_length=5, choices=Form.choices, default=Form.SHORT)
    kind = models.CharField(
        max_length=7, choices=AssessmentKind.choices, default=AssessmentKind.FULL
    )
    # of a re-pulse: what it asks after, and the assessment whose units are asked again
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    follows = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="repulses"
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    teams = models.ManyToManyField(Team, verbose_name=_("teams"), blank=True, related_name="+")
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    scored_at = models.DateTimeField(null=True, blank=True)
    # frozen at opening; the thresholds can only be raised before it
    min_invited = models.PositiveSmallIntegerField(default=8)
    min_score = models.PositiveSmallIntegerField(default=5)
    min_exact = models.PositiveSmallIntegerField(default=10)
    min_comment = models.PositiveSmallIntegerField(default=10)
    box_public_key = models.BinaryField(null=True, blank=True, editable=False)
    key_mode = models.CharField(
        _("who can open the box"),
        max_length=10,
        choices=KeyMode.choices,
        default=KeyMode.UNATTENDED,
    )
    trustees = models.ManyToManyField(
        User, blank=True, related_name="+", verbose_name=_("trustees")
    )
    trustees_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # root of the list of all groups' signing keys, the same for everybody
    key_root = models.BinaryField(max_length=20, null=True, blank=True, editable=False)
    # one number a day while open, see surveys.participation
    participation_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    participation_date = models.DateField(null=True, blank=True)
    # exact, after the tally, for the whole assessment only
    invited_count = models.PositiveIntegerField(null=True, blank=True)
    taken_part_count = models.PositiveIntegerField(null=True, blank=True)
    ballot_count = models.PositiveIntegerField(null=True, blank=True)
    # how carefully people answered, in steps of five per cent, see resistance.overall
    alike_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    gaps_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    # the tally's lease keeps two workers apart
    lease_holder = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    failure = models.TextField(blank=True)
    failed_from = models.CharField(max_length=16, choices=State.choices, blank=True, default="")

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="assessment_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=AssessmentKind.FULL, source=None, follows=None)
                | Q(kind=AssessmentKind.REPULSE, source__isnull=False, follows__isnull=False)
                & ~Q(follows=F("id")),
                name="repulse_with_source_and_earlier",
            ),
            models.CheckConstraint(
                condition=Q(min_invited__gte=8)
                & Q(min_score__gte=5)
                & Q(min_exact__gte=10)
                & Q(min_comment__gte=10),
                name="thresholds_never_below_floor",
            ),
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(opens_at=None) | Q(closes_at__gt=F("opens_at")),
                name="assessment_closes_after_opening",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SCORED, scored_at__isnull=False)
                | (~Q(state=State.SCORED) & Q(scored_at=None)),
                name="scored_at_with_state",
            ),
            models.CheckConstraint(
                condition=Q(invited_count=None)
                | Q(invited_count__gte=F("taken_part_count"))
                & Q(taken_part_count__gte=F("ballot_count")),
                name="invited_taken_part_ballots",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("surveys:assessment", args=[self.pk])

    @property
    def name(self) -> str:
        return localized(self, "name") or self.name_de

    @property
    def title(self) -> str:
        """The name for those who run it; of a re-pulse with its source, which must be selected
        and is not named to employees."""
        if self.source is None:
            return self.name
        words = {"name": self.name, "source": self.source.name}
        return str(_("%(name)s: re-pulse on %(source)s")) % words

    @property
    def purpose(self) -> str:
        return localized(self, "purpose") or self.purpose_de

    @property
    def response(self) -> float | None:
        """Share of everybody invited whose ballot was counted; known after the tally."""
        if self.ballot_count is None or not self.invited_count:
            return None
        return self.ballot_count / self.invited_count

    @property
    def is_repulse(self) -> bool:
        return self.kind == AssessmentKind.REPULSE

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN

    @property
    def is_scored(self) -> bool:
        return self.state == State.SCORED

    @property
    def has_failed(self) -> bool:
        return self.state == State.FAILED

    @property
    def waits_for_code(self) -> bool:
        """It cannot open before a trustee has taken the code of its box."""
        return (
            self.state == State.OPENING
            and self.key_mode == KeyMode.TRUSTEE
            and not self.box_public_key
        )

    @property
    def is_given_up(self) -> bool:
        return self.has_failed and self.failure == GIVEN_UP

    @property
    def tally_due_at(self) -> datetime | None:
        """When counting may start: casting still ends a little after the close."""
        if self.closed_at is None:
            return None
        return self.closed_at + timedelta(seconds=settings.CASTING_GRACE_SECONDS)

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.min_score, self.min_exact, self.min_comment)

    @property
    def few(self) -> tuple[int, int]:
        """The counts that a number of answers that is not shown may stand for."""
        return self.min_score, self.min_exact - 1

    @property
    def language_names(self) -> list[str]:
        return [Language(code).label for code in self.languages]


class AskedStatement(models.Model):
    """A statement as frozen for an assessment; `position` is its byte in the ballot."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="asked")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "position"], name="asked_position_once"),
            models.UniqueConstraint(fields=["assessment", "statement"], name="asked_once"),
        ]
