"""What people type about an assessment: the wizard's steps, thresholds, and a later end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import now as moment_now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Language, Team, User
from surveys.models import Assessment, Form, KeyMode

LANGUAGES = tuple(Language.values)
WIDEST_RANGE = {"min_invited": 50, "min_score": 10, "min_exact": 50, "min_comment": 50}
MIN_HOURS_OPEN = 1
MAX_TRUSTEES = 2


class MomentInput(forms.DateTimeInput):
    """The browser's own picker for day and time; no script needed."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class StepForm(forms.ModelForm):
    """A step of the wizard that can also be left backwards without losing what is right in it."""

    def keep_what_is_right(self) -> None:
        """Save the fields that hold up, for somebody who goes back before finishing."""
        if self.is_valid():
            self.save()
        elif not self.non_field_errors():
            names = [name for name in self.cleaned_data if name in (self._meta.fields or ())]
            write_draft(self.instance, names)

    def save(self, commit: bool = True) -> Assessment:
        """A new draft as a whole; of a known one the fields of this step only."""
        if self.instance._state.adding or not commit:
            saved: Assessment = super().save(commit)
            return saved
        write_draft(self.instance, self._meta.fields or ())
        return self.instance


def write_draft(draft: Assessment, names: Iterable[str]) -> None:
    """Write these fields, unless it was opened or deleted in another window meanwhile."""
    values = {name: getattr(draft, name) for name in names}
    if values:
        Assessment.objects.drafts().filter(pk=draft.pk).update(**values)


