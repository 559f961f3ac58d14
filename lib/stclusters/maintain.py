"""Maintenance: small files are joined, files that nothing needs are removed, and no release is broken."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from pyspark.sql import Row, SparkSession

from stclusters import io
from stclusters.releases import keep_up, newest_releases
from stclusters.run import Run
from stclusters.tables import ALL, RELEASES, RUNS, Table

SAFE_DAYS = 7  # Delta's own bound: a reader or a writer may be at work on an older version for so long
CHECK = "spark.databricks.delta.retentionDurationCheck.enabled"
LISTED_BY = "spark.sql.sources.parallelPartitionDiscovery.parallelism"  # tasks of a VACUUM: 10,000 by default
REMOVES_NOTHING = ("VACUUM START", "VACUUM END", "ADD CONSTRAINT", "SET TBLPROPERTIES")
MARGIN_H = 1.0  # clocks of the file system and of the log may differ


def maintain(run: Run, retain_days: float) -> None:
    """Joins the small files of all tables, and removes files that no version younger than `retain_days` needs.

    The newest release of every edition stays readable. Where the tables have its rows still, it reads them at their
    newest versions from then on; where they have others, the files that it needs are kept, however old. Raises
    `SchemaMismatch` before it changes anything where Delta's log may have forgotten such files (`io.ask_remembering`).
    """
    tables = [table for table in (*ALL, RUNS, RELEASES) if io.location(run, table).exists()]
    for table in tables:
        io.ask_remembering(run, table)
    for table in tables:
        run.progress.doing(f"joining the files of {table.name}")
        io.location(run, table).delta().optimize().executeCompaction()
    commits = {table.name: io.location(run, table).delta().history().collect() for table in tables}
    for edition, row in newest_releases(run).items():
        run.edition = edition
        run.progress.doing(f"comparing the tables with the release of {edition}")
        needs_older = any(
            _needed_h(commits.get(name, []), edition, version) for name, version in row["versions"].items()
        )
        if needs_older and not keep_up(run):
            run.progress.warn(f"edition {edition} has rows that are not released: its release keeps older files.")
    kept = newest_releases(run)
    for table in tables:
        run.progress.doing(f"removing files of {table.name}")
        read = {edition: row["versions"][table.name] for edition, row in kept.items() if table.name in row["versions"]}
        ages = [_needed_h(commits[table.name], edition, version) for edition, version in read.items()]
        hours = math.ceil(max([retain_days * 24, *ages]))
        run.progress.tell(f"{table.name}: {_vacuum(run, table, hours):,} files removed, {hours / 24:.1f} days kept")


def _needed_h(commits: list[Row], edition: int, version: int) -> float:
    """How many hours back later commits have removed files of an edition that a version reads; 0 where none has."""
    later = [row for row in commits if row["version"] > version and _may_remove(row, edition)]
    if not later:
        return 0.0
    since: datetime = min(later, key=lambda row: int(row["version"]))["timestamp"]
    return (datetime.now(UTC) - since.astimezone(UTC)).total_seconds() / 3600 + MARGIN_H


def _may_remove(commit: Row, edition: int) -> bool:
    """May a commit have removed files of an edition? Our own notes tell the edition of a write."""
    try:
        noted = json.loads(commit["userMetadata"] or "{}").get("edition", edition)
    except (ValueError, AttributeError):
        noted = edition
    return noted == edition and commit["operation"] not in REMOVES_NOTHING


def _vacuum(run: Run, table: Table, hours: int) -> int:
    """VACUUM; how many files it removed."""
    stored = io.location(run, table).delta()
    tasks = str(run.spark.sparkContext.defaultParallelism)
    with _set(run.spark, CHECK, "false"), _set(run.spark, LISTED_BY, tasks):
        stored.vacuum(hours)  # Delta's bound is asked of the user's argument; `io` has tables ask for more
    ends = stored.history(1).where("operation = 'VACUUM END'").collect()
    return int(ends[0]["operationMetrics"].get("numDeletedFiles", 0)) if ends else 0


@contextmanager
def _set(spark: SparkSession, key: str, value: str) -> Iterator[None]:
    """Within it, a setting of the session has a value."""
    before = spark.conf.get(key, None)
    spark.conf.set(key, value)
    try:
        yield
    finally:
        if before is None:
            spark.conf.unset(key)
        else:
            spark.conf.set(key, before)
