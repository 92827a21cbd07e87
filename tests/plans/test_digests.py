from datetime import timedelta

import pytest

from plans.digests import send_all
from plans.models import CheckIn
from surveys.models import State
from tests.factories import (
    NOW,
    make_action,
    make_assessment,
    make_person,
    make_plan,
    make_recommendation,
    make_source,
    make_source_finding,
    make_strategy,
    make_team,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
MONDAY = NOW
TUESDAY = NOW + timedelta(days=1)


def led_plan(**fields):
    lead = make_user(name="Ines Okafor", **fields)
    team = make_team(managers=(lead,))
    unit = make_unit(assessment=make_assessment(state=State.SCORED), teams=[team])
    source = make_source(name_en="Fear of mistakes")
    make_source_finding(unit=unit, source=source, raw=63)
    plan = make_plan(unit=unit, lead=lead)
    strategy = make_strategy(targets={source: 1.0})
    make_recommendation(plan=plan, strategy=strategy, source=source)
    return plan


def late_action(plan, days):
    team = plan.unit.node.team
    action = make_action(
        plan=plan,
        source=make_source(),
        owner=make_person(team=team),
        due_date=(TUESDAY - timedelta(days=days)).date(),
        accepted_at=NOW - timedelta(days=40),
    )
    CheckIn.objects.create(action=action, state="MOVING", made_at=NOW)
    return action


def test_send_all_tells_leads_on_mondays_what_needs_them(mailoutbox):
    plan = led_plan()

    sent = send_all(now=MONDAY)

    mail = mailoutbox[0]
    assert (sent, mail.to, mail.subject) == (1, [plan.lead.email], "One thing needs you, Ines.")
    assert f"Answer {plan.unit.name}" in mail.body
    assert plan.get_absolute_url() in mail.body


def test_send_all_puts_no_results_into_mails(mailoutbox):
    led_plan()

    send_all(now=MONDAY)

    everything = mailoutbox[0].body + mailoutbox[0].alternatives[0].content
    assert "Fear of mistakes" not in everything
    assert "63" not in mailoutbox[0].body


def test_send_all_writes_each_mail_once_a_day(mailoutbox):
    led_plan()

    counts = [send_all(now=MONDAY), send_all(now=MONDAY)]

    assert counts == [1, 0]


def test_send_all_respects_who_wants_none(mailoutbox):
    led_plan(wants_digest=False)

    assert send_all(now=MONDAY) == 0


def planned_again(*, teams, lead, **fields):
    """A plan with a suggestion that waits, in an assessment that was counted a quarter later."""
    assessment = make_assessment(state=State.SCORED, scored_at=NOW + timedelta(weeks=13))
    plan = make_plan(unit=make_unit(assessment=assessment, teams=teams), lead=lead, **fields)
    make_recommendation(plan=plan)
    return plan


def test_send_all_asks_for_no_answer_to_a_plan_that_was_replaced(mailoutbox):
    old = led_plan()
    neighbour = make_team()
    new = planned_again(teams=[old.unit.node.team, neighbour], lead=old.lead)

    send_all(now=MONDAY)

    assert mailoutbox[0].subject == "One thing needs you, Ines."
    assert new.get_absolute_url() in mailoutbox[0].body
    assert old.get_absolute_url() not in mailoutbox[0].body


def test_send_all_still_asks_while_a_team_has_no_newer_plan(mailoutbox):
    lead = make_user(name="Ines Okafor")
    first, second = make_team(managers=(lead,)), make_team(managers=(lead,))
    unit = make_unit(assessment=make_assessment(state=State.SCORED), teams=[first, second])
    old = make_plan(unit=unit, lead=lead)
    make_recommendation(plan=old)
    planned_again(teams=[first], lead=lead)
    unplanned = make_assessment(state=State.SCORED, scored_at=NOW + timedelta(weeks=13))
    make_unit(assessment=unplanned, teams=[second])

    send_all(now=MONDAY)

    assert mailoutbox[0].subject == "Two things need you, Ines."
    assert old.get_absolute_url() in mailoutbox[0].body


def test_send_all_goes_on_about_actions_of_a_plan_that_was_replaced(mailoutbox):
    old = led_plan()
    action = late_action(old, 1)
    planned_again(teams=[old.unit.node.team], lead=None)

    send_all(now=TUESDAY)

    assert action.title in mailoutbox[0].body


@pytest.mark.parametrize(("days", "count"), [(0, 0), (1, 1), (2, 0), (3, 1), (7, 1), (8, 0)])
def test_send_all_notes_what_is_one_three_or_seven_days_late(days, count, mailoutbox):
    late_action(led_plan(), days)

    assert send_all(now=TUESDAY) == count


def test_send_all_writes_in_the_language_of_the_lead(mailoutbox):
    late_action(led_plan(language="de"), 1)

    send_all(now=TUESDAY)

    assert '<html lang="de">' in mailoutbox[0].alternatives[0].content
