"""The catalogue's strategies to read: what they are, how well they are shown to work, where."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.models import User
from plans.forms import StrategyFilterForm
from plans.models import Action
from plans.strategies import StrategyFilters, read_strategies, read_strategy
from resistance.models import Strategy


@require_GET
def strategies(request: HttpRequest) -> HttpResponse:
    form = StrategyFilterForm(request.GET)
    filters = StrategyFilters(**form.cleaned_data) if form.is_valid() else StrategyFilters()
    context = {"form": form, "found": read_strategies(filters), "has_filters": bool(filters)}
    return render(request, "plans/strategies.html", context)


@require_GET
def strategy(request: HttpRequest, slug: str) -> HttpResponse:
    assert isinstance(request.user, User)
    found = get_object_or_404(Strategy, pk=slug)
    visible = Action.objects.visible_to(request.user)
    return render(request, "plans/strategy.html", {"page": read_strategy(found, visible)})
