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

NO_ADDRESS = (  # e-mail addresses and what announces them, notes, post boxes, marks that stand for line ends and tabs
    r"(?i)\S+@\S+|\be-?mail( address)?:|\belectronic address:|\bcorresponding author\b:?|&amp;|#(n|r|tab)#"
    r"|\b(p\.? ?o\.? ?)?box\b|\bpmb\b"
)
OF_CHINA = (  # economies of their own in the ranking, whatever stands after them
    r"(?i)\b(hong ?kong|maca[ou]|taiwan)\b[\s,(]*(s\.?a\.?r\.?)?[\s,)]*"
    r"(p\.? ?r\.? ?|people[’']?s republic of )?china[\s.)]*$"
)
POSTAL = r"(?<!\w)(?=[\w-]*\d)[\w-]+|(?<!\w)(?i:cedex)(?!\w)|(?<!\w)[A-Z]{1,2}-(?=\s|$)"
BETWEEN_PARTS = rf"[,;|()\[\]\r\n]+|\s[-–]\s|\s{{2,}}|{POSTAL}"  # a postal code ends a part, too
DISTRICT = r"(?<=\p{L}{3})-\d{1,2}(?!\w)"  # Liège-1
LETTER = r"(?<=\p{L}{3}) \p{Lu}$"  # Copenhagen K
GLUED = r"(?<=\d{4})(?=\p{L}{4})|(?<=\p{L}{4})-?(?=\d{4})"  # 210093Nanjing, Chengdu-610059
MOST_PARTS = 10  # of a text, from its end: what stands before them is no address
LONGEST_PART = 60  # of a longer one its end is read
LONGEST_NAME = 5  # words of an economy's name
STATE_CODE = r"^[A-Z]{2}$"
NO_CITY = (  # no city's name by themselves, though there are such towns
    r"^(?i:universit\w*|college|institut\w*|school|academy|cent(er|re)|station|campus|hospital|laborator\w*|research"
    r"|street|road|avenue)$"
)
CITY_STATES = ("SG", "HK", "MO", "MC", "LU", "GI", "SM", "VA", "DJ", "KW", "PA", "GT", "MX")  # a city's name too
WORDS = (1, 2, 3)  # of a city's name, or of a region's
# how sure a candidate is, best first: a part or the last words of it, in the region that follows or without one
PART_IN_REGION, WORDS_IN_REGION, WHOLE_PART, LAST_WORDS, ECONOMY = range(5)


def read_affiliations(texts: DataFrame, gazetteer: DataFrame) -> tuple[DataFrame, DataFrame]:
    """The place that each distinct `text` names: `text`, `stated`, `city`, `region`, `economy`, as `place_cities` asks.

    `texts` has `text` ("Department, University, City, Region 12345, Country") and `stated`, an economy known from
    elsewhere or `UNKNOWN`. The economy is the one that ends the text, unless that is a city or a state of the stated
    one; else the stated one, else US where a US state ends it, else null. The city is a part between commas that the
    gazetteer places in it: one followed by the region that it lies in, or the last words before that region; else the
    last such part; else the last words of the last part; else the city of the economy's name. Where none is placed but
    one is ambiguous, that is the city; else it is null. `city_lon` and `city_lat` are where it is (degrees), unless it
    is ambiguous or only the last words of a part, which are less sure. Nothing else of the text is kept: it may name
    persons. The second frame is what the first is computed from, persisted: free it when the first is stored.
    """
    read = _name_economies(_split(texts), texts.sparkSession, gazetteer)
    named = _with_named_region(_candidates(read), gazetteer)
    needed = (F.col("kind") != WORDS_IN_REGION) | F.col("named_region").isNotNull()
    candidates = named.where(needed).persist(StorageLevel.MEMORY_AND_DISK)  # used twice, and dear to plan
    asked = candidates.where("city IS NOT NULL").select("city", "region", F.col("economy")).distinct()
    placed = place_cities(asked, gazetteer).join(_regions_of(gazetteer), "place_id", how="left")  # a place, one region
    at = (F.col(name).alias(f"city_{name}") for name in ("lon", "lat"))
    answers = placed.select("city", "region", "economy", "place_region", "reason", *at)
    met = with_answers(candidates, answers, *(F.col(name) for name in ("city", "region", "economy")))
    is_ambiguous = F.col("reason") == CITY_AMBIGUOUS
    in_region = F.coalesce(F.col("named_region") == F.col("place_region"), F.lit(False))
    kind = F.when(in_region & (F.col("kind") == WHOLE_PART), PART_IN_REGION).otherwise(F.col("kind"))
    usable = F.col("of_city").isNotNull() & (F.col("reason").isNull() | is_ambiguous)
    usable &= in_region | (F.col("kind") != WORDS_IN_REGION)
    order = F.struct(F.when(is_ambiguous, 9).otherwise(kind), -F.col("position"), -F.length("city"), "city")
    sure = (F.when(F.col("kind") < LAST_WORDS, F.col(name)).alias(name) for name in ("city_lon", "city_lat"))
    best = F.min_by(F.when(usable, F.struct("city", "region", *sure)), F.when(usable, order))
    found = met.groupBy("text", "stated", "economy").agg(best.alias("best"))
    return found.select("text", "stated", "economy", "best.*"), candidates


