"""The trustee's pages: boxes they keep, the code shown once, typing it back, opening the box."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from accounts.access import signed_in, trustee_required
from surveys import trustees
from surveys.models import Assessment, State
from surveys.standing import standing_of
from surveys.states import LifecycleError


def entrusted_or_404(request: HttpRequest, pk: UUID) -> Assessment:
    return get_object_or_404(Assessment.objects.entrusted_to(signed_in(request)), pk=pk)


@trustee_required
@require_GET
def trustee_list(request: HttpRequest) -> HttpResponse:
    rows = Assessment.objects.entrusted_to(signed_in(request))
    rows = rows.order_by(F("scored_at").desc(nulls_first=True), F("closes_at").desc(), "pk")
    context = {"rows": [(row, standing_of(row), step_of(row)) for row in rows]}
    return render(request, "surveys/trustee_list.html", context)


def step_of(assessment: Assessment) -> str:
    """What the trustee has to do now: take, unlock, or nothing yet (wait) or any more (done)."""
    if assessment.waits_for_code:
        return "take"
    if assessment.state == State.AWAITING_TRUSTEE:
        return "unlock"
    before = (State.OPENING, State.OPEN, State.CLOSED)
    return "wait" if assessment.state in before else "done"


@never_cache
@trustee_required
@require_GET
def trustee(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _page(request, entrusted_or_404(request, pk))


def _page(request: HttpRequest, found: Assessment, problem: str = "") -> HttpResponse:
    step = step_of(found)
    context = {
        "assessment": found,
        "standing": standing_of(found),
        "step": "confirm" if step == "take" and found.wrapped_keys.exists() else step,
        "keepers": [user.name for user in found.trustees.order_by("name")],
        "problem": problem,
    }
    return render(request, "surveys/trustee.html", context)


@never_cache
@trustee_required
@require_POST
@sensitive_variables()
def trustee_code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Shows the code in the answer itself: a redirect would have to keep it somewhere."""
    found = entrusted_or_404(request, pk)
    try:
        code = trustees.make_code(assessment_id=pk, by=signed_in(request))
    except LifecycleError as problem:
        messages.error(request, str(problem))
        return redirect("surveys:trustee", pk=pk)
    return render(request, "surveys/trustee_code.html", {"assessment": found, "code": code})


@never_cache
@trustee_required
@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def trustee_confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, typed = entrusted_or_404(request, pk), request.POST.get("code", "")
    try:
        trustees.confirm_code(assessment_id=pk, by=signed_in(request), typed=typed)
    except LifecycleError as problem:
        return _page(request, found, str(problem))
    messages.success(request, _("Your code fits. Keep it until you are asked for it."))
    return redirect("surveys:trustee", pk=pk)


@never_cache
@trustee_required
@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def trustee_unlock(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, typed = entrusted_or_404(request, pk), request.POST.get("code", "")
    try:
        trustees.unlock(assessment_id=pk, by=signed_in(request), typed=typed)
    except LifecycleError as problem:
        return _page(request, found, str(problem))
    messages.success(request, _("The box opens, and counting has started. Thank you."))
    return redirect("surveys:trustee", pk=pk)
