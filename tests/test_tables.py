"""Every declared table: can be made, keeps its promise to readers, and refuses a bad row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from frames import local_frame
from stclusters import io
from stclusters.errors import BadInput, SchemaMismatch
from stclusters.progress import Progress
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.tables import ALL, POINTS, RUNS, Table

ROOT = Path(__file__).parents[1]
NAN = float("nan")
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
    "run_id": "r", "step": "ingest", "outcome": "done", "started": datetime(2024, 1, 1, tzinfo=UTC), "seconds": 1.0,
    "version": "0", "parameters": "{}", "settings_read": [], "source": "{}", "inputs": "[]", "rows_in": {},
    "rows_out": {}, "rejects": {}, "guards": {}, "versions": {}, "cost": {},
}  # fmt: skip
GOOD_OF = {
    "quality": {"verdict": "told"},
    "runs": {"flags": {}},
}  # where a table has other words than another in a column of the same name
BAD: dict[tuple[str, str], list[dict[str, object]]] = {  # of each table and check the changes that break it
    ("addresses", "on_the_globe"): [{"lat": 90.5}, {"lat": -90.5}, {"lon": 180.0}, {"lon": -180.5}, {"lon": NAN}],
    ("addresses", "numbered"): [{"person": 2}, {"person": 0}, {"address": 2}, {"address": 0}],
    ("address_rejects", "counted"): [{"rows": 0}],
    ("document_rejects", "counted"): [{"rows": 0}],
    ("document_fields", "counted"): [{"fields": 0}],
    ("document_organisations", "counted"): [{"organisations": 0}],
    ("points", "on_the_globe"): [{"lat": -90.1}, {"lon": 180.0}],
    ("points", "counted"): [{"inventors": 0}, {"inventors": -1, "authors": 9}, {"authors": -1, "inventors": 9}],
    ("point_labels", "role_known"): [{"role": "edge"}],
    ("point_labels", "noise_has_no_cluster"): [{"role": "noise"}, {"cluster_id": None, "part_id": None}],
    ("point_labels", "noise_has_no_part"): [{"part_id": None}, {"part_id": 0}],
    ("merge_decisions", "ordered"): [{"smaller": 3}, {"cluster_a": 2}],
    ("merge_decisions", "shares"): [{"strength_a": 1.1}, {"strength_b": -0.1}],
    ("merge_decisions", "verdict_known"): [{"verdict": "perhaps"}, {"decided_by": "nobody"}],
    ("clusters", "on_the_globe"): [{"lat": 91.0}, {"lon": 180.0}],
    ("clusters", "counted"): [{"core_points": 2}, {"core_points": 0}, {"inventors": 0}],
    ("cluster_economies", "a_share"): [{"output_share": 1.5}, {"output_share": NAN}],
    ("cluster_economies", "counted"): [{"patents": -1.0}, {"articles": -1.0}, {"place": 0}],
    ("document_places", "counted"): [{"addresses": 0}, {"first_person": 0}, {"first_person": 2}, {"last_person": 2}],
    ("ranking", "shares"): [{"patent_share": 1.1}, {"article_share": -0.1}],
    ("ranking", "ranked"): [{"rank": 0}, {"score": -1.0}, {"patents": -1.0}, {"articles": -1.0}],
    ("rank_changes", "change_known"): [{"change": "lost"}],
    ("rank_changes", "which"): [{"change": "left"}, {"change": "moved"}, {"earlier_cluster_id": 1}],
    ("intensity", "counted"): [{"population": -1.0}, {"intensity_rank": 0}],
    ("intensity", "ranked"): [{"population": 1.0}, {"score_per_million": 1.0}, {"intensity_rank": 1}],
    ("rank_uncertainty", "ordered"): [{"rank_low": 3}, {"rank_low": 0}, {"score_high": 48.0}, {"score_low": -1.0}],
    ("rank_uncertainty", "a_share"): [{"top_probability": 1.1}],
    ("sensitivity", "shares"): [{"patent_share": 1.1}, {"article_share": -0.1}],
    ("sensitivity", "of_ranks"): [{"spearman": -1.1}, {"top_overlap": 1.1}],
    ("sensitivity", "counted"): [
        {name: -1} for name in ("clusters", "whole", "split", "merged", "vanished", "entered")
    ],
    ("cluster_stability", "each_setting_once"): [{"whole": 2}, {"settings": 3}],
    ("cluster_stability", "a_share"): [{"least_kept": 1.1}],
    ("cluster_stability", "ranked"): [{"smallest_rank": 3, "largest_rank": 2}, {"smallest_rank": 0}],
    ("cluster_fields", "a_share"): [{"share": -0.1}, {"documents": -1.0}],
    ("cluster_organisations", "a_share"): [{"share": 1.1}, {"documents": -1.0}],
    ("cluster_organisations", "counted"): [{"place": 0}, {"place": 11}],
    ("top_fields", "a_share"): [{"share": 2.0}, {"documents": -1.0}],
    ("economy_clusters", "counted"): [{"clusters": 0}, {"top_clusters": 2}, {"best_rank": 0}],
    ("foreign_collaboration", "foreign_within_all"): [{"foreign_documents": 2}, {"foreign_documents": -1}],
    ("collaboration_links", "scope_known"): [{"scope": "far"}],
    ("collaboration_links", "counted"): [{"links": 0}],
    ("cluster_links", "ordered"): [{"cluster_b": 1}],
    ("cluster_links", "counted"): [{"links": 0}],
    ("quality", "verdict_known"): [{"verdict": "good"}],
    ("quality", "bounded"): [{"verdict": "held"}, {"bound": 1.0}],
    ("runs", "outcome_known"): [{"outcome": "lost"}],
}
OF_A_KIND = [table for table in ALL if "kind_known" in table.checks]
BAD |= {(table.name, "kind_known"): [{"kind": kind} for kind in ("book", "Patent", "")] for table in OF_A_KIND}


@pytest.fixture(scope="module")
def run(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Run:
    place = read_place(ROOT / "conf/local.toml").model_copy(update={"tables": str(tmp_path_factory.mktemp("tables"))})
    method = read_method(ROOT / "conf/method.toml")
    return Run(spark, method, place, 2024, "run", Progress(spark), Record("test", datetime.now(UTC)), "0")


def values_of(table: Table, changes: Mapping[str, object]) -> list[object]:
    """The values of a good row of the table, with some of them changed."""
    values = {field.name: None if field.nullable else GOOD[field.name] for field in table.schema[1:]}
    for name in ("cluster_id", "cluster_b", "part_id"):
        if name in values:
            values[name] = GOOD[name]
    values |= {**GOOD_OF.get(table.name, {}), **changes}
    if any(field.name == "documents" and field.dataType == T.DoubleType() for field in table.schema):
        values["documents"] = float(values["documents"])  # type: ignore[arg-type]
    return list(values.values())


def frame_of(run: Run, table: Table, *rows: Mapping[str, object]) -> DataFrame:
    """A frame of good rows of the table, with some values of each changed."""
    schema = T.StructType([T.StructField(f.name, f.dataType, True) for f in table.schema[1:]])
    return local_frame(run.spark, [values_of(table, changes) for changes in rows], schema)


def row_of(run: Run, table: Table, **changes: object) -> DataFrame:
    """A frame of one good row of the table, with some values changed."""
    return frame_of(run, table, changes)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_a_table_stores_a_good_row_and_says_what_its_columns_are_and_how_they_are_checked(
    run: Run, table: Table
) -> None:
    stored = io.replace(run, table, row_of(run, table))
    assert stored.count() == 1
    made = io.location(run, table).read().schema
    assert [(f.name, f.dataType, f.metadata["comment"]) for f in made] == [
        (f.name, f.dataType, f.metadata["comment"]) for f in table.schema
    ]
    log = Path(run.place.tables) / table.name / "_delta_log" / f"{0:020}.json"
    made_with = next(json.loads(line)["metaData"] for line in log.read_text().splitlines() if '"metaData"' in line)
    kept = {name: value for name, value in made_with["configuration"].items() if name.startswith("delta.constraints.")}
    assert kept == {f"delta.constraints.{name}": predicate for name, predicate in table.checks.items()}
    declared = {field["name"]: field["nullable"] for field in json.loads(made_with["schemaString"])["fields"]}
    assert declared == {field.name: field.nullable for field in table.schema}


def test_every_check_of_every_table_has_a_row_that_breaks_it_and_no_good_row_does(run: Run) -> None:
    tables = [*ALL, RUNS]
    assert set(BAD) == {(table.name, check) for table in tables for check in table.checks}
    found = []
    for table in tables:
        changes = [{}, *(change for (name, _), of in BAD.items() if name == table.name for change in of)]
        broken = [F.when(~F.coalesce(F.expr(check), F.lit(False)), F.lit(name)) for name, check in table.checks.items()]
        rows = frame_of(run, table, *changes).coalesce(1).withColumn("number", F.monotonically_increasing_id())
        found.append(rows.select(F.lit(table.name).alias("table"), "number", F.array_compact(F.array(*broken))))
    by_row = {(table, number): set(names) for table, number, names in reduce(DataFrame.unionAll, found).collect()}
    for table in tables:
        assert by_row[table.name, 0] == set(), table.name
        checks = [check for (name, check), of in BAD.items() if name == table.name for _ in of]
        assert [
            (check, by_row[table.name, number])
            for number, check in enumerate(checks, 1)
            if check not in by_row[table.name, number]
        ] == [], table.name


@pytest.mark.parametrize(("name", "check"), [("points", "counted"), ("point_labels", "role_known")])
def test_delta_refuses_a_row_that_breaks_a_check_and_names_it(run: Run, name: str, check: str) -> None:
    table = next(table for table in ALL if table.name == name)
    with pytest.raises(Exception, match=rf"CHECK constraint {check}\b"):
        io.replace(run, table, frame_of(run, table, {}, BAD[name, check][0]))


def test_a_table_refuses_a_null_where_none_is_declared(run: Run) -> None:
    with pytest.raises(Exception, match="NOT NULL"):
        io.replace(run, POINTS, row_of(run, POINTS, point_id=None))


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
    for _ in range(2):
        io.append(run, RUNS, row_of(run, RUNS))
    assert io.read(run, RUNS).count() == 2
