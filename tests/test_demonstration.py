"""The demonstration shows every case that a newcomer should meet."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Person, Team
from demonstration.loading import NotEmpty, load_demonstration
from plans.models import (
    Action,
    ActionStatus,
    Basis,
    Effect,
    Plan,
    RecommendationState,
    Request,
    Verdict,
)
from plans.repulses import find_ready
from surveys import slips
from surveys.models import (
    Assessment,
    ChangeFinding,
    Comment,
    CommentState,
    SourceFinding,
    State,
    UnitKind,
    Visibility,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, valkey):
    """Loaded once, as it takes seconds; the tests read, and what they write is rolled back."""
    with django_db_blocker.unblock():
        yield load_demonstration(now=timezone.now())
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def company(loaded, db):
    return loaded


def certainties(unit):
    return set(unit.source_findings.values_list("certainty", flat=True))


def test_demonstration_has_the_company_it_promises_with_people_who_draw_slips(company):
    departments = Team.objects.filter(parent__parent=None, parent__isnull=False)

    assert departments.count() == 3
    assert Team.objects.filter(parent__in=departments).count() == 12
    assert Person.objects.count() == 180
    assert [team.name for team in Team.objects.all() if 0 < team.people.count() < 8] == [
        "Back office",
        "Station",
    ]
    running = Assessment.objects.get(state=State.OPEN)

    sheets = [(sheet.name, sheet.count) for sheet in slips.sheets_of(running)]

    assert sheets == [("Calls A", 3), ("Calls B", 2)]


@pytest.fixture
def units(company):
    """Of the assessment of last month."""
    spring, last, _opened = Assessment.objects.order_by("closes_at")
    assert spring.state == State.SCORED
    return last.units.all()


def test_demonstration_shows_two_scored_and_one_open_assessment(company):
    _spring, scored, opened = Assessment.objects.order_by("closes_at")

    assert (scored.state, opened.state) == (State.SCORED, State.OPEN)
    assert 0.6 <= scored.ballot_count / scored.invited_count <= 0.9
    assert f"/b/{opened.pk}/#" in (settings.DATA_DIR / "sign-ins.txt").read_text()


def _assert_comments():
    """Released in two units, and some are left to review."""
    released = Comment.objects.filter(state=CommentState.RELEASED)

    assert set(released.values_list("unit__name", flat=True)) == {"Calls A", "Northgate"}
    assert Comment.objects.filter(state=CommentState.REVIEW).exists()


def test_demonstration_shows_merged_suppressed_open_and_clear_results(units):
    units = units.prefetch_related("source_findings")

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
    _assert_comments()


def _assert_effects(units):
    """One action worked, of another there is too little to say."""
    effects = Effect.objects.select_related("action__plan__unit").order_by("value")

    assert [(str(e.action.plan.unit), e.source_id, e.verdict, e.basis) for e in effects] == [
        ("Calls A", "understanding", Verdict.WORKED, Basis.FITTED),
        ("Quayside", "leadership", Verdict.TOO_FEW, Basis.FITTED),
    ]
    changes = ChangeFinding.objects.filter(comparison__unit=units.get(name="Calls A"))
    assert [change.source_id for change in changes.filter(is_change=True)] == ["understanding"]
    assert all(effect.may_teach for effect in effects)


def test_demonstration_has_plans_in_every_state_and_effects(units):
    states = set(Plan.objects.values_list("recommendations__state", flat=True))

    assert set(Action.objects.values_list("status", flat=True)) == set(ActionStatus.values)
    assert states >= set(RecommendationState.values)
    assert Request.objects.exists()
    assert Plan.objects.filter(actions=None).exists()
    _assert_effects(units)


def test_demonstration_has_a_repulse_that_can_go_out(company):
    ready = find_ready(company.users["Helen Kowalski"], now=timezone.now())

    assert [[entry.cell.name for entry in due.acting] for due in ready] == [["Northgate"]]


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
