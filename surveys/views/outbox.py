"""The demonstration's outbox for HR; elsewhere this page does not exist."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import hr_required
from surveys.outbox import is_shown, latest_mails

SHOWN = 30


@hr_required
@require_GET
@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    if not is_shown():
        raise Http404
    mails = latest_mails(Path(settings.EMAIL_FILE_PATH), count=SHOWN)
    return render(request, "surveys/outbox.html", {"mails": mails})
