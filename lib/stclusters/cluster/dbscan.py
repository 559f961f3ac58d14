"""Points to labels: exact weighted DBSCAN on the sphere, tile by tile in Spark."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.cluster.grid import Grid, place_in_cells
from stclusters.cluster.points import Weight
from stclusters.cluster.tiles import BORDER, CORE, NOISE, Plan, cluster_of_cells, label_tile, plan_tiles

POINTS_A_TILE = 150_000  # a tile of so many points takes a worker some 200 MB
FEW_POINTS = 20_000  # not worth more than one tile
EDGE = 3  # a row of a tile's answer that is an edge between core cells, beside its points' CORE, BORDER, NOISE
ANSWER = "kind int, id long, cell long"
ROLES = {CORE: "core", BORDER: "border", NOISE: "noise"}


def label_points(
    points: DataFrame, radius_m: float, min_weight: float, author_weight: Fraction, tiles: int | None = None
) -> DataFrame:
    """The label of every point: `point_id`, `role` and `cluster_id` (null for noise), as DBSCAN defines them.

    A point is core if `inventors + author_weight * authors` within `radius_m` of it, its own included, is at least
    `min_weight`; core points within the radius of each other share a cluster; any other point with a core point within
    the radius is border and joins the cluster of the nearest (Ester et al. 1996, with weights, and with the nearest
    core point in place of the first met). The number of tiles changes no label.
    """
    spark = points.sparkSession
    grid, weight = Grid(radius_m), Weight.of(min_weight, author_weight)
    celled = place_in_cells(points.select("point_id", "inventors", "authors"), radius_m)
    cells = _occupied(celled)
    counts = np.stack([cells["inventors"].to_numpy(), cells["authors"].to_numpy()], axis=1)
    sizes = cells["points"].to_numpy()
    number = tiles or _tiles(int(sizes.sum()), spark)
    plan = plan_tiles(grid, cells["cell"].to_numpy(), counts, sizes, weight, number)
    owned = F.broadcast(_cells_frame(spark, plan.cell[plan.owned]))
    if not plan.owned.any():
        return _noise(celled)
    answers = _solve(celled, plan, grid, weight).persist(StorageLevel.MEMORY_AND_DISK)
    clusters = F.broadcast(_clusters(answers))
    labelled = (
        answers.where(F.col("kind") != EDGE)
        .join(clusters, "cell", how="left")  # one row a point: a cell is of one cluster
        .select(F.col("id").alias("point_id"), _role(F.col("kind")).alias("role"), "cluster_id")
    )
    return labelled.unionByName(_noise(celled.join(owned, "cell", how="left_anti")))


def _occupied(celled: DataFrame) -> pa.Table:
    """The occupied cells in order of their ids: their number follows the area, not the rows."""
    summed = celled.groupBy("cell").agg(
        F.sum("inventors").alias("inventors"), F.sum("authors").alias("authors"), F.count("*").alias("points")
    )
    return summed.toArrow().sort_by("cell")


def _tiles(points: int, spark: SparkSession) -> int:
    if points < FEW_POINTS:
        return 1
    return max(ceil(points / POINTS_A_TILE), 2 * spark.sparkContext.defaultParallelism)


def _cells_frame(spark: SparkSession, cell: np.ndarray[tuple[int], np.dtype[np.int64]]) -> DataFrame:
    return spark.createDataFrame(pa.table({"cell": pa.array(cell, pa.int64())}))


def _noise(points: DataFrame) -> DataFrame:
    none = F.lit(None).cast("long").alias("cluster_id")
    return points.select("point_id", F.lit(ROLES[NOISE]).alias("role"), none)


def _role(kind: Column) -> Column:
    return F.when(kind == CORE, ROLES[CORE]).when(kind == BORDER, ROLES[BORDER]).otherwise(ROLES[NOISE])


def _solve(celled: DataFrame, plan: Plan, grid: Grid, weight: Weight) -> DataFrame:
    """The answers of all tiles: each tile's points go to one task, and each task gets as many tiles as the others."""
    spark = celled.sparkSession
    tiles = int(plan.tile.max()) + 1
    spread = _spread(spark, tiles)
    entries = pa.table({"cell": plan.cell, "tile": spread[plan.tile], "owned": plan.owned, "asked": plan.asked})
    sent = celled.join(F.broadcast(spark.createDataFrame(entries)), "cell", how="inner")  # a row a point and tile
    return sent.repartition(tiles, "tile").groupBy("tile").applyInArrow(_label(grid, weight), ANSWER)


def _label(grid: Grid, weight: Weight) -> Callable[[pa.Table], pa.Table]:
    def label(table: pa.Table) -> pa.Table:
        counts = np.stack([table["inventors"].to_numpy(), table["authors"].to_numpy()], axis=1).astype(np.float64)
        of_points = (table[name].to_numpy() for name in ("cell", "owned", "asked"))
        found = label_tile(grid, weight, table["point_id"].to_numpy(), counts, *of_points)
        kind = np.append(found.role, np.full(len(found.edge_a), EDGE)).astype(np.int32)
        ids, cells = np.append(found.point_id, found.edge_a), np.append(found.cell, found.edge_b)
        return pa.table({"kind": kind, "id": ids, "cell": cells})

    return label


def _spread(spark: SparkSession, tiles: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Ids for tiles that hash to partitions of their own, so that no task waits for two large tiles."""
    ids = spark.range(20 * tiles + 100).select("id", F.pmod(F.hash("id"), F.lit(tiles)).alias("partition"))
    first = ids.groupBy("partition").agg(F.min("id").alias("id")).toArrow()["id"].to_numpy()
    free = np.setdiff1d(np.arange(20 * tiles + 100), first)[: max(0, tiles - len(first))]
    return np.append(first, free).astype(np.int64)[:tiles]


def _clusters(answers: DataFrame) -> DataFrame:
    """The cluster of every core cell: `cell`, `cluster_id`."""
    is_core = F.col("kind") == CORE
    cores = answers.where(is_core).groupBy("cell").agg(F.min("id").alias("smallest")).toArrow().sort_by("cell")
    edges = answers.where(F.col("kind") == EDGE).select("id", "cell").toArrow()
    cell, smallest = cores["cell"].to_numpy(), cores["smallest"].to_numpy()
    cluster = cluster_of_cells(cell, smallest, edges["id"].to_numpy(), edges["cell"].to_numpy())
    return answers.sparkSession.createDataFrame(pa.table({"cell": cell, "cluster_id": cluster}))
