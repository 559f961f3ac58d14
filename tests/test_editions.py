"""Two editions in one place by the jobs: the later one tells what became of the clusters of the earlier one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from conftest import rows_of
from pipeline import method_file, place_file, run_job, stored

STEPS = ("step1_ingest", "step2_cluster", "step3_place", "step4_rank")


@pytest.fixture(scope="module")
def two_editions(small: Path, small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of `small`, edition 2024, and its edition 2025 with a third town, Madrid, of later documents."""
    folder = tmp_path_factory.mktemp("editions")
    source = folder / "input"
    shutil.copytree(small, source)
    shutil.copytree(small_run / "tables", folder / "tables")
    madrid = [("patent", 2024, i) for i in range(15)] + [("article", 2023, i) for i in range(9)]
    more = {
        "addresses": [f"M{i},{kind},a,{-3.7 + i / 1000:.6f},40.42,ES," for kind, _, i in madrid],
        "documents": [f"M{i},{kind},{year}" for kind, year, i in madrid],
        "document_fields": [f"M{i},patent,A61K 31/00" for i in range(15)],
    }
    for name, lines in more.items():
        with (source / f"{name}.csv").open("a") as file:
            file.write("\n".join(lines) + "\n")
    place, method = str(place_file(folder, source)), method_file(folder, min_weight="5.0")
    for job in STEPS:
        assert run_job(job, "--method", method, "--place", place, "--edition", "2025") == 0
    return folder


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


def test_an_edition_of_another_method_is_not_compared(
    two_editions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(place_file(two_editions, two_editions / "input"))
    other = method_file(tmp_path, min_weight="6.0")
    assert run_job("step4_rank", "--method", other, "--place", place, "--edition", "2025") == 2
    said = capsys.readouterr().err
    assert "The step cluster ran with another min_weight than the method file says" in said
    assert "for edition 2024" in said
