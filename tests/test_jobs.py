"""The six jobs by main() on the real sample and on small folders, as a user runs them, reading their tables."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conftest import JOBS
from pipeline import ROOT, Prints, bytes_of, fingerprint, method_file, place_file, run_all, run_job, stored
from stclusters.tables import RESULTS, RUNS

NOTE = "A convenience sample <b>of names</b></script><script>alert(1)</script>: ranks mean nothing."


@pytest.fixture(scope="module")
def sample_run(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole pipeline on the embedded real sample, once."""
    folder = tmp_path_factory.mktemp("sample run")
    place = place_file(folder, ROOT / "lib/stclusters/data/sample")
    place.write_text(f"{place.read_text()}note = '{NOTE}'\n")  # of the source, which is last
    assert run_job("run_all", "--method", "conf/sample.toml", "--place", str(place), "--edition", "2024") == 0
    return folder


def test_the_sample_gives_real_clusters(spark: SparkSession, sample_run: Path) -> None:
    assert stored(spark, sample_run, "addresses").where("kind = 'patent'").count() >= 120_000
    ranking = stored(spark, sample_run, "ranking")
    top = {row["name"].split("–")[0] for row in ranking.where("rank <= 3").collect()}
    assert ranking.count() >= 10
    assert top & {"Tokyo", "Seoul", "Suwon", "Yokohama", "San Jose", "Taipei", "Hsinchu"}


def test_rows_read_are_kept_rejected_or_dropped(spark: SparkSession, sample_run: Path) -> None:
    record = stored(spark, sample_run, RUNS.name).where("step = 'ingest'").collect()[0]
    rejected = stored(spark, sample_run, "address_rejects").agg(F.sum("rows")).collect()[0][0]
    kept = stored(spark, sample_run, "addresses").count()
    dropped = sum(rows for reason, rows in record["rejects"].items() if reason.startswith("addresses: dropped"))
    assert record["rows_in"]["addresses"] == kept + rejected + dropped
    assert set(record["guards"].values()) == {"held"}


def test_every_step_leaves_its_record(spark: SparkSession, sample_run: Path) -> None:
    records = {row["step"]: row for row in stored(spark, sample_run, RUNS.name).collect()}
    assert sorted(records) == sorted(["ingest", "cluster", "place", "rank", "collaborate", "publish"])
    for record in records.values():
        assert record["seconds"] > 0
        assert json.loads(record["parameters"])["radius_m"] == 15_000
        assert json.loads(record["inputs"])
        assert record["rows_out"]


