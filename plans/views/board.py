"""The plan of a unit: board, print, suggestions taken on or declined, requests, its lead."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from plans import asking, planning
from plans.board import read_board
from plans.effect_card import effects_of
from plans.forms import (
    AnswerForm,
    AskForm,
    LeadForm,
    ReasonForm,
    accept_form,
    own_action_form,
)
from plans.models import Plan, Recommendation, RecommendationState
from plans.newest import replaced
from plans.paper import read_paper
from plans.permissions import (
    can_answer,
    can_name_lead,
    editable_plans,
    may_edit_visible,
    requests_of,
    requests_to,
)
from plans.rules import PlanningError
from plans.suggested import known_names, read_kept, read_words, suggestion
from plans.words import local_day, request_chip

OPEN_STATES = (RecommendationState.SUGGESTED, RecommendationState.ALTERNATIVE)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _plans(found: QuerySet[Plan]) -> QuerySet[Plan]:
    return found.select_related("unit__assessment", "unit__node__team", "lead")


@require_GET
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    user, now = _user(request), timezone.now()
    visible = _plans(Plan.objects.visible_to(user)).annotate(is_replaced=replaced())
    found: Any = get_object_or_404(visible, pk=pk)
    planning.note_viewed(plan=found, by=user, now=now)
    board = read_board(found, now, is_replaced=found.is_replaced)
    context = {
        "board": board,
        "plan": found,
        "can_edit": may_edit_visible(user, found),
        "effects": effects_of(found, user),
    }
    return render(request, "plans/plan.html", context)


@require_GET
def plan_print(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    found = get_object_or_404(_plans(Plan.objects.visible_to(user)), pk=pk)
    paper = read_paper(found, user, timezone.now())
    return render(request, "plans/plan_print.html", {"paper": paper})


def _open_recommendation(
    request: HttpRequest, pk: int, states: tuple[RecommendationState, ...]
) -> Recommendation:
    """One that waits for a decision, of a plan that the user may change; else 404."""
    found = Recommendation.objects.select_related(
        "strategy", "source", "plan__unit__assessment", "plan__unit__node"
    )
    mine = editable_plans(_user(request))
    return get_object_or_404(found.filter(plan__in=mine, state__in=states), pk=pk)


@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    recommendation = _open_recommendation(request, pk, OPEN_STATES)
    now = timezone.now()
    form = accept_form(
        recommendation,
        request.POST or None,
        today=local_day(now),
        with_change="change" in request.GET,
    )
    if request.method == "POST" and form.is_valid():
        try:
            action = planning.accept_recommendation(
                recommendation_id=pk, by=_user(request), now=now, **form.cleaned_data
            )
        except PlanningError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Taken on. The first check-in is in a week."))
            return redirect(action)
    names = read_words(read_kept(recommendation.plan)).names
    context = {"entry": suggestion(recommendation, names), "plan": recommendation.plan}
    return render(request, "plans/accept.html", {**context, "form": form})


@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    recommendation = _open_recommendation(request, pk, OPEN_STATES)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        because = form.cleaned_data["because"]
        saved = _saved(
            form,
            planning.decline,
            recommendation_id=pk,
            by=_user(request),
            because=because,
            now=timezone.now(),
        )
        if saved:
            messages.success(request, _("Declined. The reason stands in the plan."))
            return redirect(recommendation.plan)
    names = known_names([recommendation])
    context = {"entry": suggestion(recommendation, names), "plan": recommendation.plan}
    return render(request, "plans/decline.html", {**context, "form": form})


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    recommendation = _open_recommendation(request, pk, (RecommendationState.UPWARDS,))
    names = known_names([recommendation])
    entry = suggestion(recommendation, names)
    form = AskForm(request.POST or None, initial={"title": entry.title})
    if request.method == "POST" and form.is_valid():
        saved = _saved(
            form,
            asking.ask_upwards,
            plan_id=recommendation.plan_id,
            recommendation_id=pk,
            by=_user(request),
            now=timezone.now(),
            **form.cleaned_data,
        )
        if saved:
            messages.success(request, _("Asked. An answer is due in two weeks."))
            return redirect(recommendation.plan)
    context = {"entry": entry, "plan": recommendation.plan, "form": form}
    return render(request, "plans/ask.html", context)


@require_http_methods(["GET", "POST"])
def ask_own(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the next level for something that no suggestion holds."""
    found = get_object_or_404(_plans(editable_plans(_user(request))), pk=pk)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now, asked = timezone.now(), form.cleaned_data
        if _saved(form, asking.ask_upwards, plan_id=pk, by=_user(request), now=now, **asked):
            messages.success(request, _("Asked. An answer is due in two weeks."))
            return redirect(found)
    return render(request, "plans/ask.html", {"plan": found, "form": form})


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_plans(editable_plans(_user(request))), pk=pk)
    now = timezone.now()
    form = own_action_form(found, request.POST or None, today=local_day(now))
    if request.method == "POST" and form.is_valid():
        try:
            action = planning.add_own_action(
                plan_id=pk, by=_user(request), now=now, **form.cleaned_data
            )
        except PlanningError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Added. The first check-in is in a week."))
            return redirect(action)
    return render(request, "plans/add.html", {"plan": found, "form": form})


@require_http_methods(["GET", "POST"])
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    found = get_object_or_404(_plans(Plan.objects.visible_to(user)), pk=pk)
    if not can_name_lead(user, found):
        return redirect(found)
    form = LeadForm(request.POST or None, plan=found, initial={"lead": found.lead_id})
    if request.method == "POST" and form.is_valid():
        named, now = form.cleaned_data["lead"], timezone.now()
        if _saved(form, planning.name_lead, plan_id=pk, by=user, lead=named, now=now):
            messages.success(request, _("%(name)s leads this plan now.") % {"name": named})
            return redirect(found)
    return render(request, "plans/lead.html", {"plan": found, "form": form})


@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    to_me = set(requests_to(user).values_list("pk", flat=True))
    found = requests_of(user).select_related("plan__unit", "to_team", "asked_by")
    entries = [(entry, request_chip(entry), entry.pk in to_me) for entry in found]
    return render(request, "plans/requests.html", {"entries": entries})


@require_http_methods(["GET", "POST"])
def answer_request(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    found = requests_of(user).select_related("plan__unit", "to_team", "asked_by", "strategy")
    asked = get_object_or_404(found, pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_granted = form.cleaned_data["decision"] == "granted"
        answer, now = form.cleaned_data["answer"], timezone.now()
        saved = _saved(
            form,
            asking.answer_request,
            request_id=pk,
            by=user,
            is_granted=is_granted,
            answer=answer,
            now=now,
        )
        if saved:
            messages.success(request, _("Answered. The team that asked sees it in its plan."))
            return redirect("plans:request", pk=pk)
    context = {"asked": asked, "chip": request_chip(asked), "form": form}
    return render(request, "plans/request.html", {**context, "can_answer": can_answer(user, asked)})


def _saved(form: Any, job: Any, **arguments: Any) -> bool:
    """True when the job was done; else its sentence stands at the form."""
    try:
        job(**arguments)
    except PlanningError as error:
        form.add_error(None, str(error))
        return False
    return True
