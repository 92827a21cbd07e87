"""The gate's rules around the answers: participation while open, and shares of a yes or no.

Pure: counts in, what may be said out. What the answers themselves may show is `disclosure`.
"""

MIN_INVITED_FOR_PARTICIPATION = 20
STEP, LOWEST, HIGHEST = 5, 10, 90
FEWEST_ON_A_SIDE = 3


def participation_percent(taken_part: int, invited: int) -> int | None:
    """Share of the invited that has taken part, in steps of 5 from 10 to 90.

    10 means "at most", 90 "at least". None below 20 invited.
    """
    if invited < MIN_INVITED_FOR_PARTICIPATION:
        return None
    step = STEP * round(100 * taken_part / invited / STEP)
    return min(HIGHEST, max(LOWEST, step))


def share_of_named(named: int, answers: int) -> float | None:
    """Share that named something, to two decimals; None where nearly all or nearly none did.

    The unanimity rule for a yes or no: at least three on either side.
    """
    if min(named, answers - named) < FEWEST_ON_A_SIDE:
        return None
    return round(named / answers, 2)
