"""What every page of the staff side shows: the main menu of a role and the links at the foot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User

PLAN_PAGES = tuple(
    f"plans:{name}"
    for name in (
        "plan", "action", "accept", "decline", "add", "ask", "lead", "check_in", "steps", "edit",
        "stop", "reopen", "preview", "keep",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A link of the main menu; `names` are the beginnings of the URL names that it stands for."""

    label: str
    url_name: str
    names: tuple[str, ...] = ()

    def is_for(self, view_name: str) -> bool:
        return view_name == self.url_name or view_name.startswith(self.names)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation` (label, url, is_current) for the signed-in user, and `footer_links`."""
    match = request.resolver_match
    current = match.view_name if match else ""
    user = getattr(request, "user", None)
    items = list(menu(user)) if isinstance(user, User) else []
    return {
        "navigation": as_links(items, current),
        "footer_links": as_links(
            [Item(_("Method"), "surveys:method"), Item(_("Privacy"), "surveys:privacy")], current
        ),
    }


def menu(user: User) -> Iterator[Item]:
    """The pages that a user's roles open, in the order of the menu."""
    if user.is_hr:
        yield Item(_("Overview"), "plans:overview", ("plans:home",))
        yield from work()
        yield Item(_("Strategies"), "plans:strategies", ("plans:strategy",))
        yield Item(_("Roster"), "accounts:roster", ("accounts:person", "accounts:team"))
        yield Item(_("Audit"), "accounts:audit", ("surveys:package",))
    elif user.manages_something():
        yield Item(_("Home"), "plans:home")
        yield from work()
    else:
        yield Item(_("Home"), "plans:home")
    if user.is_reviewer:
        yield Item(_("Comments"), "surveys:comments", ("surveys:comment",))
    if user.is_trustee:
        yield Item(_("Boxes"), "surveys:trustee_list", ("surveys:trustee",))
    if user.is_hr and user.is_demonstration:
        yield Item(_("Outbox"), "surveys:outbox")
    if user.is_staff:
        yield Item(_("Administration"), "admin:index")


def work() -> Iterator[Item]:
    yield Item(
        _("Assessments"),
        "surveys:assessments",
        ("surveys:assessment", "surveys:wizard", "plans:repulse"),
    )
    yield Item(_("Results"), "surveys:results_list", ("surveys:results",))
    yield Item(_("Plans"), "plans:plans", PLAN_PAGES)
    yield Item(_("Requests"), "plans:requests", ("plans:request", "plans:answer"))


def as_links(items: list[Item], current: str) -> list[dict[str, Any]]:
    return [
        {
            "label": item.label,
            "url": reverse(item.url_name),
            "is_current": item.is_for(current),
        }
        for item in items
    ]
