"""Centre, outline and area of each cluster (Sedona)."""

from __future__ import annotations

from fractions import Fraction

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

STEP_DEG = 0.01  # points are drawn on a lattice of this step before they are outlined: 1.1 km
ROUND_STEPS = 1  # and the outline is drawn so many steps round them, farther than half a lattice square
BEND = 0.3  # longest edge of the concave hull, as a part between the shortest and the longest of the triangulation
UNIT = 10**9  # coordinates of unit vectors are summed in whole billionths, so that the sum has no order
LEAST_COSINE = 0.01  # nearer than 0.6 degrees to a pole the local map is no longer to scale


def outline_clusters(members: DataFrame, author_weight: Fraction) -> DataFrame:
    """One row a cluster: `cluster_id`, `lon`, `lat`, `area_km2`, counts of points and addresses, and `outline` (WKB).

    `members` has the points of clusters with `role` and counts. The centre is the mean direction of the addresses
    from the middle of the globe, authors weighted; the outline is a concave hull of the points, drawn 1.1 km round
    them and cut at 180 degrees; the area is on the WGS 84 spheroid.
    """
    described = _centres(members, author_weight)
    return (
        described.join(_outlines(members, described), "cluster_id", how="inner")  # one row a cluster
        .withColumn("area_km2", F.expr("ST_AreaSpheroid(geometry) / 1000000"))
        .select(
            "cluster_id",
            "lon",
            "lat",
            "area_km2",
            "points",
            "core_points",
            "inventors",
            "authors",
            F.expr("ST_AsBinary(geometry)").alias("outline"),
        )
    )


def _centres(members: DataFrame, author_weight: Fraction) -> DataFrame:
    lon, lat = F.radians("lon"), F.radians("lat")
    axes = {"x": F.cos(lat) * F.cos(lon), "y": F.cos(lat) * F.sin(lon), "z": F.sin(lat)}

    def pulled(name: str, count: str) -> Column:
        whole = F.round(axes[name] * UNIT).cast("long")
        return F.sum(whole * F.col(count)).cast("double")

    summed = members.groupBy("cluster_id").agg(
        F.count("*").alias("points"),
        F.count(F.when(F.col("role") == "core", 1)).alias("core_points"),
        F.sum("inventors").alias("inventors"),
        F.sum("authors").alias("authors"),
        *[(pulled(axis, "inventors") + float(author_weight) * pulled(axis, "authors")).alias(axis) for axis in axes],
    )
    lon_deg, lat_deg = F.degrees(F.atan2("y", "x")), F.degrees(F.atan2("z", F.hypot("x", "y")))
    micro_lon, micro_lat = F.round(lon_deg, 6), F.round(lat_deg, 6)
    return summed.select(
        "cluster_id",
        F.when(micro_lon >= 180, micro_lon - 360).otherwise(micro_lon).alias("lon"),
        micro_lat.alias("lat"),
        "points",
        "core_points",
        "inventors",
        "authors",
    )


def _outlines(members: DataFrame, centres: DataFrame) -> DataFrame:
    """One row a cluster with its outline as `geometry`, drawn on a local map to scale and put back on the globe."""
    local = members.select("cluster_id", F.col("lon").alias("at_lon"), F.col("lat").alias("at_lat")).join(
        F.broadcast(centres.select("cluster_id", "lon", "lat")),
        "cluster_id",
        how="inner",  # one row a member
    )
    scale = F.greatest(F.cos(F.radians("lat")), F.lit(LEAST_COSINE))
    east = F.pmod(F.col("at_lon") - F.col("lon") + 180, F.lit(360.0)) - 180
    spots = local.select(
        "cluster_id",
        "lon",
        "lat",
        scale.alias("scale"),
        F.struct(
            F.round(east * scale / STEP_DEG).cast("int").alias("x"),
            F.round((F.col("at_lat") - F.col("lat")) / STEP_DEG).cast("int").alias("y"),
        ).alias("spot"),
    )
    gathered = spots.groupBy("cluster_id", "lon", "lat", "scale").agg(
        F.array_sort(F.collect_set("spot")).alias("spots")
    )
    # in whole lattice steps: the triangulation under a concave hull fails on equally spaced points that are not whole
    hull = f"ST_ConcaveHull(ST_Collect(transform(spots, s -> ST_Point(double(s.x), double(s.y)))), {BEND})"
    drawn = f"ST_Buffer({hull}, {ROUND_STEPS}, false, 'quad_segs=2')"
    on_globe = f"ST_Affine({drawn}, {STEP_DEG}D / scale, 0D, 0D, {STEP_DEG}D, lon, lat)"
    return (
        gathered.withColumn("drawn", F.expr(on_globe))
        .withColumn("drawn", F.expr("ST_Intersection(drawn, ST_PolygonFromEnvelope(-540D, -90D, 540D, 90D))"))
        .select("cluster_id", F.expr(_cut_at_180("drawn")).alias("geometry"))
    )


def _cut_at_180(geometry: str) -> str:
    """SQL: a polygon with longitudes from -540 to 540 with each part put between -180 and 180."""

    def part(west: float, shift: float) -> str:
        box = f"ST_PolygonFromEnvelope({west}D, -90D, {west + 360}D, 90D)"
        return f"ST_Translate(ST_Intersection({geometry}, {box}), {shift}D, 0D)"

    parts = f"ST_Union(ST_Union({part(-180, 0)}, {part(-540, 360)}), {part(180, -360)})"
    return f"CASE WHEN ST_XMin({geometry}) >= -180 AND ST_XMax({geometry}) <= 180 THEN {geometry} ELSE {parts} END"
