"""The five steps from an idea to an open assessment: initiative, teams, groups, dates, check."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Team, User
from surveys.forms import (
    DatesForm,
    InitiativeForm,
    KeysForm,
    StepForm,
    TeamsForm,
    ThresholdsForm,
)
from surveys.groups import PlannedGroup, TooFewPeople, plan_groups
from surveys.initiatives import INITIATIVES
from surveys.invitations import sample
from surveys.lifecycle import lacks_trustee
from surveys.models import Assessment, MailKind
from surveys.pages import facts_of, survey_html
from surveys.pauses import Load, heaviest, load_of
from surveys.power import Spread, preview
from surveys.questionnaire import preview_questionnaire
from surveys.slips import count_without_email
from surveys.team_choice import Branch, branches_for, names_of, whole_branches
from surveys.waves import spread_before

STEPS = ("initiative", "teams", "groups", "dates", "check")
SCALE_END = 30
DAYS_OPEN, CLOSING_HOUR = 14, 18
FIRST_TEMPLATE = "first-contact"


def draft_or_404(request: HttpRequest, pk: UUID) -> Assessment:
    """A draft that the user may change: one of their own, or any for HR."""
    user = user_of(request)
    drafts = Assessment.objects.steered_by(user).drafts().prefetch_related("teams")
    return get_object_or_404(drafts, pk=pk)


def user_of(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, even when it is empty; nothing for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


def steps_of(assessment: Assessment | None, current: str) -> list[dict[str, Any]]:
    """The steps with their names, where they are, and how they stand to the current one."""
    names = {
        "initiative": _("Initiative"),
        "teams": _("Teams"),
        "groups": _("Groups"),
        "dates": _("Dates and languages"),
        "check": _("Check and open"),
    }
    here = STEPS.index(current)
    return [
        {
            "name": names[step],
            "url": reverse(f"surveys:wizard_{step}", args=[assessment.pk]) if assessment else "",
            "is_past": place < here,
            "is_current": place == here,
        }
        for place, step in enumerate(STEPS)
    ]


def to_step(assessment: Assessment, step: str) -> HttpResponse:
    return redirect(f"surveys:wizard_{step}", pk=assessment.pk)


@require_http_methods(["GET", "POST"])
def wizard_new(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    if not user.is_hr and not user.manages_something():
        raise Http404
    chosen = INITIATIVES.get(request.GET.get("template", FIRST_TEMPLATE))
    draft = Assessment(created_by=user, closes_at=usual_end(now()))
    form = InitiativeForm(
        posted(request), instance=draft, initial=chosen.as_initial() if chosen else {}
    )
    if request.method == "POST" and form.is_valid():
        return to_step(form.save(), "teams")
    context = {"form": form, "steps": steps_of(None, "initiative"), "templates": INITIATIVES}
    return render(request, "surveys/wizard_initiative.html", {**context, "chosen": chosen})


def usual_end(start: datetime) -> datetime:
    """Two weeks on, at six in the evening of this installation's time zone."""
    end = localtime(start + timedelta(days=DAYS_OPEN))
    return end.replace(hour=CLOSING_HOUR, minute=0, second=0, microsecond=0)


