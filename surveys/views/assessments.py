"""All assessments, one of them while it runs, and what may be done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import hr_required
from surveys import lifecycle, outbox
from surveys.forms import ExtendForm
from surveys.keywatch import missing_keys
from surveys.models import Assessment, KeyMode
from surveys.printing import slips_context
from surveys.progress import reminder_wording, running_facts
from surveys.setbacks import may_give_up, may_go_back
from surveys.standing import participation_of, reason_of, standing_of
from surveys.views.wizard import draft_or_404, posted, user_of

PAGE_SIZE = 50


def steered_or_404(request: HttpRequest, pk: UUID) -> Assessment:
    """An assessment that the user may act on: one of their own, or any for HR."""
    user = user_of(request)
    return get_object_or_404(Assessment.objects.steered_by(user), pk=pk)


@require_GET
def assessments(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    rows = Assessment.objects.visible_to(user).select_related("created_by", "source")
    rows = rows.order_by(F("scored_at").desc(nulls_first=True), F("closes_at").desc(), "pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, standing_of(row)) for row in page],
        "may_start": user.is_hr or user.manages_something(),
    }
    return render(request, "surveys/assessments.html", context)


@require_GET
def assessment(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = user_of(request)
    found = get_object_or_404(
        Assessment.objects.visible_to(user).select_related("created_by", "source"), pk=pk
    )
    may_steer = Assessment.objects.steered_by(user).filter(pk=pk).exists()
    if found.is_draft and may_steer:
        return redirect("surveys:wizard_check", pk=pk)
    context = {
        "assessment": found,
        "standing": standing_of(found),
        "participation": participation_of(found),
        "facts": running_facts(found, is_hr=user.is_hr, now=now()),
        "may_steer": may_steer,
        "is_hr": user.is_hr,
        "has_outbox": user.is_hr and outbox.is_shown(),
        "reason": reason_of(found),
        "may_go_back": may_steer and may_go_back(found),
        "may_give_up": user.is_hr and may_give_up(found),
        "missing_keys": may_steer and missing_keys(found),
        **(slips_context(found) if found.is_open and may_steer else {}),
    }
    return render(request, "surveys/assessment.html", context)


def _done(request: HttpRequest, act: Callable[[], Any], done: str, back: str) -> HttpResponse:
    """Run one step of the life cycle and say what came of it on the page `back`."""
    try:
        act()
    except lifecycle.LifecycleError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, done)
    return redirect(back)


def _ask(request: HttpRequest, found: Assessment, act: str, form: Any = None) -> HttpResponse:
    context = {
        "assessment": found,
        "act": act,
        "form": form,
        "facts": running_facts(found, is_hr=False, now=now()),
        "mails": reminder_wording(found) if act == "remind" else [],
    }
    return render(request, "surveys/assessment_confirm.html", context)


@require_http_methods(["GET", "POST"])
def assessment_open(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = draft_or_404(request, pk)
    if request.method == "GET":
        return redirect("surveys:wizard_check", pk=pk)
    try:
        lifecycle.open_assessment(assessment_id=pk, by=user_of(request), now=now())
    except lifecycle.LifecycleError as problem:
        messages.error(request, str(problem))
        return redirect("surveys:wizard_check", pk=pk)
    if draft.key_mode == KeyMode.TRUSTEE:
        done = _("Opening. The trustees are asked to take their code; invitations follow.")
    else:
        done = _("Opening. Invitations are on their way.")
    messages.success(request, done)
    return redirect(draft)


@require_http_methods(["GET", "POST"])
def assessment_delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = draft_or_404(request, pk)
    if request.method == "GET":
        return _ask(request, draft, "delete")

    def act() -> None:
        lifecycle.delete_draft(assessment_id=pk, by=user_of(request))

    return _done(request, act, _("The draft was deleted."), "surveys:assessments")


@require_http_methods(["GET", "POST"])
def assessment_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = steered_or_404(request, pk)
    if request.method == "GET":
        return _ask(request, found, "close")

    def act() -> None:
        lifecycle.close_assessment(assessment_id=pk, by=user_of(request), now=now())

    return _done(request, act, _("Closed. Counting follows."), found.get_absolute_url())


@require_http_methods(["GET", "POST"])
def assessment_remind(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = steered_or_404(request, pk)
    if request.method == "GET":
        return _ask(request, found, "remind")

    def act() -> None:
        lifecycle.remind(assessment_id=pk, by=user_of(request), now=now())

    return _done(request, act, _("The reminder is on its way."), found.get_absolute_url())


@hr_required
@require_http_methods(["GET", "POST"])
def assessment_resend(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = steered_or_404(request, pk)
    if request.method == "GET":
        return _ask(request, found, "resend")

    def act() -> None:
        lifecycle.resend(assessment_id=pk, by=user_of(request), now=now())

    return _done(request, act, _("Everybody’s link is on its way."), found.get_absolute_url())


@hr_required
@require_http_methods(["GET", "POST"])
def assessment_joiners(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = steered_or_404(request, pk)
    if request.method == "GET":
        return _ask(request, found, "joiners")

    def act() -> None:
        lifecycle.add_joiners(assessment_id=pk, by=user_of(request), now=now())

    done = _("Whoever joined the asked teams since has been invited.")
    return _done(request, act, done, found.get_absolute_url())


@hr_required
@require_http_methods(["GET", "POST"])
def assessment_extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = steered_or_404(request, pk)
    form = ExtendForm(posted(request), current=found.closes_at)
    if request.method == "GET" or not form.is_valid():
        return _ask(request, found, "extend", form)
    end = form.cleaned_data["closes_at"]

    def act() -> None:
        lifecycle.extend_assessment(assessment_id=pk, closes_at=end, by=user_of(request), now=now())

    return _done(request, act, _("The new end is set."), found.get_absolute_url())


@require_http_methods(["GET", "POST"])
def assessment_retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = steered_or_404(request, pk)
    if request.method == "GET":
        return redirect(found)

    def act() -> None:
        lifecycle.retry(assessment_id=pk, by=user_of(request), now=now())

    return _done(request, act, _("It is being tried again."), found.get_absolute_url())
