"""Sentences about a plan that changes, in both languages."""

import pytest
from django.utils import translation

from plans.changes import more_hours, more_weeks, what_changes
from plans.models import Recommendation

NAMES = {"slot": "Slot", "aid": "Aid", "board": "Board"}


@pytest.mark.parametrize(
    ("language", "step", "text"),
    [
        ("en", {"more": 1, "comes": ["aid"]}, "With 1 hour more, this would come in: “Aid”."),
        (
            "en",
            {"more": 10, "comes": ["aid", "slot"], "goes": ["board"]},
            "With 10 hours more, “Aid”, “Slot” would take the place of “Board”.",
        ),
        ("de", {"more": 10, "comes": ["aid"]}, "Mit 10 Stunden mehr käme hinzu: „Aid“."),
        (
            "de",
            {"more": 1, "comes": ["aid"], "goes": ["board"]},
            "Mit 1 Stunde mehr träte „Aid“ an die Stelle von „Board“.",
        ),
    ],
)
def test_next_step_is_one_sentence(language, step, text):
    with translation.override(language):
        assert more_hours({"goes": []} | step, NAMES) == text


def test_next_step_in_time_counts_weeks():
    step = {"more": 2, "comes": ["aid"], "goes": []}

    assert more_weeks(step, NAMES) == "With 2 weeks more, this would come in: “Aid”."


def entry(key, state="SUGGESTED", why_not=""):
    return Recommendation(
        strategy_id=key, state=state, why_not=why_not, reason={"hours_left": 12, "weeks": 9}
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Comes in: “Aid”. Drops out: “Slot”. More hours than are left (12)."),
        ("de", "Kommt hinzu: „Aid“. Fällt weg: „Slot“. Mehr Stunden, als übrig sind (12)."),
    ],
)
def test_what_changes_names_what_comes_and_why_the_rest_drops_out(language, text):
    before = [entry("slot"), entry("board")]
    after = [entry("aid"), entry("board"), entry("slot", "ALTERNATIVE", "OVER_BUDGET")]

    with translation.override(language):
        assert what_changes(before, after, NAMES) == text


def test_what_changes_says_so_when_nothing_does():
    same = [entry("slot")]

    assert what_changes(same, same, NAMES) == "The suggestions stay as they are."
