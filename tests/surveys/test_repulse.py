"""A re-pulse: what it asks, whom, and what is made of the answers."""

import pytest
from django.db import IntegrityError, transaction

from surveys.models import Assessment, AssessmentKind, State
from tests.factories import make_assessment, make_repulse, make_source

pytestmark = pytest.mark.django_db

FULL, REPULSE = AssessmentKind.FULL, AssessmentKind.REPULSE


@pytest.mark.parametrize(
    ("kind", "parts"), [(FULL, "source"), (FULL, "follows"), (REPULSE, "source"), (REPULSE, "")]
)
def test_kind_goes_with_source_and_earlier_assessment(kind, parts):
    given = {"source": make_source(), "follows": make_assessment(state=State.SCORED)}
    fields = {name: given[name] for name in parts.split()}

    with pytest.raises(IntegrityError), transaction.atomic():
        make_assessment(kind=kind, **fields)


def test_repulse_never_follows_itself():
    first = make_assessment(state=State.SCORED)
    repulse = make_repulse(follows=first, source=make_source())

    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=repulse.pk).update(follows=repulse)


def test_full_assessments_are_without_repulses():
    first = make_assessment(state=State.SCORED)
    make_repulse(follows=first, source=make_source(), state=State.SCORED)

    assert list(Assessment.objects.scored().full()) == [first]
