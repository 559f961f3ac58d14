"""Lines for the map of the page: coastline and outlines, simplified and written as small whole numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.resources import files

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

Line = list[int]  # x, y, then the step to each next place; in parts of a degree
Lines = list[Line]
COAST_PARTS = 100  # 0.01 degrees, 1.1 km: what the coastline is drawn with
OUTLINE_PARTS = 1_000  # 0.001 degrees, 111 m
TOLERANCES_DEG = (0.002, 0.01, 0.05)  # the coarser ones only where the outlines would be too large for the page
LARGEST = 1_200_000  # characters of all outlines


def page_outlines(clusters: DataFrame, largest: int = LARGEST) -> dict[str, Lines]:
    """The rings of each cluster's outline by cluster_id as text, simplified by Sedona to 0.002 degrees (220 m).

    Where they would take more than `largest` characters the tolerance is 0.01, then 0.05 degrees, then the boxes around
    the outlines are drawn.
    """
    for tolerance in TOLERANCES_DEG:
        outlines = _simplified(clusters, f"ST_SimplifyPreserveTopology(ST_GeomFromWKB(outline), {tolerance})")
        if len(json.dumps(outlines, separators=(",", ":"))) <= largest:
            return outlines
    return _simplified(clusters, "ST_Envelope(ST_GeomFromWKB(outline))")


def _simplified(clusters: DataFrame, geometry: str) -> dict[str, Lines]:
    shapes = clusters.select("cluster_id", F.expr(f"ST_AsGeoJSON({geometry})").alias("shape")).orderBy("cluster_id")
    rows = shapes.toArrow().to_pylist()
    return {str(row["cluster_id"]): [steps(ring, OUTLINE_PARTS) for ring in _rings(row["shape"])] for row in rows}


def _rings(geojson: str) -> Iterable[Sequence[Sequence[float]]]:
    shape = json.loads(geojson)
    shape = shape.get("geometry", shape)
    if shape["type"] == "Polygon":
        return list(shape["coordinates"])
    return [ring for polygon in shape["coordinates"] for ring in polygon] if shape["type"] == "MultiPolygon" else []


def coastline() -> Lines:
    """The coastline that the package holds (Natural Earth); an empty list where it holds none."""
    asset = files("stclusters") / "data" / "coastline.json"
    if not asset.is_file():
        return []
    return [steps(line, COAST_PARTS) for line in json.loads(asset.read_text(encoding="utf-8"))]


def steps(line: Sequence[Sequence[float]], parts: int) -> Line:
    """A line of degrees as whole numbers: the first place, then the step to each next one that is elsewhere.

    >>> steps([[10.0, 50.0], [10.01, 50.0], [10.01, 50.0], [10.01, 49.98]], 100)
    [1000, 5000, 1, 0, 0, -2]
    """
    numbers: Line = []
    x = y = 0
    for place in line:
        next_x, next_y = round(place[0] * parts), round(place[1] * parts)
        if not numbers or (next_x, next_y) != (x, y):
            numbers += [next_x - x, next_y - y]
        x, y = next_x, next_y
    return numbers
