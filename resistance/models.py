"""The instrument: sources of resistance, the statements that ask for them, what helps."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def localized(instance: object, field: str) -> str:
    """`field` in the active language; English where the other language is empty."""
    language = (get_language() or "en")[:2]
    return getattr(instance, f"{field}_{language}", "") or getattr(instance, f"{field}_en")


class Category(models.TextChoices):
    MINDSET = "MINDSET", _("Employee mindset")
    ORGANISATION = "ORGANISATION", _("Organisational culture and structure")
    FEAR = "FEAR", _("Fear of change and uncertainty")
    RESOURCES = "RESOURCES", _("Inadequate tools and resources")

    @property
    def short(self) -> str:
        words = {
            self.MINDSET: _("Mindset"),
            self.ORGANISATION: _("Organisation"),
            self.FEAR: _("Fear of change"),
            self.RESOURCES: _("Tools and resources"),
        }
        return str(words[self])


class Source(models.Model):
    """A reason why people resist; eleven of them, in four categories."""

    key = models.SlugField(primary_key=True, max_length=20)
    category = models.CharField(max_length=12, choices=Category.choices)
    position = models.PositiveSmallIntegerField(unique=True)
    name_en = models.CharField(max_length=60)
    name_de = models.CharField(max_length=60)
    definition_en = models.TextField()
    definition_de = models.TextField()
    part_title_en = models.CharField(max_length=40, help_text=_("Neutral title of its part."))
    part_title_de = models.CharField(max_length=40)
    blocker_en = models.CharField(max_length=80, help_text=_("Line in “which three?”"))
    blocker_de = models.CharField(max_length=80)
    # Set when an administrator changes the row; the loader then leaves it alone.
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(category__in=Category.values), name="source_category_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return localized(self, "name")

    @property
    def definition(self) -> str:
        return localized(self, "definition")

    @property
    def part_title(self) -> str:
        return localized(self, "part_title")

    @property
    def blocker(self) -> str:
        return localized(self, "blocker")


class StatementKind(models.TextChoices):
    SOURCE = "SOURCE", _("about a source")
    OUTCOME = "OUTCOME", _("outcome")
    FOLLOW_UP = "FOLLOW_UP", _("re-pulse")
    OPEN = "OPEN", _("open question")


class StatementQuerySet(models.QuerySet["Statement"]):
    def current(self) -> StatementQuerySet:
        return self.filter(superseded_by=None)

    def rated(self) -> StatementQuerySet:
        """Statements that are answered on the five-step scale."""
        return self.exclude(kind=StatementKind.OPEN)


class Statement(models.Model):
    """One version of something that is asked; once used it never changes."""

    code = models.SlugField(max_length=30)
    version = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=StatementKind.choices)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="statements"
    )
    facet = models.CharField(max_length=120, blank=True)
    text_en = models.CharField(max_length=160)
    text_de = models.CharField(max_length=160)
    is_asset = models.BooleanField(
        default=False, help_text=_("Agreeing means less resistance, so points are reversed.")
    )
    in_short_form = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField()
    superseded_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    used_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Set when an administrator changes the row; the loader then leaves it alone.
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering: ClassVar = ["position", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="statement_version_once"),
            models.CheckConstraint(
                condition=Q(kind__in=StatementKind.values), name="statement_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=StatementKind.SOURCE, source__isnull=False)
                | (~Q(kind=StatementKind.SOURCE) & Q(source__isnull=True)),
                name="statement_source_with_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return localized(self, "text")

    @property
    def is_used(self) -> bool:
        return self.used_at is not None


class Method(models.TextChoices):
    """Kotter and Schlesinger's families; manipulation and coercion are left out on purpose."""

    EDUCATION = "EDUCATION", _("education")
    PARTICIPATION = "PARTICIPATION", _("participation")
    FACILITATION = "FACILITATION", _("facilitation")
    NEGOTIATION = "NEGOTIATION", _("negotiation")


