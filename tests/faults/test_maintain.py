"""Maintenance removes what nothing needs, and no release becomes unreadable by it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conftest import rows_of
from pipeline import ROOT, Prints, fingerprint, place_file, run_all, run_job
from stclusters import io, maintain, releases
from stclusters.progress import Progress
from stclusters.releases import add_release, read_release, unchanged_release
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.tables import ECONOMY_CLUSTERS, RELEASES, TOP_FIELDS

TABLES = (ECONOMY_CLUSTERS, TOP_FIELDS)
MONTH_S = 30 * 24 * 3600


def a_run(spark: SparkSession, place: Path) -> Run:
    method, record = read_method(ROOT / "conf/method.toml"), Record("publish", datetime.now(UTC))
    return Run(spark, method, read_place(place), 2024, "run", Progress(spark), record, "0")


def write(run: Run, edition: int, economy: str, documents: int) -> None:
    """Writes to each of the tables, two rows in two files to the one and a row to the other."""
    run.edition = edition
    row = "1L AS clusters, 1L AS top_clusters, 1 AS best_rank, 1D AS patents, 0D AS articles, 1D AS score"
    economies = run.spark.range(0, 2, 1, 2).selectExpr(f"'{economy}' || id AS economy", *row.split(", "))
    io.replace(run, ECONOMY_CLUSTERS, economies)
    fields = f"SELECT 'patent' AS kind, 'Optics' AS field, {documents}D AS documents, 1D AS share"
    io.replace(run, TOP_FIELDS, run.spark.sql(fields))


def let_a_month_pass(spark: SparkSession, tables: Path) -> None:
    """Sets all times of the tables back: those of the files, and those that Delta's logs tell."""

    def earlier(told: Any) -> Any:
        if isinstance(told, dict):
            times = {"timestamp", "deletionTimestamp", "modificationTime"}
            return {
                key: value - MONTH_S * 1000 if key in times and isinstance(value, int) else earlier(value)
                for key, value in told.items()
            }
        return told

    for path in sorted(tables.rglob("*")):
        if path.suffix == ".json" and "checkpoint" not in path.name:
            lines = [json.dumps(earlier(json.loads(line))) for line in path.read_text().splitlines()]
            then = path.stat().st_mtime
            path.write_text("\n".join(lines) + "\n")
            os.utime(path, (then, then))
        if path.suffix == ".crc" or "checkpoint" in path.name:  # made of what was just changed
            path.unlink()
        elif path.is_file():
            os.utime(path, (path.stat().st_mtime - MONTH_S,) * 2)
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()  # type: ignore[union-attr]


def files_of(tables: Path) -> list[Path]:
    """All files of the tables; the lock, which every job leaves, is none of theirs."""
    return sorted(path for path in tables.rglob("*") if path.is_file() and path.name != ".lock")


def parquet_files(folder: Path, edition: int) -> int:
    return sum(len(list((folder / "tables" / table.name).glob(f"edition={edition}/*.parquet"))) for table in TABLES)


