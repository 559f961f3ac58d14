"""Random numbers that are the same on every machine: counters in, raw bits out, and whole-number arithmetic after."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stclusters.sphere import Floats, Longs

Bits = npt.NDArray[np.uint64]
TO_UNIT = 2.0**-53
STREAM_BITS = 40  # a key's second word: the stream, shifted by so many bits, plus the block


def uniform(seed: int, stream: int, block: int, count: int) -> Floats:
    """`count` numbers in [0, 1), multiples of 2**-53: those of the stream's block, the same whoever asks.

    Philox (Salmon et al. 2011) with the seed, stream and block as its key. Only raw bits are taken of NumPy, whose
    distributions may change between versions.
    """
    key = np.array([seed, (stream << STREAM_BITS) + block], np.uint64)
    bits = np.random.Philox(key=key).random_raw(count)
    return np.asarray((bits >> np.uint64(11)) * TO_UNIT)


def scattered(seed: int, place: Longs, number: Longs, salt: int) -> Floats:
    """A number in [-1, 1) for each (place, number), most near 0: the sum of two uniform halves of one hash.

    The hash is the finaliser of SplitMix64 (Steele et al. 2014).
    """
    bits = (place.astype(np.uint64) << np.uint64(24)) + number.astype(np.uint64)
    bits += np.uint64((seed * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03) % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(factor)
    bits ^= bits >> np.uint64(31)
    low, high = bits & np.uint64(0xFFFFFFFF), bits >> np.uint64(32)
    return np.asarray((low.astype(np.float64) + high.astype(np.float64)) * 2.0**-32 - 1.0)
