"""Pages of the comment reviewer: what waits, one unit's comments, a second look, taking back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import reviewer_required
from surveys import review
from surveys.models import CommentState, Unit
from surveys.review_counts import counted_units
from surveys.review_form import ReviewForm
from surveys.views.wizard import posted, user_of

SESSION_KEY = "reviewed_comments"


@reviewer_required
@require_GET
def comments(request: HttpRequest) -> HttpResponse:
    rows = list(counted_units())
    waiting = sum(counts.waiting for _unit, counts in rows)
    return render(request, "surveys/comments.html", {"rows": rows, "waiting": waiting})


@reviewer_required
@require_http_methods(["GET", "POST"])
def comment_unit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The waiting comments of a unit; posting shows the choices once more before they count."""
    unit = reviewed_unit_or_404(pk)
    rows = review.comments_of(unit, state=CommentState.REVIEW)
    form = ReviewForm(posted(request), rows=rows)
    if form.is_valid() and "change" not in request.POST and (decisions := form.decisions()):
        if "confirm" in request.POST:
            return _decide(request, unit, decisions)
        context = {"unit": unit, **_second_look(rows, decisions)}
        return render(request, "surveys/comment_confirm.html", context)
    mine = [UUID(key) for key in request.session.get(SESSION_KEY, [])]
    released = review.comments_of(unit, state=CommentState.RELEASED, ids=mine)
    shown = {"unit": unit, "form": form, "released": released}
    return render(request, "surveys/comment_unit.html", shown)


def reviewed_unit_or_404(pk: UUID) -> Unit:
    units = Unit.objects.filter(comments__isnull=False).select_related("assessment").distinct()
    return get_object_or_404(units, pk=pk)


def _second_look(
    rows: list[review.CommentRow], decisions: review.Decisions
) -> dict[str, list[review.CommentRow] | list[tuple[review.CommentRow, str]]]:
    return {
        "release": [row for row in rows if row.id in decisions.release],
        "redact": [(row, decisions.redact[row.id]) for row in rows if row.id in decisions.redact],
        "drop": [row for row in rows if row.id in decisions.drop],
    }


def _decide(request: HttpRequest, unit: Unit, decisions: review.Decisions) -> HttpResponse:
    released = review.decide(unit=unit, decisions=decisions, by=user_of(request))
    mine = request.session.get(SESSION_KEY, [])
    request.session[SESSION_KEY] = [*mine, *(str(pk) for pk in released)]
    count = len(decisions.release) + len(decisions.redact) + len(decisions.drop)
    text = ngettext("%(n)s comment was decided.", "%(n)s comments were decided.", count)
    messages.success(request, text % {"n": count})
    return redirect("surveys:comment_unit", pk=unit.pk)


@reviewer_required
@require_POST
def comment_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a comment back that was released in this session."""
    unit = reviewed_unit_or_404(pk)
    mine = set(request.session.get(SESSION_KEY, [])) & {request.POST.get("comment", "")}
    count = review.take_back(unit=unit, ids=[UUID(key) for key in mine], by=user_of(request))
    text = ngettext(
        "%(n)s comment waits for review again.", "%(n)s comments wait for review again.", count
    )
    messages.success(request, text % {"n": count})
    return redirect("surveys:comment_unit", pk=unit.pk)
