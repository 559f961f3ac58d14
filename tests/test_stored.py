"""Tables by their names in a catalog are what they are in folders: made, replaced by edition, read at a version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from pipeline import ROOT, place_file, run_job
from stclusters import io
from stclusters.errors import BadInput, SettingsError
from stclusters.progress import Progress
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.stored import schema_name
from stclusters.tables import POINTS, RUNS

SCHEMA = "spark_catalog.named_tables"


@pytest.fixture(scope="module")
def schema(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("catalog")
    spark.sql(f"CREATE SCHEMA {SCHEMA} LOCATION '{folder}'")
    yield SCHEMA
    spark.sql(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.fixture(params=["a folder", "a schema"])
def run(request: pytest.FixtureRequest, spark: SparkSession, schema: str, tmp_path: Path) -> Iterator[Run]:
    tables = schema if request.param == "a schema" else str(tmp_path / "tables")
    place = read_place(ROOT / "conf/local.toml").model_copy(update={"tables": tables})
    method = read_method(ROOT / "conf/method.toml")
    yield Run(spark, method, place, 2024, "run", Progress(spark), Record("test", datetime.now(UTC)), "0")
    for table in (POINTS, RUNS):
        spark.sql(f"DROP TABLE IF EXISTS {schema}.{table.name}")


def points(run: Run, *point_ids: int, lat: float = 48.0) -> DataFrame:
    rows = [(number, 2.0, lat, 1, 0) for number in point_ids]
    return run.spark.createDataFrame(rows, "point_id long, lon double, lat double, inventors long, authors long")


def ids(frame: DataFrame) -> list[int]:
    return sorted(row["point_id"] for row in frame.collect())


def test_an_edition_is_replaced_whole_and_what_was_read_stays_as_it_was(run: Run) -> None:
    earlier = Run(run.spark, run.method, run.place, 2023, "run", run.progress, run.record, "0")
    stored = io.location(run, POINTS)
    with pytest.raises(BadInput, match=r"points is not at .* run the step that writes it first"):
        io.read(run, POINTS)
    first = io.replace(run, POINTS, points(run, 1, 2))
    io.replace(earlier, POINTS, points(run, 7))
    assert ids(io.replace(run, POINTS, points(run, 3))) == [3]
    assert ids(io.read(run, POINTS)) == [3]
    assert ids(io.read(earlier, POINTS)) == [7]
    assert ids(first) == [1, 2]
    assert run.record.rows_out["points"] == 1
    assert stored.delta().history(1).collect()[0]["userMetadata"].startswith('{"run_id": "run"')


def test_a_table_keeps_its_promise_through_a_replacement(run: Run) -> None:
    io.replace(run, POINTS, points(run, 1))
    io.replace(run, POINTS, points(run, 2))
    made = io.location(run, POINTS).read().schema
    assert [(field.name, field.metadata.get("comment")) for field in made] == [
        (field.name, field.metadata["comment"]) for field in POINTS.schema
    ]
    with pytest.raises(Exception, match=r"CHECK constraint|violated|DELTA_VIOLATE_CONSTRAINT"):
        io.replace(run, POINTS, points(run, 3, lat=91.0))
    with pytest.raises(Exception, match="NOT NULL"):
        io.replace(
            run,
            POINTS,
            points(run, 3).selectExpr("cast(null AS bigint) AS point_id", "lon", "lat", "inventors", "authors"),
        )
    assert ids(io.read(run, POINTS)) == [2]


def test_a_log_is_added_to(run: Run) -> None:
    row = ("r", "test", "done", datetime.now(UTC), 1.0, "0", "{}", "[]", {}, {}, {}, {}, {}, {}, {})
    frame = run.spark.createDataFrame([row], T.StructType(RUNS.schema[1:]))
    for _ in range(2):
        io.append(run, RUNS, frame)
    assert io.read(run, RUNS).count() == 2


def test_a_schema_that_is_not_there_is_named(
    spark: SparkSession, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = place_file(tmp_path, small)
    place.write_text(place.read_text().replace(f"{tmp_path}/tables", "spark_catalog.nowhere"))
    assert run_job("step1_ingest", "--place", str(place), "--edition", "2024") == 2
    assert "tables = spark_catalog.nowhere: there is no such schema: create it" in capsys.readouterr().err


def test_what_is_a_name_and_what_is_a_folder() -> None:
    assert schema_name("main.stclusters") == "`main`.`stclusters`"
    assert schema_name("spark_catalog.stclusters") == "`stclusters`"
    for folder in ("build/tables", "tables", "./main.stclusters", "/a.b/c", "a b/c.d"):
        assert schema_name(folder) is None


@pytest.mark.parametrize(
    "tables", ["a.b.c", "main.my-schema", "main.x`; DROP SCHEMA y", "main.", ".b", "out.2024", f"a.{'x' * 129}", "a. b"]
)
def test_what_is_neither_is_refused(tmp_path: Path, tables: str) -> None:
    place = place_file(tmp_path, tmp_path / "input")
    place.write_text(place.read_text().replace(f"{tmp_path}/tables", tables))
    with pytest.raises(SettingsError, match="is neither a schema nor a folder"):
        read_place(place)


@given(st.text(max_size=12) | st.from_regex(r"[\w`;.' ]{1,20}", fullmatch=True))
def test_no_text_becomes_a_name_but_two_plain_identifiers(text: str) -> None:
    quoted = schema_name(text)
    if quoted is not None:
        catalog, name = text.split(".")
        assert quoted == (f"`{name}`" if catalog == "spark_catalog" else f"`{catalog}`.`{name}`")
        for part in (catalog, name):
            assert part.isascii()
            assert part.isidentifier()
            assert len(part) <= 128
