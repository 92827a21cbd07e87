"""From a code alone to its survey: what `/b/` asks for. Says nothing about the use of a code."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.debug import sensitive_variables

from surveys.casting import CodeNotAccepted
from surveys.codes import MalformedCode, hash_code
from surveys.models import Credential


@sensitive_variables()
def assessment_of(code: str) -> UUID:
    """Which assessment a code belongs to; raises `CodeNotAccepted`."""
    try:
        digest = hash_code(code)
    except MalformedCode as error:
        raise CodeNotAccepted from error
    found = Credential.objects.filter(secret_hash=digest).values_list("assessment", flat=True)
    assessment = found.first()
    if assessment is None:
        raise CodeNotAccepted
    return assessment


@sensitive_variables()
def refused_html(*, code: str, problem: str, language: str) -> str:
    """The page with the field for a code, still filled in, and what is wrong with it."""
    context = {
        "language": language,
        "languages": settings.LANGUAGES,
        "code": code,
        "problem": problem,
    }
    with translation.override(language):
        return render_to_string("respond/find.html", context)
