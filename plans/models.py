"""What is done about the findings: plans, recommendations, actions, check-ins, requests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Team, User
from resistance.models import OwnerLevel, Source, Strategy
from surveys.models import Assessment, Unit, UnitQuerySet

MAX_OPEN_ACTIONS = 3
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


class ActionStatus(models.TextChoices):
    PLANNED = "PLANNED", _("planned")
    MOVING = "MOVING", _("moving")
    BLOCKED = "BLOCKED", _("blocked")
    DONE = "DONE", _("done")
    STOPPED = "STOPPED", _("stopped")


OPEN_STATUSES = (ActionStatus.PLANNED, ActionStatus.MOVING, ActionStatus.BLOCKED)


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: User) -> ActionQuerySet:
        return self.filter(plan__in=Plan.objects.visible_to(user))

    def open(self) -> ActionQuerySet:
        return self.filter(status__in=OPEN_STATUSES)

    def overdue(self, today: date) -> ActionQuerySet:
        return self.open().filter(due_date__lt=today)


class Action(models.Model):
    """A strategy that was taken on, or an action of the team's own."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="actions")
    recommendation = models.OneToOneField(
        Recommendation, models.SET_NULL, null=True, blank=True, related_name="action"
    )
    strategy = models.ForeignKey(
        Strategy, models.PROTECT, null=True, blank=True, related_name="actions"
    )
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("aims at"))
    title = models.CharField(_("action"), max_length=120)
    description = models.TextField(_("what will be done"), blank=True)
    owner = models.ForeignKey(
        Person, models.PROTECT, related_name="actions", verbose_name=_("owner")
    )
    due_date = models.DateField(_("due"))
    first_step_when = models.CharField(_("when"), max_length=160, blank=True)
    first_step_then = models.CharField(_("then I"), max_length=160, blank=True)
    hours = models.FloatField(_("hours"), default=0)
    status = models.CharField(
        max_length=8, choices=ActionStatus.choices, default=ActionStatus.PLANNED
    )
    status_since = models.DateTimeField()
    is_visible_to_team = models.BooleanField(_("show it to the team"), default=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField()

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering: ClassVar = ["accepted_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=ActionStatus.values), name="action_status_known"
            ),
            models.CheckConstraint(condition=Q(hours__gte=0), name="action_hours_not_negative"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("plans:action", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    def days_in_status(self, now: datetime) -> int:
        return (now - self.status_since).days


class ActionStep(models.Model):
    action = models.ForeignKey(Action, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("step"), max_length=200)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "position"], name="step_position_once"),
        ]

    def __str__(self) -> str:
        return self.text


class CheckInState(models.TextChoices):
    DONE = "DONE", _("Done")
    MOVING = "MOVING", _("Moving")
    BLOCKED = "BLOCKED", _("Blocked")


class CheckIn(models.Model):
    """The weekly two-tap answer to “how is it going?”."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="check_ins")
    state = models.CharField(max_length=8, choices=CheckInState.choices)
    note = models.CharField(_("one line for the team"), max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-made_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=CheckInState.values), name="check_in_state_known"
            ),
        ]


class EventKind(models.TextChoices):
    ACCEPTED = "ACCEPTED", _("accepted")
    ADDED = "ADDED", _("added")
    EDITED = "EDITED", _("edited")
    CHECKED_IN = "CHECKED_IN", _("checked in")
    STEP = "STEP", _("step ticked")
    REOPENED = "REOPENED", _("reopened")
    STOPPED = "STOPPED", _("stopped")


class ActionEvent(models.Model):
    """The history of an action; only ever added to. `detail`: what changed, before and after."""

    action = models.ForeignKey(Action, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=EventKind.choices)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]


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


class Verdict(models.TextChoices):
    WORKED = "WORKED", _("worked")
    NO_SIGN = "NO_SIGN", _("no sign")
    TOO_FEW = "TOO_FEW", _("too few to say")


class Basis(models.TextChoices):
    """What an effect rests on, or why there is no number."""

    FITTED = "FITTED", _("how values moved where nobody acted")
    NO_TREND = "NO_TREND", _("too few teams that did nothing about this source")
    UNFITTED = "UNFITTED", _("too little is known yet of how values move by themselves")
    DIFFERENT_PEOPLE = "DIFFERENT_PEOPLE", _("more than three in ten people changed")
    NO_UNIT = "NO_UNIT", _("the teams were reported together with others")
    NOT_SHOWN = "NOT_SHOWN", _("not shown both times with the same statements")


MEASURED = (Basis.FITTED, Basis.NO_TREND, Basis.UNFITTED)
UNMEASURED = (Basis.DIFFERENT_PEOPLE, Basis.NO_UNIT, Basis.NOT_SHOWN)


class Effect(models.Model):
    """What an action changed beyond what was to be expected, as a later assessment shows it.

    Points are signed: negative is less resistance. `source` is what the action aimed at then.
    """

    action = models.ForeignKey(Action, models.CASCADE, related_name="effects")
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    basis = models.CharField(max_length=16, choices=Basis.choices)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    promised = models.FloatField()
    first = models.PositiveSmallIntegerField(null=True)
    second = models.PositiveSmallIntegerField(null=True)
    expected = models.FloatField(null=True, help_text=_("second value without the action"))
    trend = models.FloatField(null=True, help_text=_("how the source moved where nobody acted"))
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    variance = models.FloatField(null=True, help_text=_("of this value alone"))
    shared_variance = models.FloatField(null=True, help_text=_("of the trend"))
    is_done = models.BooleanField(help_text=_("done before people were asked again"))
    is_alone = models.BooleanField(help_text=_("nothing else was done about the source here"))
    may_teach = models.BooleanField()
    measured_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-measured_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "assessment"], name="effect_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values)
                & (
                    Q(basis__in=MEASURED, value__isnull=False) | Q(basis__in=UNMEASURED, value=None)
                ),
                name="effect_has_number_if_measured",
            ),
            models.CheckConstraint(
                condition=Q(may_teach=False) | Q(basis=Basis.FITTED, is_done=True, is_alone=True),
                name="only_sound_effects_teach",
            ),
        ]

    @property
    def is_measured(self) -> bool:
        return self.value is not None


class Measurement(models.Model):
    """That an assessment was compared with those before; the sweep looks for scored ones without
    it."""

    assessment = models.OneToOneField(Assessment, models.CASCADE, related_name="measurement")
    measured_at = models.DateTimeField()


class PlanDraft(models.Model):
    """That an assessment's plans were drafted; the sweep looks for scored ones without it."""

    assessment = models.OneToOneField(Assessment, models.CASCADE, related_name="plan_draft")
    drafted_at = models.DateTimeField()


def answer_due(scored_at: datetime) -> date:
    """The day until which a team is answered: a plan, or an honest no."""
    return timezone.localdate(scored_at) + timedelta(days=ANSWER_DAYS)
