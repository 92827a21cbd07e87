"""The gate's rules around the answers: participation while open, and shares of a yes or no.

Pure: counts in, what may be said out. What the answers themselves may show is `disclosure`.
"""

MIN_INVITED_FOR_PARTICIPATION = 20
MIN_ANSWERS_FOR_SHARE = 20
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


def share_in_steps(found: int, answers: int) -> int | None:
    """Per cent of the answers that something holds of, in steps of 5; None below 20 answers.

    The lowest step, 5 (10 below 40 answers), means "at most", so that one and two are never told
    from nobody; 90 means "at least".
    """
    if answers < MIN_ANSWERS_FOR_SHARE:
        return None
    lowest = LOWEST if answers < 2 * MIN_ANSWERS_FOR_SHARE else STEP
    return min(HIGHEST, max(lowest, STEP * round(100 * found / answers / STEP)))


def share_of_named(named: int, answers: int) -> float | None:
    """Share that named something, to two decimals; None where nearly all or nearly none did.

    The unanimity rule for a yes or no: at least three on either side.
    """
    if min(named, answers - named) < FEWEST_ON_A_SIDE:
        return None
    return round(named / answers, 2)
