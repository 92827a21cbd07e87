"""What actions changed, as later assessments showed it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from plans.models.action import Action
from resistance.models import Source
from surveys.models import Assessment


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
