"""The administrators' pages for users, teams and the organisation's rules.

Ballots and findings are registered nowhere. Signing in leads through the sign-in page, with its
limits and second factor.
"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.access import signed_in
from accounts.models import Organisation, Team, User, record
from accounts.tasks import send_welcome

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Headwind"
admin.site.index_title = _("Administration")

ROLES = ("is_hr", "is_reviewer", "is_trustee", "is_staff", "is_active")


class NeverDeleted(admin.ModelAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class UserForm(ModelForm):
    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


@admin.register(User)
class UserAdmin(NeverDeleted):
    """A new user gets no password here but a mail with a link to choose one."""

    form = UserForm
    fields = ("email", "name", *ROLES, "language")
    list_display = ("email", "name", *ROLES)
    list_filter = ROLES
    search_fields = ("email", "name")
    ordering = ("name",)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            send_welcome.delay_on_commit(user_id=obj.pk)
        roles = {role: getattr(obj, role) for role in ROLES if role in form.changed_data}
        if roles or not change:
            verb = gettext_noop("roles changed") if change else gettext_noop("user added")
            record(actor=signed_in(request), verb=verb, subject=obj, **roles)


@admin.register(Team)
class TeamAdmin(NeverDeleted):
    fields = ("name", "code", "parent", "position", "managers")
    autocomplete_fields = ("managers", "parent")
    search_fields = ("name", "code")
    list_display = ("name", "parent", "code")

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:  # fmt: skip
        super().save_related(request, form, formsets, change)
        managers = [str(manager) for manager in form.instance.managers.all()]
        verb = gettext_noop("team changed") if change else gettext_noop("team added")
        record(actor=signed_in(request), verb=verb, subject=form.instance, managers=managers)


@admin.register(Organisation)
class OrganisationAdmin(NeverDeleted):
    fields = ("name", "weeks_between", "hours_per_member")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changes = {name: str(getattr(obj, name)) for name in form.changed_data}
        record(actor=signed_in(request), verb=gettext_noop("rules changed"), subject=obj, **changes)
