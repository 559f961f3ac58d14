"""The authorships of OpenAlex works: the places of each author, and the organisations of each work."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.ingest.affiliations import has_city, read_affiliations
from stclusters.ingest.economies import normalise_economy
from stclusters.ingest.gazetteer import FAR_M, UNKNOWN_ECONOMY
from stclusters.ingest.sources.records import short_id, struct
from stclusters.sphere import distance_m

TEXT = T.StringType()
INSTITUTION = struct(("id", TEXT), ror=TEXT, country_code=TEXT, display_name=TEXT)
AFFILIATION = struct(raw_affiliation_string=TEXT, institution_ids=T.ArrayType(TEXT))
AUTHORSHIP = struct(  # no name of a person
    ("author", struct(("id", TEXT))),
    ("institutions", T.ArrayType(INSTITUTION)),
    author_position=TEXT,
    countries=T.ArrayType(TEXT),
    affiliations=T.ArrayType(AFFILIATION),
    raw_affiliation_strings=T.ArrayType(TEXT),
)
NO_PERSON = ("", "A9999999999", "A5317838346")  # the null author, and the one of deleted authors: any number of people
OF_INSTITUTION = "city of institution"  # the accuracy of its coordinate
OF_TEXT = "city of affiliation, its institution is far from it"


def author_addresses(works: DataFrame, located: DataFrame, key: str) -> DataFrame:
    """A row for each place of each author, in the canonical columns.

    An institution is at its coordinate, or in its city, unless the affiliation text does not have the name of its city
    and tells of a city farther than `FAR_M` from it: then the address is there. A text beside an institution that tells
    of no city is no address: sources cut an address into several texts.
    """
    authors = works.select("document_id", F.posexplode("authorships").alias("position", "author"))
    places = authors.select(
        "document_id",
        _person().alias("person_id"),
        F.explode(_places_of(F.col("author"))).alias("place"),
    )
    stated = normalise_economy(F.col("economy"))
    joined = places.select("document_id", "person_id", "place.*").withColumn("stated", stated)
    joined = joined.join(F.broadcast(located), key, how="left")  # one row an institution
    is_there = F.coalesce(has_city(F.col("text"), F.col("at_city")), F.lit(False))
    by_text = F.col("at_city").isNull() | (F.col("lon").isNotNull() & ~is_there)
    asked = joined.withColumn("text", F.when(by_text, F.col("text")))
    texts = read_affiliations(asked.where("text IS NOT NULL").select("text", "stated"))
    met = asked.join(texts.withColumnRenamed("economy", "of_text"), ["text", "stated"], how="left")  # one answer a text
    far = distance_m(F.col("lon"), F.col("lat"), F.col("city_lon"), F.col("city_lat")) > FAR_M
    is_far, is_placed = F.coalesce(far, F.lit(False)), F.col("lon").isNotNull() | F.col("at_city").isNotNull()
    met = met.withColumn("is_far", is_far).withColumn("is_of_text", is_far | ~is_placed)
    of_text, elsewhere = F.col("is_of_text"), F.nullif("stated", F.lit(UNKNOWN_ECONOMY))
    addresses = met.where("NOT is_aside OR city IS NOT NULL").select(
        "document_id",
        F.lit("article").alias("kind"),
        *(F.when(F.col("is_far"), F.col(f"city_{name}")).otherwise(F.col(name)).alias(name) for name in ("lon", "lat")),
        "person_id",
        F.lit(None).alias("address_id"),
        F.coalesce(F.when(of_text, F.col("of_text")), elsewhere, "at_economy").alias("economy"),
        *(F.when(of_text, F.col(name)).otherwise(F.col(f"at_{name}")).alias(name) for name in ("city", "region")),
        F.when(F.col("is_far"), OF_TEXT)
        .when(F.col("lon").isNotNull(), OF_INSTITUTION)
        .when(of_text, F.col("accuracy"))
        .alias("accuracy"),
    )
    return addresses


def _person() -> Column:
    """The id of an author; `#` and the position in the list of authors where OpenAlex does not say who it is."""
    named = F.trim(short_id("author.author.id"))
    is_person = ~F.upper(named).isin(*NO_PERSON)
    return F.when(is_person, named).otherwise(F.concat(F.lit("#"), F.col("position")))


def _places_of(author: Column) -> Column:
    """The places of an author: distinct institutions, and affiliation texts that name none; at least one.

    Each is `institution_id`, `ror`, `economy`, `text`, for an institution the first text that names it, and `is_aside`:
    it is a text beside institutions.
    """
    affiliations = F.coalesce(author["affiliations"], F.array().cast(T.ArrayType(AFFILIATION)))
    institutions = F.coalesce(author["institutions"], F.array().cast(T.ArrayType(INSTITUTION)))
    countries = F.array_distinct(author["countries"])
    only_country = F.when(F.size(countries) == 1, F.get(countries, F.lit(0)))

    def place(institution: Column | None, economy: Column, text: Column, is_aside: Column | bool = False) -> Column:
        none = F.lit(None).cast("string")
        key, ror = (institution["id"], institution["ror"]) if institution is not None else (none, none)
        return F.struct(
            short_id(key).alias("institution_id"),
            short_id(ror).alias("ror"),
            economy.alias("economy"),
            text.alias("text"),
            F.lit(is_aside).alias("is_aside"),
        )

    def named(institution: Column) -> Column:
        texts = F.filter(affiliations, lambda one: F.array_contains(one["institution_ids"], institution["id"]))
        return place(institution, institution["country_code"], F.get(texts, F.lit(0))["raw_affiliation_string"])

    unlinked = F.filter(affiliations, lambda one: F.size(F.coalesce(one["institution_ids"], F.array())) == 0)
    texts = F.transform(unlinked, lambda one: one["raw_affiliation_string"])
    plain = (F.size(affiliations) == 0) & (F.size(institutions) == 0)
    texts = F.when(plain, F.coalesce(author["raw_affiliation_strings"], F.array().cast("array<string>"))).otherwise(
        texts
    )
    of_texts = F.transform(
        F.array_distinct(texts), lambda text: place(None, only_country, text, F.size(institutions) > 0)
    )
    of_institutions = F.transform(F.array_distinct(institutions), named)
    both = F.concat(of_institutions, of_texts)
    nowhere = F.array(place(None, only_country, F.lit(None).cast("string")))
    return F.when(F.size(both) == 0, nowhere).otherwise(both)


def author_organisations(works: DataFrame) -> DataFrame:
    """The institutions of each article, distinct."""
    institutions = F.array_distinct(F.flatten("authorships.institutions"))
    each = works.select("document_id", F.explode(institutions).alias("one"))
    return each.select(
        "document_id",
        F.lit("article").alias("kind"),
        short_id("one.id").alias("organisation_id"),
        F.col("one.display_name").alias("organisation_name"),
        F.lit("organisation").alias("type"),
    )
