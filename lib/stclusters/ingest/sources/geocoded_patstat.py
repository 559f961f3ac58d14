"""PATSTAT's tables with the open geocodes of first filings: PCT applications and their inventors."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from stclusters.checkpoints import Keep, released_on_error
from stclusters.ingest.affiliations import read_affiliations, with_former_codes
from stclusters.ingest.economies import normalise_economy
from stclusters.ingest.fields import fields_by_number
from stclusters.ingest.gazetteer import UNKNOWN_ECONOMY
from stclusters.ingest.sources.delimited import Layout, need, read_delimited
from stclusters.ingest.sources.judged import left_out
from stclusters.ingest.sources.raw_tables import RawTables, count_records


def _layout(table: str, *required: str, optional: tuple[str, ...] = ()) -> Layout:
    """A table in one file of its name, or in the numbered parts that the office sends: tls201_part01.csv."""
    number = table.partition("_")[0]
    pattern = rf"(?i)({table}|{number}_part(?P<part>\d+))(\.csv|\.txt)?"
    return Layout(
        table, pattern, rf"{number}(?!\d)" if number != "geoc" else rf"{table}(?![a-z])", required, optional, ","
    )


APPLN = _layout("tls201_appln", "appln_id", "appln_kind", "earliest_publn_year", optional=("earliest_filing_id",))
PERSON = _layout("tls206_person", "person_id", "person_ctry_code", optional=("person_address", "psn_id", "psn_sector"))
PERS_APPLN = _layout("tls207_pers_appln", "person_id", "appln_id", "applt_seq_nr", "invt_seq_nr")
IPC = _layout("tls209_appln_ipc", "appln_id", "ipc_class_symbol")
FIELD = _layout("tls230_appln_techn_field", "appln_id", "techn_field_nr")
GEOCODES = _layout("geoc_inv", "appln_id", "lat", "lng", "ctry_code", optional=("city",))

PCT_KIND = "W"
OF_FIRST_FILING = "geocode of first filing"
NO_ORGANISATION = ("INDIVIDUAL", "UNKNOWN")


class ApplicationReject(StrEnum):
    """Why an application is none of the edition, beside its year."""

    NOT_PCT = "not_pct"


@released_on_error
def read_geocoded_patstat(
    keep: Keep, spark: SparkSession, folder: Path, years: tuple[int, int], types: Sequence[str]
) -> RawTables:
    """The PCT applications (`appln_kind` W) first published from the first to the last of `years`.

    The places of an application's inventors are the geocodes of itself, else of its earliest filing: the open geocodes
    are of first filings, and tell no persons, so that each is a person. Inventors of `tls207_pers_appln` beyond them,
    by economy, have no place. Where there is no geocode, the inventors' addresses are placed by their city
    (`read_affiliations`), and nothing else of them is kept. Fields are those of `tls230_appln_techn_field`, else of
    `tls209_appln_ipc`. Applicants are organisations by the id of their standardised name; no name is read. `records`
    counts the applications. Raises `BadInput`.
    """
    inputs: list[dict[str, Any]] = []

    def table(layout: Layout) -> DataFrame:
        return need(read_delimited(spark, folder, layout), folder, layout, inputs)

    year = F.col("earliest_publn_year").try_cast("int")
    reason = F.coalesce(
        F.when(F.coalesce(F.col("appln_kind") != PCT_KIND, F.lit(True)), ApplicationReject.NOT_PCT.value),
        left_out(year, F.col("appln_kind"), years, types),
    )
    judged = keep(table(APPLN).withColumn("reason", reason).withColumn("year", year), StorageLevel.DISK_ONLY)
    kept = judged.where("reason IS NULL")
    known = kept.select("appln_id", "earliest_filing_id").distinct()
    geocoded = keep(_geocoded(known, table(GEOCODES)), StorageLevel.DISK_ONLY)
    parties = keep(_parties(known, table(PERS_APPLN), table(PERSON)), StorageLevel.DISK_ONLY)
    addresses = _addresses(geocoded, parties.where("is_inventor"))
    return RawTables(
        addresses=addresses,
        documents=kept.select(*_application(), "year", F.col("appln_kind").alias("type")),
        document_fields=_fields(spark, folder, known, inputs),
        document_organisations=_organisations(parties.where("is_applicant")),
        inputs=inputs,
        records=count_records(judged, APPLN.table, "documents"),
        stored=(judged, geocoded, parties),
    )


def _application() -> tuple[Any, Any]:
    return F.col("appln_id").alias("document_id"), F.lit("patent").alias("kind")


def _geocoded(known: DataFrame, geocodes: DataFrame) -> DataFrame:
    """The geocodes of each application: those of its own id, else of its earliest filing's."""
    told = geocodes.withColumnRenamed("appln_id", "filing")
    filings = known.select("appln_id", F.explode(F.array("appln_id", "earliest_filing_id")).alias("filing")).distinct()
    met = filings.join(told, "filing", how="inner")  # a row a geocode, of one filing or of both
    of_application = Window.partitionBy("appln_id")
    own = F.max(F.col("filing") == F.col("appln_id")).over(of_application)
    chosen = met.withColumn("own", own).where(~F.col("own") | (F.col("filing") == F.col("appln_id")))
    return chosen.select("appln_id", "lat", "lng", "city", F.col("ctry_code").alias("economy"))


