"""The audit log for HR: who did what and when."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import hr_required
from accounts.forms import AuditFilterForm
from accounts.models import AuditEntry


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
    context = {"form": form, "page": page, "query": query.urlencode()}
    return render(request, "accounts/audit.html", context)


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
