"""The faint layer of the map: addresses outside every cluster, by coarse cells, rounded, none of few records."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.publish.files import need

STEPS_DEG = (0.5, 1.0, 2.0)  # the coarser ones only where the cells would be too many for the page
MOST = 20_000  # cells on the page
LEAST = 5  # records of a cell that is shown


def noise_cells(points: DataFrame, point_labels: DataFrame, most: int = MOST) -> dict[str, object]:
    """`step`, the side of a cell in degrees, and `cells`: column, row, records, and on.

    A cell's column and row are those of its south-western corner, in steps from 180° W and 90° S; records are inventor
    and author addresses at noise points, to one significant digit; a cell of fewer than five is left out.
    """
    need(points, ("point_id", "lon", "lat", "inventors", "authors"), "points")
    need(point_labels, ("point_id", "role"), "point_labels")
    noise = point_labels.where(F.col("role") == "noise").select("point_id")
    outside = points.join(noise, "point_id", how="left_semi")
    for step in STEPS_DEG:
        column, row = (F.floor((F.col(name) + half) / step) for name, half in (("lon", 180), ("lat", 90)))
        cells = (
            outside.groupBy(column.alias("column"), row.alias("row"))
            .agg(F.sum(F.col("inventors") + F.col("authors")).alias("records"))
            .where(F.col("records") >= LEAST)
            .orderBy("column", "row")
            .limit(most + 1)
            .collect()
        )
        if len(cells) <= most or step == STEPS_DEG[-1]:
            break
    return {"step": step, "cells": [each for cell in cells for each in (cell[0], cell[1], _rounded(cell[2]))]}


def _rounded(records: int) -> int:
    """The number to one significant digit.

    >>> _rounded(1234)
    1000
    """
    return int(float(f"{records:.1g}"))
