"""Affiliation texts to the city, region and economy that the gazetteer can place."""

from __future__ import annotations

from functools import cache

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.ingest.gazetteer import (
    CITY_AMBIGUOUS,
    REGION_SUFFIX,
    UNKNOWN_ECONOMY,
    name_key,
    name_regions,
    normalise_name,
    place_cities,
    with_answers,
)
from stclusters.packaged import packaged_rows

BETWEEN_PARTS = r"[,;|()\[\]\r\n]+|\s[-–]\s"
MOST_PARTS = 10  # of a text, from its end: what stands before them is no address
LONGEST_PART = 60
LONGEST_NAME = 5  # words of an economy's name
POSTAL = r"(?<!\w)(?=[\w-]*\d)[\w-]+|(?<!\w)(?i:cedex)(?!\w)|(?<!\w)[A-Z]{1,2}-(?=\s|$)"
STATE_CODE = r"^[A-Z]{2}$"
CITY_STATES = ("SG", "HK", "MO", "MC", "LU", "GI", "SM", "VA", "DJ", "KW", "PA", "GT", "MX", "QA")  # a city's name too
IN_ITS_REGION, WHOLE_PART, LAST_WORDS = range(3)  # how sure a candidate is, best first


def read_affiliations(texts: DataFrame, gazetteer: DataFrame) -> tuple[DataFrame, DataFrame]:
    """The place that each distinct `text` names: `text`, `stated`, `city`, `region`, `economy`, as `place_cities` asks.

    `texts` has `text` ("Department, University, City, Region 12345, Country") and `stated`, an economy known from
    elsewhere or `UNKNOWN`. The economy is the one that ends the text, else the stated one, else US where a US state
    ends it, else null. The city is a part between commas that the gazetteer places in it: one followed by the region
    that it lies in, else the last such part, else the last words of the last part. Where no part is placed but one is
    ambiguous, that is the city; else it is null. Nothing else of the text is kept: it may name persons. The second
    frame is what the first is computed from, persisted: free it when the first is stored.
    """
    read = _name_economies(_split(texts), texts.sparkSession, gazetteer)
    candidates = _candidates(read).persist(StorageLevel.MEMORY_AND_DISK)  # used twice, and dear to plan
    asked = candidates.where("city IS NOT NULL").select("city", "region", F.col("economy")).distinct()
    placed = place_cities(asked, gazetteer).join(_regions_of(gazetteer), "place_id", how="left")  # a place, one region
    answers = placed.select("city", "region", "economy", "place_region", "reason")
    rows = _with_named_region(candidates, gazetteer)
    met = with_answers(rows, answers, *(F.col(name) for name in ("city", "region", "economy")))
    is_ambiguous = F.col("reason") == CITY_AMBIGUOUS
    in_region = F.col("named_region") == F.col("place_region")
    rank = F.when(is_ambiguous, 9).when(in_region, IN_ITS_REGION).otherwise(F.col("kind"))
    usable = F.col("of_city").isNotNull() & (F.col("reason").isNull() | is_ambiguous)
    order = F.when(usable, F.struct(rank, -F.col("position"), -F.length("city"), "city"))
    best = F.min_by(F.when(usable, F.struct("city", "region")), order)
    found = met.groupBy("text", "stated", "economy").agg(best.alias("best"))
    return found.select("text", "stated", "best.city", "best.region", "economy"), candidates


@cache
def economy_names() -> tuple[tuple[str, str], ...]:
    """The shipped names of economies with their ISO codes, as in the CLDR: data/economy_names.csv."""
    return tuple((row["name"], row["economy"]) for row in packaged_rows("economy_names.csv"))


def _split(texts: DataFrame) -> DataFrame:
    """The texts with `parts`: the last ones between commas, without postal codes."""

    def bare(part: Column) -> Column:
        plain = F.regexp_replace(F.regexp_replace(part, POSTAL, " "), r"\s+", " ")
        return F.regexp_replace(plain, r"^[\s.\-:/]+|[\s.\-:/]+$", "")

    pieces = F.slice(F.reverse(F.split("text", BETWEEN_PARTS)), 1, MOST_PARTS)
    parts = F.filter(F.transform(F.reverse(pieces), bare), lambda part: F.length(part).between(2, LONGEST_PART))
    return texts.select("text", "stated").distinct().withColumn("parts", parts)


