"""A made-up world for tests of the page and the pictures: its data, without Spark; figures are told by the rank."""

from __future__ import annotations

HOSTILE = [
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    '=HYPERLINK("http://example.org")',
    "'; DROP TABLE clusters; --",
    "\u202eThgir ot tfel\u202c $x^2$ \\frac{",
    "x" * 10_000,
    "Zürich–Genève",
]
HOMES = ["JP", "US", "DE"]
FIELDS = ["Computer technology", "Digital communication", "Optics", "unknown", "<b>Pharmaceuticals</b>"]
KNOWN = [12200, 4700, 5800, -4700, 0, 9000]  # 122 E 47 N, 180 E 0 N, 180 E 90 N: hundredths of a degree, in steps
NOTE = "A convenience sample <b>of names</b>: ranks mean nothing."
UNCERTAIN = ["score_low", "score_high", "rank_low", "rank_high", "top_probability"]
UNCERTAIN += ["change", "rank_change", "earlier_rank", "earlier_edition"]
UNCERTAIN += ["population", "population_source", "score_per_million", "intensity_rank"]


def id_of(rank: int) -> str:
    return f"46116860184273{rank:05}"


def name_of(rank: int) -> str:
    return HOSTILE[rank - 1] if rank <= len(HOSTILE) else f"City {rank:03}"


def cell(south: int) -> list[int]:
    """10 by 10 degrees north-east of 0 E, a vertex each degree, in steps of hundredths of a degree."""
    return [0, south * 100, *[100, 0] * 10, *[0, 100] * 10, *[-100, 0] * 10, *[0, -100] * 9]


def place_of(rank: int) -> tuple[int, int]:
    return (rank * 47) % 340 - 170, (rank * 29) % 120 - 50


def cluster(rank: int) -> list[object]:
    home = HOMES[rank % 3]
    economies = [home, "CH"] if rank == 9 else [home]
    figures = [1000.0 + (rank * 37) % 101, 9000.0 - rank, 0.1 / rank, 0.2 / rank, 30 / rank]
    return [id_of(rank), rank, name_of(rank), home, economies, *figures, *place_of(rank), 700, 1, 2]


def interval(rank: int) -> list[object]:
    moved = ["entered", None, None, 2023] if rank == 8 else ["moved", rank % 3 - 1, rank + rank % 3 - 1, 2023]
    bounds = [29 / rank, 31 / rank, max(1, rank - 2), rank + 3, 1.0 if rank < 90 else 0.25]
    return [*bounds, *moved, 2_000_000.0, "gazetteer", 15 / rank, rank]


def fields(count: int, each: int) -> dict[str, object]:
    """`each` fields of patents and of articles; the n-th of a cluster counts rank + n."""
    names = [*FIELDS, *[f"Field {n:02}" for n in range(len(FIELDS), each)]][:each]
    counts = [[part for n in range(each) for part in (n, float(rank + n))] for rank in range(1, count + 1)]
    top = [float(sum(row[2 * n + 1] for row in counts[:100])) for n in range(each)]
    return {kind: {"names": names, "top": top, "clusters": counts} for kind in ("patent", "article")}


def links(count: int, each: int) -> list[int]:
    """A cluster's links to the `each` next ranks: patents are the sum of both ranks, articles twice as many."""
    pairs = [(a, b) for a in range(count) for b in range(a + 1, min(count, a + 1 + each))]
    outside = [part for a in range(count) for part in (a, -1, 7, 8)]
    return outside + [part for a, b in pairs for part in (a, b, a + b + 2, 2 * (a + b + 2))]


def partners(count: int, economies: list[str]) -> list[int]:
    """Of each cluster links to every economy, its home first: the n-th has 100 - n patents and 50 articles."""
    flat = []
    for rank in range(1, count + 1):
        home = economies.index(HOMES[rank % 3])
        order = [home, *[n for n in range(len(economies)) if n != home]]
        for n, economy in enumerate(order):
            flat += [rank - 1, economy, 0 if economy == home else 1, 100 - n, 50]
    return flat


def world(count: int = 260, *, field_count: int = 5, links_each: int = 5, uncertain: bool = False) -> dict[str, object]:
    """The page's data for so many clusters."""
    square = [0, 0, 300, 0, 0, 300, -300, 0, 0, -300]
    rows = [cluster(rank) + (interval(rank) if uncertain else []) for rank in range(1, count + 1)]
    columns = ["cluster_id", "rank", "name", "home_economy", "economies", "patents", "articles", "patent_share"]
    columns += ["article_share", "score", "lon", "lat", "area_km2", "inventors", "authors"]
    homes = [[home, 40, 30, 3 - i, 5.0, 6.0, 7.0 + i] for i, home in enumerate(HOMES)]
    places = {id_of(rank): place_of(rank) for rank in range(1, count + 1)}
    economies = [*HOMES, "CH", "UNKNOWN"]
    foreign = {
        kind: [[100 * rank, (rank * step) % 100 * rank] for rank in range(1, count + 1)]
        for kind, step in (("patent", 7), ("article", 13))
    }
    return {
        "edition": 2024,
        "note": NOTE,
        "source": "Test",
        "citation": "Science and technology clusters, edition 2024. Computed from: Test.",
        "threshold": "4,500 inventor-equivalents within 15 km",
        "windows": "patents 2019–2023",
        "top": 100,
        "about": [{"heading": "Method", "paragraphs": ["Dense & exact."], "facts": [["Radius", "15 km"]]}],
        "clusters": {"columns": columns + (UNCERTAIN if uncertain else []), "rows": rows},
        "economies": {
            "columns": ["economy", "clusters", "top_clusters", "best_rank", "patents", "articles", "score"],
            "rows": homes if count else [],
        },
        "fields": fields(count, field_count),
        "foreign": foreign,
        "partners": {"economies": economies, "rows": partners(count, economies), "most": 256, "left_out": 0},
        "links": {"rows": links(count, links_each), "most": 256, "left_out": 0},
        "noise": {"step": 0.5, "cells": [365, 280, 9, 366, 281, 3000]},
        "outlines": {key: [[lon * 1000, lat * 1000, *square[2:]]] for key, (lon, lat) in places.items()},
        "coastline": [KNOWN, cell(0), cell(60)],
    }
