"""Points to labels: exact weighted DBSCAN on the sphere, tile by tile in Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from math import ceil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from stclusters.checkpoints import checkpointed
from stclusters.cluster.grid import Grid, place_in_cells
from stclusters.cluster.points import Weight, exact_counts
from stclusters.cluster.star_components import smallest_of_component
from stclusters.cluster.tiles import BORDER, CORE, NOISE, Cells, Plan, cluster_of_cells, label_tile, plan_tiles, turned
from stclusters.sphere import Longs

POINTS_A_TILE = 500_000  # a tile of so many points takes a worker some 400 MB
FEW_POINTS = 20_000  # not worth more than one tile
CELLS_IN_ONE_PROCESS = 10_000_000  # core cells and their edges take the driver some 50 bytes a cell
ROWS_AT_ONCE = 100_000  # a row of a tile's answer holds as many points, core cells and edges: some 4 MB
ANSWER = pa.schema(
    {
        "point": pa.list_(pa.int64()),  # the points that the tile owns, with `role` and `cell` of each
        "role": pa.list_(pa.int8()),
        "cell": pa.list_(pa.int64()),
        "core_cell": pa.list_(pa.int64()),  # the core cells that it owns, with the smallest core point of each
        "smallest": pa.list_(pa.int64()),
        "edge_a": pa.list_(pa.int64()),  # edges between core cells
        "edge_b": pa.list_(pa.int64()),
    }
)
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
    plan = plan_tiles(grid, _occupied(celled), weight, lambda sent: tiles or _tiles(sent, spark))
    answers = checkpointed(_solve(celled, plan, grid, weight))
    in_one_process = len(plan.cell) + len(plan.settled) <= CELLS_IN_ONE_PROCESS
    clusters = F.broadcast(_clusters(answers, plan)) if in_one_process else _clusters_in_rounds(answers, plan)
    of_tiles = _listed(answers, "point", "role", "cell").withColumnRenamed("point", "point_id")
    owned = F.broadcast(spark.createDataFrame(_arrow(cell=plan.cell[plan.owned])))
    others = celled.join(owned, "cell", how="left_anti").select("point_id", F.lit(None).alias("role"), "cell")
    labelled = of_tiles.unionByName(others).join(clusters, "cell", how="left")  # a row a point: a cell has one cluster
    unsolved = F.when(F.col("cluster_id").isNull(), NOISE).otherwise(CORE)  # settled cells have clusters
    return labelled.select("point_id", _role(F.coalesce("role", unsolved)).alias("role"), "cluster_id")


def _occupied(celled: DataFrame) -> Cells:
    """The occupied cells: their number follows the area, not the rows."""
    west = F.expr("shiftleft(point_id & 4294967295L, 32) + shiftright(point_id, 32)")  # orders points by longitude
    summed = celled.groupBy("cell").agg(
        F.sum("inventors").alias("inventors"),
        F.sum("authors").alias("authors"),
        F.count("*").alias("points"),
        F.min("point_id").alias("south"),
        F.max("point_id").alias("north"),
        F.min(west).alias("west"),
        F.max(west).alias("east"),
    )
    found = summed.toArrow().sort_by("cell")
    columns = {name: found[name].to_numpy() for name in found.column_names}
    ends = [columns["south"], columns["north"], turned(columns["west"]), turned(columns["east"])]
    counts = np.stack([columns["inventors"], columns["authors"]], axis=1)
    return Cells(columns["cell"], counts, columns["points"], np.stack(ends, axis=1))


def _tiles(points: int, spark: SparkSession) -> int:
    if points < FEW_POINTS:
        return 1
    return max(ceil(points / POINTS_A_TILE), 2 * spark.sparkContext.defaultParallelism)


def _arrow(**columns: Longs) -> pa.Table:
    return pa.table({name: pa.array(column, pa.int64()) for name, column in columns.items()})


def _role(kind: Column) -> Column:
    return F.when(kind == CORE, ROLES[CORE]).when(kind == BORDER, ROLES[BORDER]).otherwise(ROLES[NOISE])


def _solve(celled: DataFrame, plan: Plan, grid: Grid, weight: Weight) -> DataFrame:
    """The answers of all tiles: each tile's points go to one task, and each task gets as many tiles as the others."""
    spark = celled.sparkSession
    if not len(plan.cell):
        return spark.createDataFrame([], from_arrow_schema(ANSWER))
    tiles = int(plan.tile.max()) + 1
    spread = _spread(spark, tiles)
    entries = pa.table({"cell": plan.cell, "tile": spread[plan.tile], "owned": plan.owned, "asked": plan.asked})
    sent = celled.join(F.broadcast(spark.createDataFrame(entries)), "cell", how="inner")  # a row a point and tile
    return sent.repartition(tiles, "tile").mapInArrow(_label(grid, weight), from_arrow_schema(ANSWER))


