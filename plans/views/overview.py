"""HR's overview of the organisation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import hr_required
from plans.overview import read_overview
from plans.standstill import read_standstill, read_waiting


@hr_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "overview": read_overview(request.GET.get("assessment"), request.GET.get("page")),
        "standstill": read_standstill(now),
        "waiting": read_waiting(),
    }
    return render(request, "plans/overview.html", context)
