"""What a group of a given size will be able to tell later: the smallest change that shows."""

from __future__ import annotations

from math import sqrt

#: assumed before anything is known: share that answers, reliability, spread in points
EXPECTED_RESPONSE = 0.75
RELIABILITY = 0.75
SPREAD = 18.0
#: 5 % error on both sides and a power of 80 % (1.96 + 0.84)
DETECTION = 2.8
MIN_CHANGE = 5


def smallest_change(invited: int) -> int:
    """Points by which a source must move in `invited` people to be found eight times in ten.

    2.8 · sqrt(2 · f · s² / n) with f = 1 − α · n/N, two surveys alike; never under 5 points,
    as a smaller change is not reported (docs/scoring.md).
    """
    answers = max(1.0, EXPECTED_RESPONSE * invited)
    uncertain_share = 1 - RELIABILITY * EXPECTED_RESPONSE
    return max(MIN_CHANGE, round(DETECTION * sqrt(2 * uncertain_share * SPREAD**2 / answers)))
