"""Names of clusters: their largest cities by output."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from stclusters.checkpoints import checkpointed
from stclusters.cluster.usages import read_usages, state_of

CITY_M = 25_000  # how far a city draws the output round it
CITIES = 3  # a name holds so many cities at most
OF_LARGEST = 0.25  # a further city is named if it has at least this part of the largest one's output
OF_TOTAL = 0.05  # a published name is taken if each of its cities has at least this part of the cluster's output
SPREAD_M = 1_000  # a city's own size: what keeps its pull finite at its centre
STEP = 50  # output is summed by steps of 1/50 degree before it is drawn to cities


def name_clusters(output: DataFrame, places: DataFrame) -> DataFrame:
    """The name of each cluster: `cluster_id`, `name`, its one to three largest cities joined by an en dash.

    `output` has `cluster_id`, `point_id`, `lon`, `lat`, `score`; `places` are a gazetteer's. Where the published lists
    have a name for these cities, that is taken, so that a name does not turn with the order of two cities; a city of
    the United States or Canada carries its state. A cluster near no city is named by its coordinates.
    """
    ranked = checkpointed(_rank_cities(_draw_to_cities(output, places)))  # a row a cluster and city
    named = _by_cities(ranked).join(_by_usage(ranked), "cluster_id", how="left")  # one row a cluster
    return _with_the_nameless(output, named.select("cluster_id", F.coalesce("usage", "name").alias("name")))


def _draw_to_cities(output: DataFrame, places: DataFrame) -> DataFrame:
    """The output of each cluster by city: each spot's goes to the city within 25 km with the largest population /
    distance squared (Reilly 1931, the law of retail gravitation).
    """
    spots = (
        output.groupBy("cluster_id", F.round(F.col("lon") * STEP).alias("x"), F.round(F.col("lat") * STEP).alias("y"))
        .agg(F.sum("score").alias("score"))
        .withColumn("spot", F.expr(f"ST_Point(x / {STEP}, y / {STEP})"))
    )
    state = state_of(F.col("economy"), F.col("region"))
    cities = places.where("population > 0").select(
        "place_id", F.col("name").alias("city"), state.alias("state"), "population",
        F.expr("ST_Point(lon, lat)").alias("centre"),
    )  # fmt: skip
    near = spots.alias("s").join(  # a row a spot and city
        cities.alias("c"), F.expr(f"ST_DistanceSphere(s.spot, c.centre) <= {CITY_M}"), how="inner"
    )
    pull = F.expr(f"population / (pow(ST_DistanceSphere(spot, centre), 2) + pow({SPREAD_M}, 2))")
    strongest = F.max_by(F.struct("place_id", "city", "state"), F.struct(pull, -F.col("place_id")))
    drawn = near.groupBy("cluster_id", "x", "y", "score").agg(strongest.alias("drawn"))
    return drawn.groupBy("cluster_id", "drawn.place_id", "drawn.city", "drawn.state").agg(F.sum("score").alias("score"))


def _rank_cities(by_city: DataFrame) -> DataFrame:
    """The cities of each cluster with `place` (1 for the largest output), `largest` and `total` output."""
    in_order = Window.partitionBy("cluster_id").orderBy(F.col("score").desc(), "place_id")
    of_cluster = Window.partitionBy("cluster_id")
    return by_city.withColumns(
        {
            "place": F.row_number().over(in_order),
            "largest": F.max("score").over(of_cluster),
            "total": F.sum("score").over(of_cluster),
        }
    )


def _by_cities(ranked: DataFrame) -> DataFrame:
    """`cluster_id` and `name`, its largest cities: "San Diego, CA"; cities of one state share it."""
    chosen = ranked.where((F.col("place") <= CITIES) & (F.col("score") >= F.col("largest") * OF_LARGEST))
    listed = chosen.groupBy("cluster_id").agg(
        F.array_sort(F.collect_list(F.struct("place", "city", "state"))).alias("cities")
    )

    def spelt(city: Column, number: Column) -> Column:
        state = city["state"]
        following = F.try_element_at("cities", number + 2)["state"]
        shared = F.coalesce(following == state, F.lit(False))
        return F.when((state == "") | shared, city["city"]).otherwise(F.concat(city["city"], F.lit(", "), state))

    return listed.select("cluster_id", F.concat_ws("–", F.transform("cities", spelt)).alias("name"))


def _by_usage(ranked: DataFrame) -> DataFrame:
    """`cluster_id` and `usage`: the published name all of whose cities have a part in the output, together no less than
    the largest city; of several, the one whose cities have most output.
    """
    usages = F.broadcast(read_usages(ranked.sparkSession))
    found = ranked.where(F.col("score") >= F.col("total") * OF_TOTAL).join(usages, "place_id", how="inner")
    whole = (
        found.groupBy("cluster_id", "usage", "cities", "largest")
        .agg(F.count("*").alias("found"), F.sum("score").alias("score"))
        .where((F.col("found") == F.col("cities")) & (F.col("score") >= F.col("largest")))
    )
    return whole.groupBy("cluster_id").agg(F.max_by("usage", F.struct("score", "cities", "usage")).alias("usage"))


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
