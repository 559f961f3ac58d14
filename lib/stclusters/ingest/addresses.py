"""Raw rows to addresses, and to rejects with a reason."""

from __future__ import annotations

from enum import StrEnum

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.checkpoints import Keep, released_on_error
from stclusters.ingest import persons
from stclusters.ingest.affiliations import with_former_codes
from stclusters.ingest.economies import normalise_economy
from stclusters.ingest.flags import AddressFlag, bit, compare_with_borders, flag_names, flag_places
from stclusters.ingest.gazetteer import (
    CITY_AMBIGUOUS,
    CITY_MISSING,
    CITY_UNKNOWN,
    REGION_ONLY,
    place_cities,
    with_answers,
)
from stclusters.ingest.pile_ups import find_pile_ups
from stclusters.ingest.raw import clean, is_missing, number, told
from stclusters.ingest.sifted import Dropped, Sifted, group_rejects
from stclusters.ingest.texts.affiliation import IN_INSTITUTION, SEAT
from stclusters.ingest.texts.namesakes import OF_SEAT
from stclusters.settings import Method
from stclusters.sphere import lat_of, lon_of, point_id
from stclusters.tables import KINDS

IDS = ("kind", "document_id")
REST = ("person_id", "lon", "lat", "economy", "city", "region", "accuracy")
OF_CITY = "city"  # the accuracy of a place from the gazetteer
PLACED = "placed"


class AddressReject(StrEnum):
    """Why a raw row is no address; the first that holds is the row's."""

    UNKNOWN_KIND = "unknown_kind"
    NO_DOCUMENT_ID = "no_document_id"
    NOT_GEOCODED = "not_geocoded"
    HALF_A_COORDINATE = "half_a_coordinate"
    NOT_A_NUMBER = "not_a_number"
    OFF_THE_GLOBE = "off_the_globe"
    NULL_ISLAND = "null_island"
    CITY_UNKNOWN = CITY_UNKNOWN
    CITY_AMBIGUOUS = CITY_AMBIGUOUS
    REGION_ONLY = REGION_ONLY
    NO_DOCUMENT = "no_document"
    SAME_ADDRESS_ELSEWHERE = persons.SAME_ADDRESS_ELSEWHERE


@released_on_error
def sift_addresses(
    keep: Keep, raw: DataFrame, documents: DataFrame, gazetteer: DataFrame, borders: DataFrame, method: Method
) -> Sifted:
    """The addresses of the documents: `kept` has the columns of `addresses` without `edition`.

    `documents` are the kept ones. A row without coordinate is placed by its city. Nothing is repaired: a broken
    coordinate is a reject even where a city is given. Ids are taken as they are; a blank `person_id` or `address_id` is
    none. See `AddressReject`, `AddressFlag`, `compare_with_borders`, `flag_places`, `find_pile_ups` and
    `number_addresses`. `raw` is read twice, and once more where there are rejects; rows without a document are looked
    up in a pass of their own, and only where there are any.
    """

    def hold(frame: DataFrame) -> DataFrame:
        return keep(frame, StorageLevel.MEMORY_AND_DISK)

    around = (borders, method.coast_tolerance_m, method.economy_groups)
    has_ids = _has(raw, "address_id")
    read = _read_coordinates(raw, method.longitudes_to_360)
    answers = hold(_ask_for_cities(read)) if _has(raw, "city") else None
    placed = read if answers is None else _place_by_city(read, answers)
    counted = hold(placed.groupBy("unusable", "point_id", "recorded").agg(F.count("*").alias("rows")))
    usable = placed.where(F.col("unusable").isNull())
    places = counted.where(F.col("unusable").isNull()).drop("unusable")
    compared = hold(compare_with_borders(places, *around))
    piled = find_pile_ups(compared.join(places, ["point_id", "recorded"], how="inner"), gazetteer)  # the same places
    doubtful = hold(_doubtful(_flag_pile_ups(flag_places(compared, *around), piled)))
    located = _with_economies(usable if has_ids else usable.drop("raw"), doubtful)
    known = documents.select(*IDS).hint("shuffle_hash")  # distinct: a row stays one row
    numbered = persons.number_addresses(located.join(known, list(IDS), how="left_semi"), has_address_ids=has_ids)
    stored = hold(_settle(numbered, has_ids))
    is_kept, is_dropped = F.col("verdict").isNull(), F.col("verdict") == Dropped.DUPLICATE.value
    early = placed.where(F.col("unusable").isNotNull()).select(F.col("unusable").alias("reason"), *IDS, "raw.*")
    if counted.where(F.col("unusable").isNotNull()).isEmpty():
        early = early.where(F.lit(False))  # the rows are not read again where there is none
    if _rows(places) > stored.count():
        no_document = F.lit(AddressReject.NO_DOCUMENT.value).alias("reason")
        without = usable.join(documents.select(*IDS), list(IDS), how="left_anti")
        early = early.unionByName(without.select(no_document, *IDS, "raw.*"))
    if has_ids:
        late = stored.where(~is_kept & ~is_dropped)
        early = early.unionByName(late.select(F.col("verdict").alias("reason"), *IDS, "raw.*"))
    early = early.withColumn("person_id", F.sha2(F.col("person_id").cast("string"), 256))  # it may be a name
    rejects = hold(group_rejects(early, F.col("reason"), (*IDS, *REST), F.lit(1)))
    return Sifted(
        kept=_kept(stored.where(is_kept)),
        rejects=rejects,
        dropped=stored.where(is_dropped).groupBy("verdict").agg(F.count("*").alias("rows")).toDF("reason", "rows"),
        stored=tuple(frame for frame in (answers, counted, compared, doubtful, stored, rejects) if frame is not None),
    )


