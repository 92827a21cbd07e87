"""Forms about people: profile, person, team, upload of a roster, first run."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from accounts.models import User


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["name", "language", "theme", "wants_digest"]