def _parties(known: DataFrame, pers_appln: DataFrame, persons: DataFrame) -> DataFrame:
    """The inventors and applicants of the applications: a row a person and application."""
    has_number = {name: F.col(name).try_cast("int") > 0 for name in ("invt_seq_nr", "applt_seq_nr")}
    of_known = pers_appln.join(known.select("appln_id").distinct(), "appln_id", how="left_semi")
    parties = of_known.groupBy("appln_id", "person_id").agg(
        F.bool_or(has_number["invt_seq_nr"]).alias("is_inventor"),
        F.bool_or(has_number["applt_seq_nr"]).alias("is_applicant"),
    )
    columns = ("person_address", "person_ctry_code", "psn_id", "psn_sector")
    one_each = persons.join(parties.select("person_id").distinct(), "person_id", how="left_semi")
    one_each = one_each.groupBy("person_id").agg(F.min(F.struct(*columns)).alias("told"))
    return parties.join(one_each, "person_id", how="left").select(*parties.columns, "told.*")


def _addresses(geocoded: DataFrame, inventors: DataFrame) -> DataFrame:
    """The geocodes, the inventors beyond them, and those of applications without any."""
    nothing = F.lit(None).cast("string")
    at = geocoded.select(
        *_application(),
        *(F.col("lng").alias("lon"), "lat", nothing.alias("person_id"), "economy", "city", nothing.alias("region")),
        F.lit(OF_FIRST_FILING).alias("accuracy"),
    )
    economy = normalise_economy(F.col("economy"))
    counted = geocoded.groupBy("appln_id", economy.alias("stated")).agg(F.count("*").alias("geocodes"))
    has_any = geocoded.select("appln_id", F.lit(True).alias("has_any")).distinct()
    stated = inventors.withColumn("stated", normalise_economy(F.col("person_ctry_code")))
    known = stated.join(has_any, "appln_id", how="left")  # a row stays one row
    order = Window.partitionBy("appln_id", "stated").orderBy("person_id")
    ranked = known.where("has_any").withColumn("place", F.row_number().over(order))
    beyond = ranked.join(counted, ["appln_id", "stated"], how="left").where("place > coalesce(geocodes, 0)")
    unplaced = beyond.select(
        *_application(),
        *(nothing.alias(name) for name in ("lon", "lat", "person_id")),
        F.col("person_ctry_code").alias("economy"),
        *(nothing.alias(name) for name in ("city", "region", "accuracy")),
    )
    by_text = _by_text(known.where("has_any IS NULL"))
    return at.unionByName(unplaced).unionByName(by_text).withColumn("address_id", F.lit(None))


def _by_text(inventors: DataFrame) -> DataFrame:
    """One row per inventor, with the city that the address names, and its economy where the code is former or none."""
    code = F.col("person_ctry_code")
    told = inventors.withColumnRenamed("person_address", "text")
    told = told.withColumn("is_stated", F.col("stated") != UNKNOWN_ECONOMY)
    told = told.withColumn("stated", with_former_codes(code, F.col("stated")))
    texts = read_affiliations(told.where("text IS NOT NULL").select("text", "stated"))
    met = told.join(texts.withColumnRenamed("economy", "of_text"), ["text", "stated"], how="left")  # one answer a text
    nothing = F.lit(None).cast("string")
    return met.select(
        *_application(),
        *(nothing.alias(name) for name in ("lon", "lat")),
        "person_id",
        F.coalesce(F.when(F.col("is_stated"), code), "of_text", code).alias("economy"),
        *("city", "region", "accuracy"),
    )


def _fields(spark: SparkSession, folder: Path, known: DataFrame, inputs: list[dict[str, Any]]) -> DataFrame | None:
    """The fields of the applications, else their IPC symbols, else nothing."""
    nothing, ids = F.lit(None).cast("string"), known.select("appln_id").distinct()
    if found := read_delimited(spark, folder, FIELD):
        inputs.append(found[1])
        numbers = fields_by_number(spark).withColumnRenamed("number", "techn_field_nr")
        rows = found[0].join(ids, "appln_id", how="left_semi")
        named = rows.join(F.broadcast(numbers), "techn_field_nr", how="left")  # one name a number
        return named.select(*_application(), nothing.alias("ipc"), "field")
    if found := read_delimited(spark, folder, IPC):
        inputs.append(found[1])
        rows = found[0].join(ids, "appln_id", how="left_semi")
        return rows.select(*_application(), F.col("ipc_class_symbol").alias("ipc"), nothing.alias("field"))
    return None


def _organisations(applicants: DataFrame) -> DataFrame:
    """The applicants, by the id of their standardised name; a person where the sector says so or says nothing."""
    is_none = F.coalesce(F.upper("psn_sector").isin(*NO_ORGANISATION), F.lit(True))
    kind = F.when(is_none, "person").otherwise("organisation")
    return applicants.select(
        *_application(),
        F.coalesce("psn_id", "person_id").alias("organisation_id"),
        F.lit(None).alias("organisation_name"),
        kind.alias("type"),
    )
