"""Sifted rows: kept, rejected with a reason, or dropped as exact duplicates; and their counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pyspark import StorageLevel
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
class Told:
    """What the rows of a table tell of documents: `kept`, and `counts`, the raw rows by what became of them.

    `counts` has `reason` and `rows`. `stored` is what both are computed from, persisted; `release` frees it.
    """

    kept: DataFrame
    counts: DataFrame
    stored: DataFrame

    def release(self) -> None:
        """Frees the persisted rows; the frames still work, and compute everything anew."""
        self.stored.unpersist()


def tell(rows: DataFrame, value: str, reasons: type[StrEnum], keys: Sequence[str]) -> tuple[DataFrame, DataFrame]:
    """The rows by document: `keys`, `told` (the distinct values) and a count of each reason; and the counts of all.

    The first is persisted. The second has `reason` and `rows`, and no row for a reason that no row has.
    """
    of_reason = [F.count_if(F.col("reason") == reason.value).alias(reason.value) for reason in reasons]
    by_document = rows.groupBy(*keys).agg(F.collect_set(value).alias("told"), *of_reason)  # without nulls
    stored = by_document.persist(StorageLevel.MEMORY_AND_DISK)
    totals = stored.agg(*[F.coalesce(F.sum(reason.value), F.lit(0)).alias(reason.value) for reason in reasons])
    counts = totals.unpivot([], [reason.value for reason in reasons], "reason", "rows")
    return stored, counts.where("rows > 0")


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
