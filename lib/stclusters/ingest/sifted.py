"""Sifted rows: kept, rejected with a reason, or dropped as exact duplicates; and their counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from stclusters.ingest.raw import shown


class Dropped(StrEnum):
    """Why a row that is no reject is not kept."""

    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Sifted:
    """The frames of a table: `kept`; `rejects` (equal raw rows are one row with `rows`); `dropped` (`reason`, `rows`).

    `stored` is what they are computed from: persisted, so that the input is sifted once; `release` frees it.
    """

    kept: DataFrame
    rejects: DataFrame
    dropped: DataFrame
    stored: tuple[DataFrame, ...]

    def release(self) -> None:
        """Frees the persisted rows; the frames still work, and compute everything anew."""
        for frame in self.stored:
            frame.unpersist()


@dataclass(frozen=True)
class Tally:
    """Rows of a sifted table: kept, rejected by reason, dropped by reason."""

    kept: int
    rejects: dict[str, int]
    dropped: dict[str, int]

    @property
    def rows(self) -> int:
        """All rows: equal to the raw rows, or rows were lost."""
        return self.kept + sum(self.rejects.values()) + sum(self.dropped.values())


def tally(sifted: Sifted) -> Tally:
    """The counts of a sifted table; runs three small jobs, and the sifting itself if it has not run."""
    by_reason = F.sum("rows").alias("rows")
    rejects = {row["reason"]: row["rows"] for row in sifted.rejects.groupBy("reason").agg(by_reason).collect()}
    dropped = {row["reason"]: row["rows"] for row in sifted.dropped.groupBy("reason").agg(by_reason).collect()}
    return Tally(sifted.kept.count(), dict(sorted(rejects.items())), dict(sorted(dropped.items())))


def group_rejects(rows: DataFrame, reason: Column, columns: Sequence[str], count: Column) -> DataFrame:
    """`reason`, the raw columns as text without control characters, and `rows`: one row for equal rows."""
    texts = rows.select(
        reason.alias("reason"), *(shown(F.col(name)).alias(name) for name in columns), count.alias("rows")
    )
    return texts.groupBy("reason", *columns).agg(F.sum("rows").alias("rows"))
