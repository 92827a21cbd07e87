"""HR's overview of the organisation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import hr_required


@hr_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")
