"""The employee's pages under /b/: open to everybody, without login, cookie or session.

A GET changes nothing. A code travels in the body of a POST only, and no log, cache, cookie or
table connects two requests.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys import pages
from surveys.ballot import InvalidBallot, Problem, read_body, read_fields
from surveys.casting import CodeNotAccepted, NotOpen, cast_plain, look_up
from surveys.keystore import MissingKey
from surveys.pages import Entered, Facts, Page
from surveys.questionnaire import NothingAsked, questionnaire_for

logger = logging.getLogger(__name__)

#: two comments of 1,800 bytes, percent-encoded, with all other fields
MAX_BODY_BYTES = 32 * 1024
FORM_TYPE = "application/x-www-form-urlencoded"
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
#: what follows the address of the page after sending
KEPT_QUERIES = {f"lang={code}": f"?lang={code}" for code in LANGUAGES}
CODE_REFUSED = _(
    "This code has been used or is not valid. If it was not you, ask for a new slip."
    " Your answers, if sent, stay counted."
)
NOT_OPEN = _("This survey does not take answers now.")
NOT_STORED = _("Not sent. Your answers are still on this page. Please press Send again.")

Fields = Mapping[str, list[str]]


@login_not_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    return answer(request, pages.finished_page("find", language_for(request, LANGUAGES)))


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def survey(request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method == "POST":
        return cast(request, pk)
    facts = pages.find_facts(pk)
    return page_of(request, facts.stage(timezone.now()), facts)


@csrf_exempt
@login_not_required
@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def group(request: HttpRequest, pk: UUID) -> HttpResponse:
    """With whom the owner of the code is counted; says nothing about its use."""
    fields = posted(request)
    try:
        found = look_up(assessment_id=pk, code=code_in(fields))
    except CodeNotAccepted:
        return not_accepted(request, pk, fields, [("code-first", CODE_REFUSED)], 400)
    if wants_json(request):
        return JsonResponse({"name": found.name, "invited": found.invited})
    return filled(request, pages.find_facts(pk), Entered(fields, group=found))


@login_not_required
@require_safe
def sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    return page_of(request, "sent", pages.find_facts(pk))


@login_not_required
@require_safe
def stored(request: HttpRequest, pk: UUID) -> HttpResponse:
    return page_of(request, "stored", pages.find_facts(pk))


@login_not_required
@require_safe
def counted(request: HttpRequest, pk: UUID) -> HttpResponse:
    return page_of(request, "counted", pages.find_facts(pk))


@sensitive_variables()
def cast(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The plain path: code and answers in one request, refused or stored as a whole."""
    fields = posted(request)
    try:
        content = read_fields(fields, questionnaire_for(pk))
        cast_plain(assessment_id=pk, code=code_in(fields), content=content, now=timezone.now())
    except NothingAsked as error:
        raise Http404 from error
    except InvalidBallot as error:
        return not_accepted(request, pk, fields, error.problems, 400)
    except CodeNotAccepted:
        return not_accepted(request, pk, fields, [("code", CODE_REFUSED)], 400)
    except NotOpen:
        return not_open(request, pk)
    except (DatabaseError, MissingKey) as error:
        logger.error("A ballot could not be stored: %s", type(error).__name__)
        return not_accepted(request, pk, fields, [("", NOT_STORED)], 503)
    return accepted(request)


def accepted(request: HttpRequest) -> HttpResponse:
    """Sends the browser on, so that a reload cannot send twice; nothing is rendered here."""
    query = request.META.get("QUERY_STRING", "")
    address = f"{request.path}sent/{KEPT_QUERIES.get(query, '')}"
    if wants_json(request):
        return HttpResponse(f'{{"sent": "{address}"}}', content_type="application/json")
    return HttpResponse(status=303, headers={"Location": address})


@sensitive_variables()
def not_accepted(
    request: HttpRequest, pk: UUID, fields: Fields, problems: Sequence[Problem], status: int
) -> HttpResponse:
    """What is wrong, with everything still filled in."""
    facts = pages.find_facts(pk)
    if wants_json(request):
        with translation.override(language_for(request, facts.languages)):
            found = [{"field": name, "text": str(text)} for name, text in problems]
        return JsonResponse({"problems": found}, status=status)
    return filled(request, facts, Entered(fields, problems), status=status)


def not_open(request: HttpRequest, pk: UUID) -> HttpResponse:
    if wants_json(request):
        return not_accepted(request, pk, {}, [("", NOT_OPEN)], 409)
    facts = pages.find_facts(pk)
    stage = facts.stage(timezone.now())
    return page_of(request, "closed" if stage == "survey" else stage, facts, status=409)


@sensitive_variables()
def filled(
    request: HttpRequest, facts: Facts, entered: Entered, *, status: int = 200
) -> HttpResponse:
    """The survey with what was posted: rendered for this answer, never kept or compressed."""
    language = language_for(request, facts.languages)
    asked = questionnaire_for(facts.assessment_id)
    html = pages.survey_html(facts, asked, language, entered=entered)
    return HttpResponse(html, status=status, headers={"Content-Language": language})


def page_of(request: HttpRequest, name: str, facts: Facts, *, status: int = 200) -> HttpResponse:
    language = language_for(request, facts.languages)
    return answer(request, pages.finished_page(name, language, facts), status=status)


def answer(request: HttpRequest, page: Page, *, status: int = 200) -> HttpResponse:
    headers = {"Vary": "Accept-Encoding, Accept-Language"}
    if "gzip" not in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        return HttpResponse(page.plain, status=status, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return HttpResponse(page.packed, status=status, headers=headers)


def language_for(request: HttpRequest, offered: Sequence[str]) -> str:
    """The language asked for by `?lang=`, else by the browser, else the first one offered."""
    wanted = request.GET.get("lang", "")
    if wanted in offered:
        return wanted
    for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code[:2] in offered:
            return code[:2]
    return offered[0] if offered else settings.LANGUAGE_CODE


def wants_json(request: HttpRequest) -> bool:
    return bool(request.META.get("HTTP_ACCEPT") == "application/json")


@sensitive_variables()
def posted(request: HttpRequest) -> dict[str, list[str]]:
    """The fields of a small plain form; an upload could be spooled to the disk in the clear."""
    if request.content_type != FORM_TYPE:
        raise BadRequest
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        raise RequestDataTooBig
    try:
        return read_body(request.body)
    except ValueError as error:
        raise BadRequest from error


def code_in(fields: Fields) -> str:
    return fields["code"][0] if "code" in fields else ""
