"""World maps: all clusters by score, and the links of one cluster; Equal Earth, coastlines only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from stclusters.publish.figures.style import CHOSEN, COAST, LAND, PATENTS, SEA, figure, plain

Floats = NDArray[np.float64]
NAMED = 18  # names on a map
DRAWN = 60  # links of a cluster
SIZE = (10.0, 5.6)
SEEN = 0.005  # of the projection's units: a pixel of a map 1,000 wide


def equal_earth(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Places of degrees in the projection Equal Earth, for a sphere of radius 1 (Šavrič, Patterson, Jenny 2018)."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(lat)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * np.sqrt(3) * np.radians(lon) * np.cos(t) / (3 * slope)
    return x, a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t


def great_circle(a: Sequence[float], b: Sequence[float]) -> list[Floats]:
    """The shortest way between two places (longitude, latitude) as projected lines, cut at 180 degrees."""
    ends = [np.radians(place) for place in (a, b)]
    start, end = (np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]) for lon, lat in ends)
    between = np.arctan2(np.linalg.norm(np.cross(start, end)), start @ end)
    if between < 1e-9:
        return []
    part = np.linspace(0, 1, 90)[:, None]
    way = (np.sin((1 - part) * between) * start + np.sin(part * between) * end) / np.sin(between)
    lon, lat = np.degrees(np.arctan2(way[:, 1], way[:, 0])), np.degrees(np.arcsin(np.clip(way[:, 2], -1, 1)))
    cuts = [0, *(np.flatnonzero(np.abs(np.diff(lon)) > 180) + 1).tolist(), len(lon)]
    return [np.column_stack(equal_earth(lon[i:j], lat[i:j])) for i, j in pairwise(cuts) if j - i > 1]


def _land(coastline: Sequence[Sequence[int]]) -> Outline:
    places, codes = [], []
    for line in coastline:
        degrees = np.cumsum(np.array(line, dtype=float).reshape(-1, 2), axis=0) / 100
        drawn = _coarse(np.column_stack(equal_earth(degrees[:, 0], degrees[:, 1])))
        places.append(drawn)
        codes += [Outline.MOVETO] + [Outline.LINETO] * (len(drawn) - 1)
    return Outline(np.concatenate(places), codes)


def _coarse(line: Floats) -> Floats:
    """The line without places so near to the one kept last that they do not show; it keeps its ends."""
    kept = [line[0]]
    for place in line[1:-1]:
        if np.abs(place - kept[-1]).sum() >= SEEN:
            kept.append(place)
    return np.array([*kept, line[-1]])


def _world(made: Figure, data: Mapping[str, Any]) -> Axes:
    axes = made.add_subplot()
    axes.set_axis_off()
    axes.set_aspect("equal")
    lat = np.linspace(-57, 83, 60)
    east, west = equal_earth(np.full(60, 180.0), lat), equal_earth(np.full(60, -180.0), lat)
    axes.fill(np.concatenate([east[0], west[0][::-1]]), np.concatenate([east[1], west[1][::-1]]), color=SEA, lw=0)
    if data["coastline"]:
        axes.add_patch(PathPatch(_land(data["coastline"]), facecolor=LAND, edgecolor=COAST, lw=0.35))
    axes.set_xlim(-2.72, 2.72)
    axes.set_ylim(*equal_earth(np.zeros(2), np.array([-57.0, 83.0]))[1])
    return axes


def _name(axes: Axes, places: Sequence[tuple[float, float, str]]) -> None:
    """Names beside their places, the first ones first, none over another."""
    taken: list[tuple[float, float, float, float]] = []
    for x, y, name in places:
        if len(taken) == NAMED:
            break
        wide, side = 0.031 * len(name), 1 if x < 2 else -1
        left = x + 0.05 if side > 0 else x - 0.05 - wide
        box = (left, y - 0.045, left + wide, y + 0.045)
        if any(box[0] < o[2] and box[2] > o[0] and box[1] < o[3] and box[3] > o[1] for o in taken):
            continue
        taken.append(box)
        axes.text(x + 0.05 * side, y, name, fontsize=6.5, va="center", ha="left" if side > 0 else "right")


def world_map(data: Mapping[str, Any], clusters: Sequence[Mapping[str, Any]]) -> Figure:
    """Every cluster on the world, the area of its mark by its score."""
    subtitle = f"Edition {data['edition']}, {len(clusters):,} clusters; the area of a mark is by its score"
    made = figure(data, "Science and technology clusters of the world", subtitle, SIZE)
    axes = _world(made, data)
    x, y = equal_earth(np.array([c["lon"] for c in clusters]), np.array([c["lat"] for c in clusters]))
    score = np.array([c["score"] for c in clusters])
    axes.scatter(
        x, y, s=np.maximum(3, 240 * score / max(score.max(), 1e-12)), c=PATENTS, alpha=0.55, lw=0.4, ec="white"
    )
    _name(axes, [(*place, plain(c["name"], 26)) for *place, c in zip(x, y, clusters, strict=True)])
    return made


def links_map(data: Mapping[str, Any], clusters: Sequence[Mapping[str, Any]]) -> Figure | None:
    """The strongest links of the best-ranked cluster that has one, as great circles; none where none has one."""
    pairs = [
        (a, b, patents + articles)
        for a, b, patents, articles in np.array(data["links"]["rows"], dtype=int).reshape(-1, 4).tolist()
        if b >= 0
    ]
    if not pairs:
        return None
    one = min(min(a, b) for a, b, _ in pairs)
    own = [(b if a == one else a, links) for a, b, links in pairs if one in (a, b)]
    strongest = sorted(own, key=lambda link: (-link[1], link[0]))[:DRAWN]
    name = plain(clusters[one]["name"], 60)
    subtitle = f"Edition {data['edition']}; its {len(strongest)} strongest links, their width by the documents shared"
    made = figure(data, f"Whom {name} works with", subtitle, SIZE)
    axes = _world(made, data)
    places = [(c["lon"], c["lat"]) for c in clusters]
    ways = [(way, links) for other, links in strongest for way in great_circle(places[one], places[other])]
    widths = [0.4 + 3.6 * links / strongest[0][1] for _, links in ways]
    axes.add_collection(LineCollection([way for way, _ in ways], colors=CHOSEN, alpha=0.6, linewidths=widths))
    shown = [one, *[other for other, _ in strongest]]
    x, y = equal_earth(np.array([places[i][0] for i in shown]), np.array([places[i][1] for i in shown]))
    axes.scatter(
        x, y, s=[60, *[14] * len(strongest)], c=[CHOSEN, *[PATENTS] * len(strongest)], zorder=3, lw=0.4, ec="white"
    )
    _name(axes, [(*place, plain(clusters[i]["name"], 26)) for *place, i in zip(x, y, shown, strict=True)])
    return made
