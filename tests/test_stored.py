"""Tables by their names in a catalog are what they are in folders: made, replaced by edition, read at a version."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from pipeline import ROOT, place_file, run_job
from stclusters import io
from stclusters.errors import AnotherRun, BadInput, SettingsError
from stclusters.progress import Progress
from stclusters.records import newest_records, records
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.stored import Stored, schema_name
from stclusters.tables import POINTS, RUNS, Table

NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)
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


def record_frame(run: Run, step: str = "rank", outcome: str = "done", started: datetime = NOON) -> DataFrame:
    row = ("r", step, outcome, started, 1.0, "0", "{}", [], "{}", "[]", {}, {}, {}, {}, {}, {}, {})
    return run.spark.createDataFrame([row], T.StructType(RUNS.schema[1:]))


def test_a_log_is_added_to_and_its_newest_row_is_that_of_the_latest_commit(run: Run) -> None:
    """The clock of the driver that wrote last is an hour behind; then the files are joined, and the log goes on."""
    io.append(run, RUNS, record_frame(run, "rank", "done"))
    io.append(run, RUNS, record_frame(run, "rank", "failed", NOON - timedelta(hours=1)))
    io.append(run, RUNS, record_frame(run, "place", "done", NOON - timedelta(hours=2)))
    assert io.read(run, RUNS).count() == 3
    io.location(run, RUNS).delta().optimize().executeCompaction()
    assert [(row["step"], row["outcome"]) for row in records(run)] == [
        ("place", "done"),
        ("rank", "failed"),
        ("rank", "done"),
    ]
    assert {step: row["outcome"] for step, row in newest_records(run).items()} == {"place": "done", "rank": "failed"}
    earlier = Run(run.spark, run.method, run.place, 2023, "run", run.progress, run.record, "0")
    assert newest_records(earlier) == {}


def test_a_schema_that_is_not_there_is_named(
    spark: SparkSession, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, tables in enumerate(("spark_catalog.nowhere", "dev-analytics.clusters")):
        folder = tmp_path / str(number)
        folder.mkdir()
        place = place_file(folder, small)
        place.write_text(place.read_text().replace(f"{folder}/tables", tables))
        assert run_job("step1_ingest", "--place", str(place), "--edition", "2024") == 2
        assert f"tables = {tables}: there is no such schema: create it" in capsys.readouterr().err


def test_what_is_a_name_and_what_is_a_folder() -> None:
    assert schema_name("main.stclusters") == "`main`.`stclusters`"
    assert schema_name("dev-analytics.clusters") == "`dev-analytics`.`clusters`"
    assert schema_name("main.st-clusters-2024") == "`main`.`st-clusters-2024`"
    assert schema_name("out.2024") == "`out`.`2024`"
    assert schema_name("spark_catalog.stclusters") == "`stclusters`"
    assert schema_name("Spark_Catalog.stclusters") == "`stclusters`"
    assert schema_name("main.spark_catalog") == "`main`.`spark_catalog`"
    for folder in ("build/tables", "tables", "./main.stclusters", "/a.b/c", "a b/c.d", "dev-analytics", "./a-b.c"):
        assert schema_name(folder) is None


@pytest.mark.parametrize(
    "tables",
    [
        *("a.b.c", "main.x`; DROP SCHEMA y", "main.", ".b", f"a.{'x' * 256}", "a. b", "a.b ", "a.b\tc", "a.b\x7f"),
        *("a.b\u00a0c", "a.b\u200bc", "a.b\u2028", "a..b", "a.`b`", "out\\v1.2"),
    ],
)
def test_what_is_neither_is_refused(tmp_path: Path, tables: str) -> None:
    place = place_file(tmp_path, tmp_path / "input")
    place.write_text(place.read_text().replace(f'"{tmp_path}/tables"', json.dumps(tables)))
    with pytest.raises(SettingsError, match="is neither a schema nor a folder"):
        read_place(place)


@given(st.from_regex(r"[^./]{0,9}\.[^./]{0,9}|[\w`;. \'-]{1,20}", fullmatch=True) | st.text(max_size=12))
def test_spark_reads_every_quoted_name_as_the_two_names_that_were_given(spark: SparkSession, text: str) -> None:
    quoted = schema_name(text)
    if quoted is not None:
        names = text.split(".")
        assert len(names) == 2
        parser = spark._jsparkSession.sessionState().sqlParser()
        read = list(parser.parseMultipartIdentifier(f"{quoted}.`points`").mkString("\n").split("\n"))
        assert read == [*(names if names[0].lower() != "spark_catalog" else names[1:]), "points"]


@dataclass(frozen=True)
class Change:
    """What another program does to `points` of the run, and what the run says of it before a release."""

    does: Callable[[Run, SparkSession], object]
    says: str = ""


def written_by(run: Run, run_id: str, edition: int, *point_ids: int) -> None:
    other = Run(
        run.spark, run.method, run.place, edition, run_id, run.progress, Record("cluster", datetime.now(UTC)), "0"
    )
    io.replace(other, POINTS, points(run, *point_ids))


def made_anew(run: Run) -> None:
    stored = io.location(run, POINTS)
    schema = stored.read().schema
    if stored.is_named:
        run.spark.sql(f"DROP TABLE {stored.where}")
    else:
        shutil.rmtree(stored.where)
    stored.builder().addColumns(schema).execute()


CHANGES = {
    "nothing": Change(lambda run, spark: None),
    "another edition": Change(lambda run, spark: written_by(run, "other", 2023, 7)),
    "files joined": Change(lambda run, spark: io.location(run, POINTS).delta().optimize().executeCompaction()),
    "a property": Change(
        lambda run, spark: spark.sql(
            f"ALTER TABLE {named(io.location(run, POINTS))} SET TBLPROPERTIES ('of.others' = 'x')"
        )
    ),
    "the same edition": Change(
        lambda run, spark: written_by(run, "other", 2024, 8),
        r"The run other changed points of edition 2024 \(its version \d+\) while this run worked from version 2: let "
        r"one run at a time write to .*, and run the step cluster again, and the steps after it\.",
    ),
    "rows removed by hand": Change(
        lambda run, spark: io.location(run, POINTS).delta().delete("point_id = 8"),
        r"Another program \(DELETE\) changed points of edition 2024 \(its version \d+\)",
    ),
    "the table made anew": Change(
        lambda run, spark: made_anew(run),
        r"Another program \(CREATE TABLE\) changed points of edition 2024 \(its version 0\)",
    ),
}


def named(stored: Stored) -> str:
    return stored.where if stored.is_named else f"delta.`{stored.address}`"


def test_what_others_do_to_the_rows_of_a_run_is_found_before_its_release(run: Run) -> None:
    io.replace(run, POINTS, points(run, 1))
    io.replace(run, POINTS, points(run, 2))
    for name, change in CHANGES.items():
        change.does(run, run.spark)
        if change.says:
            with pytest.raises(AnotherRun, match=change.says) as refused:
                io.ask_unchanged(run, [POINTS])
            assert refused.value.exit_code == 3, name
        else:
            io.ask_unchanged(run, [POINTS])


def test_a_write_without_rows_is_of_no_rows_whatever_others_wrote_last(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Delta makes no commit where there were no rows and come none; the last commit is of another edition."""
    none = points(run, 1).where("false")
    written_by(run, "other", 2023, 7, 8)
    io.replace(run, POINTS, none)
    assert (run.record.rows_out["points"], run.record.bytes_out) == (0, 0)
    assert run.record.versions["points"] == io.location(run, POINTS).newest_version()
    replace = Stored.replace

    def followed_by_another(stored: Stored, rows: DataFrame, edition: int, **options: str) -> None:
        replace(stored, rows, edition, **options)
        monkeypatch.setattr(Stored, "replace", replace)
        written_by(run, "other", 2024, 9)

    monkeypatch.setattr(Stored, "replace", followed_by_another)
    with pytest.raises(AnotherRun, match="Another run wrote points of edition 2024 while this run wrote it"):
        io.replace(run, POINTS, none)


