"""Jobs as processes of their own, watched from outside, stopped and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from pipeline import ROOT, outside_environment

PATIENCE_S = 600.0


def start_job(said: Path, name: str, *arguments: str, **variables: str) -> Job:
    """Starts a job of jobs/ with this Python."""
    return Job(said, sys.executable, f"jobs/{name}.py", *arguments, **variables)


class Job:
    """A command of the project in a process group of its own; what it says is in a file."""

    def __init__(self, said: Path, *command: str, **variables: str) -> None:
        kept = outside_environment() | variables
        self._said = said
        with said.open("w") as stream:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=kept, stdout=stream, stderr=stream, start_new_session=True
            )

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8", errors="replace")

    def wait_until(self, true: Callable[[], bool], every_s: float = 0.05) -> bool:
        """Waits until it is true; False where the job has ended before."""
        end = time.monotonic() + PATIENCE_S
        while not true():
            if self._process.poll() is not None:
                return False
            assert time.monotonic() < end, self.said()
            time.sleep(every_s)
        return True

    def wait_for(self, words: str) -> None:
        """Waits until the job says these words."""
        assert self.wait_until(lambda: words in self.said()), self.said()

    def signal(self, number: signal.Signals) -> None:
        """Signals the process that was started, as a supervisor does."""
        self._process.send_signal(number)

    def signal_group(self, number: signal.Signals) -> None:
        """Signals the process group of the process that was started, as a terminal does."""
        os.killpg(self._process.pid, number)

    def started(self) -> list[psutil.Process]:
        """All processes that the job has started, and that they have."""
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """Kills the job with its Spark by `kill -9`."""
        started = self.started()
        self._process.kill()
        kill(started)
        self._process.wait()

    def kill_spark(self) -> None:
        """Kills the process of Spark alone by `kill -9`."""
        kill([process for process in self.started() if process.name() == "java"])

    def end(self) -> int:
        """Waits for the end: the exit code."""
        try:
            return self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def kill(processes: list[psutil.Process]) -> None:
    """Kills processes by `kill -9`, as far as they are still there."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
