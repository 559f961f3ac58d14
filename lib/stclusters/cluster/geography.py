"""The clusters of one edition as a map: in which of them the points of another edition lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from stclusters.checkpoints import checkpointed, persisted
from stclusters.cluster.blocks import neighbours, pairs, sort_into_blocks
from stclusters.cluster.border import nearest_core
from stclusters.cluster.grid import Grid, place_in_cells
from stclusters.sphere import TIE_M, Longs, chord, unit_vectors

NO_CLUSTER = -1
PLACED = pa.schema({"point_id": pa.int64(), "cluster_id": pa.int64()})


def place_in_clusters(points: DataFrame, point_labels: DataFrame, radius_m: float) -> DataFrame:
    """`point_id` and `cluster_id` of each of `points` that lies in a cluster of `point_labels`.

    A point that has a label there has that cluster. Any other is where it would be as a border point: in the cluster of
    its nearest core point within `radius_m`, of equally near ones the one with the smaller id. One row a point.
    """
    point_ids = points.select("point_id").distinct()
    labels = point_labels.select("point_id", "cluster_id")
    known = point_ids.join(labels, "point_id", how="inner").where(F.col("cluster_id").isNotNull())  # one row a point
    unlabelled = place_in_cells(point_ids.join(labels, "point_id", how="left_anti"), radius_m)
    core_points = place_in_cells(point_labels.where("role = 'core'").select("point_id", "cluster_id"), radius_m)
    with persisted(unlabelled) as new, persisted(core_points) as cores:
        sure, near = _look_round(new, cores, Grid(radius_m))
        certain = new.join(F.broadcast(sure), "cell", how="inner").select("point_id", "cluster_id")  # one row a point
        measured = _nearest(new, cores, F.broadcast(near), Grid(radius_m))
        return checkpointed(known.unionByName(certain).unionByName(measured))


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
    a, b = pairs(first, last)
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


def _nearest(new: DataFrame, cores: DataFrame, near: DataFrame, grid: Grid) -> DataFrame:
    """`point_id`, `cluster_id` of the new points in cells to be measured that have a core point within the radius.

    A task has all new points of a cell, and all core points of the cells round it.
    """
    asked = new.join(near.select("cell").distinct(), "cell", how="left_semi")
    around = cores.withColumnRenamed("cell", "core_cell").join(near, "core_cell", how="inner")  # a row a cell near it
    sent = asked.select("cell", "point_id", F.lit(NO_CLUSTER).cast("long").alias("cluster_id"))
    by_cell = sent.unionByName(around.select("cell", "point_id", "cluster_id")).repartition("cell")
    return by_cell.mapInArrow(_measure(grid), from_arrow_schema(PLACED))


def _measure(grid: Grid) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    reach = chord(grid.radius_m + TIE_M)

    def measure(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        sent = list(batches)
        if not sent:
            return
        table = pa.Table.from_batches(sent).sort_by("cell")
        cell, point_id, cluster_id = (table[name].to_numpy() for name in ("cell", "point_id", "cluster_id"))
        for start, end in pairwise(np.flatnonzero(np.diff(cell, prepend=-1, append=-1))):
            is_new = cluster_id[start:end] == NO_CLUSTER
            asked, core, of_core = (
                point_id[start:end][is_new],
                point_id[start:end][~is_new],
                cluster_id[start:end][~is_new],
            )
            blocks, order = sort_into_blocks(grid, core, np.zeros((len(core), 2)), grid.cells(core))
            round_it = neighbours(grid, cell[start : start + 1], blocks.cells)
            nearest = nearest_core(unit_vectors(asked), np.zeros(len(asked), np.int64), blocks, round_it, reach)
            found = nearest >= 0
            columns = (asked[found], of_core[order][nearest[found]])
            yield pa.record_batch([pa.array(column, pa.int64()) for column in columns], PLACED)

    return measure
