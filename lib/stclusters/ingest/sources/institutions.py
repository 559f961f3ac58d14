"""Where institutions are: by the institutions of an OpenAlex snapshot, or by the file of ROR."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.errors import BadInput
from stclusters.ingest.sources.csv_files import has_line_breaks_in_quotes, read_csv
from stclusters.ingest.sources.faults import naming
from stclusters.ingest.sources.files import Format, check_files, format_of, literal
from stclusters.ingest.sources.gone import read_gone
from stclusters.ingest.sources.headers import read_header
from stclusters.ingest.sources.records import read_records, short_id, struct
from stclusters.ingest.sources.snapshot import find_entity

TEXT = T.StringType()
GEO = struct(("latitude", T.DoubleType()), ("longitude", T.DoubleType()), city=TEXT, region=TEXT, country_code=TEXT)
INSTITUTION = struct(("id", TEXT), ("geo", GEO), updated_date=TEXT)
DETAILS = "lat double, lng double, name string, country_subdivision_name string, country_code string"
ROR_RECORD = (  # of schema 2, and of schema 1
    f"id string, locations array<struct<geonames_details struct<{DETAILS}>>>, "
    "addresses array<struct<lat double, lng double, city string, state string>>, country struct<country_code string>"
)
ROR_ENDINGS: dict[str, Format] = {".csv": "csv", ".csv.gz": "csv", ".json": "jsonl", ".json.gz": "jsonl"}
ROR_COLUMNS = {  # what is read, and the names it has in the CSV files of ROR
    "id": ("id", "ror_id"),
    "lat": ("lat", "locations.geonames_details.lat", "addresses[0].lat"),
    "lng": ("lng", "locations.geonames_details.lng", "addresses[0].lng"),
    "city": ("city", "locations.geonames_details.name", "addresses[0].city"),
    "economy": ("country_code", "locations.geonames_details.country_code", "country.country_code"),
}


@dataclass(frozen=True)
class Institutions:
    """Located institutions: `key` names the column of their ids, `institution_id` or `ror`; the input's manifest."""

    frame: DataFrame
    key: str
    entry: dict[str, Any]


def read_institutions(spark: SparkSession, snapshot: Path, place: Path | None) -> Institutions:
    """One row an institution: its short id, `lon`, `lat`, `at_city`, `at_region`, `at_economy`, each null if not told.

    `place` is None (the snapshot's own `institutions`), a folder with `institutions`, or a file of ROR, JSON or CSV of
    any of its schemas, of which the first location counts. Of several records of an id the newest, then the first by
    its content counts. An institution that the snapshot says is gone (`read_gone`) has no row. Raises `BadInput`.
    """
    if place is not None and not place.is_dir():
        return _ror(spark, place)
    found = find_entity(place or snapshot, "institutions")
    read = read_records(spark, found, INSTITUTION)
    gone = naming(found.folder, lambda: read_gone(spark, found))
    geo = {
        "lon": "longitude",
        "lat": "latitude",
        "at_city": "city",
        "at_region": "region",
        "at_economy": "country_code",
    }
    rows = read.select(
        short_id("id").alias("institution_id"),
        *(F.col(f"geo.{name}").alias(alias) for alias, name in geo.items()),
        "updated_date",
    )
    if gone is not None:
        rows = rows.join(gone.withColumnRenamed("id", "institution_id"), "institution_id", how="left_anti")
    return Institutions(_one_each(rows, "institution_id"), "institution_id", found.entry())


def _ror(spark: SparkSession, file: Path) -> Institutions:
    format = format_of(file, ROR_ENDINGS)
    is_json, size = format == "jsonl", check_files([file], format, file.parent)
    read = naming(file, lambda: _ror_json(spark, file) if is_json else _ror_csv(spark, file))
    rows = read.withColumn("ror", short_id("id")).drop("id").withColumn("updated_date", F.lit(None).cast("string"))
    entry = {"table": "institutions", "format": "ror json" if is_json else "ror csv", "files": 1, "bytes": size}
    return Institutions(_one_each(rows, "ror"), "ror", entry | {"version": None, "ignored": []})


def _ror_json(spark: SparkSession, file: Path) -> DataFrame:
    rows = spark.read.schema(ROR_RECORD).option("multiLine", True).option("mode", "FAILFAST").json(literal(file))
    at, before = F.get("locations", F.lit(0))["geonames_details"], F.get("addresses", F.lit(0))
    return rows.select(
        "id",
        F.coalesce(at["lng"], before["lng"]).alias("lon"),
        F.coalesce(at["lat"], before["lat"]).alias("lat"),
        F.coalesce(at["name"], before["city"]).alias("at_city"),
        F.coalesce(at["country_subdivision_name"], before["state"]).alias("at_region"),
        F.coalesce(at["country_code"], F.col("country.country_code")).alias("at_economy"),
    )


def _ror_csv(spark: SparkSession, file: Path) -> DataFrame:
    header = read_header(file, {name for names in ROR_COLUMNS.values() for name in names})
    named = {wanted: next((n for n in names if n in header.names), None) for wanted, names in ROR_COLUMNS.items()}
    for wanted, name in named.items():
        if name is None:
            raise BadInput(f"{file}: lacks the column {' or '.join(ROR_COLUMNS[wanted])}: download ROR's file again.")
    rows = read_csv(spark, [file], header, has_line_breaks_in_quotes(spark, [file]))

    def first(wanted: str) -> Column:
        return F.nullif(F.trim(F.substring_index(F.col(f"`{named[wanted]}`"), ";", 1)), F.lit(""))

    return rows.select(
        first("id").alias("id"),
        first("lng").try_cast("double").alias("lon"),
        first("lat").try_cast("double").alias("lat"),
        first("city").alias("at_city"),
        F.lit(None).cast("string").alias("at_region"),
        first("economy").alias("at_economy"),
    )


def _one_each(rows: DataFrame, key: str) -> DataFrame:
    """One row an id; a coordinate of which half is missing, or no finite number, is none."""
    columns = ("lon", "lat", "at_city", "at_region", "at_economy")
    order = Window.partitionBy(key).orderBy(F.col("updated_date").desc_nulls_last(), *columns)
    whole = F.coalesce(F.abs("lon") + F.abs("lat") < float("inf"), F.lit(False))  # NaN is more than any number
    placed = rows.where(F.col(key).isNotNull()).withColumn("place", F.row_number().over(order)).where("place = 1")
    return placed.select(key, *(F.when(whole, F.col(name)).alias(name) for name in ("lon", "lat")), *columns[2:])
