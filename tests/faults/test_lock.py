"""One run at a time on one output."""

from __future__ import annotations

import fcntl
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faults.processes import start_job
from pipeline import place_file
from stclusters.errors import AnotherRun
from stclusters.lock import NAME, all_locked, locked

HOLDER = """
import sys, time
from pathlib import Path
from stclusters.lock import locked
with locked(Path(sys.argv[1]), "the first"):
    print("held", flush=True)
    time.sleep(600)
"""


def refuse_second(folder: Path, words: str) -> None:
    with pytest.raises(AnotherRun, match=words), locked(folder, "the second"):
        pass


@pytest.mark.parametrize(("job", "held"), [("step3_place", "tables"), ("run_all", "published"), ("maintain", "tables")])
def test_a_second_run_ends_with_3_within_five_seconds_and_names_the_first(
    small: Path, tmp_path: Path, job: str, held: str
) -> None:
    place = str(place_file(tmp_path, small))
    (tmp_path / held).mkdir()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    edition = () if job == "maintain" else ("--edition", "2024")
    with locked(tmp_path / held, "20240101T000000Z-first"):
        second = start_job(tmp_path / "said", job, "--place", place, *edition)
        assert second.end() == 3
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)  # of the processor: other work on the machine is not its own
    assert spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime < 5
    assert re.fullmatch(
        rf"stclusters: The run 20240101T000000Z-first \(process {os.getpid()} on \S+, since [-\d]+ [:\d]+ UTC\) "
        rf"writes to {tmp_path / held}: wait until it ends, or stop it, and run again\.\n",
        second.said(),
    )
    for folder in ("tables", "published"):
        assert {path.name for path in (tmp_path / folder).iterdir()} <= {NAME}


def test_the_locks_of_several_folders_are_held_together_or_not_at_all(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("b", "a", "c")]
    for folder in folders:
        folder.mkdir()
    (tmp_path / "link").symlink_to("c")
    with all_locked([*folders, tmp_path / "link"], "the first"):  # two names of one folder are one lock
        for folder in folders:
            refuse_second(folder, "The run the first")
    with locked(tmp_path / "b", "the first"):
        with (
            pytest.raises(AnotherRun, match=rf"The run the first .* writes to {tmp_path / 'b'}"),
            all_locked(folders, "the second"),
        ):
            pass
        for free in ("a", "c"):
            with locked(tmp_path / free, "the third"):
                pass
    with all_locked(folders, "the fourth"):
        pass


def test_the_lock_of_a_killed_run_is_free(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    refuse_second(tmp_path, rf"The run the first \(process {holder.pid} on ")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with locked(tmp_path, "the third"):
        refuse_second(tmp_path, "The run the third")


def test_a_lock_whose_holder_has_not_written_its_name_yet_is_a_lock(tmp_path: Path) -> None:
    with (tmp_path / NAME).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refuse_second(tmp_path, "Another run, which has just begun, writes to")


def test_a_file_system_without_locks_is_told_and_does_not_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked(tmp_path, "a run"):
        pass
    assert f"{tmp_path} has no locks: see that no other run writes there" in capsys.readouterr().err
