"""The economy of a point by spatial join with border polygons (Sedona), and the economy of a source's code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.economy import UNKNOWN
from stclusters.errors import SettingsError
from stclusters.packaged import packaged_rows, packaged_table
from stclusters.sphere import EARTH_RADIUS_M, distance_m

BORDERS = T.StructType([T.StructField("economy", T.StringType(), False), T.StructField("wkb", T.BinaryType(), False)])
FARTHEST_TOLERANCE_M = 1_000_000.0
BLANKS = " \t\r\n\u00a0"


def read_borders(spark: SparkSession) -> DataFrame:
    """The shipped border polygons: `economy` (ISO 3166-1 alpha-2) and `wkb` (one valid polygon, EPSG:4326).

    An economy has many rows: its polygons are cut into small pieces. Natural Earth 1:10m; see scripts/make_borders.py.
    The file is read from the package itself, be it a folder, a wheel or a zip.
    """
    return packaged_table(spark, "borders.parquet", BORDERS)


def locate_economies(points: DataFrame, borders: DataFrame, tolerance_m: float) -> DataFrame:
    """The economy that each point lies in, or else the nearest one within `tolerance_m`: one row per point.

    `points` has distinct `point_id`, and `lon` in [-180, 180], `lat` in degrees. The columns are `point_id`,
    `border_economy` (null: none within the tolerance; on a border, or at equal distance, the first by name),
    `border_distance_m` (0 inside, null with no economy): metres on the sphere to the outline, rounded to a millimetre;
    an outline is straight in longitude and latitude between its vertices; and `near_economies`: for a point outside all
    polygons every economy within the tolerance, in no order; null for a point inside one. Raises ValueError for a
    tolerance that is not between 0 and 1,000 km.
    """
    if not 0 <= tolerance_m <= FARTHEST_TOLERANCE_M:
        raise ValueError(f"tolerance_m is {tolerance_m}, and must be between 0 and {FARTHEST_TOLERANCE_M:.0f}")
    covered = _cover(points, borders)
    is_inside = F.col("at.economy").isNotNull()
    inside = covered.where(is_inside).select(
        "point_id",
        F.col("at.economy").alias("border_economy"),
        F.lit(0.0).alias("m"),
        F.lit(None).cast("array<string>").alias("near_economies"),
    )
    outside = covered.where(~is_inside).select("point_id", "at.lon", "at.lat")
    located = inside.unionByName(_nearest(_approach(outside, borders, tolerance_m), tolerance_m))
    return located.select("point_id", "border_economy", F.col("m").alias("border_distance_m"), "near_economies")


def _cover(points: DataFrame, borders: DataFrame) -> DataFrame:
    """One row per point: `point_id` and `at`, a struct of `economy` (null where no polygon covers it), `lon`, `lat`."""
    pieces = borders.select("economy", F.expr("ST_GeomFromWKB(wkb)").alias("piece"))
    placed = points.select("point_id", "lon", "lat", F.expr("ST_Point(lon, lat)").alias("place"))
    # one row per point, more on the line between two pieces
    joined = placed.join(F.broadcast(pieces), F.expr("ST_Intersects(piece, place)"), how="left")
    return joined.groupBy("point_id").agg(F.min(F.struct("economy", "lon", "lat")).alias("at"))


def _outlines(borders: DataFrame) -> DataFrame:
    """One row per ring of a piece: `economy`, `ring`, `edges` (its edges as structs of two ends a and b in degrees)."""
    rings = borders.select("economy", F.expr("explode(ST_Dump(ST_Boundary(ST_GeomFromWKB(wkb))))").alias("ring"))
    ends = rings.withColumn(
        "ends", F.expr("transform(ST_DumpPoints(ring), p -> struct(ST_X(p) AS lon, ST_Y(p) AS lat))")
    )
    starts_stops = "slice(ends, 1, size(ends) - 1), slice(ends, 2, size(ends) - 1)"
    edges = F.expr(f"zip_with({starts_stops}, (a, b) -> struct(a, b))")
    return ends.select("economy", "ring", edges.alias("edges"))


def _approach(outside: DataFrame, borders: DataFrame, tolerance_m: float) -> DataFrame:
    """Each point with the edges of every outline in its window: `point_id`, `lon`, `lat`, `economy`, `edge`.

    A point with nothing in its window has one row with null in the last two. The window holds every place within the
    tolerance; one over longitude 180 stands at both sides of the map, with the point's longitude turned by 360 degrees.
    """
    reach = tolerance_m / EARTH_RADIUS_M + 1e-9
    high = math.degrees(reach)
    over_pole = F.abs("lat") + high >= 90
    wide = F.when(over_pole, 180.0).otherwise(
        F.degrees(F.asin(F.least(F.lit(1.0), math.sin(reach) / F.cos(F.radians("lat")))))
    )
    turned = outside.withColumn("wide", wide).withColumn("turn", F.explode(F.array(*map(F.lit, (-360.0, 0.0, 360.0)))))
    turned = turned.withColumn("lon", F.col("lon") + F.col("turn"))
    on_map = (F.col("lon") + F.col("wide") >= -180) & (F.col("lon") - F.col("wide") <= 180)
    window = F.expr(f"ST_PolygonFromEnvelope(lon - wide, lat - {high!r}D, lon + wide, lat + {high!r}D)")
    windows = turned.where(on_map).select("point_id", "lon", "lat", window.alias("view"))
    # a few rings per point, each with up to a few hundred edges; left: no point is lost
    met = windows.join(F.broadcast(_outlines(borders)), F.expr("ST_Intersects(view, ring)"), how="left")
    return met.select("point_id", "lon", "lat", "economy", F.explode_outer("edges").alias("edge"))


def _bounded(share: Column) -> Column:
    """A share of an edge, from 0 at a to 1 at b; 0 for null, which is an edge without length."""
    return F.least(F.lit(1.0), F.greatest(F.lit(0.0), share))


def _along_edge(axis: str, share: Column) -> Column:
    """The coordinate of the edge at a share of it; exactly the ends at 0 and 1."""
    return F.col(f"edge.a.{axis}") * (1 - share) + F.col(f"edge.b.{axis}") * share


def _planar_share() -> Column:
    """Where on the edge it is nearest to the point, in the plane with the width of a degree at the point."""
    squeeze = F.cos(F.radians("lat"))
    run, rise = (F.col("edge.b.lon") - F.col("edge.a.lon")) * squeeze, F.col("edge.b.lat") - F.col("edge.a.lat")
    east, north = (F.col("lon") - F.col("edge.a.lon")) * squeeze, F.col("lat") - F.col("edge.a.lat")
    return _bounded(F.try_divide(east * run + north * rise, run * run + rise * rise))


def _newton_share(share: Column) -> Column:
    """The share after one Newton step towards the largest cosine of the great circle's angle."""
    run, rise = F.col("edge.b.lon") - F.col("edge.a.lon"), F.col("edge.b.lat") - F.col("edge.a.lat")
    phi, turn = F.radians(_along_edge("lat", share)), F.radians(_along_edge("lon", share) - F.col("lon"))
    sin_at, cos_at = F.sin(F.radians("lat")), F.cos(F.radians("lat"))
    north, level = sin_at * F.cos(phi) - cos_at * F.sin(phi) * F.cos(turn), cos_at * F.cos(phi) * F.cos(turn)
    slope = rise * north - run * cos_at * F.cos(phi) * F.sin(turn)
    bend = (
        2 * rise * run * cos_at * F.sin(phi) * F.sin(turn)
        - rise * rise * (sin_at * F.sin(phi) + level)
        - run * run * level
    )
    return _bounded(share - F.coalesce(F.try_divide(F.degrees(slope), bend), F.lit(0.0)))


