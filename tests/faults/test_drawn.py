"""Runs that are stopped or killed at drawn moments, a few of those of scripts/stop_and_kill.py."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline import run_as_a_user


@pytest.mark.cluster
@pytest.mark.parametrize("what", [("stop", "--within", "60"), ("kill", "--from", "rank")], ids=["stop", "kill"])
def test_what_is_stopped_or_killed_at_drawn_moments_ends_as_it_should(tmp_path: Path, what: tuple[str, ...]) -> None:
    command = [sys.executable, "scripts/stop_and_kill.py", *what, "--times", "2", "--folder", str(tmp_path / "world")]
    done = run_as_a_user(command, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("2 times: ")
