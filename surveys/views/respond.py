"""The employee's pages under /b/: open to everybody, without login, cookie or session.

A GET changes nothing. A code travels in the body of a POST only, and no log, cache, cookie or
table connects two requests.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys import blind_casting, pages
from surveys.ballot import InvalidBallot, Problem, read_body, read_fields
from surveys.blind_casting import TokenNotAdmitted
from surveys.blindsign import TOKEN_BYTES, BlindingRefused
from surveys.casting import CodeNotAccepted, GroupInfo, NotOpen, cast_plain, look_up
from surveys.keystore import MissingKey
from surveys.models import ReceiptList, State
from surveys.pages import Entered, Facts, Page
from surveys.private_power import SigningFault
from surveys.questionnaire import NothingAsked, questionnaire_for
from surveys.signing_keys import NoSigningKeys, published_keys

logger = logging.getLogger(__name__)

#: two comments of 1,800 bytes, percent-encoded, with all other fields
MAX_BODY_BYTES = 32 * 1024
#: of every signing key, blinded token and signature: 2048 bits
MODULUS_BYTES = 256
FORM_TYPE = "application/x-www-form-urlencoded"
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
#: what follows the address of the page after sending
KEPT_QUERIES = {
    query: f"?{query}" for code in LANGUAGES for query in (f"lang={code}", f"lang={code}&shared=1")
}
CODE_REFUSED = _(
    "This code has been used or is not valid. Your answers, if sent, stay counted. A used code"
    " cannot be replaced, or people could answer twice. If it was not you, tell HR."
)
NOT_OPEN = _("This survey does not take answers now.")
NOT_ADMITTED = _("This ballot has no valid signature, so it was not counted.")
NOT_SENT = _("Not sent. Your answers are still on this page. Please press Send again.")
#: the database may have failed after it had stored the ballot
UNSURE = _(
    "We do not know whether this arrived. Please press Send again: it is counted once. If you"
    " changed something since the first try, the first version counts."
)

Fields = Mapping[str, list[str]]


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def survey(request: HttpRequest, pk: UUID) -> HttpResponse:
    if request.method == "POST":
        return cast_at_once(request, pk)
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
        return JsonResponse({"name": found.name, "invited": found.invited, **key_of(pk, found)})
    return filled(request, pages.find_facts(pk), Entered(fields, group=found))


def key_of(pk: UUID, found: GroupInfo) -> dict[str, str | int]:
    """The key of a group and its way to the root of the list, as the browser checks them."""
    try:
        keys = published_keys(pk)
    except NoSigningKeys:
        return {}
    number = found.number
    path = keys.key_list.path(number).hex()
    return {"group": number, "modulus": keys.public[number].modulus_hex, "path": path}


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


@login_not_required
@require_safe
def keys(request: HttpRequest, pk: UUID) -> HttpResponse:
    return page_of(request, "keys", pages.find_facts(pk))


@login_not_required
@require_safe
def receipts(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The counts and the look-up, which runs in the browser over the whole list."""
    return page_of(request, "receipts", pages.find_facts(pk))


@login_not_required
@require_safe
def receipt_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The hashes of all counted receipts; there is none before the counting."""
    listed = get_object_or_404(ReceiptList, assessment=pk, assessment__state=State.SCORED).listed
    headers = {"Content-Disposition": 'attachment; filename="receipts.txt"'}
    return HttpResponse(listed, content_type="text/plain; charset=utf-8", headers=headers)


@sensitive_variables()
def cast_at_once(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The plain path: code and answers in one request, refused or stored as a whole."""
    fields = posted(request)
    try:
        content = read_fields(fields, questionnaire_for(pk))
        receipt = cast_plain(
            assessment_id=pk, code=code_in(fields), content=content, now=timezone.now()
        )
    except NothingAsked as error:
        raise Http404 from error
    except InvalidBallot as error:
        return not_accepted(request, pk, fields, error.problems, 400)
    except CodeNotAccepted:
        return not_accepted(request, pk, fields, [("code", CODE_REFUSED)], 400)
    except NotOpen:
        return not_open(request, pk)
    except (DatabaseError, MissingKey) as error:
        words = NOT_SENT if isinstance(error, MissingKey) else UNSURE
        return not_stored(request, pk, fields, error, ("", words))
    if wants_json(request):
        return confirmed(request, pk, receipt)
    return receipt_page(request, pk, receipt)


