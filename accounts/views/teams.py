"""One team for HR: its name, its place in the tree, its managers and its people."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import hr_required, signed_in
from accounts.forms import ManagerForm, TeamForm
from accounts.models import Team, User
from accounts.people import MovedBelowItself, UnknownPerson, add_manager, remove_manager, save_team


@hr_required
@require_http_methods(["GET", "POST"])
def team_new(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None, initial={"parent": request.GET.get("below")})
    if request.method == "POST" and form.is_valid():
        save_team(team=form.save(commit=False), by=signed_in(request))
        messages.success(request, _("%(name)s is saved.") % {"name": form.instance.name})
        return redirect("accounts:team", pk=form.instance.pk)
    return render(request, "accounts/team_new.html", {"form": form})


@hr_required
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    form = TeamForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            save_team(team=form.save(commit=False), by=signed_in(request))
        except MovedBelowItself as error:
            form.add_error("parent", str(error))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": found.name})
            return redirect("accounts:team", pk=pk)
    return show(request, pk, form=form, manager_form=ManagerForm())


@hr_required
@require_POST
def manager_add(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    form = ManagerForm(request.POST)
    if form.is_valid():
        try:
            user, is_new = add_manager(
                team=found, email=form.cleaned_data["email"], by=signed_in(request)
            )
        except UnknownPerson as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, sentence(user, found, is_new=is_new))
            return redirect("accounts:team", pk=pk)
    return show(request, pk, form=TeamForm(instance=found), manager_form=form)


@hr_required
@require_POST
def manager_remove(request: HttpRequest, pk: int, user_pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    user = get_object_or_404(User, pk=user_pk, managed_teams=found)
    remove_manager(team=found, user=user, by=signed_in(request))
    words = {"name": user.name, "team": found.name}
    messages.success(request, _("%(name)s no longer manages %(team)s.") % words)
    return redirect("accounts:team", pk=pk)


def sentence(user: User, found: Team, *, is_new: bool) -> str:
    words = {"name": user.name, "team": found.name}
    if is_new:
        return _("%(name)s manages %(team)s and gets a mail to choose a password.") % words
    return _("%(name)s manages %(team)s.") % words


def show(
    request: HttpRequest, pk: int, *, form: TeamForm, manager_form: ManagerForm
) -> HttpResponse:
    found = Team.objects.select_related("parent").get(pk=pk)
    people = Paginator(found.people.all(), 60).get_page(request.GET.get("page"))
    context = {
        "team": found,
        "form": form,
        "manager_form": manager_form,
        "page": people,
        "managers": found.managers.order_by("name"),
        "below": found.children.all(),
    }
    return render(request, "accounts/team.html", context)
