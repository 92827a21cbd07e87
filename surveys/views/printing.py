"""Slips and posters as files, for whoever runs an open assessment."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET

from accounts.models import record
from surveys import printing
from surveys.keystore import MissingKey
from surveys.models import Assessment
from surveys.paper import NotSet
from surveys.slips import Sheet, sheets_of
from surveys.views.assessments import steered_or_404
from surveys.views.wizard import user_of


@require_GET
def slips(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All sheets in one file; a very large organisation takes them group by group."""
    found = open_or_404(request, pk)
    sheets = sheets_of(found)
    if not sheets or sum(sheet.count for sheet in sheets) > printing.MAX_AT_ONCE:
        raise Http404
    return slips_file(request, found, sheets, "slips")


@require_GET
def slips_of_group(request: HttpRequest, pk: UUID, number: int, when: int) -> HttpResponse:
    found = open_or_404(request, pk)
    sheets = [s for s in sheets_of(found) if (s.number, s.round) == (number, when)]
    if not sheets:
        raise Http404
    return slips_file(request, found, sheets, f"slips-{number + 1}" + f"-{when}" * bool(when))


@require_GET
def poster(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = open_or_404(request, pk)
    return file_or_back(request, found, lambda: printing.poster_pdf(found), "poster")


def open_or_404(request: HttpRequest, pk: UUID) -> Assessment:
    found = steered_or_404(request, pk)
    if not found.is_open:
        raise Http404
    return found


def slips_file(
    request: HttpRequest, found: Assessment, sheets: list[Sheet], name: str
) -> HttpResponse:
    """Downloads are audited before they are made: by group and number, never by code."""
    record(
        actor=user_of(request),
        verb=gettext_noop("slips downloaded"),
        subject=found,
        groups=[printing.heading(sheet) for sheet in sheets],
        slips=sum(sheet.count for sheet in sheets),
    )
    return file_or_back(request, found, lambda: printing.slips_pdf(found, sheets), name)


@sensitive_variables()
def file_or_back(
    request: HttpRequest, found: Assessment, make: Callable[[], bytes], name: str
) -> HttpResponse:
    """The file under a name without words of the assessment, or back with the reason."""
    try:
        content = make()
    except NotSet:
        messages.error(request, _("The file could not be made. Please try again."))
        return redirect(found)
    except MissingKey:
        messages.error(request, _("The keys of this assessment cannot be read: no codes."))
        return redirect(found)
    headers = {
        "Content-Disposition": f'attachment; filename="headwind-{name}.pdf"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)
