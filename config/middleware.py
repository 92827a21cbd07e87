"""The two borders of a request: ballot pages on one side, signed-in pages on the other."""

import logging
import traceback
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.templatetags.static import static
from django.urls import resolve
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from config.logs import BALLOT_PREFIX

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

BALLOT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STAFF_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self';"
    " img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
BALLOT_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": BALLOT_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class BallotBoundary:
    """Answers /b/ on its own: no cookie comes in or goes out, and no other layer sees the request.

    Only Django's security layer stays in between, for the redirect to HTTPS. A failure becomes a
    small page; the log gets the kind and place of the error, never a value from the request.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.security = SecurityMiddleware(answer_ballot)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(BALLOT_PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        try:
            request.get_host()
            response = self.security.process_request(request) or answer_ballot(request)
        except SuspiciousOperation:
            response = failure(request, 400)
        response = self.security.process_response(request, response)  # type: ignore[arg-type]
        response.cookies.clear()
        for name, value in BALLOT_HEADERS.items():
            response.headers[name] = value
        return response


def answer_ballot(request: HttpRequest) -> HttpResponseBase:
    """The view's answer, or a small page when it raises."""
    language = translation.get_language()
    try:
        return run_view(request)
    except Exception as error:
        return failure(request, status_of(error))
    finally:
        translation.activate(language or settings.LANGUAGE_CODE)


def run_view(request: HttpRequest) -> HttpResponseBase:
    match = resolve(request.path_info)
    request.resolver_match = match
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response


def status_of(error: Exception) -> int:
    """The HTTP status for what a view raised; what nobody foresaw is logged and becomes 500."""
    if isinstance(error, Http404):
        return 404
    if isinstance(error, PermissionDenied):
        return 403
    if isinstance(error, RequestDataTooBig):
        return 413
    if isinstance(error, SuspiciousOperation | BadRequest | MultiPartParserError):
        return 400
    place = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("Ballot page failed: %s in %s:%s", type(error).__name__, place.name, place.lineno)
    return 500


def failure(request: HttpRequest, status: int) -> HttpResponse:
    """A page without detail, in the language of the browser."""
    with translation.override(translation.get_language_from_request(request)):
        title, advice = {
            404: (_("This page does not exist"), _("Please check the link in your e-mail.")),
            403: (_("This is not possible"), _("Please use the link in your e-mail.")),
            413: (_("This was too long"), _("Please go back, shorten your text, then send again.")),
            400: (_("This could not be read"), _("Please go back, then try again.")),
            500: (_("Something went wrong here"), _("Please try again in a few minutes.")),
        }[status]
        page = format_html(
            '<!doctype html><html lang="{}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<title>{}</title><link rel="stylesheet" href="{}"></head>'
            '<body class="ballot"><main class="ballot-main"><h1>{}</h1><p>{}</p></main></body>'
            "</html>",
            translation.get_language(),
            title,
            static("ballot.css"),
            title,
            advice,
        )
    return HttpResponse(page, status=status)


class StaffPolicy:
    """Gives every other page the content policy: own files only, nothing inline."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", STAFF_POLICY)
        return response
