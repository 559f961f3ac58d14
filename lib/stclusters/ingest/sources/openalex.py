"""The OpenAlex snapshot: its works are articles, their authors' institutions and affiliation texts addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.checkpoints import Keep, released_on_error
from stclusters.errors import BadInput
from stclusters.ingest.documents import DocumentReject
from stclusters.ingest.sources.authorships import AUTHORSHIP, TEXT, author_addresses, author_organisations
from stclusters.ingest.sources.faults import naming
from stclusters.ingest.sources.gone import DELETED, MERGED_AWAY, read_gone
from stclusters.ingest.sources.institutions import read_institutions
from stclusters.ingest.sources.judged import left_out
from stclusters.ingest.sources.raw_tables import RawTables, count_records
from stclusters.ingest.sources.records import FILE, hold_rows, read_records, short_id, struct
from stclusters.ingest.sources.snapshot import EntityFiles, find_entity
from stclusters.packaged import packaged_rows

WORK = struct(
    ("id", TEXT),
    ("publication_year", T.IntegerType()),
    ("type", TEXT),
    ("primary_topic", struct(("field", struct(("id", TEXT))))),
    ("authorships", T.ArrayType(AUTHORSHIP)),
    updated_date=TEXT,
    is_retracted=T.BooleanType(),
    is_xpac=T.BooleanType(),
    is_authors_truncated=T.BooleanType(),
)
WANTED = tuple(name for name in WORK.names if name != "is_authors_truncated")  # which complete lists do not have
ABSENT_IS_FINE = ("updated_date", "is_retracted", "is_xpac")
CUT_AT = 100  # authors: where OpenAlex cuts their list, if it does
CUT_LIST = "documents with a cut list of authors"


class WorkReject(StrEnum):
    """Why a work is no article of the edition, beside its type and year."""

    NO_DOCUMENT_ID = DocumentReject.NO_DOCUMENT_ID
    SUPERSEDED = "superseded"
    MERGED_AWAY = MERGED_AWAY
    DELETED = DELETED
    XPAC = "xpac"
    RETRACTED = "retracted"
    NO_TOPIC = "no_topic"
    NOT_SCIENCE = "not_science"


@released_on_error
def read_openalex(
    keep: Keep,
    spark: SparkSession,
    folder: Path,
    institutions: Path | None,
    years: tuple[int, int],
    types: Sequence[str],
    include_xpac: bool = False,
) -> RawTables:
    """The articles of a snapshot, published from the first to the last of `years`.

    A work counts that is of one of `types` (none given: of any), not retracted, not deleted or merged (`read_gone`),
    not of the expansion pack (`is_xpac`) unless `include_xpac`, and whose primary topic is of a science field
    (`science_fields`). Of several records of a work the one of the newest `updated_date` counts; `records` counts all
    of them by `WorkReject`. `flags` counts the articles whose list of authors is cut.

    An address is an institution of an author, at its coordinate in `institutions` (None: the snapshot's own; see
    `read_institutions`), or an affiliation without a placed institution, by its city (`read_affiliations`). An author
    with neither has a row without a place. Reads all works once, here; raises `BadInput` for files that cannot be read
    or are not those of the manifest, and for a field that no work has.
    """
    found = find_entity(folder, "works")
    gone = naming(found.folder, lambda: read_gone(spark, found))
    read = _judge(read_records(spark, found, WORK), years, types, include_xpac)
    works = keep(_newest(read, gone), StorageLevel.DISK_ONLY)
    absent, cut = naming(found.folder, lambda: _check(works, found))
    places = read_institutions(spark, folder, institutions)
    located = keep(places.frame, StorageLevel.MEMORY_AND_DISK_DESER)
    kept = works.where("reason IS NULL").withColumnRenamed("id", "document_id")
    addresses = author_addresses(kept, located, places.key)
    article = F.lit("article").alias("kind")
    return RawTables(
        addresses=addresses,
        documents=kept.select("document_id", article, F.col("publication_year").alias("year"), "type"),
        document_fields=kept.select("document_id", article, F.lit(None).alias("ipc"), "field"),
        document_organisations=author_organisations(kept),
        inputs=[found.entry() | {"absent": absent, "include_xpac": include_xpac}, places.entry],
        records=count_records(works, "works", "documents"),
        stored=(works, located),
        flags={CUT_LIST: cut} if cut else {},
    )


@cache
def science_fields() -> Mapping[str, str]:
    """The fields of OpenAlex topics that count as science and technology: short id to name.

    All fields of the domains Physical, Life and Health Sciences; of Social Sciences none: data/openalex_fields.csv.
    """
    return {row["field_id"]: row["field"] for row in packaged_rows("openalex_fields.csv") if row["counts"] == "yes"}


def _judge(works: DataFrame, years: tuple[int, int], types: Sequence[str], include_xpac: bool) -> DataFrame:
    """The works by their short `id`, with `field`, `reason` as far as one record gives it, `is_cut` and `told`.

    `told` has a bit for each wanted field. Only a work that may count keeps its `authorships`: nothing else of the
    others goes on.
    """
    fields = F.create_map(*(F.lit(word) for pair in sorted(science_fields().items()) for word in pair))
    topic = short_id("primary_topic.field.id")
    reason = F.when(F.col("id").isNull(), WorkReject.NO_DOCUMENT_ID.value)
    if not include_xpac:
        reason = reason.when(F.coalesce("is_xpac", F.lit(False)), WorkReject.XPAC.value)
    reason = reason.when(F.coalesce("is_retracted", F.lit(False)), WorkReject.RETRACTED.value)
    of_topic = F.when(topic.isNull(), WorkReject.NO_TOPIC.value).when(
        F.try_element_at(fields, topic).isNull(), WorkReject.NOT_SCIENCE.value
    )
    reason = F.coalesce(reason, left_out(F.col("publication_year"), F.col("type"), years, types), of_topic)
    told = sum((F.when(F.col(name).isNotNull(), 1 << bit).otherwise(0) for bit, name in enumerate(WANTED)), F.lit(0))
    judged = works.withColumn("reason", reason)
    return judged.select(
        short_id("id").alias("id"),
        *("updated_date", "publication_year", "type", FILE, "reason"),
        F.try_element_at(fields, topic).alias("field"),
        told.alias("told"),
        _is_cut().alias("is_cut"),
        F.when(F.col("reason").isNull(), F.col("authorships")).alias("authorships"),
    )


def _is_cut() -> Column:
    """Whether the list of authors is cut: by its flag, else because the last of 100 is not the last of the work."""
    last = F.try_element_at("authorships", F.lit(-1))["author_position"]
    by_position = (F.size("authorships") == CUT_AT) & F.coalesce(last != "last", F.lit(True))
    return F.coalesce("is_authors_truncated", by_position, F.lit(False))


def _newest(works: DataFrame, gone: DataFrame | None) -> DataFrame:
    """The works; of one id only the newest record has no reason or its own, the others are superseded.

    The shuffle by id spreads the works evenly, however few and large the files are; `gone` is joined by it.
    """
    content = F.xxhash64(*(name for name in works.columns if name != FILE))
    newest_first = Window.partitionBy("id").orderBy(F.col("updated_date").desc_nulls_last(), content)
    placed = works.withColumn("place", F.row_number().over(newest_first))
    reason = F.when((F.col("place") > 1) & F.col("id").isNotNull(), WorkReject.SUPERSEDED.value)
    if gone is not None:
        placed = placed.join(gone, "id", how="left")  # ids are distinct
        reason = reason.when(F.col("gone").isNotNull(), F.col("gone"))
    return placed.withColumn("reason", F.coalesce(reason, F.col("reason"))).drop("place", "gone", "updated_date")


def _check(works: DataFrame, found: EntityFiles) -> tuple[list[str], int]:
    """Reads the works: the fields that no work has and that may be absent, and the articles with a cut list of authors.

    Raises `BadInput` for a field that must be there, and for rows that the manifest has and a file has not.
    """
    cut = F.count_if(F.col("is_cut") & F.col("reason").isNull()).alias("cut")
    counts = (F.count("*").alias("rows"), F.bit_or("told").alias("told"), cut)
    counted = works.groupBy(FILE).agg(*counts).collect()
    told = 0
    for row in counted:
        told |= row["told"]
    hold_rows(works.sparkSession, found, {row[FILE]: row["rows"] for row in counted})
    absent = [name for bit, name in enumerate(WANTED) if counted and not told & (1 << bit)]
    missing = [name for name in absent if name not in ABSENT_IS_FINE]
    if missing:
        raise BadInput(f"{found.folder}: no work has the field {missing[0]}: download the snapshot again.")
    return absent, sum(row["cut"] for row in counted)
