"""Coordinates that hold suspiciously much: what geocoders give where they know the economy and no more."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.checkpoints import checkpointed
from stclusters.economy import UNKNOWN
from stclusters.sphere import lat_of, lon_of

LEAST_ROWS = 50  # fewer rows are no pile-up
OF_ECONOMY = 0.005  # of the rows of its economy
FAR_M = 10_000.0  # so far from the next city
CITY = 15_000  # inhabitants


def find_pile_ups(places: DataFrame, gazetteer: DataFrame) -> DataFrame:
    """The pile-ups, `point_id` and `economy`: at least 50 rows and 0.5 % of those of the economy, far from any city.

    `places` has `point_id`, `economy` and `rows`. No city of 15,000 and no capital of the gazetteer lies within 10 km.
    What geocoders give as the centre of an economy is seldom that of its borders: it is told by what it does.
    """
    known = places.where(F.col("economy") != UNKNOWN)
    of_points = known.groupBy("point_id", "economy").agg(F.sum("rows").alias("rows"))
    of_economies = known.groupBy("economy").agg(F.sum("rows").alias("all"))
    joined = of_points.where(F.col("rows") >= LEAST_ROWS).join(of_economies, "economy", how="inner")
    heavy = checkpointed(joined.where(F.col("rows") >= F.col("all") * OF_ECONOMY))  # few, and asked for twice
    if heavy.isEmpty():  # the rule, and then no city is read
        return heavy.select("point_id", "economy")
    spots = heavy.select(
        "point_id", "economy", lon_of(F.col("point_id")).alias("x"), lat_of(F.col("point_id")).alias("y")
    )
    spots = spots.withColumn("spot", F.expr("ST_Point(x, y)"))
    cities = gazetteer.where((F.col("population") >= CITY) | F.col("is_capital"))
    centres = cities.select(F.expr("ST_Point(lon, lat)").alias("centre"))
    near = F.expr(f"ST_DistanceSphere(s.spot, c.centre) <= {FAR_M}")
    by_a_city = spots.alias("s").join(centres.alias("c"), near, how="inner").select("point_id", "economy").distinct()
    return spots.select("point_id", "economy").join(by_a_city, ["point_id", "economy"], how="left_anti")
