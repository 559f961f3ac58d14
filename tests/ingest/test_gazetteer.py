"""The gazetteer: how city texts are normalised, matched, resolved and refused, and what the shipped one holds."""

from __future__ import annotations

import csv
import math
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.checkpoints import persisted
from stclusters.ingest.gazetteer import GAZETTEER, place_cities, read_gazetteer
from stclusters.ingest.texts.city import place_city
from stclusters.ingest.texts.names import name_key, name_words
from stclusters.ingest.texts.namesakes import Choice
from stclusters.ingest.texts.places import COLUMNS, Places, index_places, key_table, packaged_places

LIB = Path(__file__).parents[2] / "lib"
Key = tuple[str | None, str | None, str]

# place_id, name, economy, region, region_name, lon, lat, population, is_capital, alternate names
PLACES: list[tuple[object, ...]] = [
    (1, "Suwon", "KR", "13", "Gyeonggi-do", 127.01, 37.29, 1_200_000, False, ["Sŏsan Old Town"]),
    (2, "Hwaseong-si", "KR", "13", "Gyeonggi-do", 126.82, 37.21, 640_000, False, []),
    (3, "Seoul", "KR", "11", "Seoul", 126.98, 37.57, 10_300_000, True, ["Keijō"]),
    (4, "St. Étienne-sur-Mer", "FR", "84", "Rhône", 4.39, 45.43, 170_000, False, []),
    (5, "Springfield", "US", "IL", "Illinois", -89.64, 39.80, 114_000, False, []),
    (6, "Springfield", "US", "MA", "Massachusetts", -72.59, 42.10, 155_000, False, []),
    (7, "Twin Falls", "US", "ID", "Idaho", -114.46, 42.56, 2_000, False, []),
    (8, "Twin Falls", "US", "IL", "Illinois", -88.0, 41.0, 1_000, False, []),
    (9, "Halfway", "US", "ID", "Idaho", -113.0, 43.0, 2_000, False, []),
    (10, "Halfway", "US", "IL", "Illinois", -88.0, 42.0, 1_001, False, []),
    (11, "Neighbours", "FR", "11", "Île-de-France", 2.35, 48.85, 9_000, False, []),
    (12, "Neighbours", "FR", "11", "Île-de-France", 2.45, 48.85, 9_000, False, []),
    (13, "Ibaraki", "JP", "32", "Osaka", 135.57, 34.82, 287_000, False, []),
    (14, "Mito", "JP", "14", "Ibaraki", 140.45, 36.35, 270_000, False, []),
    (15, "Minsk", "BY", "04", "Minsk City", 27.57, 53.90, 1_700_000, True, []),
    (16, "Borisov", "BY", "05", "Minsk", 28.50, 54.23, 145_000, False, []),
    (17, "Springfield", "GB", "ENG", "England", 0.49, 51.75, 8_000, False, []),
    (18, "Taichung", "TW", "04", "Taiwan", 120.68, 24.15, 2_800_000, False, []),
    (19, "Yuanlin", "TW", "04", "Taiwan", 120.57, 23.96, 125_000, False, ["Taichung Hsien"]),
    (20, "Ghost", "FR", "11", "Île-de-France", 2.0, 48.0, 0, False, []),
    (21, "Ghost", "FR", "84", "Rhône", 5.0, 45.0, 0, False, []),
]
COLUMNS_OF_PLACES = (*COLUMNS[:4], "region_name", *COLUMNS[4:])

ASKED: dict[str, Key] = {
    "spelt as the gazetteer does": ("Suwon", None, "KR"),
    "spelt otherwise": ("SAINT  Etienne sur Mer", None, "FR"),
    "with a suffix": ("Suwon-si", None, "KR"),
    "without the suffix": ("Hwaseong", None, "KR"),
    "with a postal code": ("Suwon 443-742", None, "KR"),
    "by another name": ("Keijo", None, "KR"),
    "suffix before alternate": ("Taichung Hsien", None, "TW"),
    "with its region in the text": ("Suwon-si, Gyeonggi-do", None, "KR"),
    "a ward": ("Seocho-gu, Seoul", None, "KR"),
    "a village": ("Nowhere-ri, Seoul", None, "KR"),
    "two in the economy": ("Springfield", None, "US"),
    "with a region code": ("Springfield", "IL", "US"),
    "with a region name": ("Springfield", "massachusetts", "US"),
    "with a region that lacks it": ("Springfield", "ID", "US"),
    "with a region unheard of": ("Twin Falls", "Far West", "US"),
    "twice as large": ("Twin Falls", None, "US"),
    "not quite twice as large": ("Halfway", None, "US"),
    "two at one place": ("Neighbours", None, "FR"),
    "populations unknown": ("Ghost", None, "FR"),
    "a region's name elsewhere": ("Ibaraki", None, "JP"),
    "a region's name elsewhere, its own region given": ("Ibaraki", "Osaka", "JP"),
    "a capital beside its namesake region": ("Minsk", None, "BY"),
    "economy unknown": ("Suwon", None, "UNKNOWN"),
    "economy unknown, two places": ("Springfield", None, "UNKNOWN"),
    "another economy": ("Suwon", None, "JP"),
    "null": (None, "IL", "US"),
    "blank": (" \t", None, "US"),
    "another script": ("수원", None, "KR"),
    "punctuation only": ("-,;()", None, "KR"),
}