def _rows(places: DataFrame) -> int:
    total = places.agg(F.sum("rows").alias("rows")).collect()[0]["rows"]
    return int(total or 0)


def _doubtful(flagged: DataFrame) -> DataFrame:
    """The places whose record is not simply right: they are few."""
    return flagged.where((F.col("economy") != F.col("recorded")) | (F.col("bits") != 0))


def _with_economies(usable: DataFrame, doubtful: DataFrame) -> DataFrame:
    """The rows with `economy` and `bits`: those of the doubtful place, or else what is recorded."""
    doubtful.count()  # held from here on, so that the join below knows how small its side is
    met = usable.join(doubtful, ["point_id", "recorded"], how="left")  # a place has one row at most
    return met.withColumns({"economy": F.coalesce("economy", "recorded"), "bits": F.coalesce(F.col("bits"), F.lit(0))})


def _flag_pile_ups(flagged: DataFrame, piled: DataFrame) -> DataFrame:
    """The flagged places, with the flag of a pile-up added to the bits of those that are one."""
    known = F.broadcast(piled.withColumn("is_pile", F.lit(True)))
    joined = flagged.join(known, ["point_id", "economy"], how="left")  # at most one row a place
    bits = F.col("bits") + bit(AddressFlag.MAYBE_COUNTRY_CENTROID, F.col("is_pile"))
    return joined.select("point_id", "recorded", "economy", bits.alias("bits"))


def _has(raw: DataFrame, name: str) -> bool:
    return not isinstance(raw.schema[name].dataType, T.NullType)


