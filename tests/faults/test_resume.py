"""A run goes on from any step, over several editions, and never from tables that are not of one making."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline import Prints, fingerprint, method_file, place_file, run_job, stored
from stclusters import io
from stclusters.errors import SettingsError
from stclusters.progress import Progress
from stclusters.records import ask_one_making
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.steps import place, publish
from stclusters.steps.all import STEPS as STEPS_OF_ALL
from stclusters.tables import POINTS, STEPS, STEPS_BEFORE


@pytest.fixture
def command(small: Path, tmp_path: Path) -> tuple[str, ...]:
    return ("--method", method_file(tmp_path, min_weight="5.0"), "--place", str(place_file(tmp_path, small)))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_a_run_goes_on_from_a_step_and_the_same_rows_make_no_second_release(
    spark: SparkSession, small_run: Path, small_print: Prints, tmp_path: Path, command: tuple[str, ...]
) -> None:
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    before, released = stored(spark, tmp_path, "runs").count(), stored(spark, tmp_path, "releases").collect()
    assert run_job("run_all", *command, "--edition", "2024", "--from", "collaborate") == 0
    assert fingerprint(spark, tmp_path) == small_print
    assert stored(spark, tmp_path, "runs").count() == before + 2
    newest = spark.sql(f"DESCRIBE HISTORY delta.`{tmp_path / 'tables' / 'cluster_links'}` LIMIT 1").first()
    assert newest is not None
    assert newest["version"] > released[0]["versions"]["cluster_links"]
    assert stored(spark, tmp_path, "releases").collect() == released


def test_a_step_whose_steps_before_have_not_run_is_refused(
    command: tuple[str, ...], spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_job("run_all", *command, "--edition", "2024", "--from", "rank") == 2
    assert said(capsys) == "stclusters: The step ingest has not run for edition 2024: run it first."
    assert [path.name for path in (tmp_path / "tables").iterdir()] == [".lock"]


def test_a_step_is_refused_where_one_before_it_ran_on_older_tables_or_failed(
    spark: SparkSession,
    small_run: Path,
    tmp_path: Path,
    command: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    edition = ("--edition", "2024")
    assert run_job("step2_cluster", *command, *edition) == 0
    assert run_job("step4_rank", *command, *edition) == 2
    assert said(capsys) == (
        "stclusters: The step place of edition 2024 ran on an older point_labels than there is now: run it again, and "
        "what follows."
    )
    runs = stored(spark, tmp_path, "runs").orderBy(F.col("started").desc()).limit(1)
    failed = runs.withColumn("outcome", F.lit("failed")).withColumn("started", F.expr("started - INTERVAL 1 HOUR"))
    failed.write.format("delta").mode("append").save(str(tmp_path / "tables/runs"))
    assert run_job("step3_place", *command, *edition) == 2
    assert said(capsys) == "stclusters: The step cluster of edition 2024 failed: run it again, and what follows."


READ_BY = {  # a setting with another value, and the step that reads it first
    ("patent_years", (6, 1)): "ingest",
    ("radius_m", 25_000.0): "cluster",
    ("bootstrap_replicates", 0): "rank",
}


def test_a_step_goes_on_only_with_the_settings_and_the_source_of_every_step_before(
    spark: SparkSession, small_run: Path, small: Path, tmp_path: Path
) -> None:
    method = read_method(Path(method_file(tmp_path, min_weight="5.0")))
    place = read_place(place_file(tmp_path, small)).model_copy(update={"tables": str(small_run / "tables")})
    whole = Run(spark, method, place, 2024, "r", Progress(spark), Record("t", datetime.now(UTC)), "0")
    moved = whole.place.model_copy(update={"source": whole.place.source.model_copy(update={"folder": tmp_path})})
    for step in STEPS[1:]:
        ask_one_making(whole, step)
        for (name, value), reader in READ_BY.items():
            run = replace(whole, given_method=method.model_copy(update={name: value}))
            if reader in STEPS_BEFORE[step]:
                with pytest.raises(SettingsError, match=f"The step {reader} ran with another {name} than the method"):
                    ask_one_making(run, step)
            else:
                ask_one_making(run, step)
        with pytest.raises(SettingsError, match=f'had another source .*folder was "{small}", now "{tmp_path}"'):
            ask_one_making(replace(whole, place=moved), step)
    ask_one_making(replace(whole, place=moved), "ingest")
    read = {row["step"]: set(row["settings_read"]) for row in stored(spark, small_run, "runs").collect()}
    assert read["ingest"] == {
        *("patent_years", "article_years", "patent_types", "article_types"),
        *("longitudes_to_360", "coast_tolerance_m", "economy_groups"),
    }
    assert read["cluster"] == {
        *("radius_m", "min_weight", "author_weight", "label_share", "merge_distance_m", "merges"),
    }
    assert read["place"] == read["collaborate"] == set()
    assert read["rank"] == {
        *("radius_m", "min_weight", "author_weight", "top_clusters", "compared_years", "bootstrap_replicates"),
        *("sensitivity_radii_m", "sensitivity_weights"),
    }
    assert "quality" in read["publish"]


def test_a_ranking_with_another_radius_than_the_clusters_ends_with_2_before_any_work(
    spark: SparkSession, small_run: Path, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    other = method_file(tmp_path, min_weight="5.0", radius_m="25_000.0")
    place = str(place_file(tmp_path, small))
    assert run_job("step4_rank", "--method", other, "--place", place, "--edition", "2024") == 2
    assert said(capsys) == (
        "stclusters: The step cluster ran with another radius_m than the method file says (radius_m was 15000.0, now "
        "25000.0): give the method file that it had, or run the step cluster again for edition 2024, and the steps "
        "after it."
    )
    assert stored(spark, tmp_path, "runs").count() == stored(spark, small_run, "runs").count()


@pytest.mark.cluster
def test_a_setting_of_the_ranking_takes_a_ranking_and_no_ingest(
    spark: SparkSession,
    small_run: Path,
    small: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    other = method_file(tmp_path, min_weight="5.0", bootstrap_replicates="0")
    command = ("--method", other, "--place", str(place_file(tmp_path, small)), "--edition", "2024")
    assert run_job("step6_publish", *command) == 2
    assert "The step rank ran with another bootstrap_replicates" in said(capsys)
    assert not (tmp_path / "published/2024").exists()
    assert run_job("step4_rank", *command) == 0
    assert run_job("step6_publish", *command) == 0
    assert stored(spark, tmp_path, "releases").count() == 2


@pytest.mark.parametrize("moment", ["between two steps", "between the reads of a step and the release"])
def test_a_run_whose_tables_another_run_has_changed_ends_with_3_and_makes_no_release(
    spark: SparkSession,
    small_run: Path,
    tmp_path: Path,
    command: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """As where no lock can be had. The other run leaves no record, for it has not ended yet."""
    shutil.copytree(small_run / "tables", tmp_path / "tables")

    def another_run(run: Run) -> None:
        other = Run(
            spark, run.method, run.place, 2024, "the other", run.progress, Record("cluster", run.record.started), "0"
        )
        io.replace(other, POINTS, io.stored(run, POINTS).where("point_id < 0"))

    if moment == "between two steps":
        collaborate = STEPS_OF_ALL["collaborate"]
        monkeypatch.setitem(STEPS_OF_ALL, "collaborate", lambda run: (collaborate(run), another_run(run)))
        assert run_job("run_all", *command, "--edition", "2024", "--from", "collaborate") == 3
        assert stored(spark, tmp_path, "releases").count() == 1
    else:
        shutil.rmtree(tmp_path / "tables/releases")
        add_release = publish.add_release
        monkeypatch.setattr(publish, "add_release", lambda run: (another_run(run), add_release(run)))
        assert run_job("step6_publish", *command, "--edition", "2024") == 3
        assert not (tmp_path / "tables/releases").exists()
        assert not (tmp_path / "published/2024").exists()
    last = said(capsys)
    assert last.startswith("stclusters: The run the other changed points of edition 2024 (its version ")
    assert last.endswith("run the step cluster again, and the steps after it.")


def test_a_guard_that_fails_ends_with_5_is_recorded_and_no_step_goes_on_from_there(
    spark: SparkSession,
    small_run: Path,
    tmp_path: Path,
    command: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    whole = place.place_documents

    def without_a_document(*frames: DataFrame) -> DataFrame:
        return whole(*frames).where("document_id <> 'P1'")

    monkeypatch.setattr(place, "place_documents", without_a_document)
    assert run_job("step3_place", *command, "--edition", "2024") == 5
    assert said(capsys).startswith("stclusters: ")
    newest = stored(spark, tmp_path, "runs").orderBy(F.col("started").desc()).first()
    assert newest is not None
    assert (newest["step"], newest["outcome"]) == ("place", "failed")
    assert run_job("step4_rank", *command, "--edition", "2024") == 2
    assert said(capsys) == "stclusters: The step place of edition 2024 failed: run it again, and what follows."
    monkeypatch.undo()
    assert run_job("step3_place", *command, "--edition", "2024") == 0


def test_a_fault_of_ours_ends_with_1_and_shows_its_stack(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, spark: SparkSession
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr("stclusters.job.ask_one_making", broken)
    assert run_job("step1_ingest", *command, "--edition", "2024") == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert shown.strip().splitlines()[-1].startswith("stclusters: KeyError: 'a fault of ours' (a fault of ours: please")


def test_from_a_later_step_to_an_earlier_one_is_refused(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_job("run_all", *command, "--edition", "2024", "--from", "publish", "--to", "rank") == 2
    assert said(capsys) == "stclusters: --from publish comes after --to rank: exchange them."


@pytest.mark.cluster
def test_several_editions_are_made_in_their_order_and_an_old_table_is_named_with_the_cure(
    spark: SparkSession, tmp_path: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_job("run_all", *command, "--edition", "2025", "2024", "--to", "cluster") == 0
    records = stored(spark, tmp_path, "runs").orderBy("started").collect()
    assert [(row["edition"], row["step"]) for row in records] == [
        (edition, step) for edition in (2024, 2025) for step in STEPS[:2]
    ]
    assert len({row["run_id"] for row in records}) == 1
    assert stored(spark, tmp_path, "points").where("edition = 2024").count() > 0

    shutil.rmtree(tmp_path / "tables/point_labels")
    spark.range(1).withColumn("edition", F.lit(2024)).write.format("delta").save(str(tmp_path / "tables/point_labels"))
    assert run_job("step2_cluster", *command, "--edition", "2024") == 2
    last = said(capsys)
    assert last.startswith(f"stclusters: {tmp_path}/tables/point_labels was made by another version of stclusters (")
    assert last.endswith("name another folder as tables in the place file, or remove this one, and run from step 1.")
