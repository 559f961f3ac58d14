"""Poisson numbers that depend on nothing but a key: the same on every machine, with every version of every library."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from stclusters.sphere import Longs

Words = npt.NDArray[np.uint64]
WORD = 64  # bits of a random word
FINE = 160  # bits of a probability while a table is made
GAMMA = np.uint64(0x9E3779B97F4A7C15)  # the step of SplitMix64
ALL = 2**WORD - 1


def poisson(keys: Longs, means: Longs, replicates: int) -> Longs:
    """Independent Poisson numbers with whole means of 0 or more: one row a key, one column a replicate.

    A mean is the sum of its powers of two, and a Poisson number the sum of Poisson numbers with these means: each is
    taken from a table of its distribution by a random word, the SplitMix64 stream of the key and the power. Exact to
    the 2^-64 of a word. Equal keys give equal rows, so that a row has no part in the others.
    """
    steps = np.arange(1, replicates + 1, dtype=np.uint64) * GAMMA
    drawn = np.zeros((len(keys), replicates), np.int64)
    for power in range(int(means.max(initial=0)).bit_length()):
        rows = np.flatnonzero((means >> power) & 1)
        if len(rows):
            seeds = mixed(keys[rows].astype(np.uint64) ^ mixed(np.array([power], np.uint64) + GAMMA))
            first, below = distribution(1 << power)
            drawn[rows] += first + np.searchsorted(below, mixed(seeds[:, None] + steps), side="right")
    return drawn


def mixed(words: Words) -> Words:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): a permutation of 64 bits that leaves no pattern."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(words ^ (words >> np.uint64(31)))


@cache
def distribution(mean: int) -> tuple[int, Words]:
    """The first number k with a probability to speak of, and P(X <= k), P(X <= k + 1), ... in units of 2^-64.

    Whole numbers from the mean outwards, p(k + 1) = p(k) * mean / (k + 1), so that no machine rounds another way.

    >>> first, below = distribution(1)
    >>> first, [round(int(word) / 2**64, 6) for word in below[:3]]
    (0, [0.367879, 0.735759, 0.919699])
    """
    least = 1 << (FINE - WORD - 32)  # smaller parts of the largest probability are nothing in 64 bits
    above, below = [1 << FINE], []
    k = mean
    while above[-1] > least:
        k += 1
        above.append(above[-1] * mean // k)
    k, part = mean, 1 << FINE
    while k > 0 and (part := part * k // mean) > least:
        k -= 1
        below.append(part)
    parts = [*below[::-1], *above]
    total, summed, words = sum(parts), 0, []
    for part in parts:
        summed += part
        words.append(min((summed << WORD) // total, ALL))
    return mean - len(below), np.array(words, np.uint64)
