"""Rows of the synthetic world: exact sizes, the same rows however they are made, every row marked."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import BadInput
from stclusters.world import declared, frames
from stclusters.world.basins import read_published
from stclusters.world.draws import scattered, uniform
from stclusters.world.frames import World
from stclusters.world.plan import Plan
from stclusters.world.teams import LARGEST, team_sizes

ROWS = 250_000  # three blocks of articles, one of patents


def printed(frame: DataFrame) -> tuple[int, int]:
    """The rows of a frame and the sum of their hashes, every column in it."""
    row = frame.agg(F.count("*"), F.sum(F.xxhash64(*frame.columns).cast("decimal(38,0)"))).collect()[0]
    return row[0], int(row[1])


@pytest.fixture(scope="module")
def world(spark: SparkSession) -> World:
    return World.of(spark, Plan(ROWS, seed=7))


@pytest.mark.parametrize("table", ["addresses", "documents", "document_fields"])
def test_a_world_has_the_same_rows_whatever_the_partitions_and_tasks(
    spark: SparkSession, world: World, table: str
) -> None:
    make = getattr(frames, table)
    prints = {printed(make(spark, world, partitions)) for partitions in (1, 3, 16)}
    assert len(prints) == 1


def test_another_seed_gives_other_rows(spark: SparkSession, world: World) -> None:
    other = replace(world, plan=Plan(ROWS, seed=8))
    assert printed(frames.addresses(spark, world, 4)) != printed(frames.addresses(spark, other, 4))


def test_a_world_has_exactly_the_rows_and_documents_asked_for(spark: SparkSession, world: World) -> None:
    rows = dict(frames.addresses(spark, world, 4).groupBy("kind").count().collect())
    documents = dict(frames.documents(spark, world, 4).groupBy("kind").count().collect())
    assert sum(rows.values()) == ROWS
    assert rows["patent"] == round(ROWS * declared.INVENTOR_ADDRESSES / declared.FULL_ROWS)
    assert documents["patent"] == round(ROWS * declared.PATENTS / declared.FULL_ROWS)
    assert documents["article"] == round(ROWS * declared.ARTICLES / declared.FULL_ROWS)


def test_every_row_is_marked_as_synthetic(spark: SparkSession, world: World) -> None:
    for table in ("addresses", "documents", "document_fields"):
        frame = getattr(frames, table)(spark, world, 4)
        assert frame.where(~F.col("document_id").startswith("synthetic-")).count() == 0
    assert frames.addresses(spark, world, 4).where(~F.col("accuracy").startswith("synthetic ")).count() == 0


def test_addresses_documents_and_fields_are_of_the_same_documents(spark: SparkSession, world: World) -> None:
    key = ["kind", "document_id"]
    addresses, documents, fields = (
        getattr(frames, table)(spark, world, 4).select(*key) for table in ("addresses", "documents", "document_fields")
    )
    assert documents.distinct().count() == documents.count()
    for others in (addresses.distinct(), fields.distinct()):
        assert others.count() == documents.count() == others.intersect(documents).count()


def test_an_author_has_two_addresses_only_at_two_places(spark: SparkSession, world: World) -> None:
    named = frames.addresses(spark, world, 4).where("person_id IS NOT NULL")
    persons = named.groupBy("kind", "document_id", "person_id").agg(
        F.count("*").alias("rows"), F.count_distinct("lon", "lat").alias("places")
    )
    kinds = dict(persons.groupBy("kind").count().collect())
    assert set(kinds) == {"article"}
    assert kinds["article"] > 1_000
    assert persons.where("rows <> 2 OR places <> 2").count() == 0


def test_accuracies_are_mixed_as_published(spark: SparkSession, world: World) -> None:
    counted = frames.addresses(spark, world, 4).groupBy("kind", "accuracy").count().collect()
    rows = {(row["kind"], row["accuracy"]): row["count"] for row in counted}
    inventors = sum(count for (kind, _), count in rows.items() if kind == "patent")
    for accuracy, share in (("block", 0.85), ("sub-city", 0.08), ("city", 0.05), ("area", 0.02)):
        assert rows["patent", f"synthetic {accuracy}"] / inventors == pytest.approx(share, abs=0.005)
    assert rows["article", "synthetic city"] / (ROWS - inventors) == pytest.approx(0.996, abs=0.001)


def test_the_window_of_the_edition_holds_every_document(spark: SparkSession, world: World) -> None:
    years = frames.documents(spark, world, 4).groupBy("kind").agg(F.min("year"), F.max("year")).collect()
    assert {tuple(row) for row in years} == {("patent", 2019, 2023), ("article", 2018, 2022)}


def test_the_year_before_is_added_and_changes_no_other_row(spark: SparkSession, world: World) -> None:
    longer = replace(world, plan=Plan(ROWS, seed=7, year_before=True))
    documents = frames.documents(spark, longer, 4)
    earlier = documents.where("year = IF(kind = 'patent', 2018, 2017)")
    same = frames.addresses(spark, longer, 4).join(earlier, ["kind", "document_id"], how="left_anti")
    assert printed(same.select(*frames.addresses(spark, world, 4).columns)) == printed(
        frames.addresses(spark, world, 4)
    )
    assert earlier.count() == sum(Plan(ROWS, 7).documents_of(kind) // 5 for kind in ("patent", "article"))


def test_skew_puts_its_part_of_the_rows_at_one_coordinate(spark: SparkSession, world: World) -> None:
    skewed = replace(world, plan=Plan(ROWS, seed=7, skew=0.5))
    heaviest = frames.addresses(spark, skewed, 4).groupBy("lon", "lat").count().agg(F.max("count")).collect()[0][0]
    assert heaviest / ROWS == pytest.approx(0.51, abs=0.02)


@pytest.mark.parametrize(
    ("rows", "seed", "skew", "said"),
    [(99_999, 1, 0, "--rows"), (300_000_001, 1, 0, "--rows"), (100_000, -1, 0, "--seed"), (100_000, 1, 1.0, "--skew")],
)
def test_a_world_that_cannot_be_made_is_refused_by_name(rows: int, seed: int, skew: float, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        Plan(rows, seed, skew=skew)


@pytest.mark.parametrize("rows", [100_000, 1_234_567, 31_136_613, 300_000_000])
def test_blocks_cut_the_rows_and_documents_without_gap_or_overlap(rows: int) -> None:
    plan = Plan(rows, 1)
    for kind in ("patent", "article"):
        blocks = [block for block in map(plan.block, range(plan.blocks)) if block.kind == kind]
        assert sum(block.rows for block in blocks) == plan.rows_of(kind)
        ends = [block.first_document + block.documents for block in blocks]
        assert [block.first_document for block in blocks] == [0, *ends[:-1]]
        assert ends[-1] == plan.documents_of(kind)


def test_at_full_size_the_threshold_and_the_totals_are_the_published_ones() -> None:
    plan = Plan(31_136_613, 1)
    assert plan.threshold == 4_500
    assert (plan.rows_of("patent"), plan.rows_of("article")) == (4_113_927, 27_022_686)
    assert (plan.documents_of("patent"), plan.documents_of("article")) == (1_288_000, 7_940_000)


@pytest.mark.parametrize(("kind", "mean"), [("patent", 3.194), ("article", 3.403)])
def test_teams_sum_exactly_and_have_a_long_tail(kind: str, mean: float) -> None:
    documents, largest, exact = 25_000, 0, Counter[bool]()
    for block in range(40):
        drawn = uniform(3, 1, block, documents), uniform(3, 2, block, documents)
        team = team_sizes(kind, documents, round(documents * mean), *drawn)
        exact[int(team.sum()) == round(documents * mean) and int(team.min()) >= 1] += 1
        largest = max(largest, int(team.max()))
    assert exact == {True: 40}
    assert largest <= LARGEST[kind]
    assert largest > (1_000 if kind == "article" else 30)


def test_random_numbers_are_those_of_every_machine() -> None:
    """Held as numbers: a change of them changes every world."""
    assert uniform(1, 2, 3, 3).tolist() == UNIFORM
    assert scattered(1, np.array([5, 6]), np.array([0, 9]), 1).tolist() == SCATTERED


def test_the_packaged_table_is_the_published_one(shared: Path) -> None:
    with (shared / "reference/gii_2024_top100.csv").open(encoding="utf-8") as stored:
        rows = [
            (int(row["rank"]), row["cluster"], row["economy"], *map(int, map(row.get, COUNTS)))
            for row in csv.DictReader(stored)
        ]
    assert [(one.rank, one.name, one.economy, one.patents, one.articles) for one in read_published()] == rows


COUNTS = ("pct_applications_fractional", "sci_publications_fractional")
UNIFORM = [0.1653140784574615, 0.2660733799739271, 0.5139489590123643]
SCATTERED = [-0.06437319633550942, 0.07110985927283764]
