"""Scores of counts against the published rankings, printed digit by printed digit."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from pyspark.sql import Row, SparkSession

from stclusters.rank.score import score_counts

COUNTS = "cluster_id bigint, patents decimal(38,18), articles decimal(38,18)"


@dataclass(frozen=True)
class Published:
    """A published top 100 and totals of the world that give its shares; the publications do not print the totals.

    Every total from `patents_between` and `articles_between` gives every printed share of its kind; outside them a
    share fails. The totals used lie inside and give the printed sums as well.
    """

    file: str
    patents: int
    articles: int
    patents_between: tuple[int, int]
    articles_between: tuple[int, int]
    decimals: int


PUBLISHED = [
    Published("gii_2020_top100.csv", 1_047_140, 8_664_000, (1_047_102, 1_047_181), (8_663_019, 8_664_984), 2),
    Published("gii_2024_top100.csv", 1_288_000, 7_940_000, (1_286_310, 1_289_655), (7_927_867, 7_952_000), 1),
]


def read_published(folder: Path, table: Published) -> list[dict[str, str]]:
    path = folder / "reference" / table.file
    if not path.is_file():
        pytest.skip(f"the published table {table.file} is not on this machine")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["rank"] for row in rows] == [str(i) for i in range(1, 101)]
    return rows


def scored(spark: SparkSession, rows: list[dict[str, str]], patents: int, articles: int) -> dict[int, Row]:
    """Scores by published rank; ids run against the ranks, so that no order of rows or ids helps."""
    counts = [
        (
            1_000 - int(row["rank"]),
            Decimal(row["pct_applications_fractional"]),
            Decimal(row["sci_publications_fractional"]),
        )
        for row in rows
    ]
    frame = score_counts(spark.createDataFrame(counts[::-1], COUNTS), patents, articles)
    return {1_000 - row["cluster_id"]: row for row in frame.collect()}


def printed(value: float, decimals: int) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.file)
def test_published_counts_give_every_published_share_total_and_rank(
    spark: SparkSession, shared: Path, table: Published
) -> None:
    rows = read_published(shared, table)
    scores = scored(spark, rows, table.patents, table.articles)
    for row in rows:
        rank = int(row["rank"])
        score = scores[rank]
        figures = [printed(score[name] * 100, table.decimals) for name in ("patent_share", "article_share")]
        figures.append(printed(score["score"], table.decimals))
        assert figures == [Decimal(row[name]) for name in ("pct_share_pct", "pub_share_pct", "total_pct")], row[
            "cluster"
        ]
        assert score["rank"] == rank, row["cluster"]


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.file)
def test_only_totals_of_the_stated_ranges_give_every_published_share(shared: Path, table: Published) -> None:
    rows = read_published(shared, table)
    kinds = (
        ("pct_applications_fractional", "pct_share_pct", table.patents_between, table.patents),
        ("sci_publications_fractional", "pub_share_pct", table.articles_between, table.articles),
    )
    for count, share, (least, most), used in kinds:
        assert least <= used <= most
        agree = [
            all(half_up(row[count], total, table.decimals) == Decimal(row[share]) for row in rows)
            for total in (least - 1, least, most, most + 1)
        ]
        assert agree == [False, True, True, False], count


def half_up(count: str, total: int, decimals: int) -> Decimal:
    """The share in per cent as it is printed, from whole numbers alone."""
    units = Fraction(int(count) * 100 * 10**decimals, total)
    return Decimal(int(units + Fraction(1, 2))).scaleb(-decimals)


def test_equal_scores_share_a_rank_and_the_next_rank_is_left_out(spark: SparkSession) -> None:
    third = Decimal(1) / 3
    rows = [(1, Decimal(2), Decimal(0)), (2, Decimal(1), Decimal(1)), (3, Decimal(0), Decimal(3)), (4, third, third)]
    frame = score_counts(spark.createDataFrame(rows, COUNTS), 4, 4)
    assert {row["cluster_id"]: (row["rank"], row["score"]) for row in frame.collect() if row["cluster_id"] < 4} == {
        3: (1, 75.0),
        1: (2, 50.0),
        2: (2, 50.0),
    }
    assert {row["cluster_id"]: row["rank"] for row in frame.collect()}[4] == 4


def test_a_kind_without_documents_adds_nothing_to_a_score(spark: SparkSession) -> None:
    (row,) = score_counts(spark.createDataFrame([(1, Decimal(0), Decimal(3))], COUNTS), 0, 12).collect()
    assert (row["patent_share"], row["article_share"], row["score"], row["rank"]) == (0.0, 0.25, 25.0, 1)
