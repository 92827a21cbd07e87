"""Results of a unit, the list of units, and the sources over a whole assessment."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import hr_required
from surveys.models import Assessment, Unit
from surveys.repulse_results import read_repulse
from surveys.results import read_results
from surveys.results_list import read_list
from surveys.sources import read_sources
from surveys.standing import standing_of
from surveys.trends import EARLIER
from surveys.views.wizard import user_of


@require_GET
def results_list(request: HttpRequest) -> HttpResponse:
    page, waves = read_list(user_of(request), request.GET.get("page"))
    return render(request, "surveys/results_list.html", {"page": page, "waves": waves})


@require_GET
def results(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = user_of(request)
    units = Unit.objects.visible_to(user).select_related("assessment__source", "plan", *EARLIER)
    unit = get_object_or_404(units, pk=pk)
    if not unit.assessment.is_scored:
        context = {"unit": unit, "standing": standing_of(unit.assessment)}
        return render(request, "surveys/results_early.html", context)
    if unit.assessment.is_repulse:
        found = read_repulse(unit, user)
        return render(request, "surveys/results_repulse.html", {"found": found})
    return render(request, "surveys/results.html", {"results": read_results(unit, user)})


@hr_required
@require_GET
def sources(request: HttpRequest, pk: UUID) -> HttpResponse:
    scored = Assessment.objects.visible_to(user_of(request)).scored().full()
    assessment = get_object_or_404(scored, pk=pk)
    context = {"assessment": assessment, "sources": read_sources(assessment)}
    return render(request, "surveys/sources.html", context)
