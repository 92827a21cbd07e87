"""The table of action plans with its filters, on a page and as files."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import User, record
from plans import exports, spreadsheet
from plans.forms import FilterForm
from plans.words import local_day

PAGE_SIZE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    form, rows = _wanted(request)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "heading": exports.heading(rows),
        "head": exports.head(),
        "page": page,
        "query": query.urlencode(),
        "has_filters": any(query.values()),
    }
    return render(request, "plans/plans.html", context)


@require_GET
def export_xlsx(request: HttpRequest) -> HttpResponse:
    _form, rows = _wanted(request, "xlsx")
    title = _("Action plans")
    content = spreadsheet.to_xlsx(title, exports.head(), (row.cells for row in rows))
    return _file(content, XLSX, "xlsx")


@require_GET
def export_csv(request: HttpRequest) -> HttpResponse:
    _form, rows = _wanted(request, "csv")
    content = spreadsheet.to_csv(exports.head(), (row.cells for row in rows))
    return _file(content, "text/csv; charset=utf-8", "csv")


def _wanted(request: HttpRequest, file_kind: str = "") -> tuple[FilterForm, list[exports.Row]]:
    """The rows asked for; a filter that makes no sense shows none. Files are audited."""
    assert isinstance(request.user, User)
    form = FilterForm(request.GET, user=request.user)
    if not form.is_valid():
        return form, []
    filters = exports.Filters(**form.cleaned_data)
    today = local_day(timezone.now())
    rows = exports.plan_rows(user=request.user, filters=filters, today=today)
    if file_kind:
        details = {"kind": file_kind, "rows": len(rows), "filters": filters.as_detail()}
        record(actor=request.user, verb="action plans exported", subject=file_kind, **details)
    return form, rows


def _file(content: bytes, content_type: str, ending: str) -> HttpResponse:
    day = local_day(timezone.now()).isoformat()
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="headwind-plans-{day}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response
