"""The outlines of the clusters as one GeoParquet file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.publish.export import cluster_text
from stclusters.publish.files import need, replaced

FIGURES = ("rank", "patents", "articles", "score")
COLUMNS = (
    *("cluster_id", "rank", "name", "home_economy", "economies"),
    *("patents", "articles", "score", "area_km2", "geometry", "bbox"),
)
BOUNDS = {"xmin": "ST_XMin", "ymin": "ST_YMin", "xmax": "ST_XMax", "ymax": "ST_YMax"}


def export_outlines(clusters: DataFrame, ranking: DataFrame, path: Path) -> int:
    """Writes one GeoParquet 1.1 file with one row per cluster, in the order of ranks; returns their number.

    Columns: cluster_id (a text, as in the CSV files), rank, name, home_economy, economies, patents, articles, score (as
    in `ranking`), area_km2, geometry (WKB) and bbox, its bounds in degrees, by which readers skip rows. Coordinates are
    longitude and latitude of WGS 84, which is what GeoParquet takes a file without `crs` to have.
    """
    need(clusters, ("cluster_id", "name", "home_economy", "economies", "area_km2", "outline"), "clusters")
    need(ranking, ("cluster_id", *FIGURES), "ranking")
    bounds = F.struct(*(F.expr(f"{function}(shape)").alias(name) for name, function in BOUNDS.items()))
    rows = (
        clusters.join(ranking.select("cluster_id", *FIGURES), "cluster_id", how="left")  # one row of each in both
        .withColumn("shape", F.expr("ST_GeomFromWKB(outline)"))
        .withColumns({"geometry": F.col("outline"), "bbox": bounds, "type": F.expr("ST_GeometryType(shape)")})
        .orderBy("rank", "cluster_id")
        .select(*COLUMNS, "type")
        .toArrow()
    )
    table = rows.drop_columns(["type"]).set_column(0, "cluster_id", cluster_text(rows["cluster_id"]))
    types = sorted(str(name).removeprefix("ST_") for name in pc.unique(rows["type"].drop_null()).to_pylist())
    # GeoParquet wants geometry and bbox to be optional, or required, both of them
    schema = pa.schema([column.with_nullable(True) for column in table.schema])
    schema = schema.with_metadata({"geo": json.dumps(_metadata(table["bbox"], types))})
    with replaced(path) as unfinished:
        pq.write_table(pa.Table.from_arrays(table.columns, schema=schema), unfinished)
    return int(table.num_rows)


def _metadata(bounds: pa.ChunkedArray, types: list[str]) -> dict[str, Any]:
    """The metadata `geo` of the file; without a shape there are no bounds."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": types,
        "covering": {"bbox": {name: ["bbox", name] for name in BOUNDS}},
    }
    west, south, east, north = (pc.struct_field(bounds, name) for name in BOUNDS)
    if pc.count(west).as_py():
        column["bbox"] = [pc.min(west).as_py(), pc.min(south).as_py(), pc.max(east).as_py(), pc.max(north).as_py()]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
