"""Everything that is typed about plans: accepting, changing, answering, filtering."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Team, User
from plans.models import (
    MAX_OPEN_ACTIONS,
    Action,
    ActionStatus,
    CheckInState,
    Plan,
    Recommendation,
    RecommendationState,
)
from plans.permissions import parents_of_teams, possible_leads, with_ancestors
from plans.strategies import Here
from plans.wanted import Wanted
from resistance.models import OwnerLevel, Source, Strategy

MOST_CHOICES = 300
"""Longer lists of people are replaced by a field for the e-mail address."""


def people_for(plan: Plan) -> QuerySet[Person]:
    """Who may own an action: people of the unit's subtree and of the teams above it."""
    node = plan.unit.node.team_id
    above = with_ancestors([node], parents_of_teams())
    below = Team.objects.below([node]).values("pk")
    return Person.objects.active().filter(team__in=below) | Person.objects.active().filter(
        team__in=above
    )


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class ActionForm(forms.ModelForm):
    """Owner, date and first step: what every action needs."""

    because = forms.CharField(
        label=_("Why it changes"),
        max_length=200,
        required=False,
        help_text=_("Optional; stays in the history."),
    )
    steps = forms.CharField(
        label=_("Steps, one in each line"), required=False, widget=forms.Textarea({"rows": 4})
    )

    class Meta:
        model = Action
        fields = (
            "title",
            "description",
            "source",
            "owner",
            "due_date",
            "first_step_when",
            "first_step_then",
            "hours",
            "is_visible_to_team",
        )
        widgets = {"due_date": DateInput(), "description": forms.Textarea({"rows": 3})}
        labels = {
            "first_step_when": _("If … (a day or situation)"),
            "first_step_then": _("then I … (the first step)"),
            "hours": _("hours of everybody together"),
        }
        error_messages: ClassVar = {
            "title": {"required": _("Please give the action a name.")},
            "source": {"required": _("Please say which source it aims at.")},
            "owner": {"required": _("Please choose the one person who carries it.")},
            "due_date": {"required": _("Please choose a day.")},
        }

    def __init__(self, *args: Any, plan: Plan, only: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [name for name in self.fields if name not in only]:
            del self.fields[name]
        if "owner" in self.fields:
            self._offer_people(people_for(plan))

    def _offer_people(self, people: QuerySet[Person]) -> None:
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset, owner.empty_label = people, _("Please choose")
        if people.count() > MOST_CHOICES:
            owner.to_field_name = "email"
            owner.widget = forms.EmailInput()
            if self.instance.pk:
                self.initial["owner"] = self.instance.owner.email
            owner.help_text = _("The e-mail address, as it stands in the roster.")

    def clean_steps(self) -> list[str]:
        return [
            line.strip()[:200] for line in self.cleaned_data["steps"].splitlines() if line.strip()
        ]


ALWAYS = ("owner", "due_date", "first_step_when", "first_step_then", "is_visible_to_team")
CHANGE = ("title", "description", "hours")


def accept_form(
    recommendation: Recommendation, data: Any, *, today: date, with_change: bool
) -> ActionForm:
    """The form to take on a suggestion; `with_change` lets its words and cost be changed."""
    only = ALWAYS + (CHANGE if with_change else ())
    only += () if recommendation.source_id else ("source",)
    weeks = recommendation.reason.get("weeks", 4)
    initial: dict[str, Any] = {
        "due_date": today + timedelta(weeks=weeks),
        "hours": recommendation.hours,
    }
    if recommendation.strategy:
        strategy = recommendation.strategy
        initial |= {"title": strategy.name, "description": strategy.summary}
    return ActionForm(data, plan=recommendation.plan, only=only, initial=initial)


def own_action_form(plan: Plan, data: Any, *, today: date) -> ActionForm:
    initial = {"due_date": today + timedelta(weeks=4)}
    return ActionForm(data, plan=plan, only=(*CHANGE, "source", *ALWAYS, "steps"), initial=initial)


def edit_form(action: Action, data: Any) -> ActionForm:
    """`initial` keeps the stored action untouched until planning has locked it."""
    copy = Action.objects.get(pk=action.pk)
    return ActionForm(
        data, plan=action.plan, only=(*CHANGE, "source", *ALWAYS, "because"), instance=copy
    )


MOST_HOURS = 100_000
MOST_WEEKS = 104


class StrategiesField(forms.MultipleChoiceField):
    """Keys of strategies as hidden fields; which ones there are is checked by the form."""

    widget = forms.MultipleHiddenInput

    def valid_value(self, value: str) -> bool:
        return bool(value)


class SteerForm(forms.Form):
    """What is tried on a plan. `because_<key>` are reasons of what is left out."""

    budget_hours = forms.FloatField(
        label=_("Hours in a quarter"), min_value=0, max_value=MOST_HOURS
    )
    horizon_weeks = forms.IntegerField(
        label=_("Weeks until it shows"), min_value=1, max_value=MOST_WEEKS
    )
    pinned = StrategiesField(required=False)
    left_out = StrategiesField(required=False)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        pinned, left_out = set(cleaned.get("pinned", ())), set(cleaned.get("left_out", ()))
        known = wishable(self.plan, pinned | left_out)
        if pinned & left_out or known != pinned | left_out:
            raise forms.ValidationError(_("One of the strategies cannot be started here."))
        if len(pinned) > MAX_OPEN_ACTIONS:
            raise forms.ValidationError(_("Three strategies at most can be asked for."))
        return cleaned

    def wanted(self) -> Wanted:
        cleaned = self.cleaned_data
        return Wanted(
            budget_hours=round(cleaned["budget_hours"], 1),
            horizon_weeks=cleaned["horizon_weeks"],
            pinned=frozenset(cleaned["pinned"]),
            left_out=frozenset(cleaned["left_out"]),
        )

    def because(self) -> dict[str, str]:
        """Only what was typed; at most 200 characters each."""
        keys = self.cleaned_data["left_out"]
        fields = {key: f"because_{key}" for key in keys}
        return {
            key: self.data[name].strip()[:200] for key, name in fields.items() if name in self.data
        }


def wishable(plan: Plan, keys: set[str]) -> set[str]:
    """Those of the strategies that this plan's level may start and nobody has decided on."""
    levels = OwnerLevel.values[: OwnerLevel.values.index(plan.level) + 1]
    taken = plan.actions.exclude(status=ActionStatus.STOPPED).exclude(strategy=None)
    settled = Q(state=RecommendationState.DECLINED) | Q(request__isnull=False)
    decided = plan.recommendations.filter(settled).exclude(strategy=None)
    found = (
        Strategy.objects.active()
        .filter(key__in=keys, owner_level__in=levels)
        .exclude(key__in=taken.order_by().values("strategy"))
        .exclude(key__in=decided.order_by().values("strategy"))
    )
    return set(found.values_list("key", flat=True)) if keys else set()


class ReasonForm(forms.Form):
    because = forms.CharField(
        label=_("Because"),
        max_length=300,
        help_text=_("The team may read this."),
        error_messages={"required": _("Please give a reason; the team may read it.")},
    )


class ReopenForm(forms.Form):
    because = forms.CharField(label=_("Why it starts again"), max_length=200, required=False)


class StepForm(forms.Form):
    text = forms.CharField(label=_("Step"), max_length=200)


class CheckInForm(forms.Form):
    state = forms.ChoiceField(choices=CheckInState.choices)
    note = forms.CharField(max_length=200, required=False)


class AskForm(forms.Form):
    title = forms.CharField(label=_("What you ask for"), max_length=120)
    note = forms.CharField(label=_("Why you ask"), max_length=300, required=False)


class AnswerForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Answer"),
        choices=[("granted", _("Yes, we do it")), ("refused", _("No"))],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("In one or two sentences"),
        max_length=300,
        required=False,
        help_text=_("A no needs its reason; the team will read it."),
    )


