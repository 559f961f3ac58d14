"""Patents and articles to one form."""

from __future__ import annotations

from enum import StrEnum

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.ingest.fields import UNKNOWN_FIELD, match_fields
from stclusters.ingest.raw import clean, is_unprintable, number, told
from stclusters.ingest.sifted import Dropped, Sifted, Told, group_rejects, tell
from stclusters.settings import Method
from stclusters.tables import KINDS

RAW = ("kind", "document_id", "year", "type")


class DocumentReject(StrEnum):
    """Why a raw row is no document of the window; the first that holds is the row's."""

    UNKNOWN_KIND = "unknown_kind"
    NO_DOCUMENT_ID = "no_document_id"
    UNPRINTABLE_ID = "unprintable_id"
    NO_YEAR = "no_year"
    CONFLICTING = "conflicting"
    OUTSIDE_WINDOW = "outside_window"
    TYPE_EXCLUDED = "type_excluded"


class FieldRow(StrEnum):
    """What became of a raw row of `document_fields`."""

    FIELD = "field"
    IPC = "ipc"
    UNKNOWN_IPC = "unknown_ipc"
    BLANK = "blank"
    NO_DOCUMENT = "no_document"


def sift_documents(raw: DataFrame, method: Method, edition: int) -> Sifted:
    """The documents of the edition's windows: `kept` has `kind`, `document_id`, `year`, `type`.

    An id is kept as it is: blanks around it are part of it, and one with control characters is a reject. `kind` is
    exactly `patent` or `article`. Rows of one document that differ in year or type are settled before the window is
    looked at: the earliest year wins, then the first type by name (no type comes last); the others are `conflicting`.
    Rows that are equal in kind, id, year and type are one document: the others are dropped as duplicates.
    """
    rows = raw.select(*(F.col(name).cast("string").alias(name) for name in RAW))
    year = number(F.col("year"), T.StringType())
    read = rows.select(
        "*",
        F.when(year == F.rint(year), year).alias("year_number"),
        clean(F.col("type")).alias("type_name"),
        F.xxhash64("kind", "document_id").alias("hashed"),  # most comparisons of the sort need no more
    ).withColumn("unusable", _unusable())
    order = (F.col("unusable").isNotNull(), "year_number", F.col("type_name").isNull(), "type_name", "year", "type")
    document = Window.partitionBy("hashed", "kind", "document_id").orderBy(*order)
    ranked = read.withColumns(
        {
            "is_first": F.row_number().over(document) == 1,
            "first_year": F.first("year_number").over(document),
            "first_type": F.first("type_name").over(document),
        }
    )
    judged = ranked.withColumn("reason", _reason(method, edition))
    stored = judged.select(*RAW, "type_name", "is_first", "reason").persist(StorageLevel.MEMORY_AND_DISK)
    accepted, one = stored.where(F.col("reason").isNull()), F.lit(1)
    dropped = accepted.where("NOT is_first").groupBy(F.lit(Dropped.DUPLICATE.value).alias("reason"))
    year_type = (F.col("year").try_cast("double").try_cast("int").alias("year"), F.col("type_name").alias("type"))
    return Sifted(
        kept=accepted.where("is_first").select("kind", "document_id", *year_type),
        rejects=group_rejects(stored.where(F.col("reason").isNotNull()), F.col("reason"), RAW, one),
        dropped=dropped.agg(F.count("*").alias("rows")),
        stored=(stored,),
    )


def _unusable() -> Column:
    """Why a row can be no document whatever the edition, or null."""
    document_id = F.col("document_id")
    return (
        F.when(~F.coalesce(F.col("kind").isin(*KINDS), F.lit(False)), DocumentReject.UNKNOWN_KIND.value)
        .when(told(document_id).isNull(), DocumentReject.NO_DOCUMENT_ID.value)
        .when(is_unprintable(document_id), DocumentReject.UNPRINTABLE_ID.value)
        .when(F.col("year_number").isNull(), DocumentReject.NO_YEAR.value)
    )


def _reason(method: Method, edition: int) -> Column:
    """Why a row is rejected, or null."""
    same = (F.col("year_number") == F.col("first_year")) & F.col("type_name").eqNullSafe(F.col("first_type"))
    in_window, counts = F.lit(False), F.lit(True)
    for kind, types in (("patent", method.patent_types), ("article", method.article_types)):
        in_window |= (F.col("kind") == kind) & F.col("year_number").between(*method.window(kind, edition))
        if types:
            counts &= (F.col("kind") != kind) | F.col("type_name").isNull() | F.col("type_name").isin(*types)
    return (
        F.when(F.col("unusable").isNotNull(), F.col("unusable"))
        .when(~same, DocumentReject.CONFLICTING.value)
        .when(~in_window, DocumentReject.OUTSIDE_WINDOW.value)
        .when(~counts, DocumentReject.TYPE_EXCLUDED.value)
    )


def sift_fields(raw_fields: DataFrame | None, documents: DataFrame, concordance: DataFrame) -> Told:
    """The fields of the documents, and the raw rows by what became of them (`FieldRow`).

    `kept` has `kind`, `document_id`, `field` and `fields`, the number of distinct fields of the document. A row's
    `field` counts as it is, without control characters; else its `ipc` by the concordance. A document whose rows
    all tell no field has the one field `unknown`; a document without a row has none. `raw_fields` None: no rows.
    """
    if raw_fields is None:
        raw_fields = (
            documents.where("false").select("kind", "document_id").selectExpr("*", "NULL AS ipc", "NULL AS field")
        )
    read = raw_fields.select(
        "kind", "document_id", told(F.col("ipc")).alias("ipc"), clean(F.col("field")).alias("field")
    )
    known = documents.select("kind", "document_id", F.lit(True).alias("known"))
    matched = match_fields(read, concordance)  # before the join: what follows needs no second shuffle
    key = ["document_id", "kind"]  # what differs most comes first: sorts compare the first bytes of the first key
    joined = matched.join(known, key, how="left")  # documents are distinct: a row stays one row
    reason = (
        F.when(F.col("known").isNull(), FieldRow.NO_DOCUMENT.value)
        .when(F.col("field").isNotNull(), FieldRow.FIELD.value)
        .when(F.col("ipc").isNull(), FieldRow.BLANK.value)
        .when(F.col("of_ipc").isNull(), FieldRow.UNKNOWN_IPC.value)
        .otherwise(FieldRow.IPC.value)
    )
    rows = joined.select("kind", "document_id", F.coalesce("field", "of_ipc").alias("field"), reason.alias("reason"))
    stored, counts = tell(rows, "field", FieldRow, key)
    fields = F.when(F.size("told") == 0, F.array(F.lit(UNKNOWN_FIELD))).otherwise(F.col("told"))
    listed = stored.where(F.col(FieldRow.NO_DOCUMENT.value) == 0).select("kind", "document_id", fields.alias("told"))
    kept = listed.select("kind", "document_id", F.explode("told").alias("field"), F.size("told").alias("fields"))
    return Told(kept, counts, stored)
