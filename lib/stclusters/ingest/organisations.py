"""Applicants and organisations of documents to one form; never persons."""

from __future__ import annotations

from enum import StrEnum

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.ingest.raw import clean
from stclusters.ingest.sifted import Told, tell

DOCUMENT = ("document_id", "kind")  # what differs most comes first: sorts compare the first bytes of the first key
ORGANISATION_TYPE = "organisation"


class OrganisationRow(StrEnum):
    """What became of a raw row of `document_organisations`."""

    ORGANISATION = "organisation"
    NOT_AN_ORGANISATION = "not_an_organisation"
    BLANK = "blank"
    NO_DOCUMENT = "no_document"


def sift_organisations(raw: DataFrame | None, documents: DataFrame) -> Told:
    """The organisations of the documents, and the raw rows by what became of them (`OrganisationRow`).

    `kept` has `kind`, `document_id`, `organisation_id`, `organisation_name` and `organisations`, the number of
    distinct ones of the document. Ids and names are text without control characters; an organisation has one name,
    the one of most rows (then the first by name), or its id where no row names it. A row of another `type` than
    `organisation` is passed over where the source tells types: an applicant may be a person. `raw` None: no rows.
    """
    if raw is None:
        columns = ("organisation_id", "organisation_name", "type")
        raw = documents.where("false").select(*DOCUMENT, *(F.lit(None).cast("string").alias(name) for name in columns))
    read = raw.select(
        *DOCUMENT,
        clean(F.col("organisation_id")).alias("organisation_id"),
        clean(F.col("organisation_name")).alias("name"),
        clean(F.col("type")).alias("type"),
    )
    known = documents.select(*DOCUMENT, F.lit(True).alias("known"))
    joined = read.join(known, list(DOCUMENT), how="left")  # documents are distinct: a row stays one row
    reason = (
        F.when(F.col("known").isNull(), OrganisationRow.NO_DOCUMENT.value)
        .when(F.col("type") != ORGANISATION_TYPE, OrganisationRow.NOT_AN_ORGANISATION.value)
        .when(F.col("organisation_id").isNull(), OrganisationRow.BLANK.value)
        .otherwise(OrganisationRow.ORGANISATION.value)
    )
    rows = joined.withColumn("reason", reason)
    is_kept = F.col("reason") == OrganisationRow.ORGANISATION.value
    told = rows.withColumn("organisation_id", F.when(is_kept, F.col("organisation_id")))
    stored, counts = tell(told, "organisation_id", OrganisationRow, DOCUMENT)
    listed = stored.select(
        *DOCUMENT, F.explode("told").alias("organisation_id"), F.size("told").alias("organisations")
    )  # a row a document and organisation
    named = listed.join(_names(rows.where(is_kept)), "organisation_id", how="left")  # at most one name an organisation
    name = F.coalesce("organisation_name", "organisation_id").alias("organisation_name")
    return Told(named.select("kind", "document_id", "organisation_id", name, "organisations"), counts, stored)


def _names(rows: DataFrame) -> DataFrame:
    """The name of each organisation that has one: `organisation_id`, `organisation_name`."""
    told = rows.where(F.col("name").isNotNull()).groupBy("organisation_id", "name").agg(F.count("*").alias("rows"))
    commonest = F.min_by("name", F.struct(-F.col("rows"), "name")).alias("organisation_name")
    return told.groupBy("organisation_id").agg(commonest)
