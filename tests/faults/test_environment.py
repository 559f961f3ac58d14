"""What the machine lacks is one sentence and exit code 4: room on the disk, the right Java, the right jars."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faults.processes import start_job
from pipeline import place_file, run_job

OTHER_JAVA = """#!/bin/sh
echo "    java.specification.version = {version}" >&2
"""


def test_too_little_room_ends_with_4_before_spark_starts(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STCLUSTERS_DISK_GB", "1e9")
    monkeypatch.setattr("stclusters.job.open_session", lambda *_: pytest.fail("Spark was started"))
    assert run_job("step1_ingest", "--place", str(place_file(tmp_path, small)), "--edition", "2024") == 4
    said = capsys.readouterr().err
    assert re.search(r"tables has [\d.]+ GB of free disk and 1000000000.0 GB are needed for this input", said)


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