def has_city(text: Column, city: Column) -> Column:
    """Whether the words of a city stand in a text."""
    words, sought = (F.concat(F.lit(" "), normalise_name(column), F.lit(" ")) for column in (text, city))
    return F.contains(words, sought)


@cache
def economy_names() -> tuple[tuple[str, str], ...]:
    """The shipped names of economies with their ISO codes, as in the CLDR: data/economy_names.csv."""
    return tuple((row["name"], row["economy"]) for row in packaged_rows("economy_names.csv"))


def _split(texts: DataFrame) -> DataFrame:
    """The texts with `parts`: the last ones between commas and postal codes."""

    def bare(part: Column) -> Column:
        trimmed = F.regexp_replace(F.regexp_replace(part, r"\s+", " "), r"^[\s.\-:/]+|[\s.\-:/]+$", "")
        return F.regexp_extract(F.regexp_replace(trimmed, LETTER, ""), rf"(?:^|\s)(\S.{{0,{LONGEST_PART - 1}}})$", 1)

    plain = F.regexp_replace(F.regexp_replace("text", NO_ADDRESS, ","), OF_CHINA, "$1")
    plain = F.regexp_replace(F.regexp_replace(plain, DISTRICT, ""), GLUED, " ")
    pieces = F.transform(F.split(plain, BETWEEN_PARTS), bare)
    last = F.slice(F.reverse(F.filter(pieces, lambda part: F.length(part) > 1)), 1, MOST_PARTS)
    return texts.select("text", "stated").distinct().withColumn("parts", F.reverse(last))


def _name_economies(split: DataFrame, spark: SparkSession, gazetteer: DataFrame) -> DataFrame:
    """The texts with `economy`, and `parts` without its name at their end; where a city has it, `own_name` is it."""
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
    of_cities = gazetteer.select(F.col("economy").alias("stated"), F.explode("name_keys").alias("last_key")).join(
        F.broadcast(names.withColumnRenamed("key", "last_key")), "last_key", how="left_semi"
    )
    of_cities = of_cities.distinct().withColumn("is_city", F.lit(True))  # some hundreds: Granada, Columbia, Salvador
    read = (
        split.withColumn("last", last)
        .join(told, "last", how="left")  # one row a last part
        .withColumn("last_key", name_key(normalise_name(F.col("last"))))
        .join(F.broadcast(of_cities), ["stated", "last_key"], how="left")  # at most one a key
        .withColumn("region_key", F.when(F.length("last") > 2, F.col("last_key")))
        .withColumn("region_key", F.coalesce("region_key", F.when(F.col("last").rlike(STATE_CODE), F.lower("last"))))
        .join(F.broadcast(states), "region_key", how="left")  # at most one state a key
    )
    is_state = F.col("of_state").isNotNull() & (
        (F.col("stated") == "US") | (F.col("rest") != "")
    )  # Georgia, New Mexico
    is_city = F.col("is_city").isNotNull() & (F.col("named") != F.col("stated"))
    is_named = F.col("named").isNotNull() & ~is_state & ~is_city
    before = F.filter(F.slice("parts", 1, F.greatest(F.size("parts") - 1, F.lit(0))), lambda part: part != last)
    kept = F.when(F.col("rest") != "", F.array("rest")).otherwise(F.array())
    parts = F.when(is_named, F.concat(before, kept)).otherwise(F.col("parts"))
    of_state = F.coalesce(F.nullif("stated", F.lit(UNKNOWN_ECONOMY)), "of_state")
    economy = F.when(is_named, F.col("named")).otherwise(of_state)
    own_name = F.when(is_named & F.col("named").isin(*CITY_STATES) & (F.col("rest") == ""), last)
    return read.select("text", "stated", parts.alias("parts"), economy.alias("economy"), own_name.alias("own_name"))


