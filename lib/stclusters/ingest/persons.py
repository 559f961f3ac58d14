"""The persons of a document and the addresses of each, numbered by content."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from stclusters.ingest.flags import AddressFlag, bit

DUPLICATE = "duplicate"
SAME_ADDRESS_ELSEWHERE = "same_address_elsewhere"

DOCUMENT = ("hashed", "kind", "document_id")  # a number first: most comparisons of the sort need no more
PERSON = (*DOCUMENT, "nameless", "person_id")
PLACE = ("point_id", "economy", "address_id")
FIRST_TO_HERE = (Window.unboundedPreceding, Window.currentRow)
WHOLE = (Window.unboundedPreceding, Window.unboundedFollowing)


def number_addresses(rows: DataFrame, has_address_ids: bool) -> DataFrame:
    """The rows with `verdict` and, where that is null, `person`, `persons`, `address`, `addresses_each` (integers).

    `rows` has `kind`, `document_id`, `person_id`, `address_id` (both null where the source says nothing), `point_id`,
    `economy`, `accuracy` and `bits`; `bits` gains `same_address_twice`. Persons are numbered by `person_id`; a row
    without one is a person of its own, after those. The addresses of a person are numbered by place. A row of the same
    document, person, place and address id as another is `duplicate`, if it has a person or an address id; of the
    places of one address id of a person the first stands, and the others are `same_address_elsewhere`.

    Rows are shuffled once, by document; all windows use that. Nothing depends on the order of the rows.
    """
    order = ("nameless", "person_id", *PLACE, "accuracy", "bits")
    in_document = Window.partitionBy(*DOCUMENT).orderBy(*order)
    row = F.struct("nameless", "person_id", *PLACE)
    marked = rows.withColumns({"nameless": F.col("person_id").isNull(), "hashed": F.xxhash64("kind", "document_id")})
    read = marked.withColumn("before", F.lag(row).over(in_document))
    settled = _settle_address_ids(read) if has_address_ids else read.withColumn("verdict", F.lit(None).cast("string"))
    named = ~F.col("nameless") | F.col("address_id").isNotNull()
    is_again = named & F.coalesce(row == F.col("before"), F.lit(False))
    judged = settled.withColumn("verdict", F.coalesce("verdict", F.when(is_again, DUPLICATE)))

    stands = F.col("verdict").isNull()
    is_first = F.col("before").isNull() | F.col("before.nameless") | (F.col("before.person_id") != F.col("person_id"))
    new_person = stands & (F.col("nameless") | is_first)  # the first row of a person always stands
    of_person = Window.partitionBy(*PERSON).orderBy(*PLACE, "accuracy", "bits")
    counted = judged.withColumns({"new_person": new_person, "stands": stands})
    numbered = counted.withColumns(
        {
            "person": _count("new_person").over(in_document.rowsBetween(*FIRST_TO_HERE)),
            "persons": _count("new_person").over(in_document.rowsBetween(*WHOLE)),
            "address": _count("stands").over(of_person.rowsBetween(*FIRST_TO_HERE)),
            "addresses_each": _count("stands").over(of_person.rowsBetween(*WHOLE)),
        }
    )
    alone = F.when(F.col("nameless"), F.lit(1))
    return numbered.select(
        *(name for name in judged.columns if name not in ("nameless", "before", "hashed")),
        *(F.col(name).cast("int").alias(name) for name in ("person", "persons")),
        *(F.coalesce(alone, F.col(name).cast("int")).alias(name) for name in ("address", "addresses_each")),
    )


def _settle_address_ids(rows: DataFrame) -> DataFrame:
    """The rows with `verdict` `same_address_elsewhere` for all but the first place of an address id of a person."""
    address = Window.partitionBy(*PERSON, "address_id")
    place = F.struct("point_id", "economy")
    placed = rows.withColumn("first", F.min(place).over(address)).withColumn("last", F.max(place).over(address))
    has_id, twice = F.col("address_id").isNotNull(), F.col("first") != F.col("last")
    elsewhere = F.when(has_id & (place != F.col("first")), SAME_ADDRESS_ELSEWHERE)
    flagged = placed.withColumn("bits", F.col("bits") + bit(AddressFlag.SAME_ADDRESS_TWICE, has_id & twice))
    return flagged.withColumn("verdict", elsewhere).drop("first", "last")


def _count(condition: str) -> Column:
    return F.count(F.when(F.col(condition), 1))
