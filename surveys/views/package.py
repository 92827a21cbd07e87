"""The works council's package for HR: what is in it, and the file itself."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import hr_required
from accounts.models import record
from surveys import package as packaging
from surveys.views.wizard import user_of

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


@hr_required
@require_GET
def package(request: HttpRequest) -> HttpResponse:
    languages = [
        (code, name, code == translation.get_language()) for code, name in settings.LANGUAGES
    ]
    context = {"sheets": packaging.contents(), "languages": languages}
    return render(request, "surveys/package.html", context)


@hr_required
@require_GET
@never_cache
def package_download(request: HttpRequest, language: str) -> HttpResponse:
    if language not in LANGUAGES:
        raise Http404
    now = timezone.now()
    with translation.override(language):
        content = packaging.build_package(now=now, address=settings.BASE_URL)
    record(
        actor=user_of(request),
        verb=translation.gettext_noop("works-council package downloaded"),
        subject=language,
    )
    name = f"headwind-package-{timezone.localdate(now).isoformat()}-{language}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/zip", headers=headers)
