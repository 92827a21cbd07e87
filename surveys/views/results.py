"""Results of a unit, and the list of units."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse


def results_list(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def results(request: HttpRequest, pk: UUID) -> HttpResponse:
    return HttpResponse("")
