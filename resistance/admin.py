"""Administrators keep the catalogue: sources, strategies, and new versions of statements.

English and German stand side by side. Whatever is saved here is marked as edited, so that loading
the shipped catalogue leaves it alone.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from resistance.catalogue import StatementSupersededError, supersede_statement
from resistance.catalogue_file import STEPS, family_names
from resistance.models import Source, Statement, Strategy, StrategyTarget


class LinesField(forms.CharField):
    """A list of texts, one per line; exactly as many as a strategy has steps."""

    widget = forms.Textarea(attrs={"rows": STEPS, "cols": 60})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        if len(value) != STEPS:
            text = ngettext("Write %(n)d line.", "Write %(n)d lines.", STEPS) % {"n": STEPS}
            raise forms.ValidationError(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])


def _family_choices() -> list[tuple[str, str]]:
    language = "de" if (get_language() or "en").startswith("de") else "en"
    return list(family_names(language).items())


class StrategyForm(forms.ModelForm):
    families = forms.MultipleChoiceField(
        label=gettext_lazy("families"),
        choices=_family_choices,
        widget=forms.CheckboxSelectMultiple,
    )
    steps_en = LinesField(label=gettext_lazy("three steps, English, one per line"))
    steps_de = LinesField(label=gettext_lazy("three steps, German, one per line"))


class StatementForm(forms.ModelForm):
    class Meta:
        model = Statement
        fields = ("text_en", "text_de", "is_asset", "in_short_form")
        widgets = {"text_en": forms.Textarea, "text_de": forms.Textarea}


class EditedAdmin(admin.ModelAdmin):
    """Marks what an administrator saved, and offers the way back to the shipped texts.

    Results and plans refer to these rows, so none is deleted.
    """

    actions = ("follow_catalogue",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.edited_at = timezone.now()
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Take the shipped texts again at the next loading"))
    def follow_catalogue(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        count = queryset.update(edited_at=None)
        text = ngettext(
            "%(n)d entry follows the shipped catalogue again.",
            "%(n)d entries follow the shipped catalogue again.",
            count,
        )
        self.message_user(request, text % {"n": count}, messages.SUCCESS)


class InstrumentAdmin(EditedAdmin):
    """Rows that only the catalogue file may add, since the instrument is balanced as a whole."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False


@admin.register(Source)
class SourceAdmin(InstrumentAdmin):
    list_display = ("name_en", "name_de", "category", "edited_at")
    list_filter = ("category",)
    readonly_fields = ("key", "edited_at")
    fields = (
        ("key", "category", "position", "edited_at"),
        ("name_en", "name_de"),
        ("definition_en", "definition_de"),
        ("part_title_en", "part_title_de"),
        ("blocker_en", "blocker_de"),
    )


class TargetInline(admin.TabularInline):
    model = StrategyTarget
    min_num = 1
    max_num = 3
    extra = 0


@admin.register(Strategy)
class StrategyAdmin(EditedAdmin):
    form = StrategyForm
    inlines = (TargetInline,)
    list_display = ("key", "name_en", "name_de", "owner_level", "is_active", "edited_at")
    list_filter = ("owner_level", "method", "evidence_grade", "is_active")
    search_fields = ("key", "name_en", "name_de")
    filter_horizontal = ("prerequisites",)
    fields = (
        ("key", "is_active"),
        ("name_en", "name_de"),
        ("summary_en", "summary_de"),
        ("steps_en", "steps_de"),
        ("leading_indicator_en", "leading_indicator_de", "indicator_rises"),
        ("owner_level", "owner_hint_en", "owner_hint_de"),
        ("method", "evidence_grade", "evidence"),
        ("hours_fixed", "hours_per_member", "weeks_to_effect", "prior_points"),
        "families",
        "prerequisites",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        return ("key",) if obj else ()


@admin.register(Statement)
class StatementAdmin(InstrumentAdmin):
    """Unused statements are edited in place; used ones only ever get a new version."""

    form = StatementForm
    list_display = ("code", "version", "text_en", "text_de", "source", "is_asset", "used_at")
    list_filter = ("kind", "source", ("superseded_by", admin.EmptyFieldListFilter))
    list_select_related = ("source",)
    search_fields = ("code", "text_en", "text_de")
    readonly_fields = ("code", "version", "kind", "source", "facet", "used_at", "new_version")
    fields = (
        ("code", "version", "kind", "source"),
        ("facet", "used_at", "new_version"),
        ("text_en", "text_de"),
        ("is_asset", "in_short_form"),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.supersede)
        own = path("<int:pk>/supersede/", view, name="resistance_statement_supersede")
        return [own, *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Statement | None = None) -> bool:
        is_closed = obj is not None and (obj.is_used or obj.superseded_by_id is not None)
        return not is_closed and super().has_change_permission(request, obj)

    @admin.display(description=gettext_lazy("new version"))
    def new_version(self, obj: Statement) -> SafeString | str:
        if not obj.is_used or obj.superseded_by_id:
            return "–"
        url = reverse("admin:resistance_statement_supersede", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', url, _("Supersede by a new version"))

    def supersede(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form of the next version, filled with the words of the used one."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        statement = get_object_or_404(Statement.objects.current(), pk=pk, used_at__isnull=False)
        form = StatementForm(request.POST or None, instance=statement)
        if request.method == "POST" and form.is_valid():
            return self._supersede(request, statement, form)
        title = _("Supersede %(code)s") % {"code": statement.code}
        context = {**self.admin_site.each_context(request), "form": form, "title": title}
        context |= {"opts": self.opts, "statement": statement}
        return TemplateResponse(request, "admin/resistance/statement/supersede.html", context)

    def _supersede(
        self, request: HttpRequest, statement: Statement, form: forms.ModelForm
    ) -> HttpResponse:
        try:
            new = supersede_statement(statement, **form.cleaned_data, edited_at=timezone.now())
        except StatementSupersededError:
            self.message_user(request, _("There is a newer version already."), messages.ERROR)
            return redirect("admin:resistance_statement_changelist")
        self.log_addition(request, new, f"{new.code} {new.version}")
        text = _("Version %(n)d is asked from the next assessment on.") % {"n": new.version}
        self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:resistance_statement_change", new.pk)
