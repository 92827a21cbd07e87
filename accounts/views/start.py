"""The way in: the first run of an installation and signing in."""

from __future__ import annotations

from allauth.account.views import login
from django.contrib.auth import login as begin_session
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.first_run import AlreadyStarted, is_started, start_installation
from accounts.forms import FirstRunForm


@login_not_required
@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    if is_started():
        raise Http404
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = start_installation(**form.values())
        except AlreadyStarted as error:
            raise Http404 from error
        begin_session(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("/")
    return render(request, "accounts/first_run.html", {"form": form})


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in page; on an empty installation the way to the first run."""
    if not request.user.is_authenticated and not is_started():
        return redirect("accounts:first_run")
    return login(request)


def nothing_here(request: HttpRequest, **_arguments: str) -> HttpResponse:
    raise Http404