def _nearest(approached: DataFrame, tolerance_m: float) -> DataFrame:
    """The nearest economy of each point, null beyond the tolerance, and all that are within the tolerance.

    The columns are `point_id`, `border_economy`, `m`, `near_economies`.

    The nearest place of an edge is sought in the plane, and mended by one step on the sphere; its distance is the great
    circle's. An error of the place enters the distance by its square: it is right to a centimetre up to latitude 85.
    """
    guessed = approached.withColumn("guess", _planar_share())
    found = guessed.withColumn("share", _newton_share(F.col("guess")))
    foot_lon, foot_lat = _along_edge("lon", F.col("share")), _along_edge("lat", F.col("share"))
    metres = F.round(distance_m(F.col("lon"), F.col("lat"), foot_lon, foot_lat), 3)
    measured = found.select("point_id", F.when(F.col("economy").isNotNull(), metres).alias("m"), "economy")
    # compared after the minimum is taken: a filter before it is pushed down, and repeats the formula
    far = F.lit(float("inf"))
    by_economy = measured.groupBy("point_id", "economy").agg(F.coalesce(F.min("m"), far).alias("m"))  # by hash, no sort
    is_near = F.col("m") <= tolerance_m
    nearest = by_economy.groupBy("point_id").agg(
        F.min(F.struct("m", "economy")).alias("nearest"),
        F.collect_list(F.when(is_near, F.col("economy"))).alias("near_economies"),
    )
    within = F.col("nearest.m") <= tolerance_m
    return nearest.select(
        "point_id",
        F.when(within, F.col("nearest.economy")).alias("border_economy"),
        F.when(within, F.col("nearest.m")).alias("m"),
        "near_economies",
    )


@cache
def economy_codes() -> Mapping[str, str]:
    """The shipped table of source codes (upper case) to ISO 3166-1 alpha-2, `XK` or `UNKNOWN`: data/economies.csv.

    A former state stands for its successor only where it has exactly one; offices (EP, WO, ...) are `UNKNOWN`.
    """
    return {row["code"]: row["economy"] for row in packaged_rows("economies.csv")}


def normalise_economy(column: Column) -> Column:
    """The economy of a source's code as ISO 3166-1 alpha-2 or `XK`; `UNKNOWN` for null and all that is in no table.

    Case and outer blanks do not matter; alpha-3 codes and the offices' own codes (UK, EL) are known, names are not.
    """
    codes = economy_codes()
    current = sorted({economy for economy in codes.values() if economy != UNKNOWN})
    others = {code: economy for code, economy in codes.items() if economy not in (code, UNKNOWN)}
    translation = F.create_map(*(F.lit(word) for pair in sorted(others.items()) for word in pair))
    code = F.upper(F.btrim(column, F.lit(BLANKS)))
    # alpha-2 as it is written is the rule, and a set is quicker than the map
    translated = F.coalesce(F.when(code.isin(current), code), F.try_element_at(translation, code), F.lit(UNKNOWN))
    return F.when(column.isin(current), column).otherwise(translated)


def group_economies(column: Column, groups: Mapping[str, str]) -> Column:
    """The group of an economy (`groups`: economy to group, as in {"HK": "CN", "MO": "CN"}), or the economy itself.

    Raises SettingsError for a key that is no economy; `UNKNOWN` is in no group.
    """
    strangers = sorted(set(groups) - (set(economy_codes().values()) - {UNKNOWN}))
    if strangers:
        raise SettingsError(f"economy_groups: {', '.join(strangers)} is no ISO 3166-1 alpha-2 code: mend or remove it.")
    if not groups:
        return column
    members = F.create_map(*(F.lit(word) for pair in sorted(groups.items()) for word in pair))
    return F.coalesce(F.try_element_at(members, column), column)
