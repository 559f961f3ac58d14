"""Corrections of Natural Earth's borders: disputed areas, cities at borders, inhabited islands that it lacks.

Each function takes and returns polygons with their economy. An area only changes its economy: no area is in two
economies, and none is lost. Distances are planar in degrees of latitude, with longitude scaled at the place.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import shapely
from shapely.geometry import MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

CITY = 15_000  # inhabitants: smaller places move no border
DEGREE_KM = 111.2
ROUND_KM = 2.0  # a city's area reaches so far beyond its point
FARTHEST_KM = 6.0  # a city farther inside another economy is no matter of coarse lines: it must be an exception
MISSING_KM = 10.0  # a place in no polygon, so far from its economy: an island that the borders lack
ISLAND_KM = 2.0  # the radius of such an island

AREAS: tuple[tuple[str, str, Polygon], ...] = (  # drawn in, belongs to, outline
    ("MA", "EH", box(-18, 20.5, -8 - 2 / 3, 27 + 2 / 3)),  # ISO 3166: from 27 degrees 40 minutes north to the south
    ("IT", "VA", box(12.4457, 41.9002, 12.4584, 41.9075)),  # the source's outline collapsed
    # west of the armistice line of 1949: Jerusalem from Malha to Har Hotzvim, and Modi'in-Maccabim-Re'ut
    (
        "PS",
        "IL",
        Polygon(
            [
                (35.15, 31.7365),
                (35.18, 31.7415),
                (35.197, 31.7445),
                (35.208, 31.7435),
                (35.213, 31.7375),
                (35.221, 31.7365),
                (35.2245, 31.742),
                (35.2275, 31.748),
                (35.229, 31.757),
                (35.2285, 31.766),
                (35.2295, 31.7715),
                (35.2275, 31.7745),
                (35.227, 31.78),
                (35.2285, 31.7835),
                (35.2287, 31.7875),
                (35.2265, 31.793),
                (35.222, 31.7975),
                (35.219, 31.803),
                (35.214, 31.807),
                (35.205, 31.8075),
                (35.197, 31.806),
                (35.185, 31.807),
                (35.15, 31.811),
            ]
        ),
    ),
    (
        "PS",
        "IL",
        Polygon(
            [
                (34.96, 31.862),
                (34.99, 31.862),
                (35.01, 31.872),
                (35.032, 31.884),
                (35.035, 31.905),
                (35.0345, 31.9185),
                (35.018, 31.9215),
                (35.003, 31.922),
                (34.992, 31.94),
                (34.985, 31.955),
                (34.96, 31.955),
            ]
        ),
    ),
    # the Golan Heights: ISO 3166-2 has its governorate, Al Qunaytirah, in Syria
    (
        "IL",
        "SY",
        Polygon(
            [
                (35.684, 33.4),
                (35.684, 33.235),
                (35.664, 33.225),
                (35.668, 33.16),
                (35.655, 33.13),
                (35.64, 33.09),
                (35.638, 33.04),
                (35.632, 33),
                (35.629, 32.96),
                (35.622, 32.9),
                (35.634, 32.885),
                (35.652, 32.86),
                (35.655, 32.82),
                (35.65, 32.795),
                (35.66, 32.77),
                (35.665, 32.74),
                (35.675, 32.7),
                (35.76, 32.7),
                (35.95, 32.9),
                (35.95, 33.4),
            ]
        ),
    ),
)


class Place(NamedTuple):
    """A place of the gazetteer."""

    place_id: int
    economy: str
    lon: float
    lat: float
    population: int


@dataclass(frozen=True)
class Owned:
    """A polygon and its economy."""

    economy: str
    polygon: Polygon


def read_places(gazetteer: Path, exceptions: Path) -> list[Place]:
    """The places of the shipped gazetteer, without those that are listed as exceptions."""
    with exceptions.open(encoding="utf-8", newline="") as file:
        left_out = {int(row["place_id"]) for row in csv.DictReader(file)}
    columns = list(Place._fields)
    rows = pq.read_table(gazetteer, columns=columns).to_pydict()
    places = (Place(*values) for values in zip(*(rows[name] for name in columns), strict=True))
    return [place for place in places if place.place_id not in left_out]


def polygons_of(geometry: BaseGeometry) -> list[Polygon]:
    """The polygons of a geometry that have an area, made valid where they are not."""
    valid = geometry if geometry.is_valid else shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    return [part for part in shapely.get_parts(valid).tolist() if isinstance(part, Polygon) and part.area > 0]


def correct(owned: Iterable[Owned], places: Sequence[Place]) -> list[Owned]:
    """The polygons with all corrections."""
    corrected = list(owned)
    for drawn_in, economy, area in AREAS:
        corrected = give(corrected, area, economy, lambda other, drawn_in=drawn_in: other == drawn_in)
    corrected = give_cities(corrected, places)
    return corrected + list(missing_islands(corrected, places))


def give(owned: list[Owned], area: BaseGeometry, economy: str, is_taken_from: Callable[[str], bool]) -> list[Owned]:
    """The polygons after the economy has got the part of the area that lies in economies which are taken from."""
    given = []
    for piece in owned:
        if piece.economy == economy or not is_taken_from(piece.economy) or not piece.polygon.intersects(area):
            given.append(piece)
            continue
        given += [Owned(economy, part) for part in polygons_of(piece.polygon.intersection(area))]
        given += [Owned(piece.economy, part) for part in polygons_of(piece.polygon.difference(area))]
    return given


def give_cities(owned: list[Owned], places: Sequence[Place]) -> list[Owned]:
    """The polygons after every city of `CITY` people that lay in another economy has got the area round it.

    Within a circle that reaches back to its economy and `ROUND_KM` farther, land goes to the city's economy where the
    nearest place of the gazetteer, of any size, is one of this economy. Raises ValueError for a city that lies more
    than `FARTHEST_KM` inside another economy.
    """
    tree = shapely.STRtree([piece.polygon for piece in owned])
    spots = np.array([(place.lon, place.lat) for place in places])
    cities = [place for place in places if place.population >= CITY]
    patches = []
    for city in cities:
        covering = {owned[k].economy for k in tree.query(Point(city.lon, city.lat), predicate="intersects")}
        if covering and min(covering) != city.economy:
            patches.append((city.economy, _round_city(city, _distance_km(city, owned, tree), places, spots)))
    for economy, patch in patches:
        owned = give(owned, patch, economy, lambda other, economy=economy: other != economy)
    return owned


def missing_islands(owned: Sequence[Owned], places: Sequence[Place]) -> Iterable[Owned]:
    """A small polygon round every place that lies in no polygon and over `MISSING_KM` from its economy."""
    tree = shapely.STRtree([piece.polygon for piece in owned])
    islands: dict[str, list[BaseGeometry]] = {}
    for place in places:
        is_inside = len(tree.query(Point(place.lon, place.lat), predicate="intersects")) > 0
        if not is_inside and _distance_km(place, owned, tree) > MISSING_KM:
            islands.setdefault(place.economy, []).append(_circle(place, ISLAND_KM))
    taken = shapely.union_all([])
    for economy, circles in sorted(islands.items()):
        land = shapely.union_all(circles)
        near = [owned[k].polygon for k in tree.query(land, predicate="intersects")]
        free = land.difference(shapely.union_all([*near, taken]))
        taken = shapely.union_all([taken, free])
        yield from (Owned(economy, part) for part in polygons_of(free))


def _narrow(place: Place) -> float:
    return math.cos(math.radians(place.lat))


def _circle(place: Place, radius_km: float) -> BaseGeometry:
    flat = Point(0, 0).buffer(radius_km / DEGREE_KM, quad_segs=4)
    return shapely.transform(flat, lambda xy: xy / [_narrow(place), 1] + [place.lon, place.lat])


def _distance_km(place: Place, owned: Sequence[Owned], tree: shapely.STRtree) -> float:
    """How far the economy of the place is, up to a degree; infinite beyond."""
    here = [place.lon, place.lat]
    wide = 1 / _narrow(place)
    near = tree.query(box(here[0] - wide, here[1] - 1, here[0] + wide, here[1] + 1))
    own = [owned[k].polygon for k in near if owned[k].economy == place.economy]
    flat = [shapely.transform(polygon, lambda xy: (xy - here) * [_narrow(place), 1]) for polygon in own]
    return min((polygon.distance(Point(0, 0)) for polygon in flat), default=math.inf) * DEGREE_KM


def _round_city(
    city: Place, distance_km: float, places: Sequence[Place], spots: npt.NDArray[np.float64]
) -> BaseGeometry:
    """The area round a city that is nearer to a place of its economy than to any other place."""
    if distance_km > FARTHEST_KM:
        raise ValueError(
            f"{city} lies {distance_km:.0f} km inside another economy: correct the area, or list the city."
        )
    reach_km = distance_km + ROUND_KM
    scale = np.array([_narrow(city), 1])
    flat = (spots - [city.lon, city.lat]) * scale
    near = np.flatnonzero(np.hypot(*flat.T) <= 2 * reach_km / DEGREE_KM)  # none farther is nearest to a spot in reach
    circle = _circle(city, reach_km)
    first: dict[tuple[float, float], str] = {}
    for k in near:
        first.setdefault(tuple(flat[k].tolist()), places[k].economy)
    if len(first) == 1:
        return circle
    extent = shapely.transform(circle, lambda xy: (xy - [city.lon, city.lat]) * scale)
    cells = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(list(first)), extend_to=extent))
    own = [Point(spot) for spot, economy in first.items() if economy == city.economy]
    kept = shapely.union_all([cell for cell in cells if any(cell.covers(spot) for spot in own)])
    return shapely.transform(kept.intersection(extent), lambda xy: xy / scale + [city.lon, city.lat])
