"""The account of an ingest: rows read are rows kept, rejected or dropped, and the record says how many of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters import guards
from stclusters.ingest.documents import FieldRow
from stclusters.ingest.organisations import OrganisationRow
from stclusters.ingest.sifted import Sifted, tally
from stclusters.ingest.sources.raw_tables import RawTables
from stclusters.run import Run
from stclusters.tables import Table

UNUSED = (  # rows that name no field and no organisation of a kept document
    *(FieldRow.NO_DOCUMENT, FieldRow.BLANK, FieldRow.UNKNOWN_IPC),
    *(OrganisationRow.NO_DOCUMENT, OrganisationRow.BLANK, OrganisationRow.NOT_AN_ORGANISATION),
)


def note_inputs(run: Run, inputs: Sequence[Mapping[str, Any]]) -> None:
    """Records what was found of each input table: format, files, bytes, version, columns passed over or absent."""
    run.record.inputs.extend(dict(entry) for entry in inputs)
    for entry in inputs:
        if absent := entry.get("absent"):
            run.progress.warn(f"No record of {entry['table']} has {', '.join(absent)}: nothing is left out by it.")


def note_doubts(run: Run, raw: RawTables) -> None:
    """Records how many documents of the source are doubtful, and warns of files of its folder that are not read."""
    run.record.flags |= raw.flags
    for flag, documents in raw.flags.items():
        run.progress.warn(f"{documents:,} {flag}: their other authors and places are not counted.")
    if raw.unread:
        run.progress.warn(f"Not read, for no table has its name: {', '.join(raw.unread)[:300]}.")


def note_records(run: Run, raw: RawTables) -> None:
    """Records what became of a bulk source's own records.

    Raises `GuardFailed` where those that became rows of a raw table are not as many as the rows of it.
    """
    if raw.records is None:
        return
    counted = raw.records.collect()  # a row a reason
    for table in sorted({row["table"] for row in counted}):
        rows = [row for row in counted if row["table"] == table]
        run.record.rows_in[table] = sum(row["rows"] for row in rows)
        run.record.rejects |= {f"{table}: {row['reason']}": row["rows"] for row in rows if row["reason"]}
        run.progress.done(f"{table} read", run.record.rows_in[table])
    for name, frame in (("documents", raw.documents), ("addresses", raw.addresses)):
        if any(row["becomes"] == name for row in counted):
            became = sum(row["rows"] for row in counted if row["becomes"] == name and row["reason"] is None)
            guards.hold(run, f"records of the source are {name} or left out with a reason", became, frame.count())


def settle(run: Run, table: Table, raw: DataFrame, sift: Callable[..., Sifted], *with_these: Any) -> Sifted:
    """`sift(raw, *with_these)`, recorded; raises `GuardFailed` where the rows read are not accounted for."""
    run.progress.doing(f"sifting {table.name}")
    sifted = sift(raw, *with_these)
    with ExitStack() as on_error:
        on_error.callback(sifted.release)
        counted = tally(sifted)
        read = raw.count()
        run.record.rows_in[table.name] = read
        run.record.rejects |= {f"{table.name}: {reason}": rows for reason, rows in counted.rejects.items()}
        run.record.rejects |= {f"{table.name}: dropped {reason}": rows for reason, rows in counted.dropped.items()}
        guards.hold(run, f"rows of {table.name} read are kept, rejected or dropped", read, counted.rows)
        on_error.pop_all()
    run.progress.done(f"{table.name} read", read)
    if not read:
        run.progress.warn(f"The table {table.name} of the source has no rows.")
    return sifted


def note_flags(run: Run, addresses: DataFrame, documents: DataFrame) -> None:
    """Records how many kept addresses have each flag, and how many documents have no address that is located."""
    flagged = addresses.select(F.explode("flags").alias("flag")).groupBy("flag").count().orderBy("flag")
    run.record.flags |= {row["flag"]: row["count"] for row in flagged.collect()}
    has_addresses = addresses.where("person = 1 AND address = 1")  # one row a document
    run.record.flags["documents without an address"] = documents.count() - has_addresses.count()


def note_counts(run: Run, table: Table, counts: DataFrame) -> None:
    """Records the raw rows of a table by what became of them; `counts` has `reason` and `rows`."""
    run.progress.doing(f"sifting {table.name}")
    rows = {row["reason"]: row["rows"] for row in counts.orderBy("reason").collect()}
    run.record.rows_in[table.name] = sum(rows.values())
    run.record.rejects |= {f"{table.name}: {reason}": number for reason, number in rows.items() if reason in UNUSED}
    run.progress.done(f"{table.name} read", sum(rows.values()))
