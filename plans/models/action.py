"""Actions with their steps, check-ins and history."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from plans.models.plan import Plan, Recommendation
from resistance.models import Source, Strategy

MAX_OPEN_ACTIONS = 3


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
