"""The economy of a point and of a code: named places, the map's seams, distances to the coast, dirty codes."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import SettingsError
from stclusters.ingest.economies import group_economies, locate_economies, normalise_economy, read_borders

LIB = Path(__file__).parents[2] / "lib"
POINTS = "point_id long, lon double, lat double"
BORDERS = "economy string, wkb binary"
TOLERANCE_M = 20_000.0
SEED = 20_240_917

INSIDE = {  # place: lon, lat, economy
    "Shenzhen": (114.0579, 22.5431, "CN"),
    "Hong Kong": (114.1694, 22.3193, "HK"),
    "Macao": (113.5439, 22.1987, "MO"),
    "Taipei": (121.5654, 25.0330, "TW"),
    "Oslo": (10.7522, 59.9139, "NO"),
    "Karasjok": (25.5190, 69.4719, "NO"),
    "Kirkenes": (30.0450, 69.7271, "NO"),
    "Longyearbyen": (15.6401, 78.2186, "SJ"),
    "Reykjavik": (-21.8952, 64.1355, "IS"),
    "Bilibino": (166.4386, 68.0546, "RU"),
    "Chukotka west of 180": (179.9, 68.0, "RU"),
    "Chukotka east of 180": (-179.9, 68.0, "RU"),
    "Chukotka at -180": (-180.0, 68.0, "RU"),
    "Chukotka at 180": (180.0, 68.0, "RU"),
    "Wrangel Island at -180": (-180.0, 71.2, "RU"),
    "Taveuni at -180": (-180.0, -16.8, "FJ"),
    "Taveuni west of 180": (179.95, -16.9, "FJ"),
    "Taveuni east of 180": (-179.93, -16.75, "FJ"),
    "Suva": (178.4419, -18.1248, "FJ"),
    "South Pole": (0.0, -90.0, "AQ"),
    "Ross ice at 180": (-180.0, -86.0, "AQ"),
    "Pristina": (21.1655, 42.6629, "XK"),
    "Kyrenia": (33.3192, 35.3264, "CY"),
    "Hargeisa": (44.0650, 9.5600, "SO"),
    "Simferopol": (34.1024, 44.9521, "UA"),
    "Baikonur": (63.3167, 45.9650, "KZ"),
    "Guantanamo Bay": (-75.1148, 19.9325, "CU"),
    "Cayenne": (-52.3135, 4.9224, "GF"),
    "Saint-Denis, Réunion": (55.4504, -20.9000, "RE"),
    "Kralendijk": (-68.2624, 12.1443, "BQ"),
    "Basel": (7.5886, 47.5596, "CH"),
    "Maseru": (27.4833, -29.3167, "LS"),
}
AT_THE_WATER = {
    "Copenhagen": (12.5655, 55.6759, "DK"),
    "Xiamen": (118.0819, 24.4798, "CN"),
    "Miami": (-80.1937, 25.7743, "US"),
    "Belém": (-48.5044, -1.4558, "BR"),
    "Tromsø": (18.9553, 69.6492, "NO"),
    "Anadyr": (177.5103, 64.7337, "RU"),
    "Vardø harbour": (31.1107, 70.3705, "NO"),
    "off Chukotka, over 180": (-180.0, 69.05, "RU"),
}
IN_NO_ECONOMY = {"South Pacific": (-140.0, -40.0), "Arctic Ocean": (10.0, 88.0), "North Pole": (0.0, 90.0)}


class Located(NamedTuple):
    economy: str | None
    distance_m: float | None


def locate(
    spark: SparkSession, places: list[tuple[float, float]], borders: DataFrame, tolerance_m: float
) -> list[Located]:
    rows = [(number, lon, lat) for number, (lon, lat) in enumerate(places)]
    found = locate_economies(spark.createDataFrame(rows, POINTS), borders, tolerance_m).collect()
    assert sorted(row.point_id for row in found) == list(range(len(places))), "one row per point"
    return [Located(row.border_economy, row.border_distance_m) for row in sorted(found, key=lambda row: row.point_id)]


def draw(spark: SparkSession, polygons: list[tuple[str, shapely.Polygon]]) -> DataFrame:
    return spark.createDataFrame([(name, bytearray(shapely.to_wkb(polygon))) for name, polygon in polygons], BORDERS)


@pytest.fixture(scope="module")
def located(spark: SparkSession) -> dict[str, Located]:
    """All named places, located in one run with the shipped borders."""
    places = {**{name: place[:2] for name, place in (INSIDE | AT_THE_WATER).items()}, **IN_NO_ECONOMY}
    return dict(zip(places, locate(spark, list(places.values()), read_borders(spark), TOLERANCE_M), strict=True))


@pytest.mark.parametrize("place", INSIDE)
def test_a_place_on_land_is_in_its_economy(located: dict[str, Located], place: str) -> None:
    assert located[place] == (INSIDE[place][2], 0.0)


@pytest.mark.parametrize("place", AT_THE_WATER)
def test_a_place_in_the_water_near_the_shore_takes_the_nearest_economy(located: dict[str, Located], place: str) -> None:
    economy, distance_m = located[place]
    assert economy == AT_THE_WATER[place][2]
    assert distance_m is not None
    assert 0 < distance_m < 6_000


@pytest.mark.parametrize("place", IN_NO_ECONOMY)
def test_a_place_far_from_every_shore_has_no_economy(located: dict[str, Located], place: str) -> None:
    assert located[place] == (None, None)


def test_the_shipped_borders_are_valid_and_small_pieces_of_known_economies(spark: SparkSession) -> None:
    rows = read_borders(spark).collect()
    pieces = shapely.from_wkb([bytes(row.wkb) for row in rows])
    assert shapely.is_valid(pieces).all()
    assert shapely.get_num_coordinates(pieces).max() <= 256
    assert {row.economy for row in rows} >= {"HK", "MO", "TW", "XK", "EH", "PS", "GP", "SJ"}
    assert {row.economy for row in rows} <= set(economies_of(spark, sorted({row.economy for row in rows})))
    wide = [row.economy for row, piece in zip(rows, pieces, strict=True) if piece.bounds[2] - piece.bounds[0] > 60]
    assert wide == [], "a polygon stitched across longitude 180 would be 360 degrees wide"


def haversine_m(lon: float, lat: float, lons: npt.NDArray[np.float64], lats: npt.NDArray[np.float64]) -> float:
    a, b = np.radians(lat), np.radians(lats)
    root = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(lons - lon) / 2) ** 2
    return float((2 * 6_371_008.0 * np.arcsin(np.sqrt(root))).min())


def test_the_distance_is_the_great_circle_to_the_outline_within_a_metre_at_every_latitude(spark: SparkSession) -> None:
    random = np.random.default_rng(SEED)
    polygons, places, expected = [], [], []
    share = np.linspace(0, 1, 40_001)
    for number, lat in enumerate([-80.0, -45.0, 0.0, 30.0, 60.0, 70.0, 78.0, 83.0]):
        west = -180.0 + 45 * number  # the first one is across longitude 180 from half of its points
        turn = np.sort(random.uniform(0, 2 * np.pi, 9))
        narrow = np.cos(np.radians(lat))
        lons, lats = west + (0.2 + 0.1 * np.cos(turn)) / narrow, lat + 0.1 * np.sin(turn)
        ring = np.append(np.column_stack([lons, lats]), [[lons[0], lats[0]]], axis=0)
        polygons.append((f"E{number}", shapely.Polygon(ring)))
        for _ in range(25):
            lon = west + random.uniform(-0.05, 0.5) / narrow
            place = (float((lon + 180) % 360 - 180), float(lat + random.uniform(-0.25, 0.25)))
            if polygons[-1][1].intersects(shapely.Point(lon, place[1])):
                continue
            along = [(a + np.outer(share, b - a)) for a, b in pairwise(ring)]
            dense = np.concatenate(along)
            places.append(place)
            expected.append((f"E{number}", haversine_m(*place, dense[:, 0], dense[:, 1])))
    found = locate(spark, places, draw(spark, polygons), 60_000.0)
    assert len(places) > 100
    assert any(lon > 179 for lon, _ in places), "some points are on the other side of longitude 180"
    assert [economy for economy, _ in found] == [economy for economy, _ in expected]
    errors = [abs((f.distance_m or 0.0) - m) for f, (_, m) in zip(found, expected, strict=True)]
    assert max(errors) < 0.02, "the oracle samples an edge every half metre or closer"


def test_ties_and_border_lines_go_to_the_first_economy_by_name_and_the_tolerance_is_inclusive(
    spark: SparkSession,
) -> None:
    borders = draw(
        spark,
        [
            ("ZZ", shapely.box(10, 0, 11, 1)),
            ("AA", shapely.box(11, 0, 12, 1)),
            ("MM", shapely.box(10.5, -1, 11.5, 0)),
            ("YY", shapely.box(-0.5, 40, -0.015625, 41)),  # exact in binary: the two are equally far
            ("BB", shapely.box(0.015625, 40, 0.5, 41)),
            ("SS", shapely.box(179.5, 50, 180, 51)),
        ],
    )
    places = [(11.0, 0.5), (11.0, 0.0), (10.75, 0.0), (0.0, 40.5), (-180.0, 50.5), (-179.99, 50.5)]
    found = locate(spark, places, borders, 2_000.0)
    assert [economy for economy, _ in found] == ["AA", "AA", "MM", "BB", "SS", "SS"]
    assert [distance_m for _, distance_m in found[:3]] == [0.0, 0.0, 0.0]
    assert found[4].distance_m == 0.0
    reached = found[3].distance_m
    assert reached is not None
    assert locate(spark, [places[3]], borders, reached)[0].economy == "BB"
    assert locate(spark, [places[3]], borders, reached - 0.001)[0] == (None, None)


def test_the_plan_has_an_indexed_spatial_join_and_no_nested_loop(spark: SparkSession) -> None:
    points = spark.createDataFrame([(1, 0.0, 0.0)], POINTS)
    frame = locate_economies(points, draw(spark, [("AA", shapely.box(1, 1, 2, 2))]), TOLERANCE_M)
    frame.collect()
    plan = frame._jdf.queryExecution().executedPlan().toString()
    assert plan.count("BroadcastIndexJoin") >= 2
    assert "NestedLoop" not in plan
    assert "CartesianProduct" not in plan


@pytest.mark.parametrize("tolerance_m", [-1.0, float("nan"), float("inf")])
def test_a_tolerance_that_is_no_distance_is_refused(spark: SparkSession, tolerance_m: float) -> None:
    points = spark.createDataFrame([(1, 0.0, 0.0)], POINTS)
    with pytest.raises(ValueError, match="tolerance_m"):
        locate_economies(points, draw(spark, [("AA", shapely.box(1, 1, 2, 2))]), tolerance_m)


CODES = {  # economy: what sources write
    "US": ["US", "us ", "\tUSA\u00a0"],
    "NA": ["NA", "NAM"],
    "XK": ["XK", "XKX"],
    "TW": ["TW"],
    "HK": ["HK"],
    "MO": ["MO"],
    "GB": ["UK", "GBR"],
    "GR": ["EL"],
    "DE": ["DD", "DDR"],
    "CD": ["ZR"],
    "RO": ["ROM"],
    "UNKNOWN": ["SU", "YU", "CS", "EP", "WO", "United States", "UNKNOWN", "??", "", None],
}


def economies_of(spark: SparkSession, codes: list[str | None]) -> list[str]:
    frame = spark.createDataFrame([(number, code) for number, code in enumerate(codes)], "n int, code string")
    rows = frame.select("n", normalise_economy(F.col("code")).alias("economy")).orderBy("n").collect()
    return [row.economy for row in rows]


def test_a_sources_code_becomes_an_iso_code_or_unknown_and_never_null(spark: SparkSession) -> None:
    codes = [(code, economy) for economy, written in CODES.items() for code in written]
    assert economies_of(spark, [code for code, _ in codes]) == [economy for _, economy in codes]


def test_a_group_takes_its_members_and_leaves_the_others_alone(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("CN",), ("HK",), ("TW",), ("UNKNOWN",)], "economy string")
    grouped = frame.select(group_economies(F.col("economy"), {"HK": "CN", "MO": "CN"}).alias("economy"))
    assert sorted(row.economy for row in grouped.collect()) == ["CN", "CN", "TW", "UNKNOWN"]
    alone = frame.select(group_economies(F.col("economy"), {}).alias("economy"))
    assert sorted(row.economy for row in alone.collect()) == ["CN", "HK", "TW", "UNKNOWN"]


@pytest.mark.parametrize("stranger", ["UK", "hk", "UNKNOWN"])
def test_a_group_of_something_that_is_no_economy_is_refused(spark: SparkSession, stranger: str) -> None:
    with pytest.raises(SettingsError, match=stranger):
        group_economies(F.col("economy"), {stranger: "CN"})


def test_the_shipped_tables_are_read_from_a_zip(tmp_path: Path) -> None:
    archive = tmp_path / "stclusters.whl"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(LIB.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                packed.write(path, path.relative_to(LIB))
    program = (
        f"import sys; sys.path.insert(0, {str(archive)!r})\n"
        "from stclusters.ingest import economies\n"
        "class Session:\n"
        "    def range(self, *_): return self\n"
        "    def mapInArrow(self, read, schema): return sum(batch.num_rows for batch in read(iter([])))\n"
        "assert '.whl' in economies.__file__, economies.__file__\n"
        "print(economies.read_borders(Session()), len(economies.economy_codes()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    pieces, codes = map(int, done.stdout.split())
    assert pieces > 8_000
    assert codes > 500
