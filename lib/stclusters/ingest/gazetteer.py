"""Rows with a city but no coordinate matched to a gazetteer."""

from __future__ import annotations

import unicodedata

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.packaged import packaged_table
from stclusters.sphere import distance_m

SAME_PLACE_M = 15_000.0  # candidates this near to each other are one place: the error that the accuracy target allows
CLEARLY_LARGER = 2  # the largest candidate must have this many times the population of every other; measured on ROR
FAR_M = 50_000.0  # a coordinate so far from a city is not in it: no city is so wide
LEAST_POPULATION = 500  # what a place of unknown population counts: the least that GeoNames' list asks for
UNKNOWN_ECONOMY = "UNKNOWN"
PLACE_KEYS = ("city", "region", "economy")

CITY_UNKNOWN, CITY_AMBIGUOUS, CITY_MISSING = "city_unknown", "city_ambiguous", "city_missing"
ALTERNATE = 2  # the kind of a key: 0 of the name, 1 of the name without suffix, 2 of an alternate name
MATCHES = ("exact", "suffix_removed", "alternate_name", "part_of_text")

EAST_ASIA = ("CN", "JP", "KR", "TW")
SUFFIXES = {  # administrative words after a name: of cities, wards and towns; in CN, KR and TW of counties too
    "CN": "city|shi|qu|xian|district|county|town|new area",
    "JP": "city|shi|ku|ward|cho|machi|town|mura|son|village|to|fu",
    "KR": "metropolitan city|special city|metropolitan|city|si|shi|gu|ku|gun|eup|myeon|dong",
    "TW": "city|shih?|hsieng?|shien|xian|county|township|town|(hs|sh|x)iang|chen|zhen|district|dist|qu|village",
    "": "city|town|township|twp|borough|village|municipality",
}
CENTRE = "|center"  # GeoNames calls the settlement of a township so: "Plainsboro Center"
REGION_SUFFIX = " (si|do|ken|fu|to|pref|prefecture|province|pr|sheng|state|region)$"
AUSTRALIA = {  # states as addresses write them; GeoNames has numbers
    "New South Wales": "nsw",
    "Victoria": "vic",
    "Queensland": "qld",
    "South Australia": "sa",
    "Western Australia": "wa",
    "Tasmania": "tas",
    "Australian Capital Territory": "act",
    "Northern Territory": "nt",
}
WARD = " (ku|gu|qu|ward|district|dist|chiu)$"
LETTERS = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t", "ə": "e", "ɓ": "b", "ɗ": "d", "ƙ": "k"}
LIGATURES = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
for _code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):  # a letter with accents, to the letter
    if (_base := unicodedata.normalize("NFKD", chr(_code))[0]) != chr(_code) and _base.isascii() and _base.islower():
        LETTERS[chr(_code)] = _base

GAZETTEER = T.StructType(
    [
        T.StructField("place_id", T.LongType(), False),
        T.StructField("name", T.StringType(), False),
        T.StructField("economy", T.StringType(), False),
        T.StructField("region", T.StringType(), True),
        T.StructField("region_name", T.StringType(), True),
        T.StructField("lon", T.DoubleType(), False),
        T.StructField("lat", T.DoubleType(), False),
        T.StructField("population", T.LongType(), False),
        T.StructField("is_capital", T.BooleanType(), False),
        T.StructField("name_keys", T.ArrayType(T.StringType(), False), False),
        T.StructField("alternate_keys", T.ArrayType(T.StringType(), False), False),
    ]
)


def read_gazetteer(spark: SparkSession) -> DataFrame:
    """The gazetteer that the package ships, one row a populated place (`GAZETTEER`); degrees, persons.

    Derived from GeoNames (cities of 500 persons and more, CC BY 4.0) by `scripts/make_gazetteer.py`. Read through the
    package, so that it is found in a wheel that Spark imports as a zip.
    """
    return packaged_table(spark, "gazetteer.parquet", GAZETTEER)


