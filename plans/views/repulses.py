"""Re-pulses that are due: the list, whom one would ask, and its start with one click."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import signed_in
from accounts.models import User
from plans.needs import ask_again
from plans.proposals import COMPARISON_UNITS, Proposal, read_proposal
from plans.repulses import find_due, find_ready, read_due
from plans.words import local_day
from surveys.invitations import sample
from surveys.models import MailKind
from surveys.pages import facts_of, survey_html
from surveys.questionnaire import preview_questionnaire
from surveys.repulses import draft_repulse, start_repulse
from surveys.states import LifecycleError


@require_GET
def repulses(request: HttpRequest) -> HttpResponse:
    user, now = _asker(request), timezone.now()
    dues = find_due(user, now=now)
    today = local_day(now)
    context = {
        "ready": [due for due in dues if due.is_ready(today)],
        "coming": [due for due in dues if not due.is_ready(today)],
    }
    return render(request, "plans/repulses.html", context)


@require_GET
def repulses_due(request: HttpRequest) -> HttpResponse:
    """What can go out today: needs for the home page, or `?as=line` a line for the overview."""
    dues = find_ready(_asker(request), now=timezone.now())
    if request.GET.get("as") == "line":
        return render(request, "plans/_repulses_line.html", {"dues": dues})
    return render(request, "plans/_repulses_due.html", {"needs": [ask_again(due) for due in dues]})


@require_http_methods(["GET", "POST"])
def repulse(request: HttpRequest, follows: UUID, source: str) -> HttpResponse:
    user = signed_in(request)
    proposal = _proposal_or_404(user, follows, source)
    if request.method == "GET":
        return _page(request, proposal)
    if request.POST.get("asked") != asked_in(proposal) or not _is_ready(proposal):
        messages.error(request, _("Meanwhile something has changed. Look once more whom it asks."))
        return redirect(proposal.due)
    try:
        started = start_repulse(
            follows=proposal.due.follows,
            source=source,
            teams=proposal.teams,
            by=user,
            now=timezone.now(),
        )
    except LifecycleError as problem:
        messages.error(request, str(problem))
        return redirect(proposal.due)
    if started.waits_for_code:
        done = _("Opening. The trustees are asked to take their code; invitations follow.")
    else:
        done = _("Opening. Invitations are on their way.")
    messages.success(request, done)
    return redirect(started)


@require_GET
def repulse_preview(request: HttpRequest, follows: UUID, source: str) -> HttpResponse:
    """The re-pulse as employees will see it, without anything to send."""
    user = signed_in(request)
    now = timezone.now()
    found = read_due(user, follows=follows, source=source, now=now)
    if found is None:
        raise Http404
    draft = draft_repulse(found[0].follows, source, by=user, now=now)
    language = request.GET.get("lang", draft.languages[0])
    if language not in draft.languages:
        raise Http404
    html = survey_html(facts_of(draft), preview_questionnaire(draft), language, is_preview=True)
    return HttpResponse(html, headers={"Content-Language": language})


def _proposal_or_404(user: User, follows: UUID, source: str) -> Proposal:
    proposal = read_proposal(user, follows=follows, source=source, now=timezone.now())
    if proposal is None:
        raise Http404
    return proposal


def _is_ready(proposal: Proposal) -> bool:
    return proposal.due.is_ready(local_day(timezone.now())) and bool(proposal.groups)


def asked_in(proposal: Proposal) -> str:
    """What the page carries along, so that nobody is asked whom it did not show."""
    return sha256(",".join(map(str, proposal.teams)).encode()).hexdigest()


def _page(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    user, due = signed_in(request), proposal.due
    draft = draft_repulse(due.follows, due.source.pk, by=user, now=timezone.now())
    asked = preview_questionnaire(draft)
    first = proposal.groups[0] if proposal.groups else None
    context = {
        "proposal": proposal,
        "draft": draft,
        "asked": asked_in(proposal),
        "is_ready": _is_ready(proposal),
        "is_hr": user.is_hr,
        "wanted": COMPARISON_UNITS,
        "question_count": len(asked.rated) + len(asked.open),
        "mails": sample(
            draft,
            kind=MailKind.INVITATION,
            group=(first.name, first.invited) if first else ("…", draft.min_invited),
        ),
    }
    return render(request, "plans/repulse.html", context)


def _asker(request: HttpRequest) -> User:
    """Somebody who may start re-pulses; else 404."""
    user = signed_in(request)
    if not user.is_hr and not user.managed_ids:
        raise Http404
    return user