def test_the_version_of_a_write_is_that_of_its_own_commit(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others, in this session and in another one, commit after the write and before the run looks at the table."""
    others = {
        POINTS: points(run, 4, 5, 6).withColumn("edition", F.lit(2023).cast("int")),
        RUNS: record_frame(run).withColumn("edition", F.lit(2023).cast("int")),
    }
    io.replace(run, POINTS, points(run, 9))
    io.append(run, RUNS, record_frame(run))
    append = Stored.append

    def others_append(table: Table) -> None:
        for session in (run.spark, run.spark.newSession()):
            rows = session.createDataFrame(others[table].collect(), others[table].schema)
            append(Stored.of(session, run.place.tables, table.name), rows)

    def followed(write: Callable[..., None], table: Table) -> Callable[..., None]:
        def both(*arguments: Any, **options: str) -> None:
            write(*arguments, **options)
            with ThreadPoolExecutor(1) as thread:
                thread.submit(others_append, table).result()

        return both

    monkeypatch.setattr(Stored, "replace", followed(Stored.replace, POINTS))
    monkeypatch.setattr(Stored, "append", followed(append, RUNS))
    run.record.bytes_out = 0
    io.replace(run, POINTS, points(run, 1, 2))
    assert run.versions["points"] == run.record.versions["points"] == 2
    assert io.location(run, POINTS).newest_version() == 4
    assert run.record.rows_out["points"] == 2
    assert 0 < run.record.bytes_out < 10_000
    assert ids(io.read(run, POINTS)) == [1, 2]
    io.append(run, RUNS, record_frame(run))
    assert run.versions["runs"] == 2
    assert io.location(run, RUNS).newest_version() == 4
