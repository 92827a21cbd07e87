"""What the gate let through of a unit, and what was worked out from that."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from resistance.models import Source, Statement
from surveys.models.assessment import Assessment
from surveys.models.groups import Group, Node


class UnitKind(models.TextChoices):
    TEAM = "TEAM", _("team")
    MERGED = "MERGED", _("reported together")
    PARENT = "PARENT", _("teams together")
    ORGANISATION = "ORGANISATION", _("all asked teams")


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: User) -> UnitQuerySet:
        """All for HR. A manager sees units inside their subtree, and the smallest unit that
        contains one of their teams when that team is not reported alone."""
        if user.is_hr:
            return self
        mine = Team.objects.managed_by(user)
        return self.filter(
            Q(node__team__in=mine) | Q(unit_teams__team__in=mine, unit_teams__is_smallest=True)
        ).distinct()

    def in_order(self) -> UnitQuerySet:
        return self.order_by("position")


class Unit(models.Model):
    """A set of teams that is reported together; made by the gate at the tally."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="units")
    key = models.CharField(max_length=250)
    name = models.CharField(max_length=250)
    kind = models.CharField(max_length=12, choices=UnitKind.choices)
    node = models.ForeignKey(
        Node, models.CASCADE, related_name="+", help_text=_("smallest team that contains it")
    )
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    groups = models.ManyToManyField(Group, related_name="units")
    teams = models.ManyToManyField(Team, through="UnitTeam", related_name="units")
    position = models.PositiveIntegerField()
    is_cell = models.BooleanField()
    invited = models.PositiveIntegerField()
    answers = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("from ten on; empty means 5–9")
    )
    has_ranking = models.BooleanField(default=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "key"], name="unit_key_once"),
            models.CheckConstraint(condition=Q(kind__in=UnitKind.values), name="unit_kind_known"),
            models.CheckConstraint(
                condition=Q(answers=None) | Q(answers__gte=10), name="exact_count_from_ten"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("surveys:results", args=[self.pk])

    @property
    def response_percent(self) -> int | None:
        """Share that answered in whole percent; None where the count is not shown."""
        return round(100 * self.answers / self.invited) if self.answers else None


class UnitTeam(models.Model):
    """A team inside a unit; `is_smallest` on the smallest unit that contains the team."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="unit_teams")
    team = models.ForeignKey(Team, models.PROTECT, related_name="unit_teams")
    is_smallest = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "team"], name="unit_team_once"),
        ]


class Visibility(models.TextChoices):
    EXACT = "EXACT", _("exact")
    ROUNDED = "ROUNDED", _("rounded")
    BAND = "BAND", _("band")
    SUPPRESSED = "SUPPRESSED", _("not shown")


class Reason(models.TextChoices):
    """Why something is shown coarsely or not at all."""

    NONE = "", ""
    FEW = "FEW", _("fewer answers than the threshold")
    ALIKE = "ALIKE", _("the answers were nearly alike")
    EARLIER = "EARLIER", _("almost the same people were reported before")
    REVEALING = "REVEALING", _("it would have shown where a single person stands")


class Certainty(models.TextChoices):
    CLEAR = "CLEAR", _("clear")
    LIKELY = "LIKELY", _("likely")
    OPEN = "OPEN", _("open")
    NO = "NO", _("no")
    NONE = "", ""


class SourceFinding(models.Model):
    """What may be shown of one source for one unit, in points from 0 to 100."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="source_findings")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    visibility = models.CharField(max_length=10, choices=Visibility.choices)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True, default="")
    answers = models.PositiveIntegerField(null=True)
    raw = models.PositiveSmallIntegerField(null=True)
    end = models.SmallIntegerField(
        default=0, help_text=_("-1: raw stands for this or lower; 1: this or higher")
    )
    low = models.PositiveSmallIntegerField(null=True)
    high = models.PositiveSmallIntegerField(null=True)
    estimate = models.FloatField(null=True, help_text=_("shrunk, one decimal"))
    estimate_sd = models.FloatField(null=True, help_text=_("posterior standard deviation"))
    p_top3 = models.FloatField(null=True)
    certainty = models.CharField(max_length=6, choices=Certainty.choices, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "source"], name="source_finding_once"),
            models.CheckConstraint(
                condition=Q(visibility=Visibility.SUPPRESSED, raw=None, low=None, high=None)
                & Q(estimate=None, estimate_sd=None, p_top3=None)
                | ~Q(visibility=Visibility.SUPPRESSED)
                & Q(raw__isnull=False, low__isnull=False, high__isnull=False),
                name="suppressed_source_has_no_number",
            ),
            models.CheckConstraint(
                condition=Q(answers=None) | Q(answers__gte=10, raw__isnull=False),
                name="exact_source_from_ten",
            ),
        ]


