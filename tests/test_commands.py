"""The built wheel has every step as a command, and the command ends as a console and as Databricks want it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from built_wheel import run_command, unpacked_wheel
from pipeline import ROOT, run_as_a_user
from stclusters import __version__
from stclusters.commands import STEPS


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked_wheel(tmp_path_factory.mktemp("wheel"))


def test_every_step_is_a_command_and_a_job() -> None:
    modules = {path.stem for path in (ROOT / "lib/stclusters/steps").glob("*.py")} - {"__init__"}
    jobs = {path.stem.split("_", 1)[-1] for path in (ROOT / "jobs").glob("*.py")}
    assert set(STEPS) == modules
    assert jobs <= modules


@pytest.mark.parametrize("step", STEPS)
def test_the_wheel_has_the_step(packages: Path, step: str) -> None:
    done = run_command(packages, step, "--help", timeout=60)
    assert done.returncode == 0, done.stderr
    assert "--place" in done.stdout


@pytest.mark.parametrize(
    "command", [("stclusters", "--version"), ("stclusters", "rank", "--version"), ("run_all", "--version")]
)
def test_the_version_is_printed_without_spark(packages: Path, command: tuple[str, ...]) -> None:
    name, *arguments = command
    if name == "stclusters":
        done = run_command(packages, *arguments, timeout=60)
    else:
        job = [sys.executable, "-X", "importtime", f"jobs/{name}.py", *arguments]
        done = run_as_a_user(job, timeout=60)
        assert "pyspark" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"stclusters {__version__}\n"


def test_a_failure_is_an_exit_code_and_a_success_is_none(packages: Path, tmp_path: Path) -> None:
    done = run_command(packages, "place", "--place", str(tmp_path / "none.toml"), "--edition", "2024", timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("stclusters: ")
    assert "none.toml: cannot be read" in done.stderr
    assert run_command(packages, "dance", timeout=60).returncode == 2
