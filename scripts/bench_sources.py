"""Times the readers of bulk sources on files of some hundred megabytes, and the share of it that is parsing.

    python scripts/bench_sources.py --works works.jsonl.gz --ror ror_records.csv [--copies 20] [--rows 2000000]

OpenAlex: real works, each copied under new ids into as many gzip files as there are copies. PatentsView and PATSTAT:
made tables in the published layout. Printed of each: rows, bytes packed and unpacked, seconds, and rows and megabytes a
second and core. Parsing is the time beyond that in which the same files are only unpacked and cut into lines.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from _bench import keep_nothing, timed
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.ingest.sources.delimited import Layout, read_delimited
from stclusters.ingest.sources.geocoded_patstat import PERS_APPLN
from stclusters.ingest.sources.openalex import WORK, read_openalex
from stclusters.ingest.sources.patentsview import INVENTOR
from stclusters.ingest.sources.records import read_records
from stclusters.ingest.sources.snapshot import find_entity
from stclusters.session import open_session

MB = 1_000_000


def main() -> None:
    """Makes the files where they are not there, and times each reader."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--works", type=Path, required=True, help="OpenAlex works as gzipped JSON lines")
    parser.add_argument("--ror", type=Path, required=True)
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--folder", type=Path, default=Path("build/bench_sources"))
    asked = parser.parse_args()
    spark = open_session("bench sources", Path("conf/spark.conf"))
    cores = spark.sparkContext.defaultParallelism
    print(f"{cores} cores")
    openalex(spark, asked.works, asked.ror, asked.folder / f"openalex_{asked.copies}", asked.copies, cores)
    for layout, name, lines in (
        (INVENTOR, "g_inventor_disambiguated.tsv", inventors(asked.rows)),
        (PERS_APPLN, "tls207_part01.csv", parties(asked.rows)),
    ):
        delimited(spark, layout, asked.folder / f"{layout.table}_{asked.rows}" / f"{name}.zip", lines)


def openalex(spark: SparkSession, works: Path, ror: Path, folder: Path, copies: int, cores: int) -> None:
    """The snapshot: unpacked, parsed, and read to the articles and addresses."""
    if not folder.is_dir():
        with gzip.open(works, "rt", encoding="utf-8") as stored:
            lines = [(json.loads(line)["id"], line) for line in stored]
        for copy in range(copies):
            part = folder / "data" / "works" / "updated_date=2024-01-01" / f"part_{copy:03d}.gz"
            part.parent.mkdir(parents=True, exist_ok=True)
            with gzip.open(part, "wt", encoding="utf-8", compresslevel=6) as out:
                out.writelines(line.replace(f'"{name}"', f'"{name}{copy:03d}"') for name, line in lines)
    found = find_entity(folder, "works")
    text = spark.read.text([str(file) for file in found.files])
    spark.read.text(str(found.files[0])).count()  # Spark is warm
    size = text.agg(F.sum(F.octet_length("value") + 1)).collect()[0][0]
    unpacked = timed(lambda: keep_nothing(text.select(F.octet_length("value"))))["seconds"]
    records = read_records(spark, found, WORK)
    rows, partitions = records.count(), records.rdd.getNumPartitions()
    print(f"openalex: {rows:,} works in {len(found.files)} files, read by {partitions} tasks")
    parsed = timed(lambda: keep_nothing(records))["seconds"]
    start = time.perf_counter()
    raw = read_openalex(spark, folder, ror, read_gazetteer(spark), (1900, 2030), ("article",))
    judged = time.perf_counter() - start
    addresses = timed(raw.addresses.count)["seconds"]
    told("openalex works", rows, found.bytes, size, parsed, cores, unpacked)
    print(f"  to judged works, stored: {judged:.1f} s; to addresses: {addresses:.1f} s more")
    raw.release()


def delimited(spark: SparkSession, layout: Layout, path: Path, lines: Iterator[str]) -> None:
    """A zipped table: unpacked, and parsed; a task reads a file, so that one core works."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed, packed.open(path.stem, "w") as out:
            out.writelines(line.encode() for line in lines)
    size = 0

    def unpack() -> None:
        nonlocal size
        with zipfile.ZipFile(path) as packed, packed.open(path.stem) as stored:
            while block := stored.read(1 << 22):
                size += len(block)

    unpacked = timed(unpack)["seconds"]
    found = read_delimited(spark, path.parent, layout)
    assert found is not None  # it has just been written
    seconds = timed(lambda: keep_nothing(found[0]))["seconds"]
    told(f"{layout.table}", found[0].count(), path.stat().st_size, size, seconds, 1, unpacked)


def inventors(rows: int) -> Iterator[str]:
    """Made lines of PatentsView's inventors, every cell in quotes."""
    yield '"patent_id"\t"inventor_sequence"\t"inventor_id"\t"disambig_inventor_name_first"\t'
    yield '"disambig_inventor_name_last"\t"gender_code"\t"location_id"\n'
    for n in range(rows):
        place = f"{n * 7919 % 90_000:08x}-16c8-11ed-9b5f-1234bf3cd657"
        person = f'"fl:jo_ln:example-{n % 4_000_000}"\t"Jo"\t"Example"\t""'
        yield f'"{10_000_000 + n // 3}"\t"{n % 3}"\t{person}\t"{place}"\n'


def parties(rows: int) -> Iterator[str]:
    """Made lines of PATSTAT's persons of applications."""
    yield "person_id,appln_id,applt_seq_nr,invt_seq_nr\n"
    yield from (f"{n * 7919 % 80_000_000},{n // 3},{n % 3 == 0:d},{n % 3}\n" for n in range(rows))


def told(name: str, rows: int, packed: int, size: int, seconds: float, cores: int, unpacked: float) -> None:
    """Prints the figures of a reader."""
    each = seconds * cores
    print(
        f"{name}: {rows:,} rows, {packed / MB:.0f} MB packed, {size / MB:.0f} MB of text, {seconds:.1f} s; "
        f"a core: {rows / each:,.0f} rows/s, {size / MB / each:.0f} MB/s of text, "
        f"{packed / MB / each:.1f} MB/s packed; "
        f"parsing {max(0.0, 1 - unpacked / seconds):.0%}"
    )


if __name__ == "__main__":
    main()
