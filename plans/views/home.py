"""The first page after sign-in, which depends on what somebody does here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Person, Team, User
from plans.dashboard import read_home
from surveys.models import Assessment


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    if user.managed_ids:
        now = timezone.now()
        return render(request, "plans/home.html", {"home": read_home(user, now), "now": now})
    if user.is_hr and Assessment.objects.exists():
        return redirect("plans:overview")
    if user.is_hr:
        steps = {"has_people": Person.objects.exists(), "has_managers": _has_managers()}
        return render(request, "plans/first_steps.html", steps)
    return render(request, "plans/home_other.html")


def _has_managers() -> bool:
    return Team.managers.through.objects.exists()
