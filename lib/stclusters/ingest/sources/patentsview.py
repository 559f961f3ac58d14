"""PatentsView's bulk tables of granted US patents: inventors at their disambiguated locations."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.checkpoints import Keep, released_on_error
from stclusters.ingest.addresses import AddressReject
from stclusters.ingest.economies import normalise_economy
from stclusters.ingest.fields import fields_by_number
from stclusters.ingest.gazetteer import FAR_M, place_cities, with_answers
from stclusters.ingest.raw import number
from stclusters.ingest.sources.delimited import Layout, need, read_delimited
from stclusters.ingest.sources.judged import left_out
from stclusters.ingest.sources.raw_tables import RawTables, count_records
from stclusters.sphere import distance_m


def _layout(table: str, *required: str, optional: tuple[str, ...] = ()) -> Layout:
    return Layout(table, rf"{table}\.tsv", rf"{table}(?![a-z_])", required, optional)


PATENT = _layout("g_patent", "patent_id", "patent_type", "patent_date", optional=("withdrawn",))
APPLICATION = _layout("g_application", "patent_id", "filing_date")
INVENTOR = _layout("g_inventor_disambiguated", "patent_id", "inventor_sequence", "inventor_id", "location_id")
PLACE = ("disambig_city", "disambig_state", "disambig_country")
LOCATION = _layout("g_location_disambiguated", "location_id", "latitude", "longitude", *PLACE)
WIPO = _layout("g_wipo_technology", "patent_id", "wipo_field_id")
IPC = _layout("g_ipc_at_issue", "patent_id", "section", "ipc_class", "subclass", "main_group", "subgroup")
CPC = _layout("g_cpc_current", "patent_id", "cpc_group", optional=("cpc_type",))
ASSIGNEE = _layout("g_assignee_disambiguated", "patent_id", "assignee_id", "disambig_assignee_organization")

LOCATED, IN_CONFLICT, OF_GAZETTEER = "location", "location far from its city", "city, its location is far from it"


class PatentReject(StrEnum):
    """Why a patent is none of the edition, beside its type and year."""

    WITHDRAWN = "withdrawn"


@released_on_error
def read_patentsview(
    keep: Keep,
    spark: SparkSession,
    folder: Path,
    years: tuple[int, int],
    types: Sequence[str],
    year_of: Literal["grant", "filing"],
    location_conflict: Literal["file", "gazetteer"],
) -> RawTables:
    """The patents granted (or filed, by `year_of`) from the first to the last of `years`, of one of `types` if any.

    An inventor of a patent is a person at one location. A location whose coordinate is more than `FAR_M` from the city
    that it states is told by its accuracy, and `location_conflict` says which of both is taken; one without coordinate
    is placed by its city. Fields are those of `g_wipo_technology`, else `g_ipc_at_issue`, else `g_cpc_current`.
    `records` counts the rows of `g_patent` and of the inventors. Names of persons are not read. Raises `BadInput`.
    """
    inputs: list[dict[str, Any]] = []

    def table(layout: Layout) -> DataFrame:
        return need(read_delimited(spark, folder, layout), folder, layout, inputs)

    patents = table(PATENT).withColumn("year", _year("patent_date"))
    if year_of == "filing":
        filed = table(APPLICATION).groupBy("patent_id").agg(F.min("filing_date").alias("filing_date"))
        patents = patents.join(filed, "patent_id", how="left").withColumn("year", _year("filing_date"))
    reason = F.when(F.col("withdrawn") == "1", PatentReject.WITHDRAWN.value)
    reason = F.coalesce(reason, left_out(F.col("year"), F.col("patent_type"), years, types))
    judged = keep(patents.withColumn("reason", reason), StorageLevel.DISK_ONLY)
    kept = judged.where("reason IS NULL")
    known = kept.select("patent_id", F.lit(True).alias("known")).distinct()
    inventors = table(INVENTOR).join(known, "patent_id", how="left")  # a row stays one row
    no_document = F.when(F.col("known").isNull(), AddressReject.NO_DOCUMENT.value)
    inventors = keep(inventors.withColumn("reason", no_document), StorageLevel.DISK_ONLY)
    placed = _locations(table(LOCATION), location_conflict)
    locations = keep(placed, StorageLevel.MEMORY_AND_DISK_DESER)
    return RawTables(
        addresses=_addresses(inventors.where("reason IS NULL"), locations),
        documents=kept.select(*_patent(), "year", F.col("patent_type").alias("type")),
        document_fields=_fields(spark, folder, known, inputs),
        document_organisations=_organisations(spark, folder, known, inputs),
        inputs=inputs,
        records=count_records(judged, PATENT.table, "documents").unionByName(
            count_records(inventors, INVENTOR.table, "addresses")
        ),
        stored=(judged, inventors, locations),
    )


def _patent() -> tuple[Any, Any]:
    return F.concat(F.lit("US"), F.col("patent_id")).alias("document_id"), F.lit("patent").alias("kind")


def _year(date: str) -> Any:
    return F.regexp_extract(date, r"^(\d{4})-\d\d-\d\d", 1).try_cast("int")


def _locations(locations: DataFrame, conflict: str) -> DataFrame:
    """One row a location: `location_id`, `lon`, `lat` (the file's text, or the gazetteer's), its place, `accuracy`.

    Of several rows of an id the first by its content counts.
    """
    columns = ("longitude", "latitude", *PLACE)
    one_each = locations.groupBy("location_id").agg(F.min(F.struct(*columns)).alias("at")).select("location_id", "at.*")
    stated = one_each.withColumn("economy", normalise_economy(F.col("disambig_country")))
    asked = stated.select(
        F.col("disambig_city").alias("city"), F.col("disambig_state").alias("region"), "economy"
    ).distinct()
    answers = place_cities(asked.where("city IS NOT NULL")).where("reason IS NULL")
    found = answers.select(
        *("city", "region", "economy"), *(F.col(name).alias(f"found_{name}") for name in ("lon", "lat"))
    )
    met = with_answers(stated, found, *(F.col(name) for name in ("disambig_city", "disambig_state", "economy")))
    lon, lat = (number(F.col(name), T.StringType()) for name in ("longitude", "latitude"))  # finite, or null
    far = F.coalesce(distance_m(lon, lat, F.col("found_lon"), F.col("found_lat")) > FAR_M, F.lit(False))
    by_city = far & F.lit(conflict == "gazetteer")
    return met.select(
        "location_id",
        *(
            F.when(by_city, F.col(f"found_{name}").cast("string")).otherwise(F.col(told)).alias(name)
            for name, told in (("lon", "longitude"), ("lat", "latitude"))
        ),
        F.col("disambig_country").alias("economy"),
        F.col("disambig_city").alias("city"),
        F.col("disambig_state").alias("region"),
        F.when(by_city, OF_GAZETTEER).when(far, IN_CONFLICT).otherwise(LOCATED).alias("accuracy"),
    )


def _addresses(inventors: DataFrame, locations: DataFrame) -> DataFrame:
    nobody = F.concat(F.lit("#"), F.col("inventor_sequence"))
    placed = inventors.join(F.broadcast(locations), "location_id", how="left")  # one row a location
    return placed.select(
        *_patent(),
        *("lon", "lat"),
        F.coalesce("inventor_id", nobody).alias("person_id"),
        F.lit(None).alias("address_id"),
        *("economy", "city", "region", "accuracy"),
    )


def _fields(spark: SparkSession, folder: Path, known: DataFrame, inputs: list[dict[str, Any]]) -> DataFrame | None:
    """The fields or IPC symbols of the patents, by the first of the three tables that is there."""
    for layout in (WIPO, IPC, CPC):
        found = read_delimited(spark, folder, layout)
        if found is None:
            continue
        rows = found[0].join(known.select("patent_id"), "patent_id", how="left_semi")
        inputs.append(found[1])
        if layout is WIPO:
            numbered = rows.withColumn("number", F.regexp_replace("wipo_field_id", r"^0+|\.0*$", ""))
            named = numbered.join(F.broadcast(fields_by_number(spark)), "number", how="left")  # one name a number
            return named.select(*_patent(), F.lit(None).cast("string").alias("ipc"), "field")
        symbol = F.col("cpc_group")
        if layout is IPC:
            symbol = F.concat(
                "section", F.lpad("ipc_class", 2, "0"), "subclass", F.lit(" "), "main_group", F.lit("/00")
            )
        elif found[0].where("cpc_type IS NOT NULL").limit(1).count():
            rows = rows.where("cpc_type IS NULL OR cpc_type LIKE 'invention%'")
        return rows.select(*_patent(), symbol.alias("ipc"), F.lit(None).cast("string").alias("field"))
    return None


def _organisations(
    spark: SparkSession, folder: Path, known: DataFrame, inputs: list[dict[str, Any]]
) -> DataFrame | None:
    """The assignees of the patents; one without an organisation's name is a person."""
    found = read_delimited(spark, folder, ASSIGNEE)
    if found is None:
        return None
    inputs.append(found[1])
    rows = found[0].join(known.select("patent_id"), "patent_id", how="left_semi")
    name = F.col("disambig_assignee_organization")
    kind = F.when(name.isNull(), "person").otherwise("organisation").alias("type")
    return rows.select(*_patent(), F.col("assignee_id").alias("organisation_id"), name.alias("organisation_name"), kind)
