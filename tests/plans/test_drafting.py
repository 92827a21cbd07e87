import pytest

from plans.drafting import NotScoredError, draft_plans
from plans.models import ActionStatus, Plan, PlanDraft, RecommendationState
from resistance.catalogue import load_catalogue
from resistance.models import OwnerLevel, Source
from surveys.models import SourceFinding, SourceSummary, State, UnitKind, Visibility
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_organisation,
    make_person,
    make_plan,
    make_source,
    make_source_finding,
    make_strategy,
    make_summary,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db


def draft(assessment) -> int:
    return draft_plans(assessment_id=assessment.pk, now=NOW)


def scored(sources):
    assessment = make_assessment(state=State.SCORED)
    for source in sources:
        make_summary(assessment=assessment, source=source)
    return assessment


def unit_with(assessment, values, *, team=None, **fields):
    unit = make_unit(assessment=assessment, teams=[team or make_team()], **fields)
    for source, raw in values.items():
        make_source_finding(unit=unit, source=source, raw=raw)
    return unit


def test_draft_plans_suggests_what_helps_the_strongest_source():
    make_organisation(hours_per_member=3)
    time, silos = make_source(), make_source()
    helps = make_strategy(targets={time: 1.0})
    make_strategy(targets={silos: 1.0})
    assessment = scored([time, silos])
    manager = make_user()
    unit_with(assessment, {time: 70, silos: 20}, team=make_team(managers=(manager,)))

    assert draft(assessment) == 1

    plan = Plan.objects.get()
    first = plan.recommendations.first()
    assert (plan.lead, plan.level, plan.budget_hours) == (manager, OwnerLevel.TEAM, 60.0)
    assert (first.strategy, first.source, first.state) == (helps, time, "SUGGESTED")
    assert (first.hours, first.expected_points) == (14.0, -4.0)
    assert (first.reason["estimate"], first.reason["place"]) == (70, 1)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"hours_fixed": 500}, "OVER_BUDGET"),
        ({"owner_level": OwnerLevel.ORGANISATION}, "HIGHER_LEVEL"),
    ],
)
def test_draft_plans_keeps_why_the_strongest_source_must_wait(fields, why):
    time, silos = make_source(), make_source()
    make_strategy(targets={time: 1.0}, **fields)
    make_strategy(targets={silos: 1.0})
    assessment = scored([time, silos])
    unit_with(assessment, {time: 70, silos: 60})

    draft(assessment)

    first = Plan.objects.get().recommendations.first()
    assert first.source == silos
    assert first.reason["higher"] == {"source": time.key, "estimate": 70, "why": why}


def test_draft_plans_says_nothing_of_a_strongest_source_that_is_served():
    time, silos = make_source(), make_source()
    make_strategy(targets={time: 1.0}, prior_points=-3)
    make_strategy(targets={silos: 1.0}, prior_points=-6)
    assessment = scored([time, silos])
    unit_with(assessment, {time: 70, silos: 60})

    draft(assessment)

    suggested = Plan.objects.get().recommendations.filter(state=RecommendationState.SUGGESTED)
    assert [r.source for r in suggested] == [silos, time]
    assert not any("higher" in r.reason for r in suggested)


def test_draft_plans_runs_twice_without_doubling():
    time = make_source()
    make_strategy(targets={time: 1.0})
    assessment = scored([time])
    unit_with(assessment, {time: 70})

    counts = [draft(assessment), draft(assessment)]

    assert counts == [1, 0]
    assert Plan.objects.count() == PlanDraft.objects.count() == 1


def test_draft_plans_finishes_what_a_killed_worker_left():
    time = make_source()
    make_strategy(targets={time: 1.0})
    assessment = scored([time])
    make_plan(unit=unit_with(assessment, {time: 70}))
    unit_with(assessment, {time: 60})

    made = draft(assessment)

    assert made == 1
    assert PlanDraft.objects.filter(assessment=assessment).exists()


def test_draft_plans_refuses_an_open_assessment():
    assessment = make_assessment(state=State.OPEN)

    with pytest.raises(NotScoredError):
        draft(assessment)


def test_draft_plans_asks_upwards_for_what_a_team_may_not_start():
    tooling = make_source()
    make_strategy(targets={tooling: 1.0}, owner_level=OwnerLevel.ORGANISATION)
    assessment = scored([tooling])
    unit_with(assessment, {tooling: 80})

    draft(assessment)

    states = [
        (r.state, r.reason.get("conversation")) for r in Plan.objects.get().recommendations.all()
    ]
    assert states == [
        (RecommendationState.SUGGESTED, "NOTHING_FITS"),
        (RecommendationState.UPWARDS, None),
    ]