def _label(grid: Grid, weight: Weight) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    def label(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        sent = list(batches)
        if sent:
            table = pa.Table.from_batches(sent)
            for tile in pc.unique(table["tile"]):
                yield from _answer(grid, weight, table.filter(pc.equal(table["tile"], tile)))

    return label


def _answer(grid: Grid, weight: Weight, sent: pa.Table) -> Iterable[pa.RecordBatch]:
    counts = exact_counts(sent["inventors"].to_numpy(), sent["authors"].to_numpy())
    of_points = (sent[name].to_numpy() for name in ("cell", "owned", "asked"))
    found = label_tile(grid, weight, sent["point_id"].to_numpy(), counts, *of_points)
    columns = (found.point_id, found.role, found.cell, *found.smallest_of_cells(), found.edge_a, found.edge_b)
    for first in range(0, max(map(len, columns)), ROWS_AT_ONCE):
        part = slice(first, first + ROWS_AT_ONCE)
        lists = [pa.array([column[part]], type) for column, type in zip(columns, ANSWER.types, strict=True)]
        yield pa.record_batch(lists, ANSWER)


def _listed(answers: DataFrame, *names: str) -> DataFrame:
    """A row for each element of lists that are equally long in a row."""
    return answers.select(F.inline(F.arrays_zip(*names)))


def _spread(spark: SparkSession, tiles: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Ids for tiles that hash to partitions of their own, so that no task waits for two large tiles."""
    ids = spark.createDataFrame(pa.table({"id": np.arange(20 * tiles + 100)}))  # computed here, without a job
    partition = ids.select(F.pmod(F.hash("id"), F.lit(tiles)).alias("partition")).toArrow()["partition"].to_numpy()
    first = np.unique(partition, return_index=True)[1]
    free = np.setdiff1d(np.arange(20 * tiles + 100), first)[: max(0, tiles - len(first))]
    return np.append(first, free).astype(np.int64)[:tiles]


def _clusters(answers: DataFrame, plan: Plan) -> DataFrame:
    """The cluster of every core cell: `cell`, `cluster_id`."""
    graph = answers.select("core_cell", "smallest", "edge_a", "edge_b").toArrow()
    found = [pc.list_flatten(graph[name]).to_numpy() for name in graph.column_names]
    of_plan = (plan.settled, plan.smallest, plan.edge_a, plan.edge_b)
    cell, smallest, edge_a, edge_b = (np.concatenate(parts) for parts in zip(found, of_plan, strict=True))
    order = np.argsort(cell)
    cluster = cluster_of_cells(cell[order], smallest[order], edge_a, edge_b)
    return answers.sparkSession.createDataFrame(_arrow(cell=cell[order], cluster_id=cluster))


def _clusters_in_rounds(answers: DataFrame, plan: Plan) -> DataFrame:
    """The same as `_clusters`, with nothing that has to fit in one process but the plan."""
    spark = answers.sparkSession
    settled = spark.createDataFrame(_arrow(cell=plan.settled, smallest=plan.smallest))
    joined = spark.createDataFrame(_arrow(a=plan.edge_a, b=plan.edge_b))
    cores = _listed(answers, "core_cell", "smallest").withColumnRenamed("core_cell", "cell").unionByName(settled)
    edges = _listed(answers, "edge_a", "edge_b").withColumnsRenamed({"edge_a": "a", "edge_b": "b"}).unionByName(joined)
    roots = smallest_of_component(edges).select(F.col("node").alias("cell"), F.col("smallest").alias("root"))
    rooted = cores.join(roots, "cell", how="left").withColumn("root", F.coalesce("root", "cell"))  # a row a core cell
    clusters = rooted.groupBy("root").agg(F.min("smallest").alias("cluster_id"))
    return rooted.join(clusters, "root", how="inner").select("cell", "cluster_id")  # a row a core cell
