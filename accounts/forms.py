"""Forms about people: profile, first run, person, team, upload of a roster, audit filter."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, Language, Person, Team, User
from accounts.roster import MAX_BYTES

LANGUAGES = [("", _("as the browser asks")), *Language.choices]
PERSON_LANGUAGES = [("", _("not known")), *Language.choices]


def recorded_verbs() -> list[tuple[str, str]]:
    verbs = AuditEntry.objects.order_by("verb").values_list("verb", flat=True).distinct()
    return [("", gettext("everything")), *((verb, gettext(verb)) for verb in verbs)]


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["name", "language", "theme", "wants_digest"]


class FirstRunForm(forms.Form):
    organisation = forms.CharField(label=_("Name of the organisation"), max_length=120)
    name = forms.CharField(label=_("Your name"), max_length=120)
    email = forms.EmailField(label=_("Your e-mail"), max_length=254)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("Password, again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    is_hr = forms.BooleanField(
        label=_("I also work as HR: roster, assessments, plans and exports"),
        required=False,
        initial=True,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password and password != cleaned.get("password_again"):
            self.add_error("password_again", _("The two passwords differ."))
        elif password:
            user = User(name=cleaned.get("name", ""), email=cleaned.get("email", ""))
            self._check(password, user)
        return cleaned

    def _check(self, password: str, user: User) -> None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            self.add_error("password", error)

    def values(self) -> dict[str, Any]:
        return {
            name: value for name, value in self.cleaned_data.items() if name != "password_again"
        }


class TeamChoiceField(forms.ModelChoiceField):
    """Teams in the order of the organisation, indented by depth; one query."""

    def label_from_instance(self, obj: Team) -> str:
        return "\u2003" * obj.tree_depth + obj.name


class PersonForm(forms.ModelForm):
    team = TeamChoiceField(label=_("Team"), queryset=Team.objects.in_order())
    language = forms.ChoiceField(label=_("Language"), choices=PERSON_LANGUAGES, required=False)

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = ["name", "email", "number", "team", "language", "is_active"]
        help_texts: ClassVar[dict[str, Any]] = {
            "email": _("Without one the person gets the invitation on paper."),
            "is_active": _("Who has left is not invited any more and cannot sign in."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["is_active"]

    def clean_email(self) -> str | None:
        email = self.cleaned_data["email"]
        return email.lower() if email else None


class TeamForm(forms.ModelForm):
    parent = TeamChoiceField(
        label=_("Belongs to"),
        queryset=Team.objects.none(),
        required=False,
        empty_label=_("nothing above"),
    )

    class Meta:
        model = Team
        fields: ClassVar[list[str]] = ["name", "parent", "code"]
        help_texts: ClassVar[dict[str, Any]] = {
            "code": _("If your files call the team by a short name."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.in_order()
        if self.instance.pk:
            below = Team.objects.below([self.instance.pk]).values_list("pk", flat=True)
            teams = teams.exclude(pk__in=list(below))
        parent = self.fields["parent"]
        assert isinstance(parent, TeamChoiceField)
        parent.queryset = teams

    def clean_code(self) -> str | None:
        return self.cleaned_data["code"] or None


class ManagerForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail of the new manager"),
        help_text=_("Somebody of the roster. Who has no account yet gets one, and a mail."),
    )

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class RosterFileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )

    def clean_file(self) -> bytes:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 20 MB."))
        return file.read()


class AuditFilterForm(forms.Form):
    verb = forms.ChoiceField(label=_("What"), required=False, choices=recorded_verbs)
    who = forms.CharField(label=_("Who or what about"), required=False, max_length=120)
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
