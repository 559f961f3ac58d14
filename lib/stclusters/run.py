"""One run: its settings, its session, and the record that its steps fill."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from stclusters.noted import noted
from stclusters.progress import Progress
from stclusters.settings import Method, Place


@dataclass
class Record:
    """What one step did: a row of `runs`; `settings_read` has the names of the settings of the method that it read."""

    step: str
    started: datetime
    settings_read: set[str] = field(default_factory=set)
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

    `given_method` has the settings of the method file. A step reads them by `method`, which notes in the record which
    ones it reads. `versions` has the version at which the run reads each table: of its first read, and then of each of
    its own writes.
    """

    spark: SparkSession
    given_method: Method
    place: Place
    edition: int
    run_id: str
    progress: Progress
    record: Record
    version: str
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def method(self) -> Method:
        """The settings of the method; the record of the step that runs gets the name of each one that is read."""
        return noted(self.given_method, self.record.settings_read)

    def publish(self, name: str, rows: int) -> None:
        """Notes a published file and its rows."""
        self.record.rows_out[name] = rows
        self.progress.done(name, rows)
