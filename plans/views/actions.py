"""One action: its page, check-ins, steps, changes, stop and reopening."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from plans import running
from plans.action_page import read_action
from plans.effect_card import effects_of
from plans.forms import CheckInForm, ReasonForm, ReopenForm, StepForm, edit_form
from plans.models import Action
from plans.permissions import editable_plans, may_edit_visible
from plans.rules import PlanningError


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _actions(found: QuerySet[Action]) -> QuerySet[Action]:
    return found.select_related(
        "plan__unit__assessment", "plan__unit__node", "owner", "source", "strategy"
    )


def _editable(request: HttpRequest, pk: int) -> Action:
    mine = editable_plans(_user(request))
    return get_object_or_404(_actions(Action.objects.filter(plan__in=mine)), pk=pk)


@require_GET
def action(request: HttpRequest, pk: int) -> HttpResponse:
    user, now = _user(request), timezone.now()
    found = get_object_or_404(_actions(Action.objects.visible_to(user)), pk=pk)
    page = read_action(found, now)
    can_edit = may_edit_visible(user, found.plan)
    context = {
        "page": page,
        "action": found,
        "can_edit": can_edit,
        "step_form": StepForm(),
        "before": None if page.card else next(iter(effects_of(found.plan, user)), None),
    }
    return render(request, "plans/action.html", context)


@require_POST
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    form = CheckInForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        if _done(
            request, running.check_in, action_id=pk, by=_user(request), now=now,
            **form.cleaned_data,
        ):  # fmt: skip
            messages.success(request, _("Noted. Thank you."))
    else:
        messages.error(request, _("Please choose done, moving or blocked."))
    return redirect("plans:home" if request.POST.get("from") == "home" else found)


@require_POST
@vary_on_headers("HX-Request")
def steps(request: HttpRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    ticked = {int(value) for value in request.POST.getlist("done") if value.isdecimal()}
    now = timezone.now()
    _done(request, running.tick_steps, action_id=pk, by=_user(request), done=ticked, now=now)
    if request.headers.get("HX-Request"):
        context = {"page": read_action(found, now), "action": found, "can_edit": True}
        return render(request, "plans/_steps.html", context)
    return redirect(found)


@require_POST
def add_step(request: HttpRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    form = StepForm(request.POST)
    if form.is_valid():
        text, now = form.cleaned_data["text"], timezone.now()
        _done(request, running.add_step, action_id=pk, by=_user(request), text=text, now=now)
    else:
        messages.error(request, _("Please write the step first."))
    return redirect(found)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    form = edit_form(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        arguments = {"action_id": pk, "by": _user(request), "now": timezone.now()}
        if _done(request, running.edit_action, **arguments, **form.cleaned_data):
            return redirect(found)
    return render(request, "plans/edit.html", {"action": found, "form": form})


@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        because, now = form.cleaned_data["because"], timezone.now()
        _done(
            request, running.stop_action, action_id=pk, by=_user(request), because=because, now=now
        )
        return redirect(found)
    return render(request, "plans/stop.html", {"action": found, "form": form})


@require_http_methods(["GET", "POST"])
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    found = _editable(request, pk)
    form = ReopenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        because, now = form.cleaned_data["because"], timezone.now()
        _done(
            request,
            running.reopen_action,
            action_id=pk,
            by=_user(request),
            because=because,
            now=now,
        )
        return redirect(found)
    return render(request, "plans/reopen.html", {"action": found, "form": form})


def _done(request: HttpRequest, job: Any, **arguments: Any) -> bool:
    """True when the job was done; else its sentence is shown on the next page."""
    try:
        job(**arguments)
    except PlanningError as error:
        messages.error(request, str(error))
        return False
    return True
