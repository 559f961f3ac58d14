"""One run: its settings, its session, and the record that its steps fill."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from stclusters.progress import Progress
from stclusters.settings import Method, Place


@dataclass
class Record:
    """What one step did: a row of `runs`."""

    step: str
    started: datetime
    inputs: list[dict[str, Any]] = field(default_factory=list)
    rows_in: dict[str, int] = field(default_factory=dict)
    rows_out: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    guards: dict[str, str] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    bytes_out: int = 0


@dataclass
class Run:
    """What a step needs: settings, session, edition, and the record that it fills.

    `versions` has the version at which the run reads each table: of its first read, and then of each of its own writes.
    """

    spark: SparkSession
    method: Method
    place: Place
    edition: int
    run_id: str
    progress: Progress
    record: Record
    version: str
    versions: dict[str, int] = field(default_factory=dict)

    def publish(self, name: str, rows: int) -> None:
        """Notes a published file and its rows."""
        self.record.rows_out[name] = rows
        self.progress.done(name, rows)
