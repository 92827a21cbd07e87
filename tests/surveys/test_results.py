import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from resistance.models import OwnerLevel, StatementKind
from surveys.models import (
    CommentState,
    Readers,
    Reason,
    State,
    StatementFinding,
    UnitKind,
    Visibility,
)
from surveys.results import Part, read_results
from tests.factories import (
    NOW,
    make_assessment,
    make_comment,
    make_group,
    make_hidden_finding,
    make_node,
    make_organisation,
    make_plan,
    make_source,
    make_source_finding,
    make_statement,
    make_statement_finding,
    make_strategy,
    make_summary,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
CERTAINTIES = {"time": "CLEAR", "training": "CLEAR", "mistakes": "LIKELY", "silos": "NO"}


@pytest.fixture
def manager():
    make_organisation()
    return make_user(name="Tom Reyes")


@pytest.fixture
def team(manager):
    return make_team(name="Calls A", managers=(manager,))


@pytest.fixture
def sources():
    return {key: make_source(key=key, name_en=key.capitalize()) for key in CERTAINTIES}


def scored_unit(teams, sources, **fields):
    """A unit with four ranked sources, one statement each, at 70, 60, 50 and 40 points."""
    assessment = fields.pop("assessment", None) or make_assessment(state=State.SCORED)
    unit = make_unit(assessment=assessment, teams=teams, **fields)
    for number, (key, source) in enumerate(sources.items()):
        raw = 70 - 10 * number
        make_source_finding(unit=unit, source=source, raw=raw, certainty=CERTAINTIES[key])
        statement = make_statement(source=source)
        make_statement_finding(unit=unit, statement=statement)
    return unit


def text_of(response) -> str:
    """What a reader sees, with single spaces."""
    main = response.content.decode().split("<main", 1)[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def page_of(client, unit, user):
    client.force_login(user)
    return client.get(unit.get_absolute_url())


def test_results_say_the_finding_and_rank_the_sources(manager, team, sources):
    unit = scored_unit([team], sources)

    results = read_results(unit, manager)

    assert results.headline.heading == "Time and training hold Calls A back most."
    assert [(r.key, r.estimate, r.raw, r.low, r.high, r.certainty) for r in results.sources] == [
        ("time", 70, "70", 64, 76, "clear"),
        ("training", 60, "60", 54, 66, "clear"),
        ("mistakes", 50, "50", 44, 56, "likely"),
        ("silos", 40, "40", 34, 46, "no"),
    ]


def test_results_rank_by_estimate_not_by_raw_value(manager, team, sources):
    unit = scored_unit([team], sources)
    unit.source_findings.filter(source="silos").update(estimate=75)

    results = read_results(unit, manager)

    assert [row.key for row in results.sources] == ["silos", "time", "training", "mistakes"]


def test_results_page_shows_all_parts_to_the_manager(client, manager, team, sources):
    unit = scored_unit([team], sources)
    mood = make_statement(kind=StatementKind.OUTCOME, text_en="I feel good about it.")
    make_statement_finding(unit=unit, statement=mood)
    make_comment(unit=unit, text="Ten minutes.", state=CommentState.RELEASED)
    plan = make_plan(unit=unit)

    response = page_of(client, unit, manager)

    text = text_of(response)
    assert "Time and training hold Calls A back most." in text
    assert "17 people answered, 85 %." in text
    assert "70 (64 to 76)" in text
    assert "I feel good about it. 17 answers" in text
    assert "Ten minutes." in text
    assert plan.get_absolute_url() in response.content.decode()
    assert response.content.decode().count('class="source-bar"') == 4


@pytest.mark.parametrize("is_hr", [True, False])
def test_results_exist_for_hr_and_not_for_a_stranger(client, team, sources, is_hr):
    unit = scored_unit([team], sources)

    response = page_of(client, unit, make_user(is_hr=is_hr))

    assert response.status_code == (200 if is_hr else 404)


def test_results_of_a_neighbour_do_not_exist_for_a_manager(client, manager, team, sources):
    neighbour = scored_unit([make_team(managers=(make_user(),))], sources)

    response = page_of(client, neighbour, manager)

    assert response.status_code == 404


def test_results_show_why_a_source_is_missing_and_no_number(manager, team, sources):
    unit = scored_unit([team], sources)
    make_hidden_finding(unit=unit, source=make_source(key="job_loss", name_en="Fear of job loss"))

    results = read_results(unit, manager)

    last = results.sources[-1]
    assert (last.key, last.bar, last.estimate, last.raw) == ("job_loss", None, None, "")
    assert last.note == "not shown: it would have shown where a single person stands"
    assert [note.what for note in results.notes] == ["1 source has no score"]


@pytest.mark.parametrize(
    ("visibility", "band", "reason", "note"),
    [
        (Visibility.BAND, "low", Reason.ALIKE, "shown as a band: the answers were nearly alike"),
        (Visibility.BAND, "high", Reason.FEW, "shown as a band: few answered"),
        (
            Visibility.SUPPRESSED,
            "",
            Reason.REVEALING,
            "not shown: it would have shown where a single person stands",
        ),
    ],
)
def test_results_give_no_counts_for_a_band(manager, team, sources, visibility, band, reason, note):
    unit = scored_unit([team], sources)
    unit.statement_findings.filter(statement__source="time").delete()
    make_statement_finding(
        unit=unit,
        statement=make_statement(source=sources["time"]),
        visibility=visibility,
        band=band,
        reason=reason,
    )

    row = read_results(unit, manager).sources[0].statements[0]

    assert (row.band, row.note, row.counts, row.segments, row.label) == (band, note, (), (), "")


def test_results_of_few_answers_say_that_they_are_rounded(client, manager, team, sources):
    unit = scored_unit([team], sources, answers=None)
    unit.source_findings.update(visibility=Visibility.ROUNDED)
    unit.source_findings.filter(source="silos").update(raw=30, low=0, high=43, end=-1)
    StatementFinding.objects.filter(unit=unit).update(
        visibility=Visibility.BAND,
        reason=Reason.FEW,
        band="high",
        answers=None,
        mean=None,
        counts=None,
    )

    text = text_of(page_of(client, unit, manager))

    assert "5–9 people answered, so every value is rounded." in text
    assert "about 70 (64 to 76)" in text
    assert "30 or less (0 to 43)" in text
    assert "raw mean, rounded to steps of five" in text


def test_results_without_ranking_keep_the_catalogue_order_and_no_chips(client, manager, team):
    sources = {key: make_source(key=key, name_en=key.capitalize()) for key in reversed(CERTAINTIES)}
    unit = scored_unit([team], sources, has_ranking=False)
    unit.source_findings.update(certainty="", p_top3=None)
    unit.source_findings.filter(source="time").update(estimate=90)

    response = page_of(client, unit, manager)

    assert [row.key for row in read_results(unit, manager).sources] == list(sources)
    assert "Scores for Calls A, no ranking." in text_of(response)
    assert "chip-clear" not in response.content.decode()


def test_results_that_are_open_offer_a_way_to_choose(client, manager, team, sources):
    unit = scored_unit([team], sources)
    unit.source_findings.exclude(source="silos").update(certainty="OPEN")
    make_strategy(targets={sources["time"]: 1.0}, name_en="Slot", hours_fixed=20)
    make_strategy(targets={sources["time"]: 1.0}, name_en="Short slot", hours_fixed=2)
    make_strategy(
        targets={sources["training"]: 1.0},
        name_en="Course",
        owner_level=OwnerLevel.DEPARTMENT,
        hours_fixed=0,
    )

    response = page_of(client, unit, manager)

    choices = read_results(unit, manager).choices
    assert [(c.source, c.strategy, c.hours, c.is_own) for c in choices] == [
        ("time", "Short slot", 12, True),
        ("training", "Course", 10, False),
    ]
    assert "3 sources cannot be told apart; here is how to choose." in text_of(response)


def test_results_that_stand_out_offer_no_list_to_choose_from(manager, team, sources):
    make_strategy(targets={sources["silos"]: 1.0})

    results = read_results(scored_unit([team], sources), manager)

    assert (results.is_open_case, results.choices) == (False, [])


def test_results_with_nothing_to_show_are_a_page_of_their_own(client, manager, team):
    unit = make_unit(assessment=make_assessment(state=State.SCORED), teams=[team])
    make_hidden_finding(unit=unit, source=make_source())

    response = page_of(client, unit, manager)

    assert "No score of Calls A can be shown." in text_of(response)
    assert b"source-bar" not in response.content


@pytest.mark.parametrize("state", [State.OPEN, State.TALLYING, State.ERASING])
def test_results_before_the_end_show_no_finding(client, manager, team, sources, state):
    unit = scored_unit([team], sources, assessment=make_assessment(state=state))

    response = page_of(client, unit, manager)

    assert "There is nothing to see before, for anyone." in text_of(response)
    assert "70" not in text_of(response)


def test_results_of_teams_together_name_them(client, manager, team, sources):
    partner = make_team(name="Station")
    assessment = make_assessment(state=State.SCORED)
    unit = scored_unit([team, partner], sources, assessment=assessment)
    node = make_node(assessment=assessment, team=partner, invited=7)
    unit.groups.add(make_group(assessment=assessment, node=unit.node))
    unit.groups.add(make_group(assessment=assessment, node=node))

    response = page_of(client, unit, manager)

    assert read_results(unit, manager).parts == [Part("Calls A", 0), Part("Station", 7)]
    assert "reported together, so that nobody stands alone" in text_of(response)


def test_results_link_only_units_that_may_be_seen(client, manager, team, sources):
    assessment = make_assessment(state=State.SCORED)
    whole = scored_unit([team], sources, assessment=assessment, is_cell=False)
    whole.node.team = None
    whole.node.save()
    other = make_team()
    mine = make_unit(assessment=assessment, teams=[team], parent=whole, name="Mine", node=None)
    make_unit(assessment=assessment, teams=[other], parent=whole, name="Not mine")

    parts = read_results(whole, manager).parts

    assert [(part.name, part.url) for part in parts] == [("Mine", mine.get_absolute_url())]


@pytest.mark.parametrize(
    ("state", "readers", "seen_by_manager", "seen_by_hr"),
    [
        (CommentState.RELEASED, Readers.MANAGER, True, True),
        (CommentState.RELEASED, Readers.HR, False, True),
        (CommentState.RELEASED, Readers.REVIEWER, False, False),
        (CommentState.REVIEW, Readers.MANAGER, False, False),
    ],
)
def test_comments_reach_only_their_readers_after_release(
    client, manager, team, sources, state, readers, seen_by_manager, seen_by_hr
):
    unit = scored_unit([team], sources)
    make_comment(unit=unit, text="The rule changes monthly.", state=state, readers=readers)

    seen = [
        b"The rule changes monthly." in page_of(client, unit, user).content
        for user in (manager, make_user(is_hr=True))
    ]

    assert seen == [seen_by_manager, seen_by_hr]


def test_comments_of_another_unit_stay_there(client, manager, team, sources):
    unit = scored_unit([team], sources)
    other = make_unit(assessment=unit.assessment, teams=[make_team()])
    make_comment(unit=other, text="Told elsewhere.", state=CommentState.RELEASED)

    assert b"Told elsewhere." not in page_of(client, unit, manager).content


def test_results_name_documented_defaults_and_show_no_mean_of_them(manager, team, sources):
    unit = scored_unit([team], sources)
    unit.parent = make_unit(assessment=unit.assessment, teams=[team])
    make_summary(assessment=unit.assessment, source=sources["time"], basis="DEFAULTS", mean=50)

    results = read_results(unit, manager)

    assert (results.basis, results.has_company) == ("DEFAULTS", False)


def test_results_compare_with_all_asked_teams(manager, team, sources):
    unit = scored_unit([team], sources)
    unit.parent = make_unit(assessment=unit.assessment, teams=[team])
    make_summary(assessment=unit.assessment, source=sources["time"], mean=45.5)

    first = read_results(unit, manager).sources[0]

    assert (first.company, first.bar.company) == (46, "46%")


def queries_of(client, url) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_results_take_the_same_queries_for_one_comment_and_for_three(client, manager, team):
    counts = []
    for number in (1, 3):
        keys = list(CERTAINTIES)[: number + 1]
        sources = {key: make_source(key=f"{key}{number}", name_en=key) for key in keys}
        unit = scored_unit([team], sources)
        for _ in range(number):
            make_comment(unit=unit, state=CommentState.RELEASED)
        client.force_login(manager)
        client.get(unit.get_absolute_url())

        counts.append(queries_of(client, unit.get_absolute_url()))

    assert counts[0] == counts[1] <= 15


def test_results_list_takes_the_same_queries_for_one_unit_and_for_three(
    client, manager, team, sources
):
    client.force_login(manager)
    counts = []
    for count in (1, 2):
        for _ in range(count):
            scored_unit([team], sources)
        counts.append(queries_of(client, reverse("surveys:results_list")))

    assert counts[0] == counts[1] <= 15


def test_results_list_holds_the_units_of_the_manager(client, manager, team, sources):
    assessment = make_assessment(state=State.SCORED)
    scored_unit([team], sources, assessment=assessment)
    partner = make_team(name="Station")
    scored_unit([team, partner], sources, assessment=assessment, answers=None)
    scored_unit([make_team(name="Elsewhere")], sources, assessment=assessment)
    assessment.member_teams.create(team=team)
    client.force_login(manager)

    text = text_of(client.get(reverse("surveys:results_list")))

    assert "Calls A Clear: time and training. Likely: fear of mistakes. 17 answers" in text
    assert "5–9 answers, reported together" in text
    assert "Elsewhere" not in text


def test_results_list_says_until_when_an_assessment_is_open(client, manager, team, sources):
    assessment = make_assessment(
        state=State.OPEN, created_by=manager, closes_at=NOW + timedelta(days=4)
    )
    scored_unit([team], sources, assessment=assessment)
    client.force_login(manager)

    text = text_of(client.get(reverse("surveys:results_list")))

    assert "Open until Friday 20 November" in text
    assert "Calls A" not in text


def test_results_list_says_when_nothing_can_be_shown(client, manager, team):
    make_assessment(state=State.SCORED, created_by=manager)
    client.force_login(manager)

    text = text_of(client.get(reverse("surveys:results_list")))

    assert "Nothing can be shown" in text


def test_results_list_is_a_designed_page_when_empty(client, manager):
    client.force_login(manager)

    assert "No results yet" in text_of(client.get(reverse("surveys:results_list")))


def test_results_list_leads_hr_on_to_the_overview(client, team, sources, settings):
    assessment = make_assessment(state=State.SCORED)
    for number in range(42):
        make_unit(assessment=assessment, teams=[team], kind=UnitKind.TEAM, name=f"Unit {number:02}")
    client.force_login(make_user(is_hr=True))

    response = client.get(reverse("surveys:results_list"))

    assert "Unit 39" in text_of(response)
    assert "Unit 40" not in text_of(response)
    assert f"{reverse('plans:overview')}?assessment={assessment.pk}" in response.content.decode()
