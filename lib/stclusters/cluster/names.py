"""Names of clusters: their largest cities by output."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

CITY_M = 25_000  # how far a city draws the output round it
CITIES = 3  # a name holds so many cities at most
OF_LARGEST = 0.25  # a further city is named if it has at least this part of the largest one's output
SPREAD_M = 1_000  # a city's own size: what keeps its pull finite at its centre
STEP = 50  # output is summed by steps of 1/50 degree before it is drawn to cities


def name_clusters(output: DataFrame, places: DataFrame) -> DataFrame:
    """The name of each cluster: `cluster_id`, `name`, its one to three largest cities joined by an en dash.

    `output` has `cluster_id`, `point_id`, `lon`, `lat`, `score`; `places` are a gazetteer's. Each spot's output goes
    to the city within 25 km with the largest population / distance squared (Reilly 1931, the law of retail
    gravitation); a cluster near no city is named by its coordinates.
    """
    spots = (
        output.groupBy("cluster_id", F.round(F.col("lon") * STEP).alias("x"), F.round(F.col("lat") * STEP).alias("y"))
        .agg(F.sum("score").alias("score"))
        .withColumn("spot", F.expr(f"ST_Point(x / {STEP}, y / {STEP})"))
    )
    cities = places.where("population > 0").select(
        "place_id", F.col("name").alias("city"), "population", F.expr("ST_Point(lon, lat)").alias("centre")
    )
    near = spots.alias("s").join(  # a row a spot and city
        cities.alias("c"), F.expr(f"ST_DistanceSphere(s.spot, c.centre) <= {CITY_M}"), how="inner"
    )
    pull = F.expr(f"population / (pow(ST_DistanceSphere(spot, centre), 2) + pow({SPREAD_M}, 2))")
    strongest = F.max_by(F.struct("place_id", "city"), F.struct(pull, -F.col("place_id")))
    drawn = near.groupBy("cluster_id", "x", "y", "score").agg(strongest.alias("drawn"))
    by_city = drawn.groupBy("cluster_id", "drawn.place_id", "drawn.city").agg(F.sum("score").alias("score"))
    in_order = Window.partitionBy("cluster_id").orderBy(F.col("score").desc(), "place_id")
    largest = F.max("score").over(Window.partitionBy("cluster_id"))
    ranked = by_city.withColumn("place", F.row_number().over(in_order)).withColumn("largest", largest)
    chosen = ranked.where((F.col("place") <= CITIES) & (F.col("score") >= F.col("largest") * OF_LARGEST))
    listed = chosen.groupBy("cluster_id").agg(F.array_sort(F.collect_list(F.struct("place", "city"))).alias("cities"))
    named = listed.select(
        "cluster_id",
        F.concat_ws("–", F.transform("cities", lambda city: city["city"])).alias("name"),
    )
    return _with_the_nameless(output, named)


def _with_the_nameless(output: DataFrame, named: DataFrame) -> DataFrame:
    middle = output.groupBy("cluster_id").agg(F.min_by(F.struct("lon", "lat"), "point_id").alias("at"))
    by_place = F.format_string(
        "%.2f%s %.2f%s",
        F.abs("at.lat"),
        F.when(F.col("at.lat") < 0, "S").otherwise("N"),
        F.abs("at.lon"),
        F.when(F.col("at.lon") < 0, "W").otherwise("E"),
    )
    return middle.join(named, "cluster_id", how="left").select("cluster_id", F.coalesce("name", by_place).alias("name"))
