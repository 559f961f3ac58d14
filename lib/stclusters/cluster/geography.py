"""The clusters of one edition as a map: in which of them the points of another edition lie."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from stclusters.cluster.blocks import neighbours, runs
from stclusters.cluster.grid import Grid, place_in_cells
from stclusters.sphere import TIE_M, Longs, distance_m, lat_of, lon_of

NO_CLUSTER = -1


def place_in_clusters(points: DataFrame, point_labels: DataFrame, radius_m: float) -> DataFrame:
    """`point_id` and `cluster_id` of each of `points` that lies in a cluster of `point_labels`.

    A point that has a label there has that cluster. Any other is where it would be as a border point: in the cluster of
    its nearest core point within `radius_m`, of equally near ones the one with the smaller id. One row a point.
    """
    point_ids = points.select("point_id").distinct()
    labels = point_labels.select("point_id", "cluster_id")
    known = point_ids.join(labels, "point_id", how="inner").where(F.col("cluster_id").isNotNull())  # one row a point
    new = place_in_cells(point_ids.join(labels, "point_id", how="left_anti"), radius_m).persist()
    cores = place_in_cells(point_labels.where("role = 'core'").select("point_id", "cluster_id"), radius_m).persist()
    sure, near = _look_round(new, cores, Grid(radius_m))
    certain = new.join(F.broadcast(sure), "cell", how="inner").select("point_id", "cluster_id")  # one row a point
    measured = _nearest(new, cores, F.broadcast(near), radius_m)
    return known.unionByName(certain).unionByName(measured)


def _look_round(new: DataFrame, cores: DataFrame, grid: Grid) -> tuple[DataFrame, DataFrame]:
    """Cells that need no distance (`cell`, `cluster_id`), and pairs of a `cell` and a `core_cell` that do.

    A cell with a core point is within the radius of it; if no other cluster is round it, its points are there. What
    comes to the driver are the occupied cells: their number follows the area, not the rows.
    """
    cell = np.sort(new.select("cell").distinct().toArrow()["cell"].to_numpy())
    held = cores.groupBy("cell").agg(F.min("cluster_id").alias("least"), F.max("cluster_id").alias("most"))
    core_cells = held.toArrow().sort_by("cell")
    core_cell, least, most = (core_cells[name].to_numpy() for name in ("cell", "least", "most"))
    first, last = neighbours(grid, cell, core_cell)
    a = np.repeat(np.arange(len(cell)), np.maximum(last - first, 0).sum(axis=1))
    b = runs(first.ravel(), last.ravel())
    lowest, highest = np.full(len(cell), np.iinfo(np.int64).max), np.full(len(cell), NO_CLUSTER)
    np.minimum.at(lowest, a, least[b])
    np.maximum.at(highest, a, most[b])
    certain = np.isin(cell, core_cell) & (lowest == highest)
    measured = ~certain[a]
    spark = new.sparkSession

    def frame(**columns: Longs) -> DataFrame:
        return spark.createDataFrame(pa.table({name: pa.array(values, pa.int64()) for name, values in columns.items()}))

    return (
        frame(cell=cell[certain], cluster_id=lowest[certain]),
        frame(cell=cell[a[measured]], core_cell=core_cell[b[measured]]),
    )


def _nearest(new: DataFrame, cores: DataFrame, near: DataFrame, radius_m: float) -> DataFrame:
    point, core = F.col("point_id"), F.col("core_point_id")
    around = cores.select(F.col("cell").alias("core_cell"), point.alias("core_point_id"), "cluster_id")
    measured = distance_m(lon_of(point), lat_of(point), lon_of(core), lat_of(core))
    reached = (
        new.join(near, "cell", how="inner")
        .join(around, "core_cell", how="inner")  # a row a point and core point round it: at the edges of clusters alone
        .withColumn("distance_m", measured)
        .where(F.col("distance_m") <= radius_m + TIE_M)
    )
    nearest = F.min("distance_m").over(Window.partitionBy("point_id"))
    tied = reached.withColumn("nearest_m", nearest).where(F.col("distance_m") <= F.col("nearest_m") + TIE_M)
    return tied.groupBy("point_id").agg(F.min_by("cluster_id", "core_point_id").alias("cluster_id"))
