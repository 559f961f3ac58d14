"""No person's name is written anywhere, and what may not be passed on is not."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from conftest import CANARY
from pipeline import ROOT, method_file, place_file, run_as_a_user, run_job
from stclusters.tables import RESULTS

RECORDS = {"document_id", "person", "person_id", "address", "address_id", "point_id"}


def files_of(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def readable(path: Path) -> str:
    """All that a file says: the rows of Parquet, which are packed, and the bytes of any other."""
    if path.suffix == ".parquet":
        return str(pq.ParquetFile(path).read().to_pylist()) + str(pq.read_metadata(path).metadata)
    return path.read_bytes().decode("utf-8", errors="replace")


def test_names_of_persons_are_in_no_table_and_in_no_published_file(small: Path, small_run: Path) -> None:
    planted = (small / "addresses.csv").read_text()
    assert planted.count(CANARY) > 80
    written = [path for path in files_of(small_run) if path.suffix != ".toml"]
    assert {".parquet", ".json", ".csv", ".html", ".svg"} <= {path.suffix for path in written}
    assert not [path for path in written if CANARY in readable(path)]


def place_of_a_broken_row(small: Path, folder: Path) -> str:
    """The place file of the small input with a row that cannot be read and names a person."""
    source = folder / "input"
    shutil.copytree(small, source)
    with (source / "addresses.csv").open("a") as file:
        file.write(f"P1,patent,{CANARY}\n")
    return str(place_file(folder, source))


def test_names_of_persons_are_not_in_what_a_run_says_even_where_it_fails(
    spark: SparkSession, small: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Spark's own message about a broken row holds the row; only `--debug` shows it."""
    place = place_of_a_broken_row(small, tmp_path)
    assert run_job("step1_ingest", "--place", place, "--edition", "2024") == 2
    said = capfd.readouterr()
    assert "has a row of more or fewer cells than its header" in said.err
    assert CANARY not in said.err + said.out


@pytest.mark.cluster
def test_names_of_persons_are_in_no_log_of_a_cluster(small: Path, tmp_path: Path) -> None:
    place = place_of_a_broken_row(small, tmp_path)
    command = ["scripts/run_on_cluster", "--place", place, "--edition", "2024"]
    done = run_as_a_user(command, timeout=600, JOB="jobs/step1_ingest.py")
    said = done.stdout + done.stderr  # spark-submit hands both on as standard output
    assert done.returncode == 2, said
    assert "has a row of more or fewer cells than its header" in said
    logs = [path for path in files_of(ROOT / "build/cluster/processes") if path.suffix in ("", ".log")]
    assert len([path for path in logs if path.name == "stderr"]) == 2  # of the executors
    assert not [path for path in logs if CANARY in readable(path)]
    assert CANARY not in said


def test_no_result_table_has_a_column_of_single_records() -> None:
    assert not {table.name: RECORDS & set(table.schema.names) for table in RESULTS if RECORDS & set(table.schema.names)}


def test_nothing_of_single_records_is_published_from_an_input_that_may_not_be_passed_on(
    spark: SparkSession, small: Path, small_run: Path, tmp_path: Path
) -> None:
    place = place_file(tmp_path, small)
    place.write_text(place.read_text().replace("redistribute = true", "redistribute = false"))
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    method = method_file(tmp_path, min_weight="5.0")
    assert run_job("step6_publish", "--method", method, "--place", str(place), "--edition", "2024") == 0
    coordinate = re.compile(r"\d\.\d{4} [NS] ")
    report = {name: (tmp_path / "published/2024" / name).read_text() for name in ("quality.csv", "quality.html")}
    assert not [name for name, text in report.items() if coordinate.search(text)]
    assert coordinate.search((small_run / "published/2024/quality.csv").read_text())
    for file in (tmp_path / "published/2024").glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            assert not RECORDS & set(next(csv.reader(opened))), file.name
    assert not RECORDS & set(pq.read_schema(tmp_path / "published/2024/clusters.parquet").names)


@pytest.mark.parametrize("name", ["ATTRIBUTION.txt", "explorer.html"])
def test_the_source_is_named_with_what_is_published(small_run: Path, name: str) -> None:
    text = (small_run / "published/2024" / name).read_text(encoding="utf-8")
    assert "CC0 1.0" in text
    assert "nobody" in text  # the attribution that the place file asks for


def test_the_data_that_the_package_ships_are_named_too(small_run: Path) -> None:
    text = (small_run / "published/2024/ATTRIBUTION.txt").read_text(encoding="utf-8")
    assert "GeoNames (geonames.org, CC BY 4.0)" in text
    assert "Natural Earth" in text
    assert "Its rows may be passed on under that licence." in text
