"""What the page shows of every cluster and every economy: a list of columns, and a row each."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame

from stclusters.errors import GuardFailed
from stclusters.publish.files import need

NAME_LENGTH = 200  # characters of a name on the page; the CSV has all
RANKED = (
    *("cluster_id", "rank", "name", "home_economy", "economies"),
    *("patents", "articles", "patent_share", "article_share", "score"),
)
PLACED = ("lon", "lat", "area_km2", "inventors", "authors")
# Columns of further tables of clusters, and which of their rows tell of a cluster. The page shows them where the tables
# are given and have rows; src/columns.js says how.
EXTRA: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "rank_uncertainty": ("true", ("score_low", "score_high", "rank_low", "rank_high", "top_probability")),
    "rank_changes": (
        "change IN ('entered', 'split', 'moved', 'stayed')",
        ("change", "rank_change", "earlier_rank", "earlier_edition"),
    ),
    "intensity": ("true", ("population", "population_source", "score_per_million", "intensity_rank")),
}
HOMES = ("economy", "clusters", "top_clusters", "best_rank", "patents", "articles", "score")

Grid = dict[str, list[object]]


def cluster_rows(tables: Mapping[str, DataFrame]) -> Grid:
    """`columns` and `rows` of the clusters in the order of ranks, then of ids.

    Of `ranking`, `clusters`, and those of the tables of `EXTRA` that are given and not empty; ids are text, and doubles
    have ten significant digits. Raises `GuardFailed` where a ranked cluster is not in one of the tables.
    """
    need(tables["ranking"], RANKED, "ranking")
    ranked = tables["ranking"].select(*RANKED).orderBy("rank", "cluster_id").collect()
    columns: list[object] = list(RANKED)
    rows: list[list[object]] = [list(row) for row in ranked]
    for name, (which, wanted) in {"clusters": ("true", PLACED), **EXTRA}.items():
        if name not in tables:
            continue
        need(tables[name], ("cluster_id", *wanted), name)
        told = {row[0]: list(row)[1:] for row in tables[name].where(which).select("cluster_id", *wanted).collect()}
        if not told and name in EXTRA:
            continue
        if missing := [row["cluster_id"] for row in ranked if row["cluster_id"] not in told]:
            raise GuardFailed(f"ranking: {len(missing)} clusters are not in the table {name}, as {missing[0]}.")
        columns += wanted
        rows = [row + told[row[0]] for row in rows]
    return {"columns": columns, "rows": [_shown(row) for row in rows]}


def _shown(row: list[object]) -> list[object]:
    cluster_id, rank, name, *figures = row
    return [str(cluster_id), rank, _short(str(name)), *(_plain(figure) for figure in figures)]


def economy_rows(economy_clusters: DataFrame) -> Grid:
    """`columns` and `rows` of the economies, best rank first."""
    need(economy_clusters, HOMES, "economy_clusters")
    rows = economy_clusters.select(*HOMES).orderBy("best_rank", "economy").collect()
    return {"columns": list(HOMES), "rows": [[_plain(value) for value in row] for row in rows]}


def _plain(value: object) -> object:
    return digits(value, 10) if isinstance(value, float) else value


def digits(value: float, count: int) -> float:
    """The number with so many significant digits.

    >>> digits(1 / 3, 4)
    0.3333
    """
    return float(f"{value:.{count}g}")


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"