@csrf_exempt
@login_not_required
@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Blind path, first: the code and a token that cannot be read, answered by its signature."""
    fields = posted(request)
    try:
        signature = blind_casting.sign(
            assessment_id=pk,
            code=code_in(fields),
            blinded=hex_in(fields, "blinded", MODULUS_BYTES),
            now=timezone.now(),
        )
    except CodeNotAccepted:
        return not_accepted(request, pk, {}, [("code", CODE_REFUSED)], 400)
    except NotOpen:
        return not_accepted(request, pk, {}, [("", NOT_OPEN)], 409)
    except BlindingRefused as error:
        raise BadRequest from error
    except NoSigningKeys as error:
        raise Http404 from error
    except (DatabaseError, MissingKey, SigningFault) as error:
        return not_stored(request, pk, {}, error, ("", NOT_SENT))
    return JsonResponse({"signature": signature.hex()})


@csrf_exempt
@login_not_required
@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def cast(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Blind path, second: answers and a signed token; a code here would be a fault."""
    fields = posted(request)
    if "code" in fields:
        raise BadRequest
    token = hex_in(fields, "token", TOKEN_BYTES)
    signature = hex_in(fields, "signature", MODULUS_BYTES)
    group_number = number_in(fields, "group")
    try:
        blind_casting.cast_blind(
            assessment_id=pk,
            group=group_number,
            token=token,
            signature=signature,
            content=read_fields(fields, questionnaire_for(pk)),
            now=timezone.now(),
        )
    except (NothingAsked, NoSigningKeys) as error:
        raise Http404 from error
    except InvalidBallot as error:
        return not_accepted(request, pk, {}, error.problems, 400)
    except TokenNotAdmitted:
        return not_accepted(request, pk, {}, [("", NOT_ADMITTED)], 403)
    except NotOpen:
        return not_accepted(request, pk, {}, [("", NOT_OPEN)], 409)
    except DatabaseError as error:
        return not_stored(request, pk, {}, error, ("", UNSURE))
    return confirmed(request, pk)


def confirmed(request: HttpRequest, pk: UUID, receipt: str = "") -> HttpResponse:
    """For the script: where to go; on the plain path with the receipt that the server made."""
    query = KEPT_QUERIES.get(request.META.get("QUERY_STRING", ""), "")
    found = {"sent": f"/b/{pk}/sent/{query}"}
    return JsonResponse({**found, "receipt": receipt} if receipt else found)


@sensitive_variables()
def receipt_page(request: HttpRequest, pk: UUID, receipt: str) -> HttpResponse:
    """For a browser without script: the page itself, so that the receipt is in no address.

    Nothing is rendered: the receipt takes the place of a mark in a finished page.
    """
    facts = pages.recent_facts(pk)
    language = language_for(request, facts.languages)
    page = pages.finished_page("receipt", language, facts)
    return HttpResponse(
        page.plain.replace(pages.RECEIPT_MARK, receipt.encode()),
        headers={"Content-Language": language},
    )


@sensitive_variables()
def not_stored(
    request: HttpRequest, pk: UUID, fields: Fields, error: Exception, problem: Problem
) -> HttpResponse:
    logger.error("A ballot could not be stored: %s", type(error).__name__)
    return not_accepted(request, pk, fields, [problem], 503)


@sensitive_variables()
def not_accepted(
    request: HttpRequest, pk: UUID, fields: Fields, problems: Sequence[Problem], status: int
) -> HttpResponse:
    """What is wrong, with everything still filled in, also where the database does not answer."""
    facts = pages.last_facts(pk)
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
    if request.META.get("QUERY_STRING") and (wanted := request.GET.get("lang", "")) in offered:
        return wanted
    for code, _quality in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
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


def hex_in(fields: dict[str, list[str]], name: str, size: int) -> bytes:
    """Takes a field out of the form: exactly `size` bytes, in lower-case hexadecimal."""
    values = fields.pop(name, [])
    if len(values) != 1 or not re.fullmatch(f"[0-9a-f]{{{2 * size}}}", values[0]):
        raise BadRequest
    return bytes.fromhex(values[0])


def number_in(fields: dict[str, list[str]], name: str) -> int:
    values = fields.pop(name, [])
    if len(values) != 1 or not re.fullmatch("[0-9]{1,5}", values[0]):
        raise BadRequest
    return int(values[0])
