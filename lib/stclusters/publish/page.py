"""The first page: one HTML file with ranking, map, clusters per economy and method, which needs no network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from pyspark.sql import DataFrame, Row

from stclusters.errors import GuardFailed
from stclusters.publish.about import About
from stclusters.publish.files import need, replaced
from stclusters.publish.outlines import coastline, page_outlines

NAME_LENGTH = 200  # characters of a name on the page; the CSV has all
COUNTED = ("patents", "articles", "patent_share", "article_share", "score")
RANKED = ("cluster_id", "rank", "name", "home_economy", "economies", *COUNTED)
PLACED = ("cluster_id", "lon", "lat", "area_km2", "inventors", "authors", "outline")
HOMES = ("economy", "clusters", "top_clusters", "best_rank", "patents", "articles", "score")
Rows = list[list[object]]


def write_page(
    path: Path, *, ranking: DataFrame, clusters: DataFrame, economy_clusters: DataFrame, about: Mapping[str, object]
) -> None:
    """One self-contained page at `path`, which it replaces; under 5 MB for 2,500 clusters.

    The frames are the tables of the same names, of one edition; `about` is what `stclusters.publish.about.About`
    takes. Outlines are simplified, names cut at 200 characters and figures rounded: the CSV files have them whole.
    """
    told = About.model_validate(about)
    need(ranking, RANKED, "ranking")
    need(clusters, PLACED, "clusters")
    need(economy_clusters, HOMES, "economy_clusters")
    data = {
        "edition": told.edition,
        "note": told.top_note(),
        "threshold": told.threshold(),
        "windows": told.windows(),
        "top": told.top_clusters,
        "about": told.sections(),
        "clusters": _clusters(ranking, clusters),
        "economies": _economies(economy_clusters),
        "outlines": page_outlines(clusters),
        "coastline": coastline(),
    }
    with replaced(path) as unfinished:
        unfinished.write_text(page_text(data), encoding="utf-8", newline="\n")


def _clusters(ranking: DataFrame, clusters: DataFrame) -> Rows:
    ranked = ranking.select(*RANKED).orderBy("rank", "cluster_id").collect()
    places = {row.cluster_id: row for row in clusters.select(*PLACED[:-1]).collect()}
    if missing := [row.cluster_id for row in ranked if row.cluster_id not in places]:
        raise GuardFailed(f"ranking: {len(missing)} clusters are not in the table clusters, as {missing[0]}.")
    return [_ranked(row, places[row.cluster_id]) for row in ranked]


def _ranked(row: Row, place: Row) -> list[object]:
    return [
        *(str(row.cluster_id), row["rank"], _short(row["name"]), row.home_economy, list(row.economies)),
        *(_figure(row[name], 10) for name in COUNTED),
        *(_figure(place.lon, 8), _figure(place.lat, 8), _figure(place.area_km2, 5), place.inventors, place.authors),
    ]


def _economies(economy_clusters: DataFrame) -> Rows:
    rows = economy_clusters.select(*HOMES).orderBy("best_rank", "economy").collect()
    return [[_figure(value, 10) if isinstance(value, float) else value for value in row] for row in rows]


def _figure(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def page_text(data: Mapping[str, object]) -> str:
    """The page of its data: style, script and data in the one file, under a policy that lets only these two run."""
    style, script = _asset("page.css"), _asset("map.js") + _asset("page.js")
    policy = (
        f"default-src 'none'; script-src 'sha256-{_sha256(script)}'; style-src 'sha256-{_sha256(style)}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "script": script, "data": escaped_json(data)}
    template = _asset("index.html")
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark.group(1)], template)  # one pass: data are not searched


def escaped_json(data: object) -> str:
    r"""JSON that stands safely in a `<script>` element: no `<`, `>`, `&`, U+2028 or U+2029 in it.

    >>> escaped_json("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda sign: f"\\u{ord(sign.group()):04x}", text)


def _asset(name: str) -> str:
    return (files("stclusters.publish") / "page" / name).read_text(encoding="utf-8")


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
