"""Rows with a city but no coordinate matched to a gazetteer."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.economy import UNKNOWN
from stclusters.ingest.texts.city import CITY_MISSING, place_city
from stclusters.ingest.texts.namesakes import CITY_AMBIGUOUS, CITY_UNKNOWN, REGION_ONLY
from stclusters.ingest.texts.places import packaged_places
from stclusters.packaged import packaged_table

__all__ = ["CITY_AMBIGUOUS", "CITY_MISSING", "CITY_UNKNOWN", "REGION_ONLY", "place_cities", "read_gazetteer"]

FAR_M = 50_000.0  # a coordinate so far from a city is not in it: no city is so wide
UNKNOWN_ECONOMY = UNKNOWN
PLACE_KEYS = ("city", "region", "economy")
REASONS = (CITY_MISSING, CITY_UNKNOWN, CITY_AMBIGUOUS, REGION_ONLY)

GAZETTEER = T.StructType(
    [
        T.StructField("place_id", T.LongType(), False),
        T.StructField("name", T.StringType(), False),
        T.StructField("economy", T.StringType(), False),
        T.StructField("region", T.StringType(), True),
        T.StructField("region_name", T.StringType(), True),
        T.StructField("lon", T.DoubleType(), False),
        T.StructField("lat", T.DoubleType(), False),
        T.StructField("population", T.LongType(), False),
        T.StructField("is_capital", T.BooleanType(), False),
    ]
)
ANSWER = (
    "city string, region string, economy string, lon double, lat double, place_id long, match string, reason string"
)


def read_gazetteer(spark: SparkSession) -> DataFrame:
    """The gazetteer that the package ships, one row per populated place (`GAZETTEER`); degrees, persons.

    Derived from GeoNames (cities of 500 persons and more, CC BY 4.0) by `scripts/make_gazetteer.py`. Read through the
    package, so that it is found in a wheel that Spark imports as a zip.
    """
    return packaged_table(spark, "gazetteer.parquet", GAZETTEER)


def place_cities(places: DataFrame) -> DataFrame:
    """Where each of the distinct (`city`, `region`, `economy`) of `places` lies, or why that is not known.

    One row per distinct input row: the three keys, `lon`, `lat` (degrees), `place_id`, `match` and `reason`. `economy`
    is ISO alpha-2, a former code of `texts.linked.FORMER` (the place is in one of its successors) or `UNKNOWN`. A city
    that the economy has not is looked up in the economies under whose codes sources state it (`texts.linked.LINKED`).
    `region` is a code of GeoNames' first-order regions or a name in data/region_names.csv, and is passed over where it
    is neither. `match` is one of `texts.namesakes.MATCHES`, with `+region` or `+population` where that decided between
    places more than 15 km apart, or `seat_of_region`. `reason` is null exactly where the row is placed: `city_missing`,
    `city_unknown`, `region_only` (the name is that of a region, and no city in it has it), or `city_ambiguous` (no
    candidate is twice as large as every other, ten times where no economy is known).
    """
    distinct = places.select(*PLACE_KEYS).distinct()
    return distinct.mapInArrow(_place, ANSWER)


def _place(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    places = packaged_places()
    for batch in batches:
        found = [
            place_city(*keys, places) for keys in zip(*(column.to_pylist() for column in batch.columns), strict=True)
        ]
        at = [choice.place for choice in found]
        answers = {
            "lon": pa.array([None if place is None else places.lon[place] for place in at], pa.float64()),
            "lat": pa.array([None if place is None else places.lat[place] for place in at], pa.float64()),
            "place_id": pa.array([None if place is None else places.place_id[place] for place in at], pa.int64()),
            "match": pa.array([choice.match for choice in found], pa.string()),
            "reason": pa.array([choice.reason for choice in found], pa.string()),
        }
        yield pa.RecordBatch.from_arrays([*batch.columns, *answers.values()], [*PLACE_KEYS, *answers])


def with_answers(rows: DataFrame, answers: DataFrame, city: Column, region: Column, economy: Column) -> DataFrame:
    """The rows with the answer to their city, region and economy, null where none was asked; a row stays one row.

    `answers` has the keys of `place_cities`, distinct, which become `of_city`, `of_region`, `of_economy`, and any more
    columns. A region of null is one of its own; a city or economy of null has no answer.
    """
    asked = answers.withColumnsRenamed({key: f"of_{key}" for key in PLACE_KEYS})
    same = (city == F.col("of_city")) & region.eqNullSafe(F.col("of_region")) & (economy == F.col("of_economy"))
    return rows.join(asked, same, how="left")