class OwnerLevel(models.TextChoices):
    TEAM = "TEAM", _("team")
    DEPARTMENT = "DEPARTMENT", _("department")
    ORGANISATION = "ORGANISATION", _("organisation")


class EvidenceGrade(models.TextChoices):
    A = "A", _("meta-analysis of experiments")
    B = "B", _("meta-analysis of correlations, or a field experiment")
    C = "C", _("review or single study")
    D = "D", _("practice")


class StrategyQuerySet(models.QuerySet["Strategy"]):
    def active(self) -> StrategyQuerySet:
        return self.filter(is_active=True)


class Strategy(models.Model):
    """Something that can be done about one or more sources."""

    key = models.SlugField(primary_key=True, max_length=12)
    name_en = models.CharField(max_length=120)
    name_de = models.CharField(max_length=120)
    summary_en = models.TextField(blank=True)
    summary_de = models.TextField(blank=True)
    method = models.CharField(max_length=14, choices=Method.choices)
    families = models.JSONField(default=list)
    evidence_grade = models.CharField(max_length=1, choices=EvidenceGrade.choices)
    evidence = models.CharField(max_length=250, blank=True)
    owner_level = models.CharField(max_length=12, choices=OwnerLevel.choices)
    owner_hint_en = models.CharField(max_length=80, blank=True)
    owner_hint_de = models.CharField(max_length=80, blank=True)
    hours_fixed = models.FloatField(help_text=_("person-hours, whatever the size of the team"))
    hours_per_member = models.FloatField(help_text=_("person-hours for each member"))
    weeks_to_effect = models.PositiveSmallIntegerField()
    prior_points = models.FloatField(help_text=_("expected change in points; negative is better"))
    steps_en = models.JSONField(default=list)
    steps_de = models.JSONField(default=list)
    leading_indicator_en = models.CharField(max_length=160, blank=True)
    leading_indicator_de = models.CharField(max_length=160, blank=True)
    indicator_rises = models.BooleanField(default=True)
    prerequisites = models.ManyToManyField("self", symmetrical=False, blank=True)
    sources = models.ManyToManyField(Source, through="StrategyTarget", related_name="strategies")
    is_active = models.BooleanField(default=True)
    # Set when an administrator changes the row; the loader then leaves it alone.
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StrategyQuerySet.as_manager()

    class Meta:
        verbose_name = _("strategy")
        verbose_name_plural = _("strategies")
        ordering: ClassVar = ["key"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(prior_points__lte=0), name="prior_is_a_reduction"),
            models.CheckConstraint(
                condition=Q(hours_fixed__gte=0) & Q(hours_per_member__gte=0),
                name="strategy_hours_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(method__in=Method.values)
                & Q(owner_level__in=OwnerLevel.values)
                & Q(evidence_grade__in=EvidenceGrade.values),
                name="strategy_choices_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("plans:strategy", args=[self.pk])

    @property
    def name(self) -> str:
        return localized(self, "name")

    @property
    def summary(self) -> str:
        return localized(self, "summary")

    @property
    def owner_hint(self) -> str:
        return localized(self, "owner_hint")

    @property
    def leading_indicator(self) -> str:
        return localized(self, "leading_indicator")

    @property
    def steps(self) -> list[str]:
        german = (get_language() or "en").startswith("de")
        return list(self.steps_de if german and self.steps_de else self.steps_en)

    def hours_for(self, members: int) -> float:
        """Person-hours of everybody together for a team of `members` people."""
        return self.hours_fixed + self.hours_per_member * members


class StrategyTarget(models.Model):
    """How much of a strategy's expected effect reaches a source: 1 for its own, less beside."""

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="targets")
    source = models.ForeignKey(Source, models.PROTECT, related_name="targeted_by")
    weight = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["strategy", "source"], name="target_once"),
            models.CheckConstraint(
                condition=Q(weight__gt=0) & Q(weight__lte=1), name="target_weight_in_0_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.strategy_id} → {self.source_id} ({self.weight})"
