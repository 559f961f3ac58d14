"""Equal coordinates folded to one counted point; the weight of counts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.errors import SettingsError
from stclusters.kinds import known_kind
from stclusters.sphere import Floats, Longs, lat_of, lon_of

LARGEST = 2**62  # a sum of whole weights must stay below
EXACT = 2**53  # sums of whole numbers in float64 are exact below


def fold_points(addresses: DataFrame) -> DataFrame:
    """One row per distinct coordinate: `point_id`, `lon`, `lat`, `inventors`, `authors` (addresses of each kind).

    An address of another kind than patent or article fails the query.
    """
    counted = (
        addresses.select("point_id", known_kind())
        .groupBy("point_id")
        .agg(
            F.count_if(F.col("kind") == "patent").alias("inventors"),
            F.count_if(F.col("kind") == "article").alias("authors"),
        )
    )
    point_id = F.col("point_id")
    return counted.select(
        "point_id", lon_of(point_id).alias("lon"), lat_of(point_id).alias("lat"), "inventors", "authors"
    )


def equal_weight(points: DataFrame) -> Fraction:
    """Weight of an author address by which all authors weigh as much as all inventors; 1 with only one kind.

    The unit of the published density threshold is not published; inventor-equivalents fit the published number of
    clusters (GII 2024, Appendix IV: inventors and authors get equal weight).
    """
    total = points.agg(F.sum("inventors").alias("inventors"), F.sum("authors").alias("authors")).first()
    if total is None or not total["inventors"] or not total["authors"]:
        return Fraction(1)
    return Fraction(total["inventors"], total["authors"])


def author_weight(setting: str | float, points: DataFrame) -> Fraction:
    """The setting `author_weight` as an exact fraction: `equal`, or the number as it is written."""
    return equal_weight(points) if isinstance(setting, str) else Fraction(str(setting))


def total(counts: Longs) -> int:
    """The exact sum of counts, which may be larger than 64 bits hold.

    >>> total(np.full(4, 2**62)) == 2**64
    True
    """
    return (int((counts >> 32).sum()) << 32) + int((counts & 0xFFFFFFFF).sum())


def exact_counts(inventors: Longs, authors: Longs) -> Floats:
    """The counts of points as float64, shape (n, 2): every sum of some of them is exact.

    Raises `OverflowError` where the inventors or the authors together are 2**53 or more: float64 cannot count them.
    """
    for name, counts in (("inventor", inventors), ("author", authors)):
        if total(counts) >= EXACT:
            raise OverflowError(
                f"The points of one tile have {total(counts):,} {name} addresses, and float64 counts exactly only "
                "below 2**53: label the points in more tiles, or divide their counts by a common factor."
            )
    return np.stack([inventors, authors], axis=1).astype(np.float64)


@dataclass(frozen=True)
class Weight:
    """When counts reach the threshold, in whole numbers: `inventors + author_weight * authors >= min_weight`."""

    an_inventor: int
    an_author: int
    least: int

    @classmethod
    def of(cls, min_weight: float, author_weight: Fraction) -> Weight:
        """The rule in whole numbers: both sides times the denominator of the weight.

        >>> Weight.of(2.5, Fraction(1, 3))
        Weight(an_inventor=3, an_author=1, least=8)
        """
        inventor = author_weight.denominator
        return cls(inventor, author_weight.numerator, ceil(Fraction(str(min_weight)) * inventor))

    def whole(self, inventors: npt.ArrayLike, authors: npt.ArrayLike) -> Longs:
        """Whole weights of counts; `SettingsError` where a sum of them could not be held in 64 bits."""
        a, b = np.asarray(inventors, np.int64), np.asarray(authors, np.int64)
        if total(a) * self.an_inventor + total(b) * self.an_author >= LARGEST or self.least >= LARGEST:
            raise SettingsError("Weights need more than 62 bits: set author_weight to a number with fewer digits.")
        return a * self.an_inventor + b * self.an_author

    def reached(self, counts: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Whether rows of (inventors, authors) reach the threshold; counts are whole numbers below 2**53."""
        whole = counts.astype(np.int64)
        return np.asarray(whole[:, 0] * self.an_inventor + whole[:, 1] * self.an_author >= self.least)
