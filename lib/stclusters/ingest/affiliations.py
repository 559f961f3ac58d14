"""Affiliation texts to the city, region and economy that the gazetteer can place."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from stclusters.ingest.texts.affiliation import TextPlace, read_text
from stclusters.ingest.texts.economy_names import economy_names
from stclusters.ingest.texts.linked import FORMER
from stclusters.ingest.texts.names import name_words
from stclusters.ingest.texts.places import packaged_places

__all__ = ["economy_names", "has_city", "read_affiliations", "with_former_codes"]

PLACE = dict.fromkeys(("city", "region", "economy"), pa.string()) | dict.fromkeys(("lon", "lat"), pa.float64())
PLACE |= {"accuracy": pa.string()}  # what goes on of a text's place
NAMES = ("city", "region", "economy", "city_lon", "city_lat", "accuracy")
READ = "text string, stated string, city string, region string, economy string, city_lon double, city_lat double, "
READ += "accuracy string"


def read_affiliations(texts: DataFrame) -> DataFrame:
    """The place that each distinct `text` names, as `texts.affiliation.read_text` reads it; one row per text.

    `texts` has `text` ("Department, University, City, Region 12345, Country") and `stated`, an economy known from
    elsewhere, a former code (`with_former_codes`) or `UNKNOWN`. The columns are `text`, `stated`, `city`, `region` and
    `economy`, as `place_cities` takes them, `city_lon` and `city_lat` (degrees) where the text is sure of the city, and
    `accuracy` where the place is less than a city that the text states. Where a text names only a region, `city` is
    null. Nothing else of the text is kept: it may name persons.
    """
    return texts.select("text", "stated").distinct().mapInArrow(_read, READ)


def with_former_codes(code: Column, economy: Column) -> Column:
    """The `economy` of a source's code, and for a former code of several successors (SU, YU) that code itself."""
    plain = F.upper(F.trim(code))
    return F.when(plain.isin(*FORMER), plain).otherwise(economy)


def has_city(text: Column, city: Column) -> Column:
    """Whether the words of a city stand in a text; both in the Latin script."""
    words, sought = (F.concat(F.lit(" "), _latin_words(column), F.lit(" ")) for column in (text, city))
    return F.contains(words, sought)


def _read(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    places = packaged_places()
    for batch in batches:
        pairs = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        found = [TextPlace() if text is None else read_text(text, stated, places) for text, stated in pairs]
        read = {name: pa.array([getattr(one, name) for one in found], kind) for name, kind in PLACE.items()}
        yield pa.RecordBatch.from_arrays([*batch.columns, *read.values()], ["text", "stated", *NAMES])


def _latin_words(column: Column) -> Column:
    """As `texts.names.name_words` makes them of Latin names, for every row."""
    letters = F.translate(F.lower(column), "".join(LETTERS), "".join(LETTERS.values()))
    for ligature, spelt in LIGATURES.items():
        letters = F.replace(letters, F.lit(ligature), F.lit(spelt))
    joined = F.regexp_replace(letters, r"[\p{M}\p{Lm}'`´‘’.]", "")
    words = F.trim(F.regexp_replace(joined, "[^a-z0-9]+", " "))
    for long, short in (("saint|sainte|sankt|ste|sint", "st"), ("mount", "mt"), ("fort", "ft")):
        words = F.regexp_replace(words, rf"\b({long})\b", short)
    return words


LATIN = [chr(code) for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)) if chr(code).islower()]
LETTERS = {char: name_words(char) for char in LATIN if len(name_words(char)) == 1 and name_words(char).isascii()}
LIGATURES = {char: name_words(char) for char in LATIN if len(name_words(char)) > 1 and name_words(char).isascii()}