def test_published_csv_files_are_the_tables(spark: SparkSession, sample_run: Path) -> None:
    for table in RESULTS:
        with (sample_run / "published/2024" / f"{table.name}.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == stored(spark, sample_run, table.name).count()
    with (sample_run / "published/2024/ranking.csv").open(encoding="utf-8-sig", newline="") as file:
        published = [(row["cluster_id"], int(row["rank"]), float(row["score"])) for row in csv.DictReader(file)]
    rows = stored(spark, sample_run, "ranking").orderBy("rank", "cluster_id").collect()
    assert published == [(f"C{row['cluster_id']}", row["rank"], row["score"]) for row in rows]


def test_published_csv_files_keep_every_digit_in_a_double_and_name_their_encoding(sample_run: Path) -> None:
    for path in sorted((sample_run / "published/2024").glob("*.csv")):
        assert path.read_bytes().startswith("\ufeff".encode()), path.name
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = {cell for row in csv.reader(file) for cell in row if cell.lstrip("-").isdigit()}
        assert not [cell for cell in cells if int(float(cell)) != int(cell) or len(cell) > 15], path.name


def test_the_page_and_the_outlines_are_there(sample_run: Path) -> None:
    page = (sample_run / "published/2024/explorer.html").read_text(encoding="utf-8")
    first = (sample_run / "published/2024/index.html").read_text(encoding="utf-8")
    index = (sample_run / "published/index.html").read_text(encoding="utf-8")
    assert 'href="explorer.html"' in first
    assert 'href="2024/explorer.html"' in index
    before, data, after = re.split(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
    assert json.loads(data)["note"] == NOTE  # what the sources say is data, and never markup
    assert not any(words in before + after for words in ("convenience sample", "of names", "Test"))
    assert (sample_run / "published/2024/clusters.parquet").is_file()


@pytest.mark.cluster
def test_all_steps_at_once_give_the_rows_of_each_alone(
    spark: SparkSession, small: Path, small_print: Prints, tmp_path: Path
) -> None:
    assert fingerprint(spark, run_all(tmp_path, small, min_weight="5.0")) == small_print


def test_each_step_alone_goes_on_from_the_one_before(spark: SparkSession, small_run: Path) -> None:
    ranking = stored(spark, small_run, "ranking")
    assert sorted(row["name"] for row in ranking.collect()) == ["London", "Paris"]


@pytest.mark.cluster
def test_twice_the_same_run_gives_the_same_rows(
    spark: SparkSession, small: Path, small_run: Path, small_print: Prints, tmp_path: Path
) -> None:
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    run_all(tmp_path, small, min_weight="5.0")
    assert fingerprint(spark, tmp_path) == small_print
    assert stored(spark, tmp_path, RUNS.name).count() == 2 * len(JOBS)


def test_another_radius_and_threshold_give_other_clusters(spark: SparkSession, small: Path, tmp_path: Path) -> None:
    place, method = place_file(tmp_path, small), method_file(tmp_path, min_weight="41.0", radius_m="400_000.0")
    command = ("--method", method, "--place", str(place), "--edition", "2024")
    assert run_job("run_all", *command, "--to", "rank") == 0
    assert stored(spark, tmp_path, "ranking").count() == 1


@pytest.mark.cluster
def test_a_threshold_that_nothing_reaches_gives_tables_without_rows_and_a_page(
    spark: SparkSession, small: Path, tmp_path: Path
) -> None:
    run_all(tmp_path, small)
    assert stored(spark, tmp_path, "clusters").count() == 0
    assert (tmp_path / "published/2024/explorer.html").is_file()
    assert not list((tmp_path / "published/2024/figures").glob("*"))


@pytest.mark.parametrize("fault", ["truncated", "empty", "no column", "latin"])
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_committed(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    import gzip

    source = tmp_path / "bad input"
    shutil.copytree(small, source)
    torn = source / "addresses.csv"
    text = torn.read_bytes()
    if fault == "truncated":
        packed = gzip.compress(text * 200)
        torn.unlink()
        torn = source / "addresses.csv.gz"
        torn.write_bytes(packed[: len(packed) // 2])
    elif fault == "empty":
        torn.write_bytes(b"")
    elif fault == "no column":
        torn.write_bytes(text.replace(b"document_id,kind", b"document,kind", 1))
    else:
        torn.write_bytes(text + b"M\xfcnchen,patent,a,1,1,DE\n")
    place = str(place_file(tmp_path, source))
    assert run_job("step1_ingest", "--method", "conf/method.toml", "--place", place, "--edition", "2024") == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("stclusters: ")
    assert torn.name in said
    assert [path.name for path in (tmp_path / "tables").iterdir()] == [".lock"]


def test_settings_that_are_wrong_end_with_2_and_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_job("step3_place", "--place", str(tmp_path / "none.toml"), "--edition", "2024") == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err


def test_a_page_is_not_written_under_another_method_than_its_tables_had(
    small_run: Path, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = method_file(tmp_path, min_weight="6.0")
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    shutil.copytree(small_run / "published", tmp_path / "published")
    place = str(place_file(tmp_path, small))
    before = bytes_of(tmp_path / "published"), bytes_of(tmp_path / "tables/quality")
    assert run_job("step6_publish", "--method", other, "--place", place, "--edition", "2024") == 2
    assert "The step cluster ran with another min_weight" in capsys.readouterr().err
    assert (bytes_of(tmp_path / "published"), bytes_of(tmp_path / "tables/quality")) == before


def test_an_edition_that_was_never_ingested_is_named_and_not_taken_for_an_empty_one(
    small_run: Path, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    place = str(place_file(tmp_path, small))
    assert run_job("step2_cluster", "--place", place, "--edition", "2023") == 2
    assert "The step ingest has not run for edition 2023: run it first" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["tables", "published"])
def test_an_output_that_cannot_be_written_ends_with_4_before_any_work(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    (tmp_path / output).write_text("a file where a folder should be")
    place = str(place_file(tmp_path, small))
    assert run_job("step1_ingest", "--place", place, "--edition", "2024") == 4
    assert f"{tmp_path / output}: File exists" in capsys.readouterr().err
