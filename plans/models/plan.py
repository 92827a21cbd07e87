"""Plans with what is suggested in them and what they ask of a higher level."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from resistance.models import OwnerLevel, Source, Strategy
from surveys.models import Assessment, Unit, UnitQuerySet

ANSWER_DAYS = 14


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, user: User) -> PlanQuerySet:
        return self.filter(unit__in=UnitQuerySet(Unit).visible_to(user)).distinct()


class Plan(models.Model):
    """The plan of a unit; its lead is the manager of the smallest node that contains the unit."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="plan")
    lead = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="led_plans")
    members = models.PositiveIntegerField(help_text=_("people invited, for hours"))
    budget_hours = models.FloatField(help_text=_("person-hours in a quarter"))
    horizon_weeks = models.PositiveSmallIntegerField(default=26)
    level = models.CharField(max_length=12, choices=OwnerLevel.choices)
    has_ranking = models.BooleanField(default=True)
    drafted_at = models.DateTimeField()
    answer_due_date = models.DateField(help_text=_("until then the team was promised an answer"))
    viewed_at = models.DateTimeField(null=True, blank=True)
    pinned = models.JSONField(default=list, help_text=_("strategies that must be in"))
    left_out = models.JSONField(default=dict, help_text=_("strategies left out, with the reason"))
    outlook = models.JSONField(
        default=dict,
        help_text=_("what the suggestions do together, and the next step; empty once untrue"),
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(level__in=OwnerLevel.values), name="plan_level_known"
            ),
        ]

    def __str__(self) -> str:
        return self.unit.name

    def get_absolute_url(self) -> str:
        return reverse("plans:plan", args=[self.pk])


class PlanEvent(models.Model):
    """What was changed about a plan, before and after; only ever added to."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="events")
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]


class RecommendationState(models.TextChoices):
    SUGGESTED = "SUGGESTED", _("suggested")
    ALTERNATIVE = "ALTERNATIVE", _("comes later")
    UPWARDS = "UPWARDS", _("only a higher level can start it")
    ACCEPTED = "ACCEPTED", _("accepted")
    DECLINED = "DECLINED", _("declined")


class Recommendation(models.Model):
    """A strategy as ranked for a plan, with the numbers of its reason sentence.

    `reason` holds numbers only; `plans.reasons` turns them into a sentence in any language.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="recommendations")
    strategy = models.ForeignKey(Strategy, models.PROTECT, null=True, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, null=True, related_name="+")
    rank = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=RecommendationState.choices)
    hours = models.FloatField()
    expected_points = models.FloatField(help_text=_("negative is better"))
    expected_low = models.FloatField()
    expected_high = models.FloatField()
    reason = models.JSONField(default=dict)
    why_not = models.CharField(max_length=16, blank=True, default="")
    declined_because = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["rank"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "rank"], name="recommendation_rank_once"),
            models.CheckConstraint(
                condition=Q(state__in=RecommendationState.values), name="recommendation_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=RecommendationState.DECLINED) | ~Q(declined_because=""),
                name="declined_with_reason",
            ),
        ]


class RequestState(models.TextChoices):
    ASKED = "ASKED", _("asked")
    GRANTED = "GRANTED", _("granted")
    REFUSED = "REFUSED", _("refused")


class Request(models.Model):
    """What only a higher level can do, asked of it with its own clock."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="requests")
    recommendation = models.OneToOneField(
        Recommendation, models.SET_NULL, null=True, blank=True, related_name="request"
    )
    strategy = models.ForeignKey(Strategy, models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=120)
    note = models.CharField(_("why you ask"), max_length=300, blank=True)
    level = models.CharField(max_length=12, choices=OwnerLevel.choices)
    to_team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    answer_due_date = models.DateField()
    state = models.CharField(max_length=8, choices=RequestState.choices, default=RequestState.ASKED)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-asked_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=RequestState.ASKED, answered_at=None)
                | (~Q(state=RequestState.ASKED) & Q(answered_at__isnull=False)),
                name="request_answered_with_state",
            ),
            models.CheckConstraint(
                condition=~Q(state=RequestState.REFUSED) | ~Q(answer=""),
                name="refused_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PlanDraft(models.Model):
    """That an assessment's plans were drafted; the sweep looks for scored ones without it."""

    assessment = models.OneToOneField(Assessment, models.CASCADE, related_name="plan_draft")
    drafted_at = models.DateTimeField()


def answer_due(scored_at: datetime) -> date:
    """The day until which a team is answered: a plan, or an honest no."""
    return timezone.localdate(scored_at) + timedelta(days=ANSWER_DAYS)