def _read_coordinates(raw: DataFrame, longitudes_to_360: bool) -> DataFrame:
    """The rows with `unusable` (why a row is a reject, or null) and `point_id` (null: to be placed by city, if usable).

    `recorded` is the economy that the source says, and `raw` what a reject shows beside kind and document.
    """
    kinds = {field.name: field.dataType for field in raw.schema}
    numbers = (number(F.col(name), kinds[name]).alias(f"{name}_value") for name in ("lon", "lat"))
    no_lon, no_lat = is_missing(F.col("lon"), kinds["lon"]), is_missing(F.col("lat"), kinds["lat"])
    lon, lat = F.col("lon_value"), F.col("lat_value")
    on_globe = lat.between(-90, 90) & lon.between(-180, 360 if longitudes_to_360 else 180)
    nowhere = F.when(clean(F.col("region")).isNotNull(), AddressReject.REGION_ONLY.value)
    nowhere = nowhere.otherwise(AddressReject.NOT_GEOCODED.value)
    unusable = (
        F.when(~F.coalesce(F.col("kind").isin(*KINDS), F.lit(False)), AddressReject.UNKNOWN_KIND.value)
        .when(told(F.col("document_id")).isNull(), AddressReject.NO_DOCUMENT_ID.value)
        .when(no_lon & no_lat, F.when(clean(F.col("city")).isNull(), nowhere))
        .when(no_lon | no_lat, AddressReject.HALF_A_COORDINATE.value)
        .when(lon.isNull() | lat.isNull(), AddressReject.NOT_A_NUMBER.value)
        .when(~on_globe, AddressReject.OFF_THE_GLOBE.value)
        .when(F.col("point_id") == point_id(F.lit(0.0), F.lit(0.0)), AddressReject.NULL_ISLAND.value)
    )
    recorded = normalise_economy(F.col("economy").cast("string"))
    return (
        raw.select("*", *numbers)
        .withColumn("point_id", F.when(on_globe, point_id(lon, lat)))
        .select(
            *IDS,
            *(told(F.col(name)).alias(name) for name in ("person_id", "address_id")),
            *(clean(F.col(name)).alias(name) for name in ("city", "region", "accuracy")),
            recorded.alias("recorded"),
            with_former_codes(F.col("economy").cast("string"), recorded).alias("of_code"),
            "point_id",
            unusable.alias("unusable"),
            F.struct(*REST).alias("raw"),
        )
    )


def _to_place() -> Column:
    return F.col("unusable").isNull() & F.col("point_id").isNull()


def _ask_for_cities(rows: DataFrame) -> DataFrame:
    """The gazetteer's answer to each distinct city of rows without coordinate: the keys asked, `found`, `answer`.

    `found` is the point of the city, `answer` the reason why there is none, or `PLACED`.
    """
    cities = rows.where(_to_place()).select("city", "region", F.col("of_code").alias("economy"))
    why = F.when(F.col("reason") == CITY_MISSING, AddressReject.NOT_GEOCODED.value).otherwise(F.col("reason"))
    return place_cities(cities).select(
        *("city", "region", "economy"),
        point_id(F.col("lon"), F.col("lat")).alias("found"),
        F.coalesce(why, F.lit(PLACED)).alias("answer"),
        F.when(F.col("match") == OF_SEAT, SEAT).alias("less"),
    )


def _place_by_city(rows: DataFrame, answers: DataFrame) -> DataFrame:
    """The rows with the point of their city, or the reason of the gazetteer, where they have no coordinate."""
    city = F.when(_to_place(), F.col("city"))
    met = with_answers(rows, answers, city, F.col("region"), F.col("of_code"))
    is_less = F.coalesce(F.col("accuracy").isin(IN_INSTITUTION, SEAT), F.lit(False))
    refused = F.coalesce("answer", F.lit(AddressReject.CITY_UNKNOWN.value))
    return met.select(
        *(name for name in rows.columns if name not in ("city", "region", "accuracy", "point_id", "unusable")),
        F.when(_to_place() & ~is_less, F.coalesce("less", F.lit(OF_CITY)))
        .otherwise(F.col("accuracy"))
        .alias("accuracy"),
        F.coalesce("point_id", "found").alias("point_id"),
        F.when(_to_place() & (refused != PLACED), refused).otherwise(F.col("unusable")).alias("unusable"),
    )


def _settle(numbered: DataFrame, has_address_ids: bool) -> DataFrame:
    """The rows with `verdict` (null: kept); only a reject keeps its `raw`, which shows it as it came."""
    used = (
        *IDS,
        "person",
        "address",
        "point_id",
        "economy",
        "persons",
        "addresses_each",
        "accuracy",
        "bits",
        "verdict",
    )
    is_reject = F.col("verdict").isNotNull() & (F.col("verdict") != Dropped.DUPLICATE.value)
    return numbered.select(*used, *([F.when(is_reject, F.col("raw")).alias("raw")] if has_address_ids else []))


def _kept(rows: DataFrame) -> DataFrame:
    at = F.col("point_id")
    return rows.select(
        *("kind", "document_id", "person", "address", "point_id"),
        lon_of(at).alias("lon"),
        lat_of(at).alias("lat"),
        *("economy", "persons", "addresses_each", "accuracy"),
        flag_names(F.col("bits")).alias("flags"),
    )