class LeadForm(forms.Form):
    lead = forms.ModelChoiceField(label=_("Lead"), queryset=User.objects.none())

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["lead"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = possible_leads(plan)


NO_ACTIONS = "NONE"


class FilterForm(forms.Form):
    """What the plans page and its exports show; all fields may stay empty."""

    team = forms.ModelChoiceField(
        label=_("Team, with all below"), queryset=Team.objects.none(), required=False
    )
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("all")),
            ("OPEN", _("open")),
            ("OVERDUE", _("overdue")),
            *ActionStatus.choices,
            (NO_ACTIONS, _("no actions yet")),
        ],
    )
    source = forms.ModelChoiceField(
        label=_("Source"), queryset=Source.objects.all(), required=False
    )
    owner = forms.CharField(label=_("Owner"), max_length=120, required=False)
    since = forms.DateField(label=_("Due from"), required=False, widget=DateInput())
    until = forms.DateField(label=_("Due until"), required=False, widget=DateInput())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Team.objects.visible_to(user).order_by("name")
        for name in ("team", "source"):
            self.fields[name].empty_label = _("all")  # type: ignore[attr-defined]


class StrategyFilterForm(forms.Form):
    """What the page of strategies shows; both fields may stay empty."""

    source = forms.ModelChoiceField(
        label=_("Source"), queryset=Source.objects.all(), required=False, empty_label=_("all")
    )
    here = forms.ChoiceField(
        label=_("What became of it here"), required=False, choices=[("", _("all")), *Here.choices]
    )
