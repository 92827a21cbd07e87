"""What a group of a given size will be able to tell later: the smallest change that shows."""

from __future__ import annotations

from resistance.change import Reading, smallest_fall
from resistance.inputs import Defaults
from resistance.shown import Thresholds

EXPECTED_RESPONSE = 0.75


def smallest_change(invited: int) -> int:
    """Points by which one named source must fall in `invited` people to be seen 8 times in 10.

    Three of four answer both times, everything else is as the defaults have it, the drift of
    people's opinions included. Never under 5, as less is not reported (docs/scoring.md, 13).
    """
    constants, thresholds = Defaults(), Thresholds()
    answers = max(thresholds.score, round(EXPECTED_RESPONSE * invited))
    is_exact = answers >= thresholds.exact
    reading = Reading(
        value=constants.mean,
        n=answers if is_exact else None,
        invited=max(answers, invited),
        rounded=not is_exact,
        variance=constants.within_sd**2,
        alpha=constants.alpha,
        response=EXPECTED_RESPONSE,
    )
    return round(smallest_fall(reading))
