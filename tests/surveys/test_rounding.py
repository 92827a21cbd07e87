"""Design §6: answers that differ within one rounding step leave no difference anywhere.

Two neighbouring teams of eight answers are reported with rounded values, the whole above them
exactly. One answer goes up in the first team and the same one down in the second, so that the
whole stays as it was; a reader who compares the two runs must find nothing.
"""

import re
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from plans.drafting import draft_plans
from plans.measuring import measure_assessment
from plans.wanted import Wanted
from resistance.models import Source, Strategy
from surveys import lifecycle, tally
from surveys.models import Invitation, SourceFinding, Unit, Visibility
from surveys.questionnaire import questionnaire_for
from tests.factories import (
    NOW,
    ask,
    make_action,
    make_assessment,
    make_group,
    make_node,
    make_plan,
    make_source_finding,
    make_summary,
    make_team,
    make_unit,
    make_user,
)
from tests.line import LATER, cast_form, codes_by_team, form_of, make_teams, open_over
from tests.rewind import SealedState, everything_kept

pytestmark = pytest.mark.django_db(transaction=True)

SMALL, SIBLING = 0, 1
SIZES = {"Kiosk": 8, "Depot": 8, "Calls": 24}


@pytest.fixture
def hr():
    return make_user(is_hr=True, is_superuser=True, is_staff=True)


@pytest.fixture
def company(hr):
    """An open assessment whose box is still empty, over two small teams and a large one."""
    root = make_team(name="Harbour Retail", managers=(hr,))
    teams = make_teams(SIZES, parent=root)
    assessment = open_over([root], by=hr)
    ask_before(assessment, teams)
    return assessment


def ask_before(assessment, teams):
    """The same teams half a year ago; the first one has done something since."""
    months_ago = {"opens_at": NOW - timedelta(weeks=27), "closed_at": NOW - timedelta(weeks=26)}
    earlier = make_assessment(state="SCORED", scored_at=NOW - timedelta(weeks=26), **months_ago)
    ask(earlier, [row.statement for row in assessment.asked.select_related("statement")])
    for source in Source.objects.all():
        make_summary(assessment=earlier, source=source, basis="DEFAULTS", variance=324, alpha=0.75)
    for team in teams:
        node = make_node(assessment=earlier, team=team)
        group = make_group(assessment=earlier, node=node)
        for person in team.people.all():
            Invitation.objects.create(assessment=earlier, group=group, person=person)
        unit = make_unit(assessment=earlier, teams=[team], node=node, answers=None, invited=8)
        unit.groups.add(group)
        for source in Source.objects.all():
            make_source_finding(unit=unit, source=source, raw=65, visibility=Visibility.ROUNDED)
    strategy = Strategy.objects.filter(targets__source="time", targets__weight=1).first()
    make_action(
        plan=make_plan(unit=earlier.units.get(name="Kiosk")),
        source=Source.objects.get(pk="time"),
        strategy=strategy,
        owner=teams[0].people.first(),
        accepted_at=NOW - timedelta(weeks=20),
        status="DONE",
        status_since=NOW - timedelta(weeks=10),
    )


def answer(assessment, changes):
    """Everybody answers; `changes` maps (team, person) to how far their first answer about each
    source lies from its middle.

    Half of a team stands one step above the middle of a source and half one below, so that the
    means lie on a rounded value and one step of one person stays within its range.
    """
    asked = questionnaire_for(assessment.pk)
    middle = {part.source: 3 + number % 2 for number, part in enumerate(asked.parts)}
    words = f"c{asked.open[0].position}"
    for team, codes in enumerate(codes_by_team(assessment).values()):
        for person, code in enumerate(codes):
            side = 1 if person % 2 else -1
            levels = {source: level + side for source, level in middle.items()}
            form = form_of(asked, levels, outcome=3 + side, **{words: f"Words {person}"})
            for part in asked.parts if (team, person) in changes else ():
                first = part.questions[0]
                level = middle[part.source] + changes[team, person]
                form[f"s{first.position}"] = str(6 - level if first.is_asset else level)
            cast_form(assessment.pk, code, form)


def count(assessment, hr):
    """Close, tally and draft; the value is all that is kept, but the receipts: they are random."""
    lifecycle.close_assessment(assessment_id=assessment.pk, by=hr, now=LATER)
    later = LATER + timedelta(hours=1)
    assert tally.run_tally(assessment_id=assessment.pk, now=later)
    assert measure_assessment(assessment_id=assessment.pk, now=later)
    draft_plans(assessment_id=assessment.pk, now=later)
    return {name: rows for name, rows in everything_kept().items() if name != "receipts"}


def seen_by(client, hr):
    """Every page and file about the units, without serial ids and marks against forged forms."""
    client.force_login(hr)
    addresses = ["/plans/", "/exports/plans.csv", "/exports/plans.xlsx"]
    for unit in Unit.objects.exclude(answers=None, comparison=None).in_order():
        addresses.append(reverse("surveys:results", args=[unit.pk]))
        addresses.append(reverse("plans:plan", args=[unit.plan.pk]))
        addresses.append(Wanted(20, 8).url(unit.plan))
    return [content_of(client.get(address)) for address in addresses]


def content_of(response):
    assert response.status_code == 200
    if "spreadsheet" in response["Content-Type"]:
        with ZipFile(BytesIO(response.content)) as book:
            return {name: book.read(name) for name in book.namelist() if "docProps" not in name}
    text = re.sub(r'"[A-Za-z0-9]{64}"', "", response.content.decode())
    return re.sub(r"\b(plans|suggestions|requests|row|suggestion|plan)([/-])\d+", r"\1\2", text)


@pytest.fixture
def run(company, hr, client, tmp_path):
    """Counts the same assessment with other answers, as often as the test wants."""
    empty = SealedState(company, tmp_path)

    def run_with(changes):
        assessment = empty.restore()
        answer(assessment, changes)
        return count(assessment, hr), seen_by(client, hr)

    return run_with


def test_small_teams_are_rounded_and_the_whole_is_exact(run):
    run({(SMALL, 0): 0, (SIBLING, 0): 1})

    shown = dict.fromkeys(SIZES) | {
        name: {row.visibility for row in SourceFinding.objects.filter(unit__name=name)}
        for name in Unit.objects.values_list("name", flat=True)
    }
    assert shown["Kiosk"] == shown["Depot"] == {Visibility.ROUNDED}
    assert Visibility.EXACT in shown["Harbour Retail"]


def test_answers_within_one_rounding_step_leave_no_difference(run):
    kept, seen = run({(SMALL, 0): 0, (SIBLING, 0): 1})

    kept_then, seen_then = run({(SMALL, 0): 1, (SIBLING, 0): 0})

    assert kept_then == kept
    for now, then in zip(seen, seen_then, strict=True):
        assert now == then
    assert len(seen) == 3 + 3 * 4
    assert len(kept["effects"]) == 1
    assert len(kept["changes"]) == 3 * 11


def test_answers_beyond_one_rounding_step_do_show(run):
    kept, seen = run({})

    kept_then, seen_then = run({(SMALL, person): -2 for person in range(4)})

    assert kept_then["sources"] != kept["sources"]
    assert seen_then != seen
