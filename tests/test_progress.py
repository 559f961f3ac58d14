"""The line that moves on a terminal ends with the work, and takes no error of Spark's to the user."""

from __future__ import annotations

import io
import threading
import time

from pyspark.sql import SparkSession

from stclusters.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Stopping:
    """A session whose Spark no longer answers."""

    def __init__(self) -> None:
        self.questions = 0

    @property
    def sparkContext(self) -> SparkSession:
        self.questions += 1
        raise ConnectionRefusedError(111, "Connection refused")


def test_the_moving_line_lives_through_the_end_of_spark_and_is_cleared() -> None:
    errors: list[object] = []
    before, threading.excepthook = threading.excepthook, errors.append
    session, terminal = Stopping(), Terminal()
    try:
        progress = Progress(session, terminal)  # type: ignore[arg-type]
        progress._step, progress._work = "rank", "writing ranking"
        end = time.monotonic() + 20
        while session.questions < 2 and time.monotonic() < end:
            time.sleep(0.05)
        progress.close()
    finally:
        threading.excepthook = before
    assert session.questions >= 2
    assert errors == []
    assert "rank        writing ranking … " in terminal.getvalue()
    said = terminal.getvalue()
    assert said.endswith("\r\x1b[K")
    time.sleep(0.7)
    assert terminal.getvalue() == said


def test_a_closed_terminal_stops_no_run() -> None:
    class Closed(Terminal):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    progress = Progress(Stopping(), Closed())  # type: ignore[arg-type]
    progress.tell("a sentence")
    progress.close()