@pytest.fixture(scope="module")
def places() -> Places:
    columns = {name: [place[at] for place in PLACES] for at, name in enumerate(COLUMNS_OF_PLACES)}
    keys = key_table((str(place[1]), str(place[2]), place[-1]) for place in PLACES)  # type: ignore[misc]
    return index_places(pa.table(columns), keys)


def answer(places: Places, name: str) -> Choice:
    return place_city(*ASKED[name], places)


@pytest.mark.parametrize(
    ("name", "place_id", "match"),
    [
        ("spelt as the gazetteer does", 1, "exact"),
        ("spelt otherwise", 4, "exact"),
        ("with a suffix", 1, "suffix_removed"),
        ("without the suffix", 2, "suffix_removed"),
        ("with a postal code", 1, "suffix_removed"),
        ("by another name", 3, "alternate_name"),
        ("suffix before alternate", 18, "suffix_removed"),
        ("with its region in the text", 1, "part_of_text"),
        ("a ward", 3, "part_of_text"),
        ("with a region code", 5, "exact+region"),
        ("with a region name", 6, "exact+region"),
        ("with a region unheard of", 7, "exact+population"),
        ("twice as large", 7, "exact+population"),
        ("two at one place", 11, "exact"),
        ("a region's name elsewhere, its own region given", 13, "exact"),
        ("a capital beside its namesake region", 15, "exact"),
        ("economy unknown", 1, "exact"),
        ("another script", 1, "transliterated"),
    ],
)
def test_a_city_is_placed_and_the_match_says_how(places: Places, name: str, place_id: int, match: str) -> None:
    found = answer(places, name)
    assert found.place is not None
    assert (places.place_id[found.place], found.match, found.reason) == (place_id, match, None)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("two in the economy", "city_ambiguous"),
        ("not quite twice as large", "city_ambiguous"),
        ("populations unknown", "city_ambiguous"),
        ("a region's name elsewhere", "region_only"),
        ("economy unknown, two places", "city_ambiguous"),
        ("with a region that lacks it", "city_unknown"),
        ("another economy", "city_unknown"),
        ("punctuation only", "city_unknown"),
        ("a village", "city_unknown"),
        ("null", "city_missing"),
        ("blank", "city_missing"),
    ],
)
def test_a_city_that_is_not_placed_has_a_reason_and_no_place(places: Places, name: str, reason: str) -> None:
    assert answer(places, name)[:3] == (None, None, reason)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Suwon-si", "suwon si"),
        ("  ZÜRICH ", "zurich"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Ærøskøbing", "aeroskobing"),
        ("Xi’an", "xian"),
        ("T'ai-pei", "tai pei"),
        ("St. Louis", "st louis"),
        ("Sainte-Foy", "st foy"),
        ("Fort Worth", "ft worth"),
        ("Mount Vernon", "mt vernon"),
        ("İzmir", "izmir"),
        ("Zu\u0308rich", "zurich"),
        ("Washington, D.C.", "washington dc"),
        ("東京", "東京"),
        ("Αθήνα", "αθηνα"),
        ("КИЇВ", "киів"),
        ("القَاهِرة", "القاهرة"),
    ],
)
def test_a_name_is_normalised(text: str, words: str) -> None:
    assert name_words(text) == words


# --- the shipped gazetteer


@pytest.fixture(scope="module")
def shipped(spark: SparkSession) -> Iterator[DataFrame]:
    with persisted(read_gazetteer(spark)) as gazetteer:
        yield gazetteer


