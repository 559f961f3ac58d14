"""The shipped borders against the shipped gazetteer and against places of disputed areas, without Spark."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from pipeline import ROOT

DATA = ROOT / "lib" / "stclusters" / "data"
CITY = 15_000  # inhabitants
ISLAND_DEG = 0.3  # so near must the economy of a place at sea be: 13 km at latitude 67, as on Greenland

DISPUTED = {  # place: lon, lat, economy by ISO 3166
    "Jerusalem, as in the gazetteer": (35.21633, 31.76904, "IL"),
    "Jerusalem, Har Hotzvim": (35.209, 31.803, "IL"),
    "Jerusalem, Givat Ram": (35.1977, 31.7749, "IL"),
    "Jerusalem, Malha": (35.1885, 31.7497, "IL"),
    "Jerusalem, Talpiot": (35.2155, 31.751, "IL"),
    "Modi'in-Maccabim-Re'ut": (35.015, 31.8939, "IL"),
    "East Jerusalem": (35.23388, 31.78336, "PS"),
    "Old City of Jerusalem": (35.2345, 31.7767, "PS"),
    "Abu Dis": (35.2596, 31.7556, "PS"),
    "Ramallah": (35.2042, 31.8996, "PS"),
    "Bethlehem": (35.2003, 31.7054, "PS"),
    "Laayoune": (-13.18797, 27.1418, "EH"),
    "Boujdour": (-14.48513, 26.13073, "EH"),
    "south of 27 degrees 40 minutes": (-11.0, 27.66, "EH"),
    "north of 27 degrees 40 minutes": (-11.0, 27.68, "MA"),
    "Sukhumi": (41.0153, 43.0015, "GE"),
    "Tskhinvali": (43.9665, 42.2257, "GE"),
    "Tiraspol": (29.6433, 46.8403, "MD"),
    "Stepanakert": (46.7515, 39.8265, "AZ"),
    "Majdal Shams": (35.7716, 33.2703, "SY"),
    "Srinagar": (74.7973, 34.0837, "IN"),
    "Muzaffarabad": (73.4711, 34.3597, "PK"),
    "Tawang": (91.86, 27.586, "IN"),
    "Kerch": (36.47, 45.36, "UA"),
    "Temryuk, across the strait": (37.38, 45.27, "RU"),
    "Famagusta": (33.95, 35.12, "CY"),
    "Kinmen": (118.32, 24.43, "TW"),
    "Vatican": (12.4534, 41.9029, "VA"),
    "Rome": (12.4964, 41.9028, "IT"),
    "Mariehamn": (19.9348, 60.0973, "AX"),
    "Nouméa": (166.45, -22.27, "NC"),
    "San Juan": (-66.1, 18.4, "PR"),
    "Las Palmas": (-15.43, 28.12, "ES"),
}
ACROSS = {  # both sides of a border that runs through a town
    "Irun": (-1.7894, 43.339, "ES"),
    "Hendaye": (-1.7744, 43.3592, "FR"),
    "Goma": (29.22845, -1.67409, "CD"),
    "Gisenyi": (29.2565, -1.7028, "RW"),
    "Konstanz": (9.1758, 47.6603, "DE"),
    "Kreuzlingen": (9.1749, 47.6505, "CH"),
    "Narva": (28.19, 59.377, "EE"),
    "Ivangorod": (28.2167, 59.3753, "RU"),
    "Gibraltar": (-5.3526, 36.1447, "GI"),
    "La Línea": (-5.3478, 36.1681, "ES"),
    "Macao": (113.5439, 22.1987, "MO"),
    "Gongbei": (113.55, 22.222, "CN"),
    "Ponza, an island that the source lacks": (12.9589, 40.8954, "IT"),
    "Megísti, nearer to another economy": (29.5936, 36.1489, "GR"),
}


@dataclass
class Borders:
    """The shipped pieces, and the first economy by name of those that hold a place."""

    economies: list[str]
    tree: shapely.STRtree

    def economy_at(self, lon: float, lat: float) -> str | None:
        """The economy that holds a place, as `locate_economies` gives it; None at sea."""
        found = self.tree.query(shapely.Point(lon, lat), predicate="intersects")
        return min((self.economies[k] for k in found), default=None)


@pytest.fixture(scope="module")
def borders() -> Borders:
    rows = pq.read_table(DATA / "borders.parquet").to_pydict()
    return Borders(rows["economy"], shapely.STRtree(shapely.from_wkb(rows["wkb"])))


@pytest.fixture(scope="module")
def places() -> dict[int, dict[str, object]]:
    columns = ["place_id", "name", "economy", "lon", "lat", "population"]
    return {row["place_id"]: row for row in pq.read_table(DATA / "gazetteer.parquet", columns=columns).to_pylist()}


@pytest.fixture(scope="module")
def exceptions() -> dict[int, dict[str, str]]:
    with (DATA / "border_exceptions.csv").open(encoding="utf-8", newline="") as file:
        return {int(row["place_id"]): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def disagreements(borders: Borders, places: dict[int, dict[str, object]]) -> dict[int, str]:
    """Place id -> the economy that holds the place, where the gazetteer has another one."""
    ids = list(places)
    spots = shapely.points([places[k]["lon"] for k in ids], [places[k]["lat"] for k in ids])
    found: dict[int, set[str]] = defaultdict(set)
    for place, piece in borders.tree.query(spots, predicate="intersects").T.tolist():
        found[ids[place]].add(borders.economies[piece])
    return {k: min(held) for k, held in found.items() if min(held) != places[k]["economy"]}


def test_every_city_lies_in_its_economy_or_is_listed_with_the_reason(
    disagreements: dict[int, str], places: dict[int, dict[str, object]], exceptions: dict[int, dict[str, str]]
) -> None:
    cities = {k: economy for k, economy in disagreements.items() if int(str(places[k]["population"])) >= CITY}
    listed = {k: row["border_economy"] for k, row in exceptions.items() if k in cities}
    assert {places[k]["name"]: economy for k, economy in cities.items() if listed.get(k) != economy} == {}
    assert len(disagreements) <= 563, "places of all sizes"


def test_no_exception_is_out_of_date(
    borders: Borders, places: dict[int, dict[str, object]], exceptions: dict[int, dict[str, str]]
) -> None:
    for place_id, row in exceptions.items():
        place = places[place_id]
        at = shapely.Point(place["lon"], place["lat"])
        nearest = {borders.economies[k] for k in borders.tree.query_nearest(at)}  # 0 away where a piece holds the place
        assert row["reason"]
        assert (row["name"], row["economy"], {row["border_economy"]}) == (place["name"], place["economy"], nearest)
        assert row["economy"] not in nearest


@pytest.mark.parametrize("place", DISPUTED | ACROSS)
def test_a_place_lies_in_its_economy(borders: Borders, place: str) -> None:
    lon, lat, economy = (DISPUTED | ACROSS)[place]
    assert borders.economy_at(lon, lat) == economy


def test_every_inhabited_island_has_its_economy_near(
    borders: Borders, places: dict[int, dict[str, object]], exceptions: dict[int, dict[str, str]]
) -> None:
    ids = [k for k in places if k not in exceptions]
    spots = shapely.points([places[k]["lon"] for k in ids], [places[k]["lat"] for k in ids])
    is_inside = np.zeros(len(ids), bool)
    is_inside[borders.tree.query(spots, predicate="intersects")[0]] = True
    at_sea = np.flatnonzero(~is_inside)
    near: dict[int, set[str]] = defaultdict(set)
    for place, piece in borders.tree.query(spots[at_sea], predicate="dwithin", distance=ISLAND_DEG).T.tolist():
        near[ids[at_sea[place]]].add(borders.economies[piece])
    lost = [places[ids[k]] for k in at_sea if places[ids[k]]["economy"] not in near[ids[k]]]
    assert len(at_sea) > 3_000
    assert [place["name"] for place in lost] == []


def test_no_area_is_in_two_economies(borders: Borders) -> None:
    pieces = borders.tree.geometries
    one, other = borders.tree.query(pieces, predicate="intersects")
    is_pair = (one < other) & (np.array(borders.economies)[one] != np.array(borders.economies)[other])
    shared = shapely.area(shapely.intersection(pieces[one[is_pair]], pieces[other[is_pair]]))
    assert shared.sum() < 3e-6, "square degrees: two slivers of the source, of 0.015 square kilometres each"
