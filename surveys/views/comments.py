"""Pages of the comment reviewer: what waits, one unit's comments, a second look, taking back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import reviewer_required
from surveys import review
from surveys.models import CommentState, Unit
from surveys.views.wizard import user_of

SESSION_KEY = "reviewed_comments"


@reviewer_required
@require_GET
def comments(request: HttpRequest) -> HttpResponse:
    rows = review.units_with_comments()
    waiting = sum(row.waiting for row in rows)
    return render(request, "surveys/comments.html", {"rows": rows, "waiting": waiting})


@reviewer_required
@require_http_methods(["GET", "POST"])
def comment_unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The waiting comments of a unit; posting shows the choices once more before they count."""
    unit = reviewed_unit_or_404(pk)
    chosen = choices_in(request)
    if request.method == "POST" and "confirm" in request.POST:
        return _decide(request, unit, chosen)
    rows = review.comments_of(unit, state=CommentState.REVIEW)
    context: dict[str, Any] = {"unit": unit, "waiting": rows, "chosen": chosen}
    if request.method == "POST" and any(chosen.values()) and "change" not in request.POST:
        for name, ids in chosen.items():
            context[name] = [row for row in rows if row.id in ids]
        return render(request, "surveys/comment_confirm.html", context)
    mine = [UUID(key) for key in request.session.get(SESSION_KEY, [])]
    context["released"] = review.comments_of(unit, state=CommentState.RELEASED, ids=mine)
    context["dropped"] = review.comments_of(unit, state=CommentState.DROPPED, ids=mine)
    return render(request, "surveys/comment_unit.html", context)


def reviewed_unit_or_404(pk: UUID) -> Unit:
    units = Unit.objects.filter(comments__isnull=False).select_related("assessment").distinct()
    return get_object_or_404(units, pk=pk)


def choices_in(request: HttpRequest) -> dict[str, set[UUID]]:
    """What was chosen per comment, `d-<id>` = release or drop; anything else is left waiting."""
    chosen: dict[str, set[UUID]] = {"release": set(), "drop": set()}
    for name, value in request.POST.items():
        if name.startswith("d-") and value in chosen:
            try:
                chosen[str(value)].add(UUID(name[2:]))
            except ValueError:
                continue
    return chosen


def _decide(request: HttpRequest, unit: Unit, chosen: dict[str, set[UUID]]) -> HttpResponse:
    decided = review.decide(unit=unit, **chosen, by=user_of(request))
    mine = request.session.get(SESSION_KEY, [])
    request.session[SESSION_KEY] = [*mine, *(str(pk) for pk in decided)]
    text = ngettext("%(n)s comment was decided.", "%(n)s comments were decided.", len(decided))
    messages.success(request, text % {"n": len(decided)})
    return redirect("surveys:comment_unit", pk=unit.pk)


@reviewer_required
@require_POST
def comment_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a comment back that was decided in this session."""
    unit = reviewed_unit_or_404(pk)
    mine = set(request.session.get(SESSION_KEY, [])) & {request.POST.get("comment", "")}
    count = review.take_back(unit=unit, ids=[UUID(key) for key in mine], by=user_of(request))
    text = ngettext(
        "%(n)s comment waits for review again.", "%(n)s comments wait for review again.", count
    )
    messages.success(request, text % {"n": count})
    return redirect("surveys:comment_unit", pk=unit.pk)
