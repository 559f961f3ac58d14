"""`kill -9` of a job and its Spark at each phase: readers see the old release or the new, and the same command goes on.

A phase is seen from outside, by the files that come up in the output; that it was hit is checked after the kill.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from faults.processes import start_job
from pipeline import ROOT, Prints, fingerprint, fingerprint_of, method_file, place_file, run_job, stored
from stclusters.lock import NAME
from stclusters.publish.folder import is_whole, read_contents
from stclusters.releases import read_release

ATTEMPTS = 4  # a phase is short, and this process may not be scheduled in it
MAGIC = b"PAR1"
WATCHED = ("documents", "points", "point_labels", "document_places", "quality", "releases", "runs")


class Output:
    """The output of a run, as a file system shows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before = {name: self._commits(name) for name in WATCHED}
        self.files = self._data_files()
        self.shown = read_contents(folder / "published/2024").get("run_id")

    def _commits(self, table: str) -> int:
        return len(list((self.folder / "tables" / table / "_delta_log").glob("*.json")))

    def commits(self, table: str) -> int:
        """How many commits a table has got since the begin."""
        return self._commits(table) - self.before[table]

    def _data_files(self) -> set[Path]:
        return set((self.folder / "tables/document_places").rglob("edition=2024/*.parquet"))

    def new_files(self) -> set[Path]:
        """New data files of document_places, those that a task has not closed yet among them."""
        return self._data_files() - self.files

    def shows_new(self) -> bool:
        """Whether the published folder is that of a run after the begin."""
        return read_contents(self.folder / "published/2024").get("run_id") not in (None, self.shown)

    def has_unfinished_page(self) -> bool:
        return (self.folder / "published/.2024.new/explorer.html").exists()


