"""One line a table on standard error: step, rows, seconds; on a terminal a line that moves while Spark works."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from typing import TextIO

from pyspark.sql import SparkSession

CLOSED_WITHIN_S = 2.0  # how long the end waits for a question to Spark that is not answered


class Progress:
    """Says what a run does. `doing` names the work at hand, `done` ends it with its rows and seconds."""

    def __init__(self, spark: SparkSession, stream: TextIO | None = None) -> None:
        self._spark, self._stream = spark, stream or sys.stderr
        self._live = self._stream.isatty()
        self._step, self._work = "", ""
        self._since = self._step_since = time.monotonic()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._mover = threading.Thread(target=self._move, daemon=True)
        if self._live:
            self._mover.start()

    def start(self, step: str) -> None:
        """Begins a step."""
        self._step, self._work = step, ""
        self._since = self._step_since = time.monotonic()

    def doing(self, work: str) -> None:
        """Names the work at hand, here and in Spark's own pages."""
        self._work = work
        self._spark.sparkContext.setJobDescription(f"{self._step}: {work}")

    def done(self, what: str, rows: int) -> None:
        """Ends a piece of work: what was made, and how many rows it has."""
        now = time.monotonic()
        self._say(f"{self._step:<12}{what:<24}{rows:>14,} rows {now - self._since:>8.1f} s")
        self._since = now

    def tell(self, sentence: str) -> None:
        """Says what was done where rows do not tell it."""
        self._say(f"{self._step:<12}{sentence}")

    def warn(self, sentence: str) -> None:
        """Says what a user should look at."""
        self._say(f"{self._step:<12}warning: {sentence}")

    def finish(self) -> None:
        """Ends the step."""
        self._say(f"{self._step:<12}{'done':<43} {self.seconds():>9.1f} s")
        self._work = ""

    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._step_since

    def close(self) -> None:
        """Stops the moving line and clears it, so that what is written next stands on a line of its own."""
        self._stop.set()
        if self._mover.is_alive():
            self._mover.join(CLOSED_WITHIN_S)
            with self._lock:
                self._write("\r\x1b[K")

    def _say(self, line: str) -> None:
        with self._lock:
            self._write(("\r\x1b[K" if self._live else "") + line + "\n")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a terminal that was closed stops no run
            self._stream.write(text)
            self._stream.flush()

    def _move(self) -> None:
        while not self._stop.wait(0.5):
            if self._work:
                seconds, tasks = time.monotonic() - self._since, self._tasks()
                with self._lock:
                    if self._stop.is_set():
                        return
                    self._write(f"\r\x1b[K{self._step:<12}{self._work}{tasks} … {seconds:.0f} s")

    def _tasks(self) -> str:
        """How many tasks of the running stages are done; nothing where Spark does not answer, as while it stops."""
        try:
            tracker = self._spark.sparkContext.statusTracker()
            stages = [stage for number in tracker.getActiveStageIds() if (stage := tracker.getStageInfo(number))]
        except Exception:  # py4j has many; that Spark is lost is the error of the work itself
            return ""
        total = sum(stage.numTasks for stage in stages)
        return f", {sum(stage.numCompletedTasks for stage in stages)} of {total} tasks" if total else ""
