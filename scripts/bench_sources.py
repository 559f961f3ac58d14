"""Times the readers of all sources: how much of it is parsing, and what a record and an address add.

    .venv/bin/python scripts/bench_sources.py --works works.jsonl.gz --ror ror.csv [--size 1]

OpenAlex: real works, each copied under new ids and with other affiliation texts, as gzip files and as Parquet.
PatentsView, PATSTAT and canonical tables: made rows in the published layout, of some hundred megabytes at `--size` 1.
Each source is read at a quarter of the size and whole, with a window that holds no document and with one that holds
all, so that processor seconds and bytes on disk are told of a record that is left out and of an address that is kept,
without what every run takes. The table is printed, and kept in FOLDER/sources.md.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import shutil
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

import _bulk_files
from _bench import ROOT, keep_nothing, timed
from stclusters.ingest.sources.delimited import Layout, read_delimited
from stclusters.ingest.sources.geocoded_patstat import (
    APPLN,
    FIELD,
    GEOCODES,
    PERS_APPLN,
    PERSON,
    read_geocoded_patstat,
)
from stclusters.ingest.sources.openalex import WORK, read_openalex
from stclusters.ingest.sources.patentsview import ASSIGNEE, INVENTOR, LOCATION, PATENT, WIPO, read_patentsview
from stclusters.ingest.sources.raw_tables import RawTables
from stclusters.ingest.sources.records import read_records
from stclusters.ingest.sources.snapshot import find_entity
from stclusters.ingest.sources.tables import read_tables
from stclusters.session import open_session

MB, BLOCK = 1_000_000, 1 << 22
COPIES, INVENTORS, PARTIES, ADDRESSES = 40, 3_000_000, 6_000_000, 3_000_000  # at size 1
QUARTER = 0.25
NONE, ALL = (1800, 1800), (1801, 2100)  # windows
Window = tuple[int, int]
COLUMNS = (
    *("reader", "rows", "MB packed", "MB of text", "unpacking CPU s", "and parsing CPU s", "share of parsing"),
    *("rows/s a core", "MB/s a core", "read, none kept: CPU s", "CPU s a million rows", "MB on disk a million rows"),
    *("all kept: CPU s", "CPU s a million addresses", "MB on disk a million addresses"),
)


@dataclass(frozen=True)
class Bulk:
    """Files of a source: `unpack` gives the bytes of their text, `parse` their frames, `read` their raw tables."""

    name: str
    files: tuple[Path, ...]
    unpack: Callable[[], int]
    parse: Callable[[], Iterable[DataFrame]]
    read: Callable[[Window], RawTables]
    windows: tuple[Window, ...] = (NONE, ALL)


def main() -> None:
    """Makes the files where they are not there, and measures each reader."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--works", type=Path, required=True, help="OpenAlex works as gzipped JSON lines")
    parser.add_argument("--ror", type=Path, required=True, help="ROR's file, CSV or JSON")
    parser.add_argument("--size", type=float, default=1.0, help="1: some hundred megabytes of text a source")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/bench_sources")
    parser.add_argument("--only", nargs="+", help="the sources to measure, by their kind")
    asked = parser.parse_args()
    scratch = asked.folder.absolute() / "spark"
    spark = open_session("bench sources", _settings(scratch))
    open_alex = partial(_openalex, spark, asked.works, asked.ror, asked.folder)
    sources: tuple[tuple[str, Callable[[float], Bulk]], ...] = (
        ("openalex", partial(open_alex, "data/jsonl")),
        ("openalex", partial(open_alex, "data/parquet")),
        ("patentsview", partial(_patentsview, spark, asked.folder)),
        ("geocoded_patstat", partial(_patstat, spark, asked.folder)),
        ("tables", partial(_tables, spark, asked.folder)),
    )
    found = [f"| {' | '.join(COLUMNS)} |", "|---|" + "--:|" * (len(COLUMNS) - 1)]
    for kind, source in sources:
        if asked.only is None or kind in asked.only:
            row = _measure(spark, scratch, source(QUARTER * asked.size), source(asked.size))
            found.append(f"| {' | '.join(row)} |")
            print(found[-1], flush=True)
    (asked.folder / "sources.md").write_text("\n".join(found) + "\n")
    print("\n".join(found))