def test_the_shipped_gazetteer_is_of_its_form_and_size(shipped: DataFrame) -> None:
    assert shipped.columns == GAZETTEER.fieldNames()
    on_globe = F.col("lat").between(-90, 90) & F.col("lon").between(-180, 180) & (F.col("population") >= 0)
    counts = shipped.agg(F.count("*"), F.count_distinct("place_id"), F.sum(on_globe.cast("int"))).first()
    assert counts == (234_932, 234_932, 234_932)
    files = ("gazetteer.parquet", "place_keys.parquet", "region_names.csv", "economy_names.csv")
    assert sum((LIB / "stclusters" / "data" / name).stat().st_size for name in files) <= 10_000_000


def test_every_shipped_place_is_found_by_its_name() -> None:
    places = packaged_places()
    for number, name in enumerate(places.name.to_pylist()):
        assert number in [place for place, _ in places.named(name_key(name_words(name)))], name


def test_known_cities_are_found_in_the_shipped_gazetteer_one_row_each(spark: SparkSession) -> None:
    asked = {
        ("Yongin-si", None, "KR"): 1832426,
        ("Hsin-Chu", None, "TW"): 1675151,
        ("New York", "NY", "US"): 5128581,
        ("München", None, "DE"): 2867714,
        ("Ohtsu", None, "JP"): 1853574,
        ("Peking", None, "CN"): 1816670,
        ("深圳市", None, "CN"): 1795565,
        ("Москва", None, "RU"): 524901,
        ("Αθήνα", None, "GR"): 264371,
        ("서울특별시", None, "KR"): 1835848,
        ("القاهرة", None, "EG"): 360630,
        ("Київ", None, "SU"): 703448,
        ("Hong Kong", None, "CN"): 1819729,
        ("Frankfurt a.M.", None, "DE"): 2925533,
        ("Kanagawa", None, "JP"): None,
        ("Gyeonggi-do", None, "KR"): None,
        ("Ibaraki", None, "JP"): None,
    }
    places = spark.createDataFrame(list(asked), "city string, region string, economy string")
    placed = place_cities(places.unionAll(places)).collect()
    assert {(row["city"], row["region"], row["economy"]): row["place_id"] for row in placed} == asked
    assert len(placed) == len(asked)
    number = {place_id: at for at, place_id in enumerate(packaged_places().place_id)}
    for row in placed:
        assert (row["reason"] is None) == (row["match"] is not None) == (row["place_id"] is not None)
        if row["reason"] is None:
            at = number[row["place_id"]]
            assert (row["lon"], row["lat"]) == (packaged_places().lon[at], packaged_places().lat[at])


def test_the_shipped_gazetteer_is_read_from_a_zip(tmp_path: Path) -> None:
    archive = tmp_path / "stclusters.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in [*(LIB / "stclusters").rglob("*.py"), LIB / "stclusters" / "data" / "gazetteer.parquet"]:
            packed.write(path, path.relative_to(LIB))
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r})\n"
        "from stclusters.ingest import gazetteer\n"
        "class Session:\n"
        "    def range(self, *bounds): return self\n"
        "    def mapInArrow(self, read, schema): return sum(batch.num_rows for batch in read(iter(())))\n"
        "assert '.zip' in gazetteer.__file__, gazetteer.__file__\n"
        "print(gazetteer.read_gazetteer(Session()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "234932", done.stderr


def metres(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle distance by the spherical law of cosines: not the formula that is tested."""
    a, b, turn = math.radians(lat_a), math.radians(lat_b), math.radians(lon_b - lon_a)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    return 6_371_008 * math.acos(max(-1.0, min(1.0, cosine)))


def test_of_organisations_with_coordinates_nine_in_ten_are_matched_and_95_in_100_of_these_lie_within_15_km(
    spark: SparkSession, shared: Path
) -> None:
    with (shared / "data" / "ror" / "ror_records_latest.csv").open(encoding="utf-8", newline="") as stored:
        records = [row for row in csv.DictReader(stored) if row["lat"] and row["lng"]]
    keys = sorted({(row["city"] or None, None, row["country_code"]) for row in records}, key=str)
    placed = place_cities(spark.createDataFrame(keys, "city string, region string, economy string")).collect()
    found = {(row["city"], row["economy"]): (row["lon"], row["lat"]) for row in placed if row["reason"] is None}
    errors = [
        metres(*found[row["city"], row["country_code"]], float(row["lng"]), float(row["lat"]))
        for row in records
        if (row["city"], row["country_code"]) in found
    ]
    matched = len(errors) / len(records)
    within = sum(error <= 15_000 for error in errors) / len(errors)
    print(f"matched {matched:.4f}, of these within 15 km {within:.4f}")
    assert matched >= 0.9
    assert within >= 0.95
