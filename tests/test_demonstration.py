"""The demonstration shows every case that a newcomer should meet."""

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Person, Team
from demonstration.loading import NotEmpty, load_demonstration
from plans.models import Action, ActionStatus, Plan, RecommendationState, Request
from surveys import slips
from surveys.models import (
    Assessment,
    Comment,
    CommentState,
    SourceFinding,
    State,
    Unit,
    UnitKind,
    Visibility,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company():
    return load_demonstration(now=timezone.now())


def certainties(unit):
    return set(unit.source_findings.values_list("certainty", flat=True))


def test_demonstration_has_the_company_it_promises(company):
    departments = Team.objects.filter(parent__parent=None, parent__isnull=False)

    assert departments.count() == 3
    assert Team.objects.filter(parent__in=departments).count() == 12
    assert Person.objects.count() == 180
    assert [team.name for team in Team.objects.all() if 0 < team.people.count() < 8] == [
        "Back office",
        "Station",
    ]


def test_demonstration_shows_one_scored_and_one_open_assessment(company):
    scored, opened = Assessment.objects.order_by("closes_at")

    assert (scored.state, opened.state) == (State.SCORED, State.OPEN)
    assert 0.6 <= scored.ballot_count / scored.invited_count <= 0.9
    assert f"/b/{opened.pk}/#" in (settings.DATA_DIR / "sign-ins.txt").read_text()


def test_demonstration_shows_merged_suppressed_open_and_clear_results(company):
    units = Unit.objects.prefetch_related("source_findings")

    merged = [unit for unit in units.filter(kind=UnitKind.MERGED) if unit.unit_teams.count() == 2]
    managers = {
        unit.name: Team.objects.filter(units=unit).values("managers").distinct().count()
        for unit in merged
    }

    assert managers["Airport + Station"] == 2
    assert SourceFinding.objects.filter(visibility=Visibility.SUPPRESSED).exists()
    assert [unit.name for unit in units if certainties(unit) == {"OPEN"}] == [
        "Chat and mail + Back office"
    ]
    assert "CLEAR" in certainties(units.get(name="Calls A"))


def test_demonstration_has_comments_in_two_units_and_some_to_review(company):
    released = Comment.objects.filter(state=CommentState.RELEASED)

    assert set(released.values_list("unit__name", flat=True)) == {"Calls A", "Northgate"}
    assert Comment.objects.filter(state=CommentState.REVIEW).exists()


def test_demonstration_has_plans_in_every_state(company):
    states = set(Plan.objects.values_list("recommendations__state", flat=True))

    assert set(Action.objects.values_list("status", flat=True)) == set(ActionStatus.values)
    assert states >= set(RecommendationState.values)
    assert Request.objects.exists()
    assert Plan.objects.filter(actions=None).exists()


def test_demonstration_is_the_same_at_every_installation(company):
    findings = list(
        SourceFinding.objects.order_by("unit__name", "source").values_list(
            "unit__name", "source", "raw", "estimate", "certainty"
        )
    )

    assert findings[0][0] == "Airport + Station"
    assert ("Calls A", "time") in {(unit, source) for unit, source, *_rest in findings}
    with pytest.raises(NotEmpty):
        load_demonstration(now=timezone.now())


def test_some_of_the_contact_centre_draw_slips(company):
    running = Assessment.objects.get(state=State.OPEN)

    sheets = [(sheet.name, sheet.count) for sheet in slips.sheets_of(running)]

    assert sheets == [("Calls A", 3), ("Calls B", 2)]