@require_http_methods(["GET", "POST"])
def wizard_initiative(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = draft_or_404(request, pk)
    form = InitiativeForm(posted(request), instance=draft)
    return _form_step(request, draft, form, "initiative")


@require_http_methods(["GET", "POST"])
def wizard_dates(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = draft_or_404(request, pk)
    form = DatesForm(posted(request), instance=draft)
    return _form_step(request, draft, form, "dates")


def _form_step(request: HttpRequest, draft: Assessment, form: StepForm, step: str) -> HttpResponse:
    here = STEPS.index(step)
    if request.method == "POST" and "back" in request.POST:
        form.keep_what_is_right()
        return to_step(draft, STEPS[here - 1])
    if request.method == "POST" and form.is_valid():
        form.save()
        return to_step(draft, STEPS[here + 1])
    context = {"form": form, "assessment": draft, "steps": steps_of(draft, step)}
    return render(request, f"surveys/wizard_{step}.html", context)


@require_http_methods(["GET", "POST"])
def wizard_teams(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft, user = draft_or_404(request, pk), user_of(request)
    chosen = list(draft.teams.order_by().values_list("pk", flat=True))
    allowed = Team.objects.visible_to(user)
    branches = branches_for(allowed, chosen=chosen, now=now())
    form = TeamsForm(posted(request), teams=allowed, busy=busy_in(branches))
    if request.method == "POST" and form.is_valid():
        draft.teams.set(whole_branches(form.cleaned_data["teams"]))
        return to_step(draft, "initiative" if "back" in request.POST else "groups")
    if request.method == "POST" and "back" in request.POST:
        return to_step(draft, "initiative")
    context = {"form": form, "branches": branches, "assessment": draft}
    return render(
        request, "surveys/wizard_teams.html", {**context, "steps": steps_of(draft, "teams")}
    )


def busy_in(branches: tuple[Branch, ...]) -> list[int]:
    """Ids of the teams that cannot be asked as a whole now."""
    found: list[int] = []
    for branch in branches:
        if branch.busy_with:
            found += [branch.team.pk, *busy_in(branch.below)]
    return found


@require_GET
def wizard_groups(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = draft_or_404(request, pk)
    context = {"assessment": draft, "steps": steps_of(draft, "groups"), **planned(draft)}
    return render(request, "surveys/wizard_groups.html", context)


def planned(draft: Assessment) -> dict[str, Any]:
    """`groups` as they would be collected and what each could tell; empty when too few people."""
    try:
        groups = plan_groups(draft)
    except TooFewPeople:
        return {"groups": [], "invited": 0}
    load = load_of({team for group in groups for team in group.teams}, now=now())
    spread = spread_before(draft, now=now())
    return {
        "groups": [
            {**_power(draft, group, spread), "load": _load(group, load)} for group in groups
        ],
        "invited": sum(group.invited for group in groups),
        "spread": spread,
    }


def _load(group: PlannedGroup, load: dict[int, Load]) -> Load:
    return heaviest(load.get(team, Load()) for team in group.teams)


def _power(draft: Assessment, group: PlannedGroup, spread: Spread) -> dict[str, Any]:
    found = preview(group.invited, spread=spread, thresholds=draft.thresholds)
    blind = min(100.0, round(100 * found.change / SCALE_END, 1))
    strip = {"blind": blind, "see": round(100 - blind, 1)}
    return {"group": group, "change": found.change, "widths": found.widths, **strip}


@require_GET
def wizard_check(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _check_page(request, draft_or_404(request, pk), None)


@require_POST
def wizard_thresholds(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = draft_or_404(request, pk)
    form = ThresholdsForm(request.POST, instance=draft)
    if not form.is_valid():
        return _check_page(request, draft_or_404(request, pk), form)
    form.save()
    messages.success(request, _("The thresholds were raised."))
    return to_step(draft, "check")


@require_POST
def wizard_keys(request: HttpRequest, pk: UUID) -> HttpResponse:
    draft = draft_or_404(request, pk)
    form = KeysForm(request.POST, instance=draft)
    if not form.is_valid():
        return _check_page(request, draft_or_404(request, pk), None, form)
    form.save()
    messages.success(request, _("It is set who can open the box."))
    return to_step(draft, "check")


@require_GET
def wizard_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The survey as employees will see it, without anything to send."""
    draft = draft_or_404(request, pk)
    spoken = draft.languages or [settings.LANGUAGE_CODE]
    language = request.GET.get("lang", spoken[0])
    if language not in spoken:
        raise Http404
    html = survey_html(facts_of(draft), preview_questionnaire(draft), language, is_preview=True)
    return HttpResponse(html, headers={"Content-Language": language})


def _check_page(
    request: HttpRequest,
    draft: Assessment,
    form: ModelForm | None,
    keys_form: KeysForm | None = None,
) -> HttpResponse:
    plan = planned(draft)
    first = plan["groups"][0]["group"] if plan["groups"] else None
    context = {
        "assessment": draft,
        "steps": steps_of(draft, "check"),
        "team_names": names_of(draft),
        "statement_count": len(preview_questionnaire(draft).rated),
        "missing": missing_in(draft, plan["invited"]),
        "form": form or ThresholdsForm(instance=draft),
        "keys_form": keys_form or KeysForm(instance=draft),
        "mails": sample(
            draft,
            kind=MailKind.INVITATION,
            group=(first.name, first.invited) if first else ("…", draft.min_invited),
        ),
        "without_email": count_without_email(
            team for row in plan["groups"] for team in row["group"].teams
        ),
        **plan,
    }
    return render(request, "surveys/wizard_check.html", context)


def missing_in(draft: Assessment, invited: int) -> list[tuple[str, str]]:
    """What stands between the draft and its opening: a sentence and the address to mend it."""
    found = []
    if not invited:
        found.append((_("The teams have too few people for one group."), "teams"))
    if not draft.closes_at or draft.closes_at <= now():
        found.append((_("The closing time has to lie ahead."), "dates"))
    if not draft.languages:
        found.append((_("The survey needs a language."), "dates"))
    links = [(text, reverse(f"surveys:wizard_{step}", args=[draft.pk])) for text, step in found]
    if lacks_trustee(draft):
        links.append((_("Choose one or two trustees, or let the server keep the key."), "#keys"))
    return links