class StatementFinding(models.Model):
    """What may be shown of one statement for one unit."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="statement_findings")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+")
    visibility = models.CharField(max_length=10, choices=Visibility.choices)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True, default="")
    answers = models.PositiveIntegerField(null=True)
    mean = models.DecimalField(max_digits=2, decimal_places=1, null=True)
    counts = models.JSONField(null=True, help_text=_("five counts, from disagree to agree"))
    band = models.CharField(max_length=6, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "statement"], name="statement_finding_once"),
            models.CheckConstraint(
                condition=Q(visibility=Visibility.EXACT, answers__gte=10, mean__isnull=False)
                | ~Q(visibility=Visibility.EXACT) & Q(answers=None, mean=None, counts=None),
                name="exact_statement_from_ten",
            ),
            models.CheckConstraint(
                condition=Q(visibility=Visibility.BAND, band__in=["low", "mixed", "high"])
                | ~Q(visibility=Visibility.BAND) & Q(band=""),
                name="band_with_visibility",
            ),
        ]


class SourceSummary(models.Model):
    """Per source over the whole assessment: what the statistics of its units rest on."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="source_summaries")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    mean = models.FloatField()
    between_sd = models.FloatField()
    target = models.FloatField()
    variance = models.FloatField(null=True)
    alpha = models.FloatField(null=True)
    inter_item_r = models.FloatField(null=True)
    icc = models.FloatField(null=True)
    basis = models.CharField(max_length=20)
    blocker_share = models.FloatField(null=True, help_text=_("share that named it, two decimals"))
    importance = models.FloatField(null=True, help_text=_("share of 1, three decimals"))
    importance_basis = models.CharField(max_length=20, blank=True)
    stated_share = models.FloatField(null=True)
    derived_share = models.FloatField(null=True)
    measured_alpha = models.FloatField(null=True, help_text=_("from 50 people on"))
    alpha_low = models.FloatField(null=True)
    alpha_high = models.FloatField(null=True)
    omega = models.FloatField(null=True, help_text=_("from 100 people on"))
    omega_low = models.FloatField(null=True)
    omega_high = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assessment", "source"], name="summary_once"),
        ]


class Movement(models.Model):
    """How values moved between two assessments where nobody acted; the base of every effect.

    `slopes` maps the first size of a class to [value, sd, variance, pairs], empty below 60 pairs;
    `trends` maps sources to [points, sd, units].
    """

    earlier = models.ForeignKey(Assessment, models.CASCADE, related_name="+")
    later = models.ForeignKey(Assessment, models.CASCADE, related_name="movements")
    pairs = models.PositiveIntegerField(help_text=_("unit × source on which nobody acted"))
    drift = models.FloatField(help_text=_("squared points per member, without any cause"))
    slopes = models.JSONField(default=dict)
    trends = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["earlier", "later"], name="movement_once"),
        ]


class Comparison(models.Model):
    """A unit beside the unit of the same teams in an earlier assessment."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="comparison")
    earlier = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    has_different_people = models.BooleanField(help_text=_("more than three in ten changed"))


class ChangeFinding(models.Model):
    """How far a source moved between both, in points, negative is better; from findings alone."""

    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="changes")
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    difference = models.SmallIntegerField()
    low = models.FloatField()
    high = models.FloatField()
    p = models.FloatField()
    q = models.FloatField(help_text=_("p, corrected for the number of sources"))
    is_change = models.BooleanField()
    is_named = models.BooleanField(help_text=_("a plan named this source before"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["comparison", "source"], name="change_once"),
        ]
