"""Import of a roster file in two steps: look at what it would do, then confirm."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import hr_required, signed_in
from accounts.forms import RosterFileForm
from accounts.importing import RosterChanged, apply_roster, compare
from accounts.roster import TEMPLATE, UnreadableRoster, parse

KEPT_SECONDS = 3600
SHOWN = 200


@hr_required
@require_http_methods(["GET", "POST"])
def roster_import(request: HttpRequest) -> HttpResponse:
    """The upload; a good file is kept for an hour, for this user alone, and shown."""
    form = RosterFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content, token = form.cleaned_data["file"], secrets.token_urlsafe(16)
        try:
            compare(parse(content))
        except UnreadableRoster as error:
            context = {"form": form, "problems": error.problems}
            return render(request, "accounts/roster_import.html", context, status=400)
        cache.set(cache_key(request, token), content, KEPT_SECONDS)
        return redirect("accounts:roster_preview", token=token)
    return render(request, "accounts/roster_import.html", {"form": form})


@hr_required
@require_GET
def roster_preview(request: HttpRequest, token: str) -> HttpResponse:
    return show_preview(request, token, kept_file(request, token))


@hr_required
@require_POST
def roster_confirm(request: HttpRequest, token: str) -> HttpResponse:
    content = kept_file(request, token)
    fingerprint = request.POST.get("fingerprint", "")
    try:
        preview = apply_roster(
            roster=parse(content), fingerprint=fingerprint, by=signed_in(request)
        )
    except RosterChanged:
        messages.warning(request, _("The roster has changed meanwhile. Please look again."))
        return redirect("accounts:roster_preview", token=token)
    except UnreadableRoster as error:
        context = {"form": RosterFileForm(), "problems": error.problems}
        return render(request, "accounts/roster_import.html", context, status=400)
    cache.delete(cache_key(request, token))
    words = {"added": len(preview.created), "changed": len(preview.changed)}
    messages.success(request, _("Imported: %(added)s added, %(changed)s changed.") % words)
    return redirect("accounts:roster")


@hr_required
@require_GET
def roster_template(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("\ufeff" + TEMPLATE, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="headwind-roster.csv"'
    return response


def cache_key(request: HttpRequest, token: str) -> str:
    return f"roster-file:{request.user.pk}:{token}"


def kept_file(request: HttpRequest, token: str) -> bytes:
    content = cache.get(cache_key(request, token))
    if content is None:
        raise Http404
    return content


def show_preview(request: HttpRequest, token: str, content: bytes) -> HttpResponse:
    try:
        preview = compare(parse(content))
    except UnreadableRoster as error:
        context = {"form": RosterFileForm(), "problems": error.problems}
        return render(request, "accounts/roster_import.html", context, status=400)
    context = {"preview": preview, "token": token, "shown": SHOWN}
    return render(request, "accounts/roster_preview.html", context)
