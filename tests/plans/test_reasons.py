import pytest
from django.utils import translation

from plans.models import Recommendation
from plans.options import Why
from plans.reasons import number, plan_with, points, sentence, signed, why_later
from resistance.models import Source, Strategy

REASON = {"estimate": 55, "place": 3, "certainty": "LIKELY", "weeks": 5, "members": 20}
RIVAL = {
    "strategy": "MIS1",
    "drop": 4.0,
    "hours": 26.0,
    "weeks": 6,
    "why": "OVER_BUDGET",
    "hours_left": 20.4,
    "needs": [],
    "instead_of": "",
}
NAMES = {"MIS1": "Blame-free error review", "TIM2": "Protected slot"}


def recommendation(**fields):
    source = Source(key="mistakes", name_en="Fear of mistakes", name_de="Angst vor Fehlern")
    defaults = {
        "source": source,
        "strategy": Strategy(key="MIS4", name_en="Feedback"),
        "hours": 10,
        "expected_points": -3,
        "reason": REASON,
    }
    return Recommendation(**{**defaults, **fields})


def test_sentence_says_aim_cost_and_what_came_second():
    text = sentence(recommendation(reason={**REASON, "rival": RIVAL}), NAMES)

    assert text == (
        "Fear of mistakes is likely your third source (55). This costs about 10 hours, and the "
        "method usually brings 3 points in 5 weeks. “Blame-free error review” could bring 4, but "
        "would take 26 hours; with this plan 20 are left."
    )


@pytest.mark.parametrize(
    ("certainty", "place", "beginning"),
    [
        ("CLEAR", 1, "Fear of mistakes is clearly a top source, the first one (55)."),
        ("LIKELY", 2, "Fear of mistakes is likely your second source (55)."),
        ("LIKELY", 4, "Fear of mistakes is among your strongest sources (55)."),
        ("OPEN", 1, "Fear of mistakes may be among your strongest sources (55)."),
        ("NO", 9, "Fear of mistakes stands at 55 points."),
    ],
)
def test_sentence_never_claims_more_than_is_known(certainty, place, beginning):
    reason = {**REASON, "certainty": certainty, "place": place}

    assert sentence(recommendation(reason=reason), {}).startswith(beginning)


def test_sentence_says_that_importance_decides_and_that_units_do_not_differ():
    counts = {"counts": {"share": 17, "average": 9}, "alike": True}

    text = sentence(recommendation(reason={**REASON, **counts}), NAMES)

    assert (
        "(55). It comes before others for the weight of fear of mistakes in the whole "
        "organisation: 17 %, against 9 % of an average source. Units hardly differ on it: ask for "
        "it to be worked on for all. This costs"
    ) in text


def test_sentence_leaves_out_a_rival_without_a_name():
    reason = {**REASON, "rival": {**RIVAL, "strategy": "GONE"}}

    assert sentence(recommendation(reason=reason), NAMES) == sentence(recommendation(), NAMES)


@pytest.mark.parametrize(
    ("why", "end"),
    [
        ("OVER_BUDGET", "what can be started here against it costs more hours than are left."),
        ("MORE_HOURS", "what can be started here against it takes more hours for about the same."),
        ("TOO_SLOW", "what helps against it shows too late for this plan."),
        ("NEEDS_FIRST", "what helps against it needs something else first."),
        ("HIGHER_LEVEL", "only a higher level can start what helps against it."),
        ("ALREADY_TRIED", "what helps against it has been begun here before."),
        ("OVERLAPS", "the methods known against it would take away less in all."),
        ("LESS_VALUE", "the methods known against it would take away less in all."),
    ],
)
def test_sentence_says_why_a_stronger_source_must_wait(why, end):
    reason = {**REASON, "higher": {"source": "time", "estimate": 68, "why": why}}

    text = sentence(recommendation(reason=reason), {"time": "Lack of time"})

    plain = sentence(recommendation(), {})
    assert text == f"{plain} Lack of time stands higher (68), but {end}"


def test_sentence_leaves_out_a_stronger_source_without_a_name():
    reason = {**REASON, "higher": {"source": "time", "estimate": 68, "why": "TOO_SLOW"}}

    assert sentence(recommendation(reason=reason), NAMES) == sentence(recommendation(), NAMES)


def test_sentence_of_a_conversation_has_no_numbers():
    talk = recommendation(reason={"conversation": "FEW_ANSWERED"}, source=None, strategy=None)

    assert sentence(talk, {}).startswith("Too few answered to rank the sources.")


@pytest.mark.parametrize(
    ("why", "more", "text"),
    [
        ("OVER_BUDGET", {}, "More hours than are left (20.4)."),
        ("OVERLAPS", {"instead_of": "TIM2"}, "Works on the same as “Protected slot”."),
        ("OVERLAPS", {}, "Works on what the suggestions take away already."),
        ("NEEDS_FIRST", {"needs": ["MIS1"]}, "Needs “Blame-free error review” first."),
        ("TOO_SLOW", {}, "Shows after 5 weeks, which is too late for this plan."),
        ("MORE_HOURS", {}, "Brings about the same for more hours."),
        ("LESS_VALUE", {}, "Takes less away here."),
        ("STRONGEST", {}, "Would leave the strongest source without an action."),
    ],
)
def test_why_later_names_the_obstacle(why, more, text):
    other = recommendation(why_not=why, reason={**REASON, "hours_left": 20.4, **more})

    assert why_later(other, NAMES) == text


@pytest.mark.parametrize(
    ("value", "plain", "change", "whole"),
    [(-3.0, "−3", "−3", "−3"), (2.94, "2.9", "+2.9", "+3"), (0.0, "0", "0", "0")],
)
def test_numbers_have_real_signs(value, plain, change, whole):
    assert (number(value), points(value), signed(value)) == (plain, change, whole)


def test_number_follows_the_language():
    with translation.override("de"):
        assert number(-3.5) == "−3,5"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "The plan with it: 64 h, takes away as much."),
        (2.5, "The plan with it: 64 h, takes away 25 % more."),
        (1.5, "The plan with it: 64 h, takes away 25 % less."),
    ],
)
def test_plan_with_an_alternative_is_set_against_the_plan(value, text):
    reason = {**REASON, "value": value, "plan_value": 2.0, "hours_together": 64.2}

    assert plan_with(recommendation(reason=reason)) == text


def test_sentence_says_what_comes_first_and_what_was_wished():
    after = {**REASON, "pinned": True, "after": ["TIM2"], "weeks_in_all": 9}

    text = sentence(recommendation(reason=after), NAMES)

    assert text.startswith("Wanted in, whatever the ranking says. Fear of mistakes")
    assert text.endswith("It comes after “Protected slot”; both show after 9 weeks.")
    missing = sentence(recommendation(reason={**REASON, "needs": ["TIM2"]}), NAMES)
    assert missing.endswith("It needs “Protected slot” first, which this plan does not hold.")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("why", list(Why))
def test_every_reason_for_losing_has_its_own_sentence(language, why):
    with translation.override(language):
        text = why_later(recommendation(why_not=why, reason={**REASON, "hours_left": -3}), NAMES)
        plain = why_later(recommendation(why_not="LESS_VALUE"), NAMES)

    assert text.endswith(".")
    assert "%" not in text
    assert "−" not in text
    assert (text == plain) == (why in (Why.LESS_VALUE, Why.HIGHER_LEVEL))
