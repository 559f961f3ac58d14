"""Result tables as CSV files, and the outlines of the clusters as one GeoParquet file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pyarrow import csv
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.errors import SchemaMismatch
from stclusters.paths import spark_path
from stclusters.publish.files import need, remove, replaced

FORMULA = r"^[=+\-@\t\r]"  # a spreadsheet takes a cell that begins so for a formula
CRS = {  # EPSG:4326 as PROJJSON 0.7; in GeoParquet coordinates are longitude, latitude
    "$schema": "https://proj.org/schemas/v0.7/projjson.schema.json",
    "type": "GeographicCRS",
    "name": "WGS 84",
    "datum": {
        "type": "GeodeticReferenceFrame",
        "name": "World Geodetic System 1984",
        "ellipsoid": {"name": "WGS 84", "semi_major_axis": 6378137, "inverse_flattening": 298.257223563},
    },
    "coordinate_system": {
        "subtype": "ellipsoidal",
        "axis": [
            {"name": "Geodetic latitude", "abbreviation": "Lat", "direction": "north", "unit": "degree"},
            {"name": "Geodetic longitude", "abbreviation": "Lon", "direction": "east", "unit": "degree"},
        ],
    },
    "id": {"authority": "EPSG", "code": 4326},
}


def export_csv(frame: DataFrame, path: Path, key: Sequence[str]) -> int:
    """One UTF-8 CSV file of a result table at `path`, which it replaces; the number of its rows.

    Rows are in the order of `key`, under a header. Arrays are joined with `/`, binary columns are left out, a null is
    an empty cell and an empty text is `""`, doubles have the fewest digits that read back equal. A text that a
    spreadsheet would take for a formula (it begins with = + - @ tab or CR) gets a leading `'`. Raises `SchemaMismatch`
    for a key that is not in the frame or a column that has no form in CSV.
    """
    need(frame, tuple(key), path.name)
    cells = [_cell(column) for column in frame.schema if not isinstance(column.dataType, T.BinaryType)]
    rows = frame.orderBy(*key).select(*cells).toArrow()
    with replaced(path) as unfinished:
        csv.write_csv(rows, unfinished)
    return int(rows.num_rows)


def _cell(column: T.StructField) -> Column:
    value = F.col(f"`{column.name}`")
    if isinstance(column.dataType, T.StringType):
        return _no_formula(value).alias(column.name)
    if isinstance(column.dataType, T.ArrayType) and isinstance(column.dataType.elementType, T.StringType):
        return _no_formula(F.array_join(value, "/")).alias(column.name)
    if isinstance(column.dataType, (T.ArrayType, T.MapType, T.StructType)):
        raise SchemaMismatch(f"{column.name}: {column.dataType.simpleString()} has no form in CSV")
    return value


def _no_formula(text: Column) -> Column:
    return F.when(text.rlike(FORMULA), F.concat(F.lit("'"), text)).otherwise(text)


def export_outlines(clusters: DataFrame, ranking: DataFrame, path: Path) -> None:
    """One GeoParquet 1.1 file at `path`, which it replaces: a row a cluster, in the order of ranks.

    Columns: cluster_id, rank, name, home_economy, economies, patents, articles, score (as in `ranking`), area_km2,
    geometry (WKB, EPSG:4326) and bbox, its bounds in degrees, by which readers skip rows.
    """
    need(clusters, ("cluster_id", "name", "home_economy", "economies", "area_km2", "outline"), "clusters")
    need(ranking, ("cluster_id", "rank", "patents", "articles", "score"), "ranking")
    figures = ranking.select("cluster_id", "rank", "patents", "articles", "score")
    outlined = (
        clusters.join(figures, "cluster_id", how="left")  # a row a cluster: the ranking has one row of each
        .withColumn("geometry", F.expr("ST_GeomFromWKB(outline)"))
        .withColumn("bbox", F.expr(_BOUNDS))
        .orderBy("rank", "cluster_id")
        .select(*_OUTLINE_COLUMNS)
    )
    folder = path.with_name(f".{path.name}.folder")  # Spark writes a folder of files
    with replaced(path) as unfinished:
        try:
            writer = outlined.coalesce(1).write.mode("overwrite").format("geoparquet")
            writer.options(**_GEOPARQUET).save(spark_path(folder))
            (part,) = folder.glob("part-*.parquet")
            part.replace(unfinished)
        finally:
            remove(folder)


_OUTLINE_COLUMNS = (
    "cluster_id",
    "rank",
    "name",
    "home_economy",
    "economies",
    "patents",
    "articles",
    "score",
    "area_km2",
    "geometry",
    "bbox",
)
_BOUNDS = (
    "named_struct('xmin', ST_XMin(geometry), 'ymin', ST_YMin(geometry),"
    " 'xmax', ST_XMax(geometry), 'ymax', ST_YMax(geometry))"
)
_GEOPARQUET = {
    "geoparquet.version": "1.1.0",
    "geoparquet.covering": "bbox",
    "geoparquet.crs": json.dumps(CRS),
}
