"""How many addresses each document has: a long tail, and sums that are exactly as asked."""

from __future__ import annotations

import numpy as np

from stclusters.sphere import Floats, Longs
from stclusters.world.declared import ARTICLES, AUTHOR_ADDRESSES, INVENTOR_ADDRESSES, PATENTS

# Survival of sizes: the part of documents with at least so many addresses; between two sizes it falls evenly. The means
# are near the published 3.19 addresses a patent and 3.40 an article.
SIZES = {
    "patent": (
        *((1, 1.0), (2, 0.755), (3, 0.5), (4, 0.315), (5, 0.195), (6, 0.12), (8, 0.048), (12, 0.012)),
        *((20, 0.0018), (41, 0.0)),
    ),
    "article": (
        *((1, 1.0), (2, 0.77), (3, 0.54), (4, 0.345), (5, 0.21), (6, 0.13), (8, 0.053), (12, 0.0125), (20, 0.0028)),
        *((40, 0.0011), (100, 0.00038), (300, 0.00009), (1000, 0.000015), (3001, 0.0)),
    ),
}
PER_DOCUMENT = {"patent": INVENTOR_ADDRESSES / PATENTS, "article": AUTHOR_ADDRESSES / ARTICLES}
LARGEST = {kind: sizes[-1][0] - 1 for kind, sizes in SIZES.items()}


def team_sizes(kind: str, documents: int, addresses: int, order: Floats, within: Floats) -> Longs:
    """Addresses of each document, at least 1, that sum to `addresses`.

    Sizes are drawn one from each of `documents` equal parts of the distribution (`within` places them in the part) and
    dealt out by `order`; what the sum misses is added to or taken from documents in turn. Both are uniform numbers.
    """
    sizes = np.array([size for size, _ in SIZES[kind]], np.float64)
    falls = np.array([part for _, part in SIZES[kind]])
    rank = (np.arange(documents) + within) / documents  # of the survival function, from large to small teams
    drawn = np.floor(np.interp(rank, falls[::-1], sizes[::-1])).astype(np.int64)
    drawn = np.clip(drawn, 1, LARGEST[kind])
    team = drawn[np.argsort(np.argsort(order, kind="stable"), kind="stable")]
    return _summing_to(team, addresses)


def _summing_to(team: Longs, addresses: int) -> Longs:
    """The sizes with ones added or taken until they sum to `addresses`, spread over the documents."""
    missing = addresses - int(team.sum())
    if missing > 0:
        team = team + missing // len(team)
        team[: missing % len(team)] += 1
    while missing < 0:
        able = np.flatnonzero(team > 1)[:-missing]
        team[able] -= 1
        missing += len(able)
    return team
