"""The audit log for HR: who did what and when."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import hr_required
from accounts.forms import AuditFilterForm
from accounts.models import AuditEntry

WORDS = {
    "active": gettext_lazy("active"),
    "below": gettext_lazy("below"),
    "is_active": gettext_lazy("active"),
    "is_hr": gettext_lazy("HR"),
    "is_reviewer": gettext_lazy("comment reviewer"),
    "is_staff": gettext_lazy("administrator"),
    "is_trustee": gettext_lazy("trustee"),
    "manager": gettext_lazy("manager"),
    "managers": gettext_lazy("managers"),
    "managers_added": gettext_lazy("managers added"),
    "people_added": gettext_lazy("people added"),
    "people_changed": gettext_lazy("people changed"),
    "team": gettext_lazy("team"),
    "teams_added": gettext_lazy("teams added"),
}


@hr_required
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET)
    entries = AuditEntry.objects.select_related("actor")
    if form.is_valid():
        entries = matching(entries, form)
    page = Paginator(entries, 50).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    lines = [(entry, list(details(entry))) for entry in page]
    context = {"form": form, "page": page, "lines": lines, "query": query.urlencode()}
    return render(request, "accounts/audit.html", context)


def details(entry: AuditEntry) -> Iterator[str]:
    """What the entry says beside its subject, a phrase each."""
    for name, value in entry.detail.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(value, bool):
            shown = _("yes") if value else _("no")
        if shown not in ("", None):
            yield f"{WORDS.get(name) or name.replace('_', ' ')}: {shown}"


def matching(entries: QuerySet[AuditEntry], form: AuditFilterForm) -> QuerySet[AuditEntry]:
    wanted = form.cleaned_data
    if wanted["verb"]:
        entries = entries.filter(verb=wanted["verb"])
    if who := wanted["who"]:
        entries = entries.filter(Q(actor__name__icontains=who) | Q(subject__icontains=who))
    if wanted["since"]:
        entries = entries.filter(at__date__gte=wanted["since"])
    if wanted["until"]:
        entries = entries.filter(at__date__lte=wanted["until"])
    return entries