def _candidates(read: DataFrame) -> DataFrame:
    """What may be a text's city: `text`, `stated`, `economy`, `position`, `kind`, `city`, `region` (what follows it).

    A text without economy or parts has one row, without a city.
    """
    is_named = F.col("economy").isNotNull()
    each = read.select(
        *("text", "stated", "economy", "parts"),
        F.when(is_named, F.col("own_name")).alias("own_name"),
        F.posexplode_outer(F.when(is_named, F.col("parts"))).alias("position", "part"),
    )
    words, no_region = F.split("part", " "), F.lit(None).cast("string")
    left = F.size("parts") - 1 - F.col("position")  # parts after this one

    def candidate(kind: int, city: Column, region: Column) -> Column:
        return F.struct(F.lit(kind).alias("kind"), city.alias("city"), region.alias("region"))

    def end(size: int, before: int = 0) -> Column:
        """So many words before the last ones; null where there are no more than these, or they are no city's name."""
        taken = F.when(F.size(words) > size + before - (before > 0), F.slice(words, -size - before, size))
        joined = F.array_join(taken, " ")
        return F.when((F.length(joined) > 2) & ~joined.rlike(NO_CITY), joined)

    region = F.get("parts", F.col("position") + 1)
    whole = [candidate(WHOLE_PART, F.when(~F.col("part").rlike(NO_CITY), F.col("part")), region)]
    in_next = [candidate(WORDS_IN_REGION, end(n), region) for n in WORDS]
    in_same = [
        candidate(WORDS_IN_REGION, end(n, r), F.array_join(F.slice(words, -r, r), " ")) for n in WORDS for r in WORDS
    ]
    last = [*(candidate(LAST_WORDS, end(n), no_region) for n in WORDS), *in_same]
    last.append(candidate(ECONOMY, F.col("own_name"), no_region))
    found = F.when(left == 0, F.array(*whole, *last)).when(left == 1, F.array(*whole, *in_next))
    found = F.when(F.col("part").isNull(), F.array(candidate(ECONOMY, F.col("own_name"), no_region))).otherwise(
        F.coalesce(found, F.array(*whole))
    )
    candidates = each.select("text", "stated", "economy", "position", F.inline(found))
    return candidates.where((F.col("kind") == WHOLE_PART) | F.col("position").isNull() | F.col("city").isNotNull())


def _with_named_region(candidates: DataFrame, gazetteer: DataFrame) -> DataFrame:
    """The candidates with `named_region`, the code of the region that the next part names in the economy."""
    words = normalise_name(F.col("region"))
    keyed = candidates.withColumn("region_key", name_key(F.regexp_replace(words, REGION_SUFFIX, "")))
    return keyed.join(
        F.broadcast(name_regions(gazetteer)), ["economy", "region_key"], how="left"
    )  # at most one region a key


def _regions_of(gazetteer: DataFrame) -> DataFrame:
    return gazetteer.select("place_id", F.col("region").alias("place_region"))
