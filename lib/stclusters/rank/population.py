"""How many people live near clusters, by a population raster or by the gazetteer's places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from stclusters.errors import BadInput
from stclusters.rank.pixels import CHUNKS, PEOPLE, people_of_cluster, spread_over_chunks, sum_chunks
from stclusters.rank.raster_files import Raster, find_rasters, raster_files
from stclusters.sphere import latitudes, longitudes

Batches = Iterable[pa.RecordBatch]
TASKS = 32  # that read a raster; a fixed number, for few points are many pixels


def population_round(point_labels: DataFrame, people: DataFrame) -> DataFrame:
    """`cluster_id` and `population` of every cluster: the sum of its rows in `people`, 0 where it has none.

    `people` has `cluster_id` and `people` (decimal), as `read_raster` and `people_of_places` give it. Decimals are
    summed, so that the order of the rows does not matter.
    """
    summed = people.groupBy("cluster_id").agg(F.sum("people").cast("double").alias("population"))
    clusters = point_labels.where(F.col("cluster_id").isNotNull()).select("cluster_id").distinct()
    joined = clusters.join(summed, "cluster_id", how="left")  # one row per cluster on both sides
    return joined.select("cluster_id", F.coalesce("population", F.lit(0.0)).alias("population"))


def read_raster(spark: SparkSession, path: Path, point_labels: DataFrame) -> DataFrame:
    """`cluster_id` and `people`: the sum of the pixels whose centre is within 0.05 degrees of a point of the cluster.

    `path` is a GeoTIFF of population counts in EPSG:4326 (GHS-POP), a zip archive of such files, or a folder of both,
    which every machine must see. Tasks read windows round the clusters, each stored block once; a pixel counts once per
    cluster, over longitude 180 too, and one without data or NaN counts nobody. Raises BadInput, naming file and cause,
    for a file that is no such raster, for rasters that overlap, and for pixels that are no counts.
    """
    rasters = find_rasters(path)
    spread = _points_of_clusters(point_labels).mapInArrow(_spread(rasters), from_arrow_schema(CHUNKS))
    parts = spread.repartition(TASKS, "raster", "chunk").mapInArrow(_sum(rasters), from_arrow_schema(PEOPLE))
    summed = parts.groupBy("cluster_id").agg(F.sum("people").cast("decimal(38,9)"), F.min("fault"))
    rows = summed.collect()  # a row per cluster
    for _, _, fault in rows:
        if fault:
            raise BadInput(fault)
    return spark.createDataFrame([row[:2] for row in rows], "cluster_id bigint, people decimal(38,9)")


def people_of_places(places: DataFrame, point_labels: DataFrame) -> DataFrame:
    """`cluster_id` and `people`: the sum of a gazetteer's places within 0.05 degrees of a point of the cluster.

    `places` has `lon`, `lat` and `population`; they go through the driver (a few megabytes).
    """
    known = places.where("population > 0").select("lon", "lat", F.col("population").cast("double")).toArrow()
    lon, lat, people = (column.to_numpy() for column in known.columns)

    def summed(points: pa.Table) -> pa.Table:
        cluster, at = points["cluster_id"][:1], points["point_id"].to_numpy()
        near = people_of_cluster(np.column_stack([longitudes(at), latitudes(at)]), lon, lat, people)
        rows = [cluster, pa.array([near], PEOPLE.field("people").type)]
        return pa.table(rows, names=["cluster_id", "people"])

    by_cluster = _points_of_clusters(point_labels).groupBy("cluster_id")
    return by_cluster.applyInArrow(summed, "cluster_id bigint, people decimal(38,9)")


def describe_files(path: Path) -> dict[str, Any]:
    """What the record of a run says of the raster: its name, how many files it has, and their bytes."""
    files = raster_files(path)
    return {"population": path.name, "files": len(files), "bytes": sum(file.stat().st_size for file in files)}


def _points_of_clusters(point_labels: DataFrame) -> DataFrame:
    return point_labels.where(F.col("cluster_id").isNotNull()).select("cluster_id", "point_id")


def _spread(rasters: list[Raster]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def spread(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            at = batch.column("point_id").to_numpy()
            cluster = batch.column("cluster_id").to_numpy()
            yield spread_over_chunks(rasters, cluster, longitudes(at), latitudes(at))

    return spread


def _sum(rasters: list[Raster]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def summed(batches: Batches) -> Iterator[pa.RecordBatch]:
        yield sum_chunks(rasters, pa.Table.from_batches(batches, CHUNKS))  # the points of a few chunks

    return summed
