"""The wheel, built and unpacked, and its commands run from there and not from the tree."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline import ROOT, run_as_a_user

COMMAND = """
import sys
from importlib.metadata import distribution
import stclusters
assert stclusters.__file__.startswith(sys.argv[1]), stclusters.__file__
(entry,) = (entry for entry in distribution("stclusters").entry_points if entry.name == sys.argv[2])
sys.argv[:] = sys.argv[2:]
entry.load()()
"""


def unpacked_wheel(folder: Path) -> Path:
    """Builds the wheel and unpacks it in the folder; where its packages are."""
    if not (ROOT / ".tools/environment.sh").is_file():
        pytest.skip("the wheel is built with the uv of scripts/setup, which has not run here")
    build = f'. .tools/environment.sh; "$UV" build --quiet --wheel --out-dir {folder}'
    subprocess.run(["bash", "-c", build], cwd=ROOT, check=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "packages")
    return folder / "packages"


def run_command(packages: Path, *arguments: str, timeout: int = 900) -> subprocess.CompletedProcess[str]:
    """Calls the wheel's entry point `stclusters` in a process of its own, as a platform does."""
    return run_python(packages, COMMAND, str(packages), "stclusters", *arguments, timeout=timeout)


def run_python(
    packages: Path, code: str, *arguments: str, timeout: int = 900, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs code with the packages of the wheel, and without what this process' own Spark has put in the environment."""
    command = [sys.executable, "-c", code, *arguments]
    return run_as_a_user(command, timeout=timeout, PYTHONPATH=str(packages), **variables)