def _name_economies(split: DataFrame, spark: SparkSession, gazetteer: DataFrame) -> DataFrame:
    """The texts with `economy`, and `parts` without the name of the economy at their end."""
    frame = spark.createDataFrame(list(economy_names()), "name string, named string")
    names = frame.select(name_key(normalise_name(F.col("name"))).alias("key"), "named").where("key <> ''")
    names = names.groupBy("key").agg(F.min("named").alias("named"))
    last = F.try_element_at("parts", F.lit(-1))
    words = split.where(F.size("parts") > 0).select(last.alias("last")).distinct()
    words = words.withColumn("words", F.split(normalise_name(F.col("last")), " "))
    length = F.least(F.size("words"), F.lit(LONGEST_NAME))
    ends = words.select("last", "words", F.explode(F.sequence(F.lit(1), length)).alias("taken"))
    ends = ends.withColumn("key", F.expr("array_join(slice(words, -taken, taken), '')"))
    of_names = ends.join(F.broadcast(names), "key", how="inner")  # at most LONGEST_NAME rows a text
    longest = of_names.groupBy("last").agg(F.max(F.struct("taken", "named", "words")).alias("end"))
    rest = F.expr("array_join(slice(end.words, 1, size(end.words) - end.taken), ' ')")
    told = longest.select("last", F.col("end.named").alias("named"), rest.alias("rest"))
    states = name_regions(gazetteer.where("economy = 'US'")).select("region_key", F.lit("US").alias("of_state"))
    read = (
        split.withColumn("last", last)
        .join(told, "last", how="left")  # one row a last part
        .withColumn("region_key", F.when(F.length("last") > 2, name_key(normalise_name(F.col("last")))))
        .withColumn("region_key", F.coalesce("region_key", F.when(F.col("last").rlike(STATE_CODE), F.lower("last"))))
        .join(F.broadcast(states), "region_key", how="left")  # at most one state a key
    )
    before = F.slice("parts", 1, F.greatest(F.size("parts") - 1, F.lit(0)))
    is_city = F.col("named").isin(*CITY_STATES)
    kept = F.when(F.col("rest") != "", F.array("rest")).when(is_city, F.array("last")).otherwise(F.array())
    parts = F.when(F.col("named").isNotNull(), F.concat(before, kept)).otherwise(F.col("parts"))
    economy = F.coalesce("named", F.nullif("stated", F.lit(UNKNOWN_ECONOMY)), "of_state")
    return read.select("text", "stated", parts.alias("parts"), economy.alias("economy"))


def _candidates(read: DataFrame) -> DataFrame:
    """What may be a text's city: `text`, `stated`, `economy`, `position`, `kind`, `city`, `region` (the next part).

    A text without economy or parts has one row, without a city.
    """
    parts = F.when(F.col("economy").isNotNull(), F.col("parts"))
    each = read.select("text", "stated", "economy", "parts", F.posexplode_outer(parts).alias("position", "part"))
    words = F.split("part", " ")
    last_words = F.array(*(F.when(F.size(words) > n, F.array_join(F.slice(words, -n, n), " ")) for n in (1, 2, 3)))
    ends = F.when(F.col("position") == F.size("parts") - 1, F.filter(last_words, lambda end: F.length(end) > 2))
    whole = F.array(F.struct(F.lit(WHOLE_PART).alias("kind"), F.col("part").alias("city")))
    of_end = F.transform(
        F.coalesce(ends, F.array().cast("array<string>")),
        lambda end: F.struct(F.lit(LAST_WORDS).alias("kind"), end.alias("city")),
    )
    region = F.get("parts", F.col("position") + 1)
    return each.select(
        "text", "stated", "economy", "position", region.alias("region"), F.inline(F.concat(whole, of_end))
    )


def _with_named_region(candidates: DataFrame, gazetteer: DataFrame) -> DataFrame:
    """The candidates with `named_region`, the code of the region that the next part names in the economy."""
    words = normalise_name(F.col("region"))
    keyed = candidates.withColumn("region_key", name_key(F.regexp_replace(words, REGION_SUFFIX, "")))
    return keyed.join(
        F.broadcast(name_regions(gazetteer)), ["economy", "region_key"], how="left"
    )  # at most one region a key


def _regions_of(gazetteer: DataFrame) -> DataFrame:
    return gazetteer.select("place_id", F.col("region").alias("place_region"))
