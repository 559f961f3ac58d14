"""Times layouts of the table `addresses`: what writing costs, and what the steps that read it pay.

    .venv/bin/python scripts/bench_layout.py --place build/world/place.toml [--folder build/bench_layout]

The stored addresses of a run are written again in each layout, and read as step 2 (fold the points), step 3 (place the
documents) and a person who looks up one document do.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from _bench import ROOT, keep_nothing, timed
from stclusters.cluster.points import fold_points
from stclusters.session import open_session
from stclusters.settings import read_place
from stclusters.tables import ADDRESSES


@dataclass(frozen=True)
class Layout:
    """How the table is written: properties, files, order of the rows."""

    name: str
    properties: dict[str, str] = field(default_factory=dict)
    codec: str = "zstd"
    arrange: Callable[[DataFrame], DataFrame] = lambda rows: rows
    cluster_by: str = ""


LAYOUTS = (
    Layout("as the rows come, zstd, statistics of all columns"),
    Layout("no statistics", {"delta.dataSkippingNumIndexedCols": "0"}),
    Layout("snappy", codec="snappy"),
    Layout("64 files", arrange=lambda rows: rows.repartition(64, "kind", "document_id")),
    Layout("sorted by document", arrange=lambda rows: rows.sortWithinPartitions("document_id")),
    Layout("liquid clustering by point_id, optimised", cluster_by="point_id"),
)


def write(spark: SparkSession, rows: DataFrame, layout: Layout, path: str) -> None:
    """Writes the rows in the layout."""
    builder = DeltaTable.create(spark).location(path).addColumns(rows.schema)
    for key, value in layout.properties.items():
        builder = builder.property(key, value)
    if layout.cluster_by:
        builder = builder.clusterBy(layout.cluster_by)
    table = builder.execute()
    layout.arrange(rows).write.format("delta").mode("append").option("compression", layout.codec).save(path)
    if layout.cluster_by:
        table.optimize().executeCompaction()


def main() -> None:
    """Measures every layout and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--place", type=Path, required=True, help="the place file of a run")
    parser.add_argument("--edition", type=int, default=2024)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench_layout")
    asked = parser.parse_args()
    place = read_place(asked.place)
    spark = open_session("bench_layout", ROOT / "conf" / "spark.conf")
    stored = spark.read.format("delta").load(str(Path(place.tables).absolute() / ADDRESSES.name))
    rows = stored.where(F.col("edition") == asked.edition)
    one = rows.select("document_id").first()
    assert one is not None
    warm_up = str((asked.folder / "warm_up").absolute())
    for layout in LAYOUTS[:2]:
        keep_nothing(fold_points(rows))
        write(spark, rows, layout, warm_up)
        shutil.rmtree(warm_up)
    print(f"{rows.count():,} addresses\n")
    print("| layout | files | MB | write: s | CPU s | fold: s | place: s | one document: s |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for layout in LAYOUTS:
        target = asked.folder / "addresses"
        shutil.rmtree(target, ignore_errors=True)
        path = str(target.absolute())
        written = timed(lambda layout=layout, path=path: write(spark, rows, layout, path))
        again = spark.read.format("delta").load(path)
        detail = DeltaTable.forPath(spark, path).detail().collect()[0]
        used = again.select("kind", "document_id", "point_id", "economy", "persons", "addresses_each", "person")
        folded = timed(lambda again=again: keep_nothing(fold_points(again)))
        placed = timed(lambda used=used: keep_nothing(used.repartition(32, "kind", "document_id")))
        looked_up = timed(lambda again=again: again.where(F.col("document_id") == one["document_id"]).collect())
        seconds = f"{written['seconds']:.1f} | {written['cpu']:.1f} | {folded['seconds']:.1f} | {placed['seconds']:.1f}"
        size = f"{detail['numFiles']} | {detail['sizeInBytes'] / 1e6:,.0f}"
        print(f"| {layout.name} | {size} | {seconds} | {looked_up['seconds']:.1f} |", flush=True)
    shutil.rmtree(asked.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