def is_closed(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            stream.seek(-len(MAGIC), os.SEEK_END)
            return stream.read() == MAGIC and file.stat().st_size > 2 * len(MAGIC)
    except OSError:
        return False


@dataclass(frozen=True)
class Phase:
    """When to kill, what must be true after the kill if that was in time, and what of it the next step is told."""

    job: str
    now: Callable[[Output, str], bool]
    hit: Callable[[Output], bool]
    settings: str = ""
    refused: tuple[str, str] | None = None


SPREAD = """
spark.sql.shuffle.partitions 16
spark.sql.adaptive.enabled false
"""
PHASES = {
    "before a write": Phase(
        "step1_ingest",
        lambda output, said: "addresses read" in said,
        lambda output: output.commits("documents") == 0,
    ),
    "between two tables": Phase(
        "step2_cluster",
        lambda output, said: output.commits("points") == 1,
        lambda output: output.commits("points") == 1 and output.commits("point_labels") == 0,
        refused=("step3_place", "A run that did not end wrote points"),
    ),
    "between data files": Phase(
        "step3_place",
        lambda output, said: any(is_closed(file) for file in output.new_files()),
        lambda output: len(output.new_files()) > 0 and output.commits("document_places") == 0,
        SPREAD,
    ),
    "after the data, before the commit": Phase(
        "step3_place",
        lambda output, said: any(is_closed(file) for file in output.new_files()),
        lambda output: len(output.new_files()) == 1 and output.commits("document_places") == 0,
    ),
    "after the commit, before the run's record": Phase(
        "step3_place",
        lambda output, said: output.commits("document_places") == 1,
        lambda output: output.commits("document_places") == 1 and output.commits("runs") == 0,
        refused=("step5_collaborate", "A run that did not end wrote document_places"),
    ),
    "before publishing": Phase(
        "step6_publish",
        lambda output, said: output.commits("quality") == 1,
        lambda output: output.commits("quality") == 1 and not output.has_unfinished_page(),
    ),
    "while files are published": Phase(
        "step6_publish",
        lambda output, said: output.has_unfinished_page(),
        lambda output: output.has_unfinished_page() and output.commits("releases") == 0,
    ),
    "after the release, before its files are shown": Phase(
        "step6_publish",
        lambda output, said: output.commits("releases") == 1,
        lambda output: output.commits("releases") == 1 and output.has_unfinished_page(),
    ),
    "after publishing, before the run's record": Phase(
        "step6_publish",
        lambda output, said: output.shows_new(),
        lambda output: output.shows_new() and output.commits("runs") == 0,
    ),
}


@dataclass(frozen=True)
class Start:
    """An output from which a job is started and killed: its folder, the method, the release of now and afterwards."""

    folder: Path
    top_clusters: str
    old: Prints
    new: Prints


@pytest.fixture(scope="module")
def unreleased(
    spark: SparkSession,
    small: Path,
    small_run: Path,
    small_print: Prints,
    tmp_path_factory: pytest.TempPathFactory,
) -> Start:
    """Tables of which the results are of another method than those of their release."""
    folder = tmp_path_factory.mktemp("unreleased")
    shutil.copytree(small_run / "tables", folder / "tables")
    shutil.copytree(small_run / "published", folder / "before/published")
    place, method = str(place_file(folder, small)), method_file(folder, min_weight="5.0", top_clusters="1")
    command = ("--method", method, "--place", place, "--edition", "2024")
    assert run_job("run_all", *command, "--from", "rank", "--to", "collaborate") == 0
    shutil.copytree(folder / "tables", folder / "before/tables")
    assert run_job("step6_publish", *command) == 0
    new = fingerprint(spark, folder)
    assert new != small_print
    return Start(folder / "before", "1", small_print, new)


@pytest.mark.cluster
@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES.keys())
def test_a_job_killed_leaves_a_release_whole_and_goes_on_to_the_same_rows(
    spark: SparkSession,
    small: Path,
    small_run: Path,
    small_print: Prints,
    unreleased: Start,
    tmp_path: Path,
    phase: Phase,
    capsys: pytest.CaptureFixture[str],
) -> None:
    released = Start(small_run, "100", small_print, small_print)
    start = unreleased if phase.job == "step6_publish" else released
    settings = tmp_path / "spark.conf"
    settings.write_text((ROOT / "conf/spark.conf").read_text() + phase.settings)
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        for name in ("tables", "published"):
            shutil.copytree(start.folder / name, folder / name)
        place = place_file(folder, small)
        place.write_text(place.read_text().replace("conf/spark.conf", str(settings)))
        method = method_file(folder, min_weight="5.0", top_clusters=start.top_clusters)
        command = ("--method", method, "--place", str(place), "--edition", "2024")
        output = Output(folder)
        job = start_job(folder / "said", phase.job, *command)
        job.wait_until(lambda output=output, job=job: phase.now(output, job.said()), every_s=0.001)  # type: ignore[misc]
        job.kill()
        if phase.hit(output):
            break
    else:
        pytest.fail(f"the phase was missed {ATTEMPTS} times; the last run said:\n{job.said()}")
    seen = fingerprint_of(read_release(spark, folder / "tables", 2024))
    assert seen == (start.new if output.commits("releases") else start.old)
    published = folder / "published/2024"
    assert is_whole(published)
    (old,) = stored(spark, start.folder, "releases").collect()
    if not output.shows_new():
        assert read_contents(published)["run_id"] == old["run_id"]
    if phase.refused:
        following, sentence = phase.refused
        assert run_job(following, *command) == 2
        assert sentence in capsys.readouterr().err
    assert run_job(phase.job, *command) == 0
    assert fingerprint(spark, folder) == start.new
    assert fingerprint_of(read_release(spark, folder / "tables", 2024)) == start.new
    assert stored(spark, folder, "releases").count() == (1 if start is released else 2)
    newest = stored(spark, folder, "releases").orderBy(F.col("published").desc()).first()
    assert newest is not None
    assert is_whole(published)
    assert read_contents(published)["run_id"] == newest["run_id"]
    assert {path.name for path in (folder / "published").iterdir()} == {"2024", "index.html", NAME}
    assert not list((folder / "published").rglob("*.unfinished"))
