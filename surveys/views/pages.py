"""The method and the privacy page: open to everybody, with or without an account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from surveys.stored import stored_parts
from surveys.threats import threats


@login_not_required
@require_GET
def method(request: HttpRequest) -> HttpResponse:
    return render(request, "surveys/method.html")


@login_not_required
@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    context = {"parts": stored_parts(), "threats": threats()}
    return render(request, "surveys/privacy.html", context)
