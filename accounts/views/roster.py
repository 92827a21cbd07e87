"""The roster for HR: the list of people by team, and one person."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import hr_required, signed_in
from accounts.forms import PersonForm
from accounts.listing import PER_PAGE, RosterList
from accounts.models import Person
from accounts.people import save_person


@hr_required
@require_GET
def roster(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    listing = RosterList(words)
    page = Paginator(listing, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "blocks": list(page), "words": words, "listing": listing}
    return render(request, "accounts/roster.html", context)


@hr_required
@require_http_methods(["GET", "POST"])
def person_new(request: HttpRequest) -> HttpResponse:
    initial = {"team": request.GET.get("team")}
    return edit(request, Person(), PersonForm(request.POST or None, initial=initial))


@hr_required
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Person, pk=pk)
    return edit(request, found, PersonForm(request.POST or None, instance=found))


def edit(request: HttpRequest, found: Person, form: PersonForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        save_person(person=form.save(commit=False), by=signed_in(request))
        messages.success(request, _("%(name)s is saved.") % {"name": form.instance.name})
        return redirect("accounts:team", pk=form.instance.team_id)
    return render(request, "accounts/person.html", {"form": form, "person": found})
