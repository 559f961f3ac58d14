"""What the machine lacks is one sentence and exit code 4: room on the disk, the right Java, the right jars."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from faults.processes import start_job
from pipeline import ROOT, Prints, fingerprint, fingerprint_of, method_file, place_file, run_job
from stclusters import versions
from stclusters.errors import SessionNotReady
from stclusters.releases import read_release

PAGE = 4096
OTHER_JAVA = """#!/bin/sh
echo "    java.specification.version = {version}" >&2
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB; skipped where this user lacks the privilege to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk takes a privilege that this user lacks")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, room: int) -> None:
    """Fills a disk up to so many bytes of room."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    with ballast.open("wb", buffering=0) as stream:
        for _ in range((shutil.disk_usage(disk).free - room) // PAGE):
            stream.write(bytes(PAGE))


@pytest.mark.cluster
def test_a_disk_that_fills_up_at_any_point_ends_with_4_and_every_table_stays_readable(
    spark: SparkSession,
    small: Path,
    small_run: Path,
    small_print: Prints,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STCLUSTERS_DISK_GB", "0")
    shutil.copytree(small_run / "tables", small_disk / "tables")
    place = str(place_file(small_disk, small))
    command = ("--place", place, "--method", method_file(small_disk, min_weight="5.0"), "--edition", "2024")
    written = []
    code, pages = 4, 0
    while code != 0:
        before = commits(small_disk)
        fill(small_disk, pages * PAGE)
        code = run_job("step3_place", *command)
        said = capsys.readouterr().err
        assert code in (0, 4), said
        if code == 4:
            assert "stclusters: The disk is full: make room, and run the same command again" in said
            assert "Traceback" not in said
            written.append(tuple(now - then for now, then in zip(commits(small_disk), before, strict=True)))
            assert fingerprint_of(read_release(spark, small_disk / "tables", 2024)) == small_print
        pages += 1
        assert pages < 200
    assert {(0, 0), (1, 0)} <= set(written)  # full before the table's commit, and between it and the run's record
    assert fingerprint(spark, small_disk) == small_print
    print(f"\nfull disks: {len(written)}, of which {written.count((1, 0))} after the commit")


def commits(disk: Path) -> list[int]:
    """How many commits the table of the step and that of the records have."""
    return [len(list((disk / "tables" / name / "_delta_log").glob("*.json"))) for name in ("document_places", "runs")]


def test_too_little_room_ends_with_4_before_spark_starts(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STCLUSTERS_DISK_GB", "1e9")
    monkeypatch.setattr("stclusters.job.open_session", lambda *_: pytest.fail("Spark was started"))
    assert run_job("step1_ingest", "--place", str(place_file(tmp_path, small)), "--edition", "2024") == 4
    said = capsys.readouterr().err
    assert re.search(r"tables has [\d.]+ GB of free disk and 1000000000.0 GB are needed for this input", said)


@pytest.mark.parametrize("room", ["abc", "-1", "nan", "inf", "1,5", " "])
def test_a_limit_of_the_disk_that_is_no_number_is_refused_before_spark_starts(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], room: str
) -> None:
    monkeypatch.setenv("STCLUSTERS_DISK_GB", room)
    monkeypatch.setattr("stclusters.job.open_session", lambda *_: pytest.fail("Spark was started"))
    assert run_job("step1_ingest", "--place", str(place_file(tmp_path, small)), "--edition", "2024") == 2
    assert capsys.readouterr().err == (
        f"stclusters: STCLUSTERS_DISK_GB is {room!r}: set it to a number of gigabytes, 0 for no check.\n"
    )


@pytest.mark.parametrize("version", ["11", "1.8", "25"])
def test_another_java_is_named_with_found_and_wanted_before_spark_starts(
    small: Path, tmp_path: Path, version: str
) -> None:
    java = tmp_path / "jdk/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text(OTHER_JAVA.format(version=version))
    java.chmod(0o755)
    place = str(place_file(tmp_path, small))
    job = start_job(
        tmp_path / "said", "step1_ingest", "--place", place, "--edition", "2024", JAVA_HOME=str(tmp_path / "jdk")
    )
    assert job.end() == 4
    found = version.removeprefix("1.")
    assert job.said() == (
        f"stclusters: Java 17 or 21 is wanted and {java} is version {found}: install it, or set JAVA_HOME.\n"
    )


def test_no_java_is_named(small: Path, tmp_path: Path) -> None:
    place = str(place_file(tmp_path, small))
    job = start_job(tmp_path / "said", "step1_ingest", "--place", place, "--edition", "2024", JAVA_HOME="/nowhere")
    assert job.end() == 4
    assert job.said().startswith("stclusters: Java 17 or 21 is wanted and /nowhere/bin/java is not there: install it")


@pytest.mark.parametrize("name", ["Delta", "Sedona"])
def test_a_jar_of_another_version_is_named_with_found_and_wanted(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    versions.ask_jars(spark)
    of_jar, package = versions.JARS[name]
    found = versions._version_of(spark, of_jar)
    assert found is not None
    known = {package: "9.9", "pyspark": spark.version}
    monkeypatch.setattr(versions, "version", lambda asked: known.get(asked, found))
    monkeypatch.setattr(versions, "JARS", {name: (of_jar, package)})
    with pytest.raises(SessionNotReady, match=rf"{name} 9\.9 is wanted and the session has {re.escape(found)}"):
        versions.ask_jars(spark)


def test_another_spark_is_named_with_found_and_wanted(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "version", lambda package: "4.1.0" if package == "pyspark" else "9.9")
    with pytest.raises(SessionNotReady, match=rf"Spark 4\.1\.0 is wanted and {re.escape(spark.version)} runs: unset"):
        versions.ask_jars(spark)


@pytest.mark.cluster
def test_no_sedona_jar_is_one_sentence_before_any_work(small: Path, tmp_path: Path) -> None:
    settings = (ROOT / "conf/spark.conf").read_text()
    without = re.sub(r",[^,\s]*sedona[^,\s]*\.jar", "", settings).replace(
        ",org.apache.sedona.sql.SedonaSqlExtensions", ""
    )
    without = "\n".join(line for line in without.splitlines() if "kryo" not in line.lower())
    (tmp_path / "spark.conf").write_text(without)
    place = place_file(tmp_path, small)
    place.write_text(place.read_text().replace("conf/spark.conf", str(tmp_path / "spark.conf")))
    job = start_job(tmp_path / "said", "step1_ingest", "--place", str(place), "--edition", "2024")
    assert job.end() == 4
    assert "stclusters: Sedona's jar is not on the class path" in job.said()
    assert [path.name for path in (tmp_path / "tables").iterdir()] == [".lock"]
