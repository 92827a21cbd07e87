"""Taking an opening back, and giving up what cannot be counted; both ask before they act."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import hr_required
from surveys import setbacks
from surveys.states import LifecycleError
from surveys.views.assessments import steered_or_404
from surveys.views.wizard import user_of


@require_http_methods(["GET", "POST"])
def assessment_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = steered_or_404(request, pk)
    if request.method == "GET":
        return _ask(request, found, "back", is_possible=setbacks.may_go_back(found))
    try:
        setbacks.back_to_draft(assessment_id=pk, by=user_of(request))
    except LifecycleError as problem:
        messages.error(request, str(problem))
        return redirect(found)
    if found.is_repulse:
        messages.success(request, _("Taken back. Nobody was invited."))
        return redirect("surveys:assessments")
    messages.success(request, _("It is a draft again. Nobody was invited."))
    return redirect(found)


@hr_required
@require_http_methods(["GET", "POST"])
def assessment_give_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = steered_or_404(request, pk)
    if request.method == "GET":
        return _ask(request, found, "give_up", is_possible=setbacks.may_give_up(found))
    try:
        setbacks.give_up(assessment_id=pk, by=user_of(request))
    except LifecycleError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Given up. What was collected is being deleted."))
    return redirect(found)


def _ask(request: HttpRequest, found: Any, act: str, *, is_possible: bool) -> HttpResponse:
    if not is_possible:
        raise Http404
    return render(request, "surveys/setback.html", {"assessment": found, "act": act})
