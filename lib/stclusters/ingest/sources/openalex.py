"""The OpenAlex snapshot: its works are articles, their authors' institutions and affiliation texts addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.errors import BadInput
from stclusters.ingest.documents import DocumentReject
from stclusters.ingest.sources.authorships import AUTHORSHIP, TEXT, author_addresses, author_organisations
from stclusters.ingest.sources.faults import naming
from stclusters.ingest.sources.files import literal
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
)
WANTED = tuple(WORK.names)
ABSENT_IS_FINE = ("updated_date", "is_retracted")


class WorkReject(StrEnum):
    """Why a work is no article of the edition, beside its type and year."""

    NO_DOCUMENT_ID = DocumentReject.NO_DOCUMENT_ID
    SUPERSEDED = "superseded"
    MERGED_AWAY = "merged_away"
    RETRACTED = "retracted"
    NO_TOPIC = "no_topic"
    NOT_SCIENCE = "not_science"


def read_openalex(
    spark: SparkSession,
    folder: Path,
    institutions: Path | None,
    gazetteer: DataFrame,
    years: tuple[int, int],
    types: Sequence[str],
) -> RawTables:
    """The articles of a snapshot, published from the first to the last of `years`.

    A work counts that is of one of `types` (none given: of any), not retracted, and whose primary topic is of a science
    field (`science_fields`). Of several records of a work the one of the newest `updated_date` counts; `records` counts
    all of them by `WorkReject`. An address is an institution of an author, at its coordinate in `institutions` (None:
    the snapshot's own; see `read_institutions`), or an affiliation without a placed institution, by its city
    (`read_affiliations`). An author with neither has a row without a place. Reads all works once, here; raises
    `BadInput` for files that cannot be read or are not those of the manifest, and for a field that no work has.
    """
    found = find_entity(folder, "works")
    merged = _merged_away(spark, found.folder.parent / "merged_ids" / "works")
    read = _judge(read_records(spark, found, WORK), years, types)
    works = _newest(read, merged).persist(StorageLevel.DISK_ONLY)
    absent = naming(found.folder, lambda: _check(works, found))
    places = read_institutions(spark, folder, institutions)
    located = places.frame.persist()
    kept = works.where("reason IS NULL").withColumn("document_id", short_id("id"))
    addresses, held = author_addresses(kept, located, places.key, gazetteer)
    article = F.lit("article").alias("kind")
    return RawTables(
        addresses=addresses,
        documents=kept.select("document_id", article, F.col("publication_year").alias("year"), "type"),
        document_fields=kept.select("document_id", article, F.lit(None).alias("ipc"), "field"),
        document_organisations=author_organisations(kept),
        inputs=[found.entry() | {"absent": absent}, places.entry],
        records=count_records(works, "works", "documents"),
        stored=(works, located, held),
    )


@cache
def science_fields() -> Mapping[str, str]:
    """The fields of OpenAlex topics that count as science and technology: short id to name.

    All fields of the domains Physical, Life and Health Sciences; of Social Sciences none: data/openalex_fields.csv.
    """
    return {row["field_id"]: row["field"] for row in packaged_rows("openalex_fields.csv") if row["counts"] == "yes"}


def _merged_away(spark: SparkSession, folder: Path) -> DataFrame | None:
    """The ids that the snapshot says are merged into others, if it says so: `id`."""
    files = sorted(folder.glob("*.csv.gz"))
    if not files:
        return None
    rows = spark.read.option("header", True).option("mode", "FAILFAST").csv([literal(file) for file in files])
    return rows.select(short_id("id").alias("merged")).distinct()


def _judge(works: DataFrame, years: tuple[int, int], types: Sequence[str]) -> DataFrame:
    """The works with `field`, `reason` as far as a record tells it alone, and `told`: a bit for each wanted field.

    Only a work that may count keeps its `authorships`: nothing else of the others goes on.
    """
    fields = F.create_map(*(F.lit(word) for pair in sorted(science_fields().items()) for word in pair))
    topic = short_id("primary_topic.field.id")
    reason = F.when(F.col("id").isNull(), WorkReject.NO_DOCUMENT_ID.value).when(
        F.coalesce("is_retracted", F.lit(False)), WorkReject.RETRACTED.value
    )
    of_topic = F.when(topic.isNull(), WorkReject.NO_TOPIC.value).when(
        F.try_element_at(fields, topic).isNull(), WorkReject.NOT_SCIENCE.value
    )
    reason = F.coalesce(reason, left_out(F.col("publication_year"), F.col("type"), years, types), of_topic)
    told = sum((F.when(F.col(name).isNotNull(), 1 << bit).otherwise(0) for bit, name in enumerate(WANTED)), F.lit(0))
    judged = works.withColumn("reason", reason)
    return judged.select(
        *("id", "updated_date", "publication_year", "type", FILE, "reason"),
        F.try_element_at(fields, topic).alias("field"),
        told.alias("told"),
        F.when(F.col("reason").isNull(), F.col("authorships")).alias("authorships"),
    )


def _newest(works: DataFrame, merged: DataFrame | None) -> DataFrame:
    """The works; of one id only the newest record has no reason or its own, the others are superseded.

    The shuffle by id spreads the works evenly, however few and large the files are.
    """
    content = F.xxhash64(*(name for name in works.columns if name != FILE))
    newest_first = Window.partitionBy("id").orderBy(F.col("updated_date").desc_nulls_last(), content)
    placed = works.withColumn("place", F.row_number().over(newest_first))
    reason = F.when((F.col("place") > 1) & F.col("id").isNotNull(), WorkReject.SUPERSEDED.value)
    if merged is not None:
        placed = placed.join(merged, short_id("id") == F.col("merged"), how="left")  # ids are distinct
        reason = reason.when(F.col("merged").isNotNull(), WorkReject.MERGED_AWAY.value)
    return placed.withColumn("reason", F.coalesce(reason, F.col("reason"))).drop("place", "merged", "updated_date")


def _check(works: DataFrame, found: EntityFiles) -> list[str]:
    """Reads the works; the fields that no work has and that may be absent. `BadInput` for others and for lost rows."""
    counted = works.groupBy(FILE).agg(F.count("*").alias("rows"), F.bit_or("told").alias("told")).collect()
    told = 0
    for row in counted:
        told |= row["told"]
    hold_rows(works.sparkSession, found, {row[FILE]: row["rows"] for row in counted})
    absent = [name for bit, name in enumerate(WANTED) if counted and not told & (1 << bit)]
    missing = [name for name in absent if name not in ABSENT_IS_FINE]
    if missing:
        raise BadInput(f"{found.folder}: no work has the field {missing[0]}: download the snapshot again.")
    return absent