def test_draft_plans_has_a_conversation_where_few_answered():
    time = make_source()
    make_strategy(targets={time: 1.0})
    assessment = scored([time])
    unit_with(assessment, {time: 70}, has_ranking=False)

    draft(assessment)

    plan = Plan.objects.get()
    assert not plan.has_ranking
    assert [r.reason for r in plan.recommendations.all()] == [{"conversation": "FEW_ANSWERED"}]


def test_draft_plans_skips_units_where_nothing_is_shown():
    time = make_source()
    assessment = scored([time])
    unit = make_unit(assessment=assessment, teams=[make_team()])
    SourceFinding.objects.create(unit=unit, source=time, visibility=Visibility.SUPPRESSED)

    made = draft(assessment)

    assert made == 0


def test_draft_plans_finds_the_lead_above_an_unmanaged_team():
    time = make_source()
    director = make_user()
    root = make_team(managers=(director,))
    leaf = make_team(parent=make_team(parent=root))
    assessment = scored([time])
    unit_with(assessment, {time: 70}, team=leaf)

    draft(assessment)

    assert Plan.objects.get().lead == director


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (UnitKind.MERGED, OwnerLevel.TEAM),
        (UnitKind.PARENT, OwnerLevel.DEPARTMENT),
        (UnitKind.ORGANISATION, OwnerLevel.ORGANISATION),
    ],
)
def test_draft_plans_takes_the_level_from_the_unit(kind, level):
    time = make_source()
    assessment = scored([time])
    unit_with(assessment, {time: 70}, kind=kind)

    draft(assessment)

    assert Plan.objects.get().level == level


def test_draft_plans_does_not_repeat_what_was_done_before():
    time = make_source()
    before = make_strategy(targets={time: 1.0}, prior_points=-9)
    after = make_strategy(targets={time: 1.0})
    team = make_team()
    earlier = make_plan(unit=unit_with(scored([]), {}, team=team))
    make_action(
        plan=earlier, source=time, owner=make_person(team=team), strategy=before,
        status=ActionStatus.DONE,
    )  # fmt: skip
    assessment = scored([time])
    unit = unit_with(assessment, {time: 70}, team=team)

    draft(assessment)

    found = [(r.strategy, r.state, r.why_not) for r in unit.plan.recommendations.all()]
    assert found == [(after, "SUGGESTED", ""), (before, "ALTERNATIVE", "ALREADY_TRIED")]


def test_draft_plans_reads_everything_once(django_assert_num_queries):
    load_catalogue()
    sources = list(Source.objects.all())
    assessment = scored(sources)
    for _ in range(2):
        unit_with(assessment, dict.fromkeys(sources, 60))

    with django_assert_num_queries(12 + 2 * 6 + 5):
        draft(assessment)


def test_draft_plans_fills_a_plan_from_the_catalogue():
    load_catalogue()
    sources = list(Source.objects.all())
    assessment = scored(sources)
    for source in sources:
        unit_with(assessment, {s: 70 if s == source else 42 for s in sources})

    draft(assessment)

    for plan in Plan.objects.all():
        suggested = plan.recommendations.filter(state=RecommendationState.SUGGESTED)
        assert 1 <= suggested.count() <= 3
        assert sum(r.hours for r in suggested) <= plan.budget_hours


def test_draft_plans_says_where_importance_decides_and_units_do_not_differ():
    time, silos = make_source(), make_source()
    make_strategy(targets={time: 1.0}, prior_points=-4, hours_fixed=40)
    stronger = make_strategy(targets={silos: 1.0}, prior_points=-6, hours_fixed=40)
    assessment = scored([time, silos])
    summaries = SourceSummary.objects.filter(assessment=assessment)
    summaries.filter(source=time).update(importance=0.3, icc=0.04)
    summaries.filter(source=silos).update(importance=0.1, icc=0.2)
    unit_with(assessment, {time: 70, silos: 70})

    draft(assessment)

    plan = Plan.objects.get()
    first, other = plan.recommendations.all()[:2]
    assert (first.source, first.reason["counts"]) == (time, {"share": 30, "average": 20})
    assert (other.strategy, "counts" in other.reason) == (stronger, False)
    assert (first.reason["alike"], "alike" in other.reason) == (True, False)


def test_draft_plans_says_nothing_of_importance_that_decides_nothing():
    time, silos = make_source(), make_source()
    make_strategy(targets={time: 1.0})
    assessment = scored([time, silos])
    SourceSummary.objects.filter(source=time).update(importance=0.3)
    unit_with(assessment, {time: 70, silos: 20})

    draft(assessment)

    assert "counts" not in Plan.objects.get().recommendations.first().reason
