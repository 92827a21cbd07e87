"""Bootstrap of people at a cost that does not grow with their number."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_PARTS = 1000


def resampled_products(rows: Floats, *, generator: np.random.Generator, rounds: int) -> Floats:
    """Sums of the outer products of the rows (people x k) over `rounds` resamples: rounds x k x k.

    Up to 1,000 people are drawn one by one. More are dealt at random into 1,000 parts first and
    whole parts are drawn, which scatters the sums by as much.
    """
    parts = min(len(rows), MOST_PARTS)
    dealt = np.array_split(rows[generator.permutation(len(rows))], parts)
    products = np.array([part.T @ part for part in dealt])
    times = generator.multinomial(parts, np.full(parts, 1 / parts), size=rounds)
    sums = times.astype(np.float64) @ products.reshape(parts, -1)
    return np.asarray(sums.reshape(rounds, rows.shape[1], rows.shape[1]), dtype=np.float64)