@pytest.mark.cluster
def test_the_newest_release_of_every_edition_stays_readable_and_older_files_go(
    spark: SparkSession,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for module in (maintain, releases):
        monkeypatch.setattr(module, "ALL", TABLES)
    path = place_file(tmp_path, small)
    run = a_run(spark, path)

    def files() -> list[int]:
        return [parquet_files(tmp_path, edition) for edition in (2022, 2023, 2024)]

    def released() -> list[object]:
        found = [read_release(spark, run.place.tables, edition) for edition in (2022, 2023, 2024)]
        for tables in found:
            assert tables["top_fields"].count() == 1
        return [rows_of(tables["economy_clusters"], "economy") for tables in found]

    def rows(*economies: str) -> list[object]:
        return [[(f"{economy}0",), (f"{economy}1",)] for economy in economies]

    for edition, economy in ((2022, "AA"), (2023, "BB"), (2023, "CC")):
        run.run_id = economy
        write(run, edition, economy, 1)
        add_release(run)
    first_of_2023 = io.location(run, ECONOMY_CLUSTERS).read(2)
    assert rows_of(first_of_2023.where("edition = 2023"), "economy") == rows("BB")[0]
    let_a_month_pass(spark, tmp_path / "tables")
    run.run_id = "DD"
    write(run, 2024, "DD", 1)
    add_release(run)
    let_a_month_pass(spark, tmp_path / "tables")
    write(run, 2024, "EE", 2)  # not released
    let_a_month_pass(spark, tmp_path / "tables")
    assert files() == [3, 6, 6]

    # The release of 2024 needs files that were removed a month ago. Its edition's new rows are joined meanwhile, and so
    # are the files of the other editions, whose releases keep up with it.
    assert run_job("maintain", "--place", str(path)) == 0
    assert "edition 2024 has rows that are not released" in capsys.readouterr().err
    assert released() == rows("AA", "CC", "DD")
    assert io.location(run, RELEASES).read().count() == 4
    with pytest.raises(Exception, match=r"FILE_NOT_EXIST|DELTA_FILE_NOT_FOUND|FileNotFound"):
        first_of_2023.where("edition = 2023").collect()
    assert files() == [4, 4, 7]

    let_a_month_pass(spark, tmp_path / "tables")
    write(run, 2024, "DD", 1)
    assert unchanged_release(run)  # the rows of the release again
    assert run_job("maintain", "--place", str(path)) == 0
    assert "not released" not in capsys.readouterr().err
    let_a_month_pass(spark, tmp_path / "tables")
    assert run_job("maintain", "--place", str(path)) == 0
    assert "economy_clusters: 3 files removed, 7.0 days kept" in capsys.readouterr().err
    assert files() == [2, 2, 2]
    assert released() == rows("AA", "CC", "DD")


@pytest.mark.cluster
@pytest.mark.parametrize("missing", ["delta.deletedFileRetentionDuration", "delta.logRetentionDuration"])
def test_tables_whose_log_forgets_are_refused_with_the_cure_and_stay_as_they_are(
    spark: SparkSession, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    path = place_file(tmp_path, small)
    run = a_run(spark, path)
    write(run, 2024, "AA", 1)
    spark.sql(f"ALTER TABLE delta.`{tmp_path}/tables/top_fields` UNSET TBLPROPERTIES ('{missing}')")
    before = files_of(tmp_path / "tables")
    assert run_job("maintain", "--place", str(path)) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1] == (
        f"stclusters: {tmp_path}/tables/top_fields was made by another version of stclusters (without {missing}), and "
        "to remove its old files could break a release: name another folder as tables in the place file, and run from "
        "step 1."
    )
    assert files_of(tmp_path / "tables") == before


@pytest.mark.cluster
def test_a_run_after_maintenance_gives_the_same_rows_and_no_second_release(
    spark: SparkSession, small: Path, small_print: Prints, tmp_path: Path
) -> None:
    run_all(tmp_path, small, min_weight="5.0")
    let_a_month_pass(spark, tmp_path / "tables")
    before = files_of(tmp_path / "tables")
    assert run_job("maintain", "--place", str(tmp_path / "place.toml")) == 0
    assert files_of(tmp_path / "tables") != before
    assert fingerprint(spark, tmp_path) == small_print
    run_all(tmp_path, small, min_weight="5.0")
    assert fingerprint(spark, tmp_path) == small_print
    assert io.location(a_run(spark, tmp_path / "place.toml"), RELEASES).read().count() == 1


def test_fewer_days_than_a_reader_may_need_must_be_forced(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(place_file(tmp_path, small))
    for days in ("1", "-1", "nan"):
        assert run_job("maintain", "--place", place, "--retain-days", days) == 2
    assert run_job("maintain", "--place", place, "--retain-days", "-1", "--force") == 2
    assert "--retain-days -1 is shorter than 7 days" in capsys.readouterr().err