class InitiativeForm(StepForm):
    """The initiative in a few words and one sentence, in one language at least."""

    class Meta:
        model = Assessment
        fields = ("name_en", "purpose_en", "name_de", "purpose_de")
        labels: ClassVar = {
            "name_en": gettext_lazy("The initiative in a few words, in English"),
            "purpose_en": gettext_lazy("What it wants in one sentence, in English"),
            "name_de": gettext_lazy("The initiative in a few words, in German"),
            "purpose_de": gettext_lazy("What it wants in one sentence, in German"),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for language in LANGUAGES:
            self._require_both(cleaned, language)
        if not complete_languages(cleaned) and not self.errors:
            raise forms.ValidationError(_("Name the initiative in at least one language."))
        return cleaned

    def _require_both(self, cleaned: dict[str, Any], language: str) -> None:
        name, purpose = f"name_{language}", f"purpose_{language}"
        if bool(cleaned.get(name)) != bool(cleaned.get(purpose)):
            missing = purpose if cleaned.get(name) else name
            if missing not in self.errors:
                self.add_error(missing, _("Fill in both lines of a language, or neither."))

    def save(self, commit: bool = True) -> Assessment:
        """Languages that lost their words are dropped; a new draft asks in all that have them."""
        written = complete_languages(self.cleaned_data)
        kept = [code for code in self.instance.languages if code in written]
        self.instance.languages = kept or written
        if not self.instance._state.adding:
            write_draft(self.instance, ["languages"])
        return super().save(commit)


def complete_languages(words: dict[str, Any]) -> list[str]:
    """Codes of the languages in which both the name and the sentence are written."""
    return [
        code for code in LANGUAGES if words.get(f"name_{code}") and words.get(f"purpose_{code}")
    ]


class TeamsForm(forms.Form):
    """Whole teams; `free` and `busy` are ids inside what the person may ask."""

    teams = forms.ModelMultipleChoiceField(
        queryset=Team.objects.none(),
        error_messages={"required": gettext_lazy("Choose at least one team.")},
    )

    def __init__(self, *args: Any, teams: QuerySet[Team], busy: Iterable[int], **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["teams"].queryset = teams  # type: ignore[attr-defined]
        self.busy = set(busy)

    def clean_teams(self) -> QuerySet[Team]:
        teams: QuerySet[Team] = self.cleaned_data["teams"]
        taken = [team.name for team in teams if team.pk in self.busy]
        if taken:
            raise forms.ValidationError(
                _("An open assessment asks in these teams already: %(teams)s."),
                params={"teams": ", ".join(taken)},
            )
        return teams


class DatesForm(StepForm):
    """When it is open, in which languages, and how long the survey is."""

    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"),
        choices=Language.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one language.")},
    )
    form = forms.ChoiceField(
        label=gettext_lazy("Length"), choices=Form.choices, widget=forms.RadioSelect
    )
    opens_at = forms.DateTimeField(
        label=gettext_lazy("Opens"),
        required=False,
        widget=MomentInput,
        help_text=gettext_lazy("Leave empty to open as soon as you press Open."),
    )
    closes_at = forms.DateTimeField(label=gettext_lazy("Closes"), widget=MomentInput)

    class Meta:
        model = Assessment
        fields = ("opens_at", "closes_at", "languages", "form")

    def clean_languages(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["languages"]
        written = complete_languages(vars(self.instance))
        missing = [Language(code).label for code in chosen if code not in written]
        if missing:
            raise forms.ValidationError(
                _("The initiative has no words in %(languages)s yet. Write them in step 1."),
                params={"languages": ", ".join(missing)},
            )
        return chosen

    def clean_opens_at(self) -> datetime | None:
        opens_at: datetime | None = self.cleaned_data["opens_at"]
        return opens_at if opens_at and opens_at > moment_now() else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start = cleaned.get("opens_at") or moment_now()
        end = cleaned.get("closes_at")
        if end and end < start + timedelta(hours=MIN_HOURS_OPEN):
            self.add_error("closes_at", _("It has to stay open for an hour at least."))
        return cleaned


class ThresholdsForm(StepForm):
    """Thresholds of a draft: each may go up from where it stands, none may come down."""

    class Meta:
        model = Assessment
        fields = ("min_invited", "min_score", "min_exact", "min_comment")
        labels: ClassVar = {
            "min_invited": gettext_lazy("People invited in each group"),
            "min_score": gettext_lazy("Answers before anything is shown"),
            "min_exact": gettext_lazy("Answers before means and counts are shown"),
            "min_comment": gettext_lazy("Answers before comments are shown"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.floors = {name: getattr(self.instance, name) for name in WIDEST_RANGE}
        for name, highest in WIDEST_RANGE.items():
            self.fields[name].widget.attrs.update(min=self.floors[name], max=highest)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, highest in WIDEST_RANGE.items():
            lowest = self.floors[name]
            if name in cleaned and not lowest <= cleaned[name] <= highest:
                text = _("Choose a number from %(lowest)s to %(highest)s; it cannot go down.")
                self.add_error(name, text % {"lowest": lowest, "highest": highest})
        return cleaned


class KeysForm(StepForm):
    """Who can open the box of a draft: the server by itself, or one or two trustees."""

    key_mode = forms.ChoiceField(
        label=gettext_lazy("Who can open the box"),
        choices=[
            (KeyMode.UNATTENDED, gettext_lazy("The server, by itself")),
            (KeyMode.TRUSTEE, gettext_lazy("A trustee, with a code")),
        ],
        widget=forms.RadioSelect,
    )
    trustees = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Trustees"),
        help_text=gettext_lazy(
            "One or two people whom employees trust, from the works council, say. Two keep the"
            " same code, so that one lost note is not the end."
        ),
    )

    class Meta:
        model = Assessment
        fields = ("key_mode",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = User.objects.filter(is_trustee=True, is_active=True).order_by("name", "pk")
        field, people = self.fields["trustees"], list(able)
        field.queryset = able  # type: ignore[attr-defined]
        field.choices = [(user.pk, str(user)) for user in people]  # type: ignore[attr-defined]
        if self.instance.key_mode == KeyMode.TRUSTEE:
            field.initial = [user.pk for user in self.instance.trustees.all()]
        self.has_candidates = bool(people)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = len(cleaned.get("trustees") or ())
        if cleaned.get("key_mode") == KeyMode.TRUSTEE and not 1 <= chosen <= MAX_TRUSTEES:
            raise forms.ValidationError(_("Choose one or two trustees."))
        return cleaned

    def save(self, commit: bool = True) -> Assessment:
        is_entrusted = self.cleaned_data["key_mode"] == KeyMode.TRUSTEE
        self.instance.trustees.set(self.cleaned_data["trustees"] if is_entrusted else ())
        return super().save(commit)


class ExtendForm(forms.Form):
    """A later end for an open assessment."""

    closes_at = forms.DateTimeField(label=gettext_lazy("New end"), widget=MomentInput)

    def __init__(self, *args: Any, current: datetime | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = current

    def clean_closes_at(self) -> datetime:
        chosen: datetime = self.cleaned_data["closes_at"]
        if self.current and chosen <= self.current:
            raise forms.ValidationError(_("The new end has to lie after the present one."))
        return chosen
