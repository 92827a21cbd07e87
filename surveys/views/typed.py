"""The short address `/b/`, where a code from a slip is typed; the code never enters an address."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from surveys import pages, typed
from surveys.casting import CodeNotAccepted, look_up
from surveys.pages import Entered
from surveys.views import respond


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def find(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return found(request)
    language = respond.language_for(request, respond.LANGUAGES)
    return respond.answer(request, pages.finished_page("find", language))


@sensitive_variables()
def found(request: HttpRequest) -> HttpResponse:
    """The survey of a typed code with the code filled in; to the script only where it is."""
    code = respond.code_in(respond.posted(request)).strip()
    try:
        assessment = typed.assessment_of(code)
        group = look_up(assessment_id=assessment, code=code)
    except CodeNotAccepted:
        return refused(request, code)
    if respond.wants_json(request):
        return JsonResponse({"assessment": str(assessment), "address": f"/b/{assessment}/"})
    facts = pages.find_facts(assessment)
    stage = facts.stage(timezone.now())
    if stage != "survey":
        return respond.page_of(request, stage, facts)
    return respond.filled(request, facts, Entered({"code": [code]}, group=group))


@sensitive_variables()
def refused(request: HttpRequest, code: str) -> HttpResponse:
    """Unknown, mistyped or of a survey that was counted: one wording."""
    language = respond.language_for(request, respond.LANGUAGES)
    with respond.translation.override(language):
        problem = str(respond.CODE_REFUSED)
    if respond.wants_json(request):
        return JsonResponse({"problems": [{"field": "code", "text": problem}]}, status=400)
    html = typed.refused_html(code=code, problem=problem, language=language)
    return HttpResponse(html, status=400, headers={"Content-Language": language})
