"""A guard: what must be true of stored tables after a step, and the query that finds where it is not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from stclusters import io
from stclusters.errors import GuardFailed
from stclusters.run import Run
from stclusters.tables import Table

OF_DOCUMENTS = {"document_id", "point_id"}  # a table with such a column has a row per document, address or point


@dataclass(frozen=True)
class Guard:
    """A sentence that must be true, and a query that gives a row for each fault.

    The query names a table in braces, as `{points}`. What must hold of a row is written as it must hold, followed by
    `IS NOT TRUE`: a comparison with null, as of the sum over no rows, is a fault too.
    """

    sentence: str
    tables: tuple[Table, ...]
    faults: str

    @property
    def is_small(self) -> bool:
        """Whether all its tables have few rows, whatever the input."""
        return not any(OF_DOCUMENTS & set(table.schema.names) for table in self.tables)


def faulty_groups(table: Table, key: Sequence[str], held: str, shown: str, within: str = "") -> str:
    """A query for the groups of rows of equal `key` for which `held` is not true: `key` and `shown` of each.

    `within` names columns by which the rows of a group are grouped before, their addresses summed. Groups are formed by
    a 64-bit hash of their key first, which is far less to sort and send than texts; only rows whose hash is suspect are
    grouped by the key itself, so that two keys with one hash are no fault.
    """
    keys = ", ".join(key)
    name, hashed = f"{{{table.name}}}", f"xxhash64({keys})"
    rows = f"SELECT /*+ REPARTITION(hashed) */ *, {hashed} AS hashed FROM {name}"
    suspect = f"SELECT /*+ BROADCAST(suspects) */ * FROM {name} LEFT SEMI JOIN suspects ON {hashed} = hashed"

    def summed(of: str, by: str) -> str:
        by = f"{by}, {within}"
        return f"SELECT {by}, sum(addresses) AS addresses FROM ({of}) GROUP BY {by}" if within else of

    return f"""WITH suspects AS
        (SELECT hashed FROM ({summed(rows, "hashed")}) GROUP BY hashed HAVING ({held}) IS NOT TRUE)
        SELECT {keys}, {shown} FROM ({summed(suspect, keys)}) GROUP BY {keys} HAVING ({held}) IS NOT TRUE"""


def unique(table: Table) -> Guard:
    """No two rows of the table have the same key (Delta has no unique constraint); null equals null."""
    key = [name for name in table.key if name != "edition"]
    held, shown = "count(*) = 1", "count(*) AS rows"
    if "document_id" in key:
        faults = faulty_groups(table, key, held, shown)
    else:
        keys = ", ".join(key)
        faults = f"SELECT {keys}, {shown} FROM {{{table.name}}} GROUP BY {keys} HAVING ({held}) IS NOT TRUE"
    return Guard(f"the key of {table.name} is unique", (table,), faults)


def keys(tables: Iterable[Table]) -> tuple[Guard, ...]:
    """A guard of the key of each table."""
    return tuple(unique(table) for table in tables)


def find_faults(
    spark: SparkSession, guards: Sequence[Guard], frames: Mapping[str, DataFrame]
) -> list[dict[str, object] | None]:
    """The first fault of each guard, None where it holds; all in one query on the frames, by the names of tables.

    No temporary view remains in the session, nor is one of its own replaced.
    """
    first_faults = (
        f"SELECT {number} AS guard, to_json(struct(*), map('ignoreNullFields', 'false')) AS fault "
        f"FROM (SELECT * FROM ({guard.faults}) LIMIT 1)"
        for number, guard in enumerate(guards)
    )
    found = spark.sql(" UNION ALL ".join(first_faults), None, **frames).collect()
    faults = {row["guard"]: json.loads(row["fault"]) for row in found}
    return [faults.get(number) for number in range(len(guards))]


def check(run: Run, guards: tuple[Guard, ...]) -> None:
    """Checks the guards and records each result; raises `GuardFailed` with the first that failed.

    Guards of small tables are checked together at first, in one query; each other one, in order, in a query of its own.
    """
    tables = {table.name: table for guard in guards for table in guard.tables}
    frames = {name: io.stored(run, table) for name, table in tables.items()}
    small = [guard for guard in guards if guard.is_small]
    for group in [*([small] if small else []), *([guard] for guard in guards if not guard.is_small)]:
        more = f", and {len(group) - 1} more" if len(group) > 1 else ""
        run.progress.doing(f"checking that {group[0].sentence}{more}")
        faults = find_faults(run.spark, group, frames)
        for guard, fault in zip(group, faults, strict=True):
            run.record.guards[guard.sentence] = f"failed: {fault}" if fault is not None else "held"
        for guard, fault in zip(group, faults, strict=True):
            if fault is not None:
                raise GuardFailed(f"It does not hold that {guard.sentence}: {fault}.")


def hold(run: Run, sentence: str, left: int, right: int) -> None:
    """Records that two counts are equal, or raises `GuardFailed`."""
    held = left == right
    run.record.guards[sentence] = "held" if held else f"failed: {left} and {right}"
    if not held:
        raise GuardFailed(f"It does not hold that {sentence}: {left:,} and {right:,}.")
