"""What a reader of the published folder sees: one release, whole, and another only where something has changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipeline import bytes_of, method_file, place_file, run_job, stored
from stclusters.publish.folder import is_whole, read_contents


@pytest.fixture
def command(small: Path, small_run: Path, tmp_path: Path) -> tuple[str, ...]:
    """The command that publishes a copy of the small run, its tables and its published folder, again."""
    for name in ("tables", "published"):
        shutil.copytree(small_run / name, tmp_path / name)
    place, method = str(place_file(tmp_path, small)), method_file(tmp_path, min_weight="5.0")
    return ("--method", method, "--place", place, "--edition", "2024")


def texts(published: Path) -> dict[str, bytes]:
    return {name: text for name, (text, _) in bytes_of(published).items()}


def test_the_same_again_replaces_nothing_and_what_was_damaged_comes_back_as_it_was(
    spark: SparkSession, command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = tmp_path / "published"
    released = stored(spark, tmp_path, "releases").collect()
    assert read_contents(published / "2024")["run_id"] == released[0]["run_id"]
    before = bytes_of(published)
    (published / "2024.refused").mkdir()  # an earlier try that a bound has stopped
    for name in ("quality.html", ".quality.html.unfinished"):
        (published / "2024.refused" / name).write_text("")
    assert run_job("step6_publish", *command) == 0
    assert bytes_of(published) == before
    assert f"nothing changed since the release by the run {released[0]['run_id']}" in capsys.readouterr().err

    (published / "2024/ranking.csv").write_text("cut")
    (published / "2024/explorer.html").unlink()
    (published / "index.html").unlink()
    shutil.rmtree(published / "2024/figures")
    assert run_job("step6_publish", *command) == 0
    assert texts(published) == {name: text for name, (text, _) in before.items()}
    assert stored(spark, tmp_path, "releases").collect() == released


@pytest.mark.cluster
def test_another_attribution_is_published_and_another_version_is_another_release(
    spark: SparkSession,
    command: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, place = tmp_path / "published/2024", tmp_path / "place.toml"
    released = stored(spark, tmp_path, "releases").collect()
    place.write_text(place.read_text().replace('attribution = "nobody"', 'attribution = "somebody"'))
    assert run_job("step6_publish", *command) == 0
    assert "somebody" in (folder / "ATTRIBUTION.txt").read_text(encoding="utf-8")
    assert released[0]["run_id"] in (folder / "explorer.html").read_text(encoding="utf-8")
    assert stored(spark, tmp_path, "releases").collect() == released

    monkeypatch.setattr("stclusters.job.__version__", "99.0")
    assert run_job("step6_publish", *command) == 0
    (newest,) = stored(spark, tmp_path, "releases").where("version = '99.0'").collect()
    assert newest["run_id"] != released[0]["run_id"]
    for name in ("explorer.html", "quality.html", "release.json"):
        assert newest["run_id"] in (folder / name).read_text(encoding="utf-8")
    assert is_whole(folder)

    shutil.rmtree(tmp_path / "tables/releases")  # as other tables that are published to the same folder
    (tmp_path / "published/explorer.html").write_text("")
    capsys.readouterr()
    assert run_job("step6_publish", *command) == 0
    said = capsys.readouterr().err
    assert (
        f"warning: {folder} shows the run {newest['run_id']}, which these tables do not have: it is replaced." in said
    )
    assert (
        f"warning: {tmp_path}/published/explorer.html and the files beside it are of an older version: remove" in said
    )


def test_a_folder_with_files_of_others_is_refused_before_anything_is_written(
    spark: SparkSession, command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "published/2024/notes.txt").write_text("mine")
    before = bytes_of(tmp_path)
    assert run_job("step6_publish", *command) == 2
    assert f"{tmp_path}/published/2024 holds notes.txt, which stclusters did not write" in capsys.readouterr().err
    assert bytes_of(tmp_path) == before
