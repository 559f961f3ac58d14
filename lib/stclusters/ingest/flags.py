"""The economy of an address, and what is doubtful about its place."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from stclusters.economy import UNKNOWN
from stclusters.ingest.economies import group_economies, locate_economies
from stclusters.sphere import MICRO, lat_of, lon_of, point_id

MOST_LATITUDE = 90


class AddressFlag(StrEnum):
    """What is doubtful about an address that is kept."""

    WHOLE_DEGREE = "whole_degree"
    ECONOMY_ELSEWHERE = "economy_elsewhere"
    MAYBE_SWAPPED = "maybe_swapped"
    MAYBE_SIGN_LOST = "maybe_sign_lost"
    NO_ECONOMY = "no_economy"
    SAME_ADDRESS_TWICE = "same_address_twice"
    MAYBE_COUNTRY_CENTROID = "maybe_country_centroid"
    FAR_FROM_ECONOMY = "far_from_economy"


BITS: Mapping[AddressFlag, int] = {flag: 1 << place for place, flag in enumerate(AddressFlag)}


def bit(flag: AddressFlag, condition: Column) -> Column:
    """The flag's bit where the condition holds, else 0."""
    return F.when(condition, BITS[flag]).otherwise(0)


def flag_names(bits: Column) -> Column:
    """The names of the flags whose bits are set, in the order of `AddressFlag`; no nulls."""
    names = F.array_compact(F.array(*(F.when(bits.bitwiseAND(value) != 0, flag.value) for flag, value in BITS.items())))
    return F.when(bits == 0, F.array().cast("array<string>")).otherwise(names)


def compare_with_borders(
    places: DataFrame, borders: DataFrame, tolerance_m: float, groups: Mapping[str, str]
) -> DataFrame:
    """Each place with its economy: `point_id`, `recorded`, `economy`, and whether it contradicts the borders.

    `places` has distinct `point_id` and `recorded`, the economy that the source states (ISO 3166-1 alpha-2 or
    `UNKNOWN`). The record wins over the borders; where it states nothing, `locate_economies` decides. All economies are
    grouped first, so that two economies of one group are no contradiction. `elsewhere`: the place lies in, or at sea
    within the tolerance of, other economies only; `far`: it lies at sea, farther than the tolerance from every economy,
    the stated one included. A place at sea within the tolerance of its stated economy is neither, even where another
    one is nearer: it may be on an island that the borders lack.
    """
    located = locate_economies(_points(places), borders, tolerance_m)
    border = group_economies(F.coalesce("border_economy", F.lit(UNKNOWN)), groups)
    stated = group_economies(F.col("recorded"), groups)
    is_near = F.exists("near_economies", lambda economy: group_economies(economy, groups) == stated)
    contradicts = (F.col("recorded") != UNKNOWN) & (stated != border) & ~F.coalesce(is_near, F.lit(False))
    return places.join(located, "point_id", how="inner").select(  # every point is located: a place stays one row
        "point_id",
        "recorded",
        F.when(F.col("recorded") == UNKNOWN, border).otherwise(stated).alias("economy"),
        (contradicts & (border != UNKNOWN)).alias("elsewhere"),
        (contradicts & (border == UNKNOWN)).alias("far"),
    )


def flag_places(compared: DataFrame, borders: DataFrame, tolerance_m: float, groups: Mapping[str, str]) -> DataFrame:
    """The places with the flags of the place itself: `point_id`, `recorded`, `economy`, `bits`; one row per place.

    A place outside its stated economy is also located with longitude and latitude swapped, and with other signs. A flag
    says that this would fit, no more.
    """
    doubtful = compared.where(F.col("elsewhere") | F.col("far")).select("point_id", "recorded", "economy")
    mends = _mends(doubtful, borders, tolerance_m, groups)
    judged = compared.join(mends, ["point_id", "recorded"], how="left")  # at most one row a place
    lat_micro, lon_micro = F.shiftright("point_id", 32), F.col("point_id").bitwiseAND(F.lit(0xFFFFFFFF))
    bits = (
        bit(AddressFlag.WHOLE_DEGREE, (lat_micro % MICRO == 0) & (lon_micro % MICRO == 0))
        + bit(AddressFlag.ECONOMY_ELSEWHERE, F.col("elsewhere"))
        + bit(AddressFlag.MAYBE_SWAPPED, F.col("swapped"))
        + bit(AddressFlag.MAYBE_SIGN_LOST, F.col("sign_lost"))
        + bit(AddressFlag.NO_ECONOMY, F.col("economy") == UNKNOWN)
        + bit(AddressFlag.FAR_FROM_ECONOMY, F.col("far"))
    )
    return judged.select("point_id", "recorded", "economy", bits.alias("bits"))


def _points(places: DataFrame) -> DataFrame:
    point = F.col("point_id")
    return (
        places.select("point_id").distinct().select("point_id", lon_of(point).alias("lon"), lat_of(point).alias("lat"))
    )


def _mends(doubtful: DataFrame, borders: DataFrame, tolerance_m: float, groups: Mapping[str, str]) -> DataFrame:
    """Which mends put a place into its economy: `point_id`, `recorded`, `swapped`, `sign_lost`."""
    lon, lat = lon_of(F.col("point_id")), lat_of(F.col("point_id"))
    swapped = F.when(F.abs(lon) <= MOST_LATITUDE, point_id(lat, lon))
    turned = [point_id(-lon, lat), point_id(lon, -lat), point_id(-lon, -lat)]
    candidates = F.array(
        F.struct(F.lit(True).alias("swapped"), swapped.alias("point_id")),
        *(F.struct(F.lit(False).alias("swapped"), other.alias("point_id")) for other in turned),
    )
    tried = doubtful.withColumn("mend", F.explode(candidates)).select(
        F.struct("point_id", "recorded").alias("place"), "economy", "mend.swapped", "mend.point_id"
    )  # four rows a doubtful place
    tried = tried.where(F.col("point_id").isNotNull())
    located = locate_economies(_points(tried), borders, tolerance_m).select("point_id", "border_economy")
    there = group_economies(F.col("border_economy"), groups) == F.col("economy")
    fits = tried.join(located, "point_id", how="inner").where(there)  # every mended point is located
    return (
        fits.groupBy("place")
        .agg(F.bool_or("swapped").alias("swapped"), F.bool_or(~F.col("swapped")).alias("sign_lost"))
        .select("place.point_id", "place.recorded", "swapped", "sign_lost")
    )