def normalise_name(column: Column) -> Column:
    """The words of a place name in lower-case Latin letters and digits, one space between: what both sides compare.

    Accents and apostrophes go, other punctuation parts words, "Saint" and its like are "st", "Mount" "mt", "Fort" "ft".
    """
    letters = F.translate(F.lower(column), "".join(LETTERS), "".join(LETTERS.values()))
    for ligature, spelt in LIGATURES.items():
        letters = F.replace(letters, F.lit(ligature), F.lit(spelt))
    joined = F.regexp_replace(letters, r"[\p{M}\p{Lm}'`´‘’.]", "")
    words = F.trim(F.regexp_replace(joined, "[^a-z0-9]+", " "))
    for long, short in (("saint|sainte|sankt|ste", "st"), ("mount", "mt"), ("fort", "ft")):
        words = F.regexp_replace(words, rf"\b({long})\b", short)
    return words


def name_key(words: Column) -> Column:
    """Normalised words without the spaces between them: "Hsin-Chu" is "Hsinchu"."""
    return F.replace(words, F.lit(" "), F.lit(""))


def stripped_name(words: Column, economy: Column, more: str = "") -> Column:
    """Normalised words without the administrative prefix, suffix and postal code of the economy's custom."""
    bare = F.regexp_replace(F.regexp_replace(words, "^(city|town|village) of ", ""), "( cedex)?( [0-9]+)*$", "")
    plain = F.regexp_replace(bare, f" ({SUFFIXES['']}{more})$", "")
    custom = F.when(F.lit(False), plain)
    for code in EAST_ASIA:
        custom = custom.when(economy == code, F.regexp_replace(bare, f" ({SUFFIXES[code]})$", ""))
    return F.coalesce(custom, plain)


def with_search_keys(names: DataFrame) -> DataFrame:
    """`names` (with `name`, `economy`, `alternate_names`) with `name_keys` and `alternate_keys` in place of the latter.

    `name_keys` begins with the key of the name itself; the second, if any, is the name without its suffix.
    """
    name = normalise_name(F.col("name"))
    name_keys = F.array(name_key(name), name_key(stripped_name(name, F.col("economy"), CENTRE)))

    def keys(alternate: Column) -> Column:
        words = normalise_name(alternate)
        return F.array(name_key(words), name_key(stripped_name(words, F.col("economy"), CENTRE)))

    alternate_keys = F.array_except(F.flatten(F.transform("alternate_names", keys)), F.col("name_keys"))
    told = F.filter(F.array_sort(F.array_distinct(alternate_keys)), lambda key: F.length(key) >= 3)
    keyed = names.withColumn("name_keys", F.array_distinct(name_keys)).withColumn("alternate_keys", told)
    return keyed.drop("alternate_names")


def place_cities(places: DataFrame, gazetteer: DataFrame) -> DataFrame:
    """Where each of the distinct (`city`, `region`, `economy`) of `places` lies, or why that is not known.

    One row per distinct input row: the three keys, `lon`, `lat` (degrees), `place_id`, `match` and `reason`. `economy`
    is ISO alpha-2 or `UNKNOWN`; `region` is a code or name of GeoNames' first-order regions and is passed over where it
    is neither. `match` is one of `MATCHES`, with `+region` or `+population` where that decided between places more than
    `SAME_PLACE_M` apart. `reason` is null exactly where the row is placed: `city_missing`, `city_unknown`, or
    `city_ambiguous`: no candidate is `CLEARLY_LARGER`, or the name is that of a first-order region elsewhere.
    """
    regions = name_regions(gazetteer)
    texts = _locate_regions(places, regions)
    variants = _spell(texts, regions)
    candidates = _find_candidates(variants, gazetteer)
    return _decide(candidates)


