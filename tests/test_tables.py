"""Every declared table: can be made, keeps its promise to readers, and refuses a bad row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters import io
from stclusters.errors import BadInput, SchemaMismatch
from stclusters.progress import Progress
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.tables import ALL, POINTS, RUNS, Table

ROOT = Path(__file__).parents[1]
GOOD = {
    "kind": "patent", "document_id": "d1", "person": 1, "address": 1, "point_id": 1, "lon": 2.0, "lat": 48.0,
    "economy": "FR", "persons": 1, "addresses_each": 1, "flags": [], "reason": "no_year", "rows": 1, "year": 2020,
    "field": "Optics", "fields": 1, "inventors": 1, "authors": 0, "role": "core", "cluster_id": 1, "name": "Paris",
    "area_km2": 1.0, "points": 1, "core_points": 1, "home_economy": "FR", "economies": ["FR"], "outline": b"x",
    "patents": 1.0, "articles": 0.0, "output_share": 1.0, "place": 1, "addresses": 1, "first_person": 1,
    "last_person": 1, "rank": 1, "patent_share": 0.5, "article_share": 0.0, "score": 50.0, "documents": 1,
    "share": 1.0, "clusters": 1, "top_clusters": 1, "best_rank": 1, "foreign_documents": 0,
    "partner_economy": "FR", "scope": "domestic", "links": 1, "cluster_a": 1, "cluster_b": 2,
    "part_id": 1, "name_a": "Baltimore", "name_b": "Washington", "smaller": 1, "common_patents": 1,
    "common_articles": 0, "strength_a": 0.5, "rival_strength_a": 0.1, "strength_b": 0.1, "rival_strength_b": 0.1,
    "verdict": "merged", "decided_by": "relation", "earlier_edition": 2023, "change": "entered", "population": 0.0,
    "population_source": "gazetteer",
    "score_low": 49.0, "score_high": 51.0, "rank_low": 1, "rank_high": 2, "top_probability": 1.0,
    "radius_m": 15_000.0, "min_weight": 4_500.0, "settings": 2, "whole": 1, "split": 1, "merged": 0, "vanished": 0,
    "organisation_id": "o1", "organisation_name": "One", "organisations": 1, "least_kept": 0.9,
    "part": "checks", "measure": "rows", "subject": "",
    "value": 1.0, "entered": 0,
}  # fmt: skip
GOOD_OF = {"quality": {"verdict": "told"}}  # where a table has other words than another in a column of the same name
BAD = [
    ("addresses", {"lat": 90.5}),
    ("addresses", {"lon": 180.0}),
    ("addresses", {"kind": "book"}),
    ("addresses", {"person": 2}),
    ("documents", {"kind": "Patent"}),
    ("document_fields", {"fields": 0}),
    ("document_organisations", {"organisations": 0}),
    ("cluster_organisations", {"share": 1.1}),
    ("cluster_organisations", {"place": 11}),
    ("points", {"inventors": 0}),
    ("points", {"lat": -90.1}),
    ("point_labels", {"role": "edge"}),
    ("point_labels", {"role": "noise"}),
    ("point_labels", {"part_id": None}),
    ("merge_decisions", {"smaller": 3}),
    ("merge_decisions", {"verdict": "perhaps"}),
    ("clusters", {"core_points": 2}),
    ("cluster_economies", {"output_share": 1.5}),
    ("document_places", {"last_person": 2}),
    ("ranking", {"patent_share": 1.1}),
    ("ranking", {"rank": 0}),
    ("rank_changes", {"change": "left"}),
    ("intensity", {"population": -1.0}),
    ("rank_uncertainty", {"rank_low": 3}),
    ("rank_uncertainty", {"score_high": 48.0}),
    ("rank_uncertainty", {"top_probability": 1.1}),
    ("sensitivity", {"patent_share": 1.1}),
    ("sensitivity", {"spearman": -1.1}),
    ("sensitivity", {"entered": -1}),
    ("cluster_stability", {"whole": 2}),
    ("cluster_stability", {"least_kept": 1.1}),
    ("cluster_stability", {"smallest_rank": 3, "largest_rank": 2}),
    ("cluster_fields", {"share": -0.1}),
    ("top_fields", {"share": 2.0}),
    ("economy_clusters", {"top_clusters": 2}),
    ("foreign_collaboration", {"foreign_documents": 2}),
    ("collaboration_links", {"scope": "far"}),
    ("cluster_links", {"cluster_b": 1}),
    ("quality", {"verdict": "good"}),
    ("quality", {"verdict": "held"}),
    ("address_rejects", {"rows": 0}),
    ("document_rejects", {"rows": 0}),
]


@pytest.fixture(scope="module")
def run(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Run:
    place = read_place(ROOT / "conf/local.toml").model_copy(update={"tables": str(tmp_path_factory.mktemp("tables"))})
    method = read_method(ROOT / "conf/method.toml")
    return Run(spark, method, place, 2024, "run", Progress(spark), Record("test", datetime.now(UTC)), "0")


def row_of(run: Run, table: Table, **changes: object) -> object:
    """A frame of one good row of the table, with some values changed."""
    values = {field.name: None if field.nullable else GOOD[field.name] for field in table.schema[1:]}
    for name in ("cluster_id", "cluster_b", "part_id"):
        if name in values:
            values[name] = GOOD[name]
    values |= {**GOOD_OF.get(table.name, {}), **changes}
    if any(field.name == "documents" and field.dataType == T.DoubleType() for field in table.schema):
        values["documents"] = float(values["documents"])  # type: ignore[arg-type]
    schema = T.StructType([T.StructField(f.name, f.dataType, True) for f in table.schema[1:]])
    return run.spark.createDataFrame([tuple(values.values())], schema)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_a_table_stores_a_good_row_and_says_what_its_columns_are(run: Run, table: Table) -> None:
    stored = io.replace(run, table, row_of(run, table))
    assert stored.count() == 1
    made = io.location(run, table).read().schema
    assert [(f.name, f.dataType, f.metadata["comment"]) for f in made] == [
        (f.name, f.dataType, f.metadata["comment"]) for f in table.schema
    ]


@pytest.mark.parametrize(("name", "change"), BAD, ids=str)
def test_a_table_refuses_a_row_that_breaks_a_check(run: Run, name: str, change: dict[str, object]) -> None:
    table = next(table for table in ALL if table.name == name)
    with pytest.raises(Exception, match=r"CHECK constraint|violated|DELTA_VIOLATE_CONSTRAINT"):
        io.replace(run, table, row_of(run, table, **change))


def test_a_table_refuses_a_null_where_none_is_declared(run: Run) -> None:
    with pytest.raises(Exception, match="NOT NULL"):
        io.replace(run, POINTS, row_of(run, POINTS, point_id=None))


def test_every_check_of_every_table_has_been_seen_to_refuse() -> None:
    checked = {table.name for table in ALL if table.checks}
    assert checked == {name for name, _ in BAD}


def test_conform_names_all_that_is_wrong(run: Run) -> None:
    points = row_of(run, POINTS).withColumn("edition", F.lit(2024))
    wrong = points.withColumn("x", F.lit(1)).drop("authors").withColumn("lon", F.lit("2"))
    with pytest.raises(SchemaMismatch) as refused:
        io.conform(wrong, POINTS)
    assert str(refused.value) == (
        "points: lon: declared double, found string; authors: declared bigint, found nothing; "
        "x: declared nothing, found int"
    )


def test_replacing_an_edition_leaves_the_others_and_nothing_of_its_own(run: Run) -> None:
    io.replace(run, POINTS, row_of(run, POINTS, point_id=1))
    other = Run(run.spark, run.method, run.place, 2023, "other", run.progress, run.record, "0")
    io.replace(other, POINTS, row_of(run, POINTS, point_id=2))
    io.replace(run, POINTS, row_of(run, POINTS, point_id=3))
    assert [row["point_id"] for row in io.read(run, POINTS).collect()] == [3]
    assert [row["point_id"] for row in io.read(other, POINTS).collect()] == [2]


def test_a_table_that_is_not_there_is_named_with_the_cure(run: Run, tmp_path: Path) -> None:
    place = run.place.model_copy(update={"tables": str(tmp_path)})
    elsewhere = Run(run.spark, run.method, place, 2024, "run", run.progress, run.record, "0")
    with pytest.raises(BadInput, match=r"points is not at .* run the step that writes it first"):
        io.read(elsewhere, POINTS)


def test_the_record_of_a_run_is_added_and_not_replaced(run: Run) -> None:
    row = ("r", "test", "done", datetime.now(UTC), 1.0, "0", "{}", "[]", {}, {}, {}, {}, {}, {}, {})
    schema = T.StructType(RUNS.schema[1:])
    for _ in range(2):
        io.append(run, RUNS, run.spark.createDataFrame([row], schema))
    assert io.read(run, RUNS).count() == 2
