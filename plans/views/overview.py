"""HR's overview of the organisation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.access import hr_required, signed_in
from plans.overview import read_overview
from plans.repulses import find_ready
from plans.standstill import read_standstill, read_waiting


@hr_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "overview": read_overview(request.GET.get("assessment"), request.GET.get("page")),
        "standstill": read_standstill(now),
        "waiting": read_waiting(),
        "dues": find_ready(signed_in(request), now=now),
    }
    return render(request, "plans/overview.html", context)
