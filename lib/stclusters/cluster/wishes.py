"""Merges that the settings ask for or forbid by place name, brought to the clusters of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.errors import SettingsError
from stclusters.ingest.gazetteer import CITY_AMBIGUOUS, place_cities
from stclusters.settings import Merge
from stclusters.sphere import lat_of, lon_of

CITY_REACH_M = 5_000.0  # a city is in the cluster of the nearest clustered address, if that is so near


class Wish(NamedTuple):
    """Two clusters, a < b, that are to merge or to stay apart, and why."""

    cluster_a: int
    cluster_b: int
    merge: bool
    reason: str


def resolve_merges(merges: Sequence[Merge], point_labels: DataFrame) -> list[Wish]:
    """The settings' merges as pairs of clusters; two places of one cluster that are to merge need no wish.

    `SettingsError` for a place that the gazetteer does not know, that is ambiguous or in no cluster, for places of one
    cluster that are to stay apart, and for two entries that contradict each other.
    """
    if not merges:
        return []
    clusters = _clusters_of(sorted({place for merge in merges for place in merge.places}), point_labels)
    wishes: dict[tuple[int, int], Wish] = {}
    for merge in merges:
        one, other = sorted(clusters[place] for place in merge.places)
        both = " and ".join(merge.places)
        if one == other and merge.merge:
            continue
        if one == other:
            raise SettingsError(f"merges: {both} cannot stay apart, their points are one cluster: remove the entry.")
        wish = Wish(one, other, merge.merge, merge.reason)
        if wishes.setdefault((one, other), wish).merge != merge.merge:
            raise SettingsError(f"merges: {both} are to merge and to stay apart: remove one of the entries.")
    return list(wishes.values())


def _clusters_of(names: Sequence[str], point_labels: DataFrame) -> dict[str, int]:
    """The cluster of each named place."""
    spark = point_labels.sparkSession
    asked = spark.createDataFrame(
        [(name, *parts_of(name)) for name in names],
        "text string, " + ", ".join(f"{part} string" for part in ("city", "region", "economy")),
    )
    found = place_cities(asked.drop("text"))
    same = [asked[part].eqNullSafe(found[part]) for part in ("city", "region", "economy")]
    placed = {row["text"]: row for row in asked.join(found, same, how="inner").collect()}  # one row a name
    for name in names:
        reason = placed[name]["reason"]
        if reason == CITY_AMBIGUOUS:
            raise SettingsError(
                f"merges: {name!r} is the name of several places: add the region, as in 'Springfield, IL, US'."
            )
        if reason:
            raise SettingsError(f"merges: the gazetteer has no {name!r}: mend the name, or give a larger place near.")
    located = spark.createDataFrame(
        [(name, row["lon"], row["lat"]) for name, row in placed.items()], "text string, lon double, lat double"
    )
    clusters = _nearest_clusters(located, point_labels)
    for name in names:
        if name not in clusters:
            raise SettingsError(
                f"merges: {name!r} is in no cluster of this run, no clustered address is within 5 km: remove the entry."
            )
    return clusters


def parts_of(name: str) -> tuple[str, str | None, str]:
    """City, region and economy of a name.

    >>> parts_of("Portland, OR, US")
    ('Portland', 'OR', 'US')
    >>> parts_of("Lyon, FR")
    ('Lyon', None, 'FR')
    """
    city, *region, economy = (part.strip() for part in name.split(","))
    return city, region[0] if region else None, economy


def _nearest_clusters(located: DataFrame, point_labels: DataFrame) -> dict[str, int]:
    point = F.col("point_id")
    spots = point_labels.where(F.col("cluster_id").isNotNull()).select(
        "cluster_id", "point_id", lon_of(point).alias("at_lon"), lat_of(point).alias("at_lat")
    )
    reached = spots.withColumn("spot", F.expr("ST_Point(at_lon, at_lat)")).join(  # a row a place and near address
        F.broadcast(located.withColumn("centre", F.expr("ST_Point(lon, lat)"))),
        F.expr(f"ST_DistanceSphere(spot, centre) <= {CITY_REACH_M}"),
        how="inner",
    )
    order = F.struct(F.expr("ST_DistanceSphere(spot, centre)"), "point_id")
    nearest = reached.groupBy("text").agg(F.min_by("cluster_id", order).alias("cluster_id"))
    return {row["text"]: row["cluster_id"] for row in nearest.collect()}