def with_answers(rows: DataFrame, answers: DataFrame, city: Column, region: Column, economy: Column) -> DataFrame:
    """The rows with the answer to their city, region and economy, null where none was asked; a row stays one row.

    `answers` has the keys of `place_cities`, distinct, which become `of_city`, `of_region`, `of_economy`, and any more
    columns. A region of null is one of its own; a city or economy of null has no answer.
    """
    asked = answers.withColumnsRenamed({key: f"of_{key}" for key in ("city", "region", "economy")})
    same = (city == F.col("of_city")) & region.eqNullSafe(F.col("of_region")) & (economy == F.col("of_economy"))
    return rows.join(asked, same, how="left")


def name_regions(gazetteer: DataFrame) -> DataFrame:
    """The names that stand for exactly one first-order region: `economy`, `region_key`, `named_region` (its code)."""
    codes = gazetteer.where(F.col("region").isNotNull()).select("economy", "region", "region_name").distinct()
    words = normalise_name(F.col("region_name"))
    short = F.create_map(*(F.lit(word) for pair in AUSTRALIA.items() for word in pair))
    written = F.when(F.col("economy") == "AU", F.try_element_at(short, F.col("region_name")))
    keys = F.array(F.lower("region"), written, name_key(words), name_key(F.regexp_replace(words, REGION_SUFFIX, "")))
    keyed = codes.select("economy", "region", F.explode(F.array_distinct(F.array_compact(keys))).alias("region_key"))
    counted = keyed.groupBy("economy", "region_key").agg(
        F.min("region").alias("named_region"), F.count_distinct("region").alias("regions")
    )
    return counted.where(F.col("regions") == 1).select("economy", "region_key", "named_region")


def _locate_regions(places: DataFrame, regions: DataFrame) -> DataFrame:
    """Distinct places with `parts` (the city text at its commas) and `hint`, the region code that the row states."""
    parts = F.transform(F.split("city", "[,;()/|]"), normalise_name)
    split = places.select(*PLACE_KEYS).distinct().withColumn("parts", F.filter(parts, lambda part: part != ""))
    later = F.slice("parts", 2, F.greatest(F.size("parts"), F.lit(1)))
    told = F.concat(F.array(normalise_name(F.col("region"))), F.coalesce(later, F.array().cast("array<string>")))
    exploded = split.select(*PLACE_KEYS, "parts", F.posexplode_outer(told).alias("order", "words"))
    spelt = exploded.withColumn(
        "region_keys", F.array(name_key(F.col("words")), name_key(F.regexp_replace("words", REGION_SUFFIX, "")))
    ).select(*PLACE_KEYS, "parts", F.posexplode_outer("region_keys").alias("spelling", "region_key"), "order")
    named = spelt.join(F.broadcast(regions), ["economy", "region_key"], how="left")  # at most one region a key
    order = F.when(F.col("named_region").isNotNull(), F.struct("order", "spelling"))
    return named.groupBy(*PLACE_KEYS, "parts").agg(F.min_by("named_region", order).alias("hint"))


def _spell(texts: DataFrame, regions: DataFrame) -> DataFrame:
    """Each text's spellings to look up: `part` (0 the whole text, then its parts), `bare` (1 without suffix), `key`.

    `named_region` is the region that the key names, if any. A later part that names a region is not a city, except
    after a ward: "Seocho-gu, Seoul".
    """
    later = F.filter("parts", lambda _, i: (i > 0) | (F.size("parts") > 1))
    words = F.concat(F.array(normalise_name(F.col("city"))), later)
    split = texts.select(*PLACE_KEYS, "parts", "hint", F.posexplode_outer(words).alias("part", "words"))
    stripped = stripped_name(F.col("words"), F.col("economy"))
    keys = F.array(name_key(F.col("words")), name_key(stripped))
    spelt = split.select(*PLACE_KEYS, "parts", "hint", "part", F.posexplode_outer(keys).alias("bare", "key"))
    named = spelt.join(  # at most one region a key
        F.broadcast(regions.withColumnRenamed("region_key", "key")), ["economy", "key"], how="left"
    )
    of_ward = F.get("parts", F.lit(0)).rlike(WARD) & (F.col("part") == 2)
    usable = (F.col("part") < 2) | F.col("named_region").isNull() | of_ward
    key = F.when(usable & (F.col("key") != ""), F.col("key"))
    return named.select(*PLACE_KEYS, "hint", "part", "bare", "named_region", key.alias("key"))