def _settings(scratch: Path) -> Path:
    """The shipped settings of Spark, with all that it puts on disk in one folder."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    conf = scratch.parent / "spark.conf"
    shipped = (ROOT / "conf/spark.conf").read_text()
    conf.write_text(f"{shipped}\nspark.local.dir {scratch}\nspark.checkpoint.dir {scratch / 'checkpoints'}\n")
    return conf


def _measure(spark: SparkSession, scratch: Path, quarter: Bulk, whole: Bulk) -> list[str]:
    """The cells of `COLUMNS`: processor seconds of the whole files, and what a row and an address add to a quarter."""
    for bulk in (quarter, whole):  # the first is the warm-up
        unpacked = timed(bulk.unpack)
        parsed = timed(lambda bulk=bulk: [keep_nothing(frame) for frame in bulk.parse()])  # type: ignore[misc]
    before, rows = (sum(frame.count() for frame in bulk.parse()) for bulk in (quarter, whole))
    packed, text = sum(file.stat().st_size for file in whole.files) / MB, unpacked["found"] / MB
    cpu = parsed["cpu"]
    cells = [whole.name, f"{rows:,}", f"{packed:,.0f}", f"{text:,.0f}", f"{unpacked['cpu']:.1f}", f"{cpu:.1f}"]
    cells += [f"{max(0.0, 1 - unpacked['cpu'] / cpu):.0%}", f"{rows / cpu:,.0f}", f"{text / cpu:,.0f}"]
    if whole.windows:
        _read(spark, scratch, quarter, whole.windows[-1])
    each = (0.0, 0.0)  # of a row
    for window in whole.windows:
        few, many = (_read(spark, scratch, bulk, window) for bulk in (quarter, whole))
        more = [b - a - per_row * (rows - before) for a, b, per_row in zip(few[1:], many[1:], each, strict=True)]
        added = rows - before if window == NONE else many[0] - few[0]
        cells += [f"{many[1]:.1f}", *(f"{value / added * MB:,.1f}" for value in more)]
        each = (more[0] / added, more[1] / added)
    return cells + [""] * (len(COLUMNS) - len(cells))


def _read(spark: SparkSession, scratch: Path, bulk: Bulk, window: Window) -> tuple[int, float, float]:
    """Reads the source as step 1 does: addresses, processor seconds, and megabytes that Spark holds on disk for it."""
    before = _settled(spark, scratch)
    taken = timed(lambda: bulk.read(window).checkpointed())
    held = _bytes(scratch) - before
    raw: RawTables = taken["found"]
    addresses = raw.addresses.count()
    raw.release()
    print(f"{bulk.name}: {addresses:,} addresses, {taken['seconds']:.1f} s, {taken['cpu']:.1f} s of CPU", flush=True)
    return addresses, taken["cpu"], held / MB


def _settled(spark: SparkSession, scratch: Path) -> int:
    """The bytes on disk once Spark has removed what nothing uses any more, which it does when Java's heap is swept."""
    jvm: Any = spark.sparkContext._jvm
    size = -1
    while size != (size := _bytes(scratch)):
        gc.collect()
        jvm.System.gc()
        time.sleep(3)
    return size


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _openalex(spark: SparkSession, works: Path, ror: Path, folder: Path, layout: str, size: float) -> Bulk:
    copies = max(1, round(COPIES * size))
    json_lines = folder / f"openalex_{copies}" / "data/jsonl"
    snapshot = folder / f"openalex_{copies}" / layout
    if not json_lines.is_dir():
        _bulk_files.copy_works(works, copies, json_lines / "works/updated_date=2024-01-01")
    if not snapshot.is_dir():
        stored = spark.read.json(str(json_lines / "works")).repartition(max(2, copies // 10))
        stored.write.option("compression", "snappy").parquet(str(snapshot / "works"))
    found = find_entity(snapshot, "works")
    return Bulk(
        f"`openalex`, {'JSON lines' if found.format == 'jsonl' else 'Parquet'}",
        found.files,
        lambda: _unpacked(found.files) if found.format == "jsonl" else found.bytes,
        lambda: [read_records(spark, found, WORK)],
        lambda window: read_openalex(spark, snapshot, ror, window, ("article",)),
        windows=(NONE, ALL) if found.format == "jsonl" else (NONE,),  # addresses are the same work in both
    )


def _patentsview(spark: SparkSession, folder: Path, size: float) -> Bulk:
    root, layouts = folder / f"patentsview_{size}", (PATENT, INVENTOR, LOCATION, WIPO, ASSIGNEE)
    files = _bulk_files.write_packed(root, _bulk_files.patentsview(int(INVENTORS * size)))
    return Bulk(
        "`patentsview`",
        files,
        lambda: _unpacked(files),
        lambda: _parsed(spark, root, layouts),
        lambda window: read_patentsview(spark, root, window, (), "grant", "file"),
    )


def _patstat(spark: SparkSession, folder: Path, size: float) -> Bulk:
    root, layouts = folder / f"patstat_{size}", (APPLN, PERSON, PERS_APPLN, FIELD, GEOCODES)
    files = _bulk_files.write_packed(root, _bulk_files.patstat(int(PARTIES * size)))
    return Bulk(
        "`geocoded_patstat`",
        files,
        lambda: _unpacked(files),
        lambda: _parsed(spark, root, layouts),
        lambda window: read_geocoded_patstat(spark, root, window, ()),
    )


def _tables(spark: SparkSession, folder: Path, size: float) -> Bulk:
    root = folder / f"tables_{size}"
    files = _bulk_files.write_packed(root, _bulk_files.canonical(int(ADDRESSES * size)))

    def parse() -> list[DataFrame]:
        raw = read_tables(spark, root)
        return [frame for frame in (raw.addresses, raw.documents, raw.document_fields) if frame is not None]

    return Bulk("`tables`, CSV", files, lambda: _unpacked(files), parse, lambda _: read_tables(spark, root), windows=())


def _parsed(spark: SparkSession, root: Path, layouts: Sequence[Layout]) -> list[DataFrame]:
    found = (read_delimited(spark, root, layout) for layout in layouts)
    return [table[0] for table in found if table is not None]


def _unpacked(files: Sequence[Path]) -> int:
    """The bytes of the text of packed files, which are read through."""
    size = 0
    for file in files:
        with zipfile.ZipFile(file).open(file.stem) if file.suffix == ".zip" else gzip.open(file) as text:
            while block := text.read(BLOCK):
                size += len(block)
    return size


if __name__ == "__main__":
    main()
