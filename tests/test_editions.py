"""Two editions in one place by the jobs: the later one tells what became of the clusters of the earlier one."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from conftest import rows_of
from pipeline import method_file, place_file, run_job, stored
from stclusters import io
from stclusters.editions import earlier_run, records_of
from stclusters.errors import BadInput, SettingsError
from stclusters.progress import Progress
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.tables import CLUSTERS, RUNS


def run_of(spark: SparkSession, folder: Path, source: Path, edition: int, **settings: Any) -> Run:
    place = read_place(place_file(folder, source))
    method = read_method(Path(method_file(folder, min_weight="5.0"))).model_copy(update=settings)
    return Run(spark, method, place, edition, "run", Progress(spark), Record("rank", datetime.now(UTC)), "0")


def test_what_became_of_the_clusters_of_the_earlier_edition(spark: SparkSession, two_editions: Path) -> None:
    changes = stored(spark, two_editions, "rank_changes")
    assert changes.where("edition = 2024").count() == 0
    rows = rows_of(changes, "name", "earlier_name", "change", "rank", "earlier_rank", "rank_change", "patents_change")
    assert rows == [
        ("London", "London", "moved", 2, 1, -1, 0.0),
        ("Madrid", None, "entered", 1, None, None, 15.0),
        ("Paris", "Paris", "moved", 2, 1, -1, 0.0),
    ]
    shares = rows_of(changes.where("change = 'moved'"), "earlier_score", "shared_score")
    assert all(earlier == pytest.approx(shared, abs=1e-9) for earlier, shared in shares)  # type: ignore[call-overload]


def test_the_newest_release_of_the_earlier_edition_is_compared_with_whatever_its_tables_are_now(
    spark: SparkSession, small: Path, small_run: Path, tmp_path: Path
) -> None:
    """Edition 2024 is clustered again after its release, with another threshold, and not ranked."""
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    released = stored(spark, tmp_path, "releases").collect()[0]["versions"]
    other = method_file(tmp_path, min_weight="41.0")
    place = str(place_file(tmp_path, small))
    assert run_job("step2_cluster", "--method", other, "--place", place, "--edition", "2024") == 0
    assert stored(spark, tmp_path, "clusters").where("edition = 2024").count() == 0
    run = run_of(spark, tmp_path, small, 2025)
    earlier = earlier_run(run)
    assert earlier is not None
    assert (earlier.edition, earlier.versions) == (2024, released)
    assert io.read(earlier, CLUSTERS).count() == 2
    assert run.record.inputs == [{"table": "clusters", "edition": 2024, "version": released["clusters"]}]
    assert earlier_run(run_of(spark, tmp_path, small, 2025, bootstrap_replicates=0, top_clusters=7)) is not None
    assert earlier_run(run_of(spark, tmp_path, small, 2025, compared_years=0)) is None
    assert earlier_run(run_of(spark, tmp_path, small, 2024)) is None
    with pytest.raises(
        SettingsError, match=r"The step cluster ran with another min_weight .*now 41.0\).* edition 2024"
    ):
        earlier_run(run_of(spark, tmp_path, small, 2025, min_weight=41.0))
    with pytest.raises(SettingsError, match=r"The step ingest of edition 2024 had another source"):
        earlier_run(run_of(spark, tmp_path, tmp_path, 2025))
    stored_runs = io.location(run, RUNS).delta()
    stored_runs.delete("step = 'place'")
    with pytest.raises(BadInput, match=r"The release of edition 2024 has no record of the step place: run all steps"):
        earlier_run(run_of(spark, tmp_path, small, 2025))


def test_an_earlier_edition_without_a_release_must_be_whole_up_to_its_ranking(
    spark: SparkSession, small: Path, small_run: Path, tmp_path: Path
) -> None:
    """Edition 2024 is made again up to `place`: its ranking is of other clusters than those that are there."""
    shutil.copytree(small_run / "tables", tmp_path / "tables")
    shutil.rmtree(tmp_path / "tables/releases")
    earlier = earlier_run(run_of(spark, tmp_path, small, 2025))
    assert earlier is not None
    assert io.read(earlier, CLUSTERS).count() == 2
    with pytest.raises(SettingsError, match="The step ingest ran with another patent_years"):
        earlier_run(run_of(spark, tmp_path, small, 2025, patent_years=(6, 1)))
    place, method = str(place_file(tmp_path, small)), method_file(tmp_path, min_weight="5.0")
    assert run_job("step3_place", "--method", method, "--place", place, "--edition", "2024") == 0
    with pytest.raises(
        BadInput, match="The step rank of edition 2024 ran on an older document_places than there is now"
    ):
        earlier_run(run_of(spark, tmp_path, small, 2025))
    failed = stored(spark, tmp_path, "runs").where("step = 'rank'").withColumn("outcome", F.lit("failed"))
    failed.write.format("delta").mode("append").save(str(tmp_path / "tables/runs"))
    with pytest.raises(BadInput, match=r"The step rank of edition 2024 failed: run it again, and what follows\."):
        earlier_run(run_of(spark, tmp_path, small, 2025))
    io.location(earlier, RUNS).delta().delete("step = 'rank'")
    assert earlier_run(run_of(spark, tmp_path, small, 2025)) is None


def record(step: str, making: str, outcome: str = "done", **versions: int) -> Row:
    return Row(step=step, making=making, outcome=outcome, versions=versions)


@pytest.mark.parametrize(
    ("rows", "quality", "making"),
    [
        pytest.param([("publish", 1), ("rank", 1), ("ingest", 1)], 1, "1", id="the release"),
        pytest.param([("rank", 2), ("ingest", 2), ("publish", 1), ("rank", 1), ("ingest", 1)], 1, "1", id="made anew"),
        pytest.param([("ingest", 2), ("publish", 1), ("rank", 1), ("ingest", 1)], 1, "1", id="made anew in part"),
        pytest.param(
            [("ingest", 3), ("publish", 2), ("rank", 2), ("ingest", 2), ("publish", 1), ("rank", 1), ("ingest", 1)],
            *(1, "2"),
            id="the same rows again",
        ),
        pytest.param([("rank", 2), ("ingest", 2), ("publish", 1), ("rank", 1), ("ingest", 1)], 2, "2", id="killed"),
        pytest.param([("publish", 2), ("rank", 2), ("ingest", 2)], 5, "2", id="joined files"),
    ],
)
def test_the_records_of_a_release_are_those_that_made_its_rows(
    rows: list[tuple[str, int]], quality: int, making: str
) -> None:
    table = {"ingest": "addresses", "rank": "ranking", "publish": "quality"}
    written = [record(step, str(number), **{table[step]: number}) for step, number in rows]
    failed = record("ingest", "failed", "failed", addresses=1)
    release = Row(versions=dict.fromkeys(table.values(), quality))
    found = records_of(release, [failed, *written])
    assert {step: found[step]["making"] for step in ("ingest", "rank")} == {"ingest": making, "rank": making}