def _find_candidates(variants: DataFrame, gazetteer: DataFrame) -> DataFrame:
    """One row per place text: all places that any of its spellings names, as the array `found`, best first."""
    keys = F.concat(
        F.transform(
            "name_keys", lambda key, i: F.struct(key.alias("key"), F.least(i.cast("int"), F.lit(1)).alias("kind"))
        ),
        F.transform("alternate_keys", lambda key: F.struct(key.alias("key"), F.lit(ALTERNATE).alias("kind"))),
    )
    named = gazetteer.select(
        F.col("economy").alias("place_economy"),
        F.col("region").alias("place_region"),
        *("place_id", "lon", "lat", "population", "is_capital"),
        F.inline(keys),
    )
    joined = variants.join(named, "key", how="left")  # a row per place of that name anywhere: some hundreds at most
    in_economy = (F.col("economy") == F.col("place_economy")) | (F.col("economy") == UNKNOWN_ECONOMY)
    elsewhere = F.col("named_region").isNotNull() & ~F.col("is_capital") & F.col("hint").isNull()
    elsewhere &= (F.col("named_region") != F.coalesce("place_region", F.lit(""))) | (F.col("kind") == ALTERNATE)
    how = F.when(F.col("part") > 0, 3).when(F.col("kind") == ALTERNATE, 2).otherwise(F.greatest("bare", "kind"))
    candidate = F.struct(
        (4 * F.col("part") + 2 * (F.col("kind") == ALTERNATE).cast("int") + F.col("bare")).alias("tier"),
        (-F.col("population")).alias("order"),
        *("place_id", "lon", "lat", "population"),
        how.alias("how"),
        F.coalesce(F.col("place_region") == F.col("hint"), F.lit(True)).alias("in_region"),
        elsewhere.alias("elsewhere"),
    )
    found = F.array_sort(F.collect_list(F.when(in_economy & F.col("place_id").isNotNull(), candidate)))
    return joined.groupBy(*PLACE_KEYS).agg(found.alias("found"))


def _decide(candidates: DataFrame) -> DataFrame:
    """One row per place text: the candidate that stands, how it was matched, or why none does."""

    def far(candidate: Column) -> Column:
        best = F.col("best")
        return distance_m(candidate["lon"], candidate["lat"], best["lon"], best["lat"]) > SAME_PLACE_M

    def largest(found: Column) -> Column:
        return F.coalesce(
            F.array_max(F.transform(found, lambda c: F.greatest(c["population"], F.lit(LEAST_POPULATION)))), F.lit(0)
        )

    best = F.col("best")
    tried = candidates.withColumn("inside", F.filter("found", lambda c: c["in_region"]))
    chosen = tried.withColumn("best", F.get("inside", F.lit(0)))
    rivals = chosen.withColumn("level", F.filter("found", lambda c: c["tier"] == F.col("best")["tier"])).withColumn(
        "far", F.filter("level", far)
    )
    rival = largest(F.filter("far", lambda c: c["in_region"]))
    ambiguous = (best["population"] < CLEARLY_LARGER * rival) | best["elsewhere"]
    reason = (
        F.when(~F.coalesce(F.col("city").rlike(r"\S"), F.lit(False)), CITY_MISSING)
        .when(best.isNull(), CITY_UNKNOWN)
        .when(ambiguous, CITY_AMBIGUOUS)
    )
    matched = F.get(F.array(*map(F.lit, MATCHES)), best["how"])
    helped = F.when(rival > 0, "+population").when(F.size("far") > 0, "+region").otherwise("")
    placed = reason.isNull()
    return rivals.select(
        *PLACE_KEYS,
        *(F.when(placed, best[name]).alias(name) for name in ("lon", "lat", "place_id")),
        F.when(placed, F.concat(matched, helped)).alias("match"),
        reason.alias("reason"),
    )
