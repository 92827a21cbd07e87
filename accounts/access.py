"""Who may enter: view decorators per role, and what an administrator may do in the admin."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User

View = Callable[..., HttpResponseBase]

ADMINISTERED_APPS = frozenset({"accounts", "resistance"})


def signed_in(request: HttpRequest) -> User:
    """The user of a page that nobody reaches without signing in."""
    user = request.user
    assert isinstance(user, User)
    return user


def _only_for(is_allowed: Callable[[User], bool]) -> Callable[[View], View]:
    """Wraps a view so that for everybody else the page does not exist (404)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if isinstance(user, User) and is_allowed(user):
                return view(request, *args, **kwargs)
            raise Http404

        return guarded

    return decorate


hr_required = _only_for(lambda user: user.is_hr)
reviewer_required = _only_for(lambda user: user.is_reviewer)
trustee_required = _only_for(lambda user: user.is_trustee)
administrator_required = _only_for(lambda user: user.is_staff)


class AdministratorBackend(BaseBackend):
    """Lets administrators keep accounts and catalogue in the admin without being superusers."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:  # noqa: ARG002
        return self.has_module_perms(user_obj, perm.partition(".")[0])

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return user_obj.is_active and user_obj.is_staff and app_label in ADMINISTERED_APPS
