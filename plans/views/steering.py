"""Trying another budget, horizon or choice on a plan, and keeping it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from plans import steering
from plans.forms import SteerForm
from plans.models import Plan
from plans.permissions import may_edit_visible
from plans.preview import read_preview


def _ranked_plan(request: HttpRequest, pk: int) -> Plan:
    """One with a ranking that the user may change; else 404."""
    assert isinstance(request.user, User)
    visible = Plan.objects.visible_to(request.user).filter(has_ranking=True)
    plan = get_object_or_404(visible.select_related("unit__assessment", "unit__node"), pk=pk)
    if not may_edit_visible(request.user, plan):
        raise Http404
    return plan


@require_GET
@vary_on_headers("HX-Request")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing is kept: the same address gives the same page."""
    plan = _ranked_plan(request, pk)
    return _answer(request, plan, SteerForm(request.GET, plan=plan))


@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    plan = _ranked_plan(request, pk)
    assert isinstance(request.user, User)
    form = SteerForm(request.POST, plan=plan)
    if form.is_valid():
        try:
            steering.keep_plan(
                plan_id=pk,
                by=request.user,
                wanted=form.wanted(),
                because=form.because(),
                seen=request.POST.get("seen", ""),
                now=timezone.now(),
            )
        except steering.PlanningError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept. What runs stays as it is."))
            return redirect(plan)
    return _answer(request, plan, form)


def _answer(request: HttpRequest, plan: Plan, form: SteerForm) -> HttpResponse:
    """The page, or its changing part for HTMX."""
    found = read_preview(plan, form.wanted()) if form.is_valid() else None
    context = {"plan": plan, "form": form, "preview": found, "next": found and found.next}
    is_part = request.headers.get("HX-Request")
    return render(request, f"plans/{'_preview' if is_part else 'preview'}.html", context)
