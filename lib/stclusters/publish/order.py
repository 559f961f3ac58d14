"""The order of the rows of each published table: as a reader expects them, by rank and size rather than by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from stclusters.publish.export import CLUSTER_IDS
from stclusters.publish.quality import figures as q
from stclusters.tables import KINDS, Table

WORDS: Mapping[str, tuple[str, ...]] = {  # columns whose words have an order of their own
    "kind": KINDS,
    "part": (
        *(q.CHECKS, q.DOCUMENTS, q.COVERAGE, q.REJECTS, q.FLAGS, q.HEAVIEST),
        *(q.CONSERVATION, q.CHANGE),
    ),
}
# What the rows of a table are sorted by, before its key: a cluster by its place in the ranking, `-` the largest first,
# `a|b` the better placed of two clusters, `a&b` the other one. Nulls come last.
ORDER: Mapping[str, tuple[str, ...]] = {
    "clusters": ("cluster_id",),
    "cluster_economies": ("cluster_id", "place"),
    "merge_decisions": ("cluster_a|cluster_b", "cluster_a&cluster_b"),
    "ranking": ("cluster_id",),
    "rank_uncertainty": ("cluster_id",),
    "rank_changes": ("rank", "earlier_rank"),
    "intensity": ("intensity_rank", "cluster_id"),
    "sensitivity": ("radius_m", "min_weight"),
    "cluster_stability": ("cluster_id",),
    "cluster_fields": ("cluster_id", "kind", "-documents"),
    "cluster_organisations": ("cluster_id", "kind", "place"),
    "top_fields": ("kind", "-documents"),
    "economy_clusters": ("best_rank",),
    "foreign_collaboration": ("cluster_id", "kind"),
    "collaboration_links": ("cluster_id", "kind", "-links"),
    "cluster_links": ("cluster_a|cluster_b", "cluster_a&cluster_b", "kind"),
    "quality": ("part", "measure", "kind", "-value"),
}


def by_rank(ranking: pa.Table) -> pa.Array:
    """The ids of the clusters in the order of ranks; equal ranks by id."""
    return ranking.sort_by([("rank", "ascending"), ("cluster_id", "ascending")])["cluster_id"].combine_chunks()


def in_order(table: Table, rows: pa.Table, ranked: pa.Array) -> pa.Table:
    """The rows of a table in the order in which they are published; `ranked` is what `by_rank` gives."""
    keys = [*_sort_keys(ORDER[table.name], rows, ranked), *((rows[name], "ascending") for name in table.key[1:])]
    columns = pa.table([values for values, _ in keys], names=[str(number) for number in range(len(keys))])
    orders = [(str(number), order) for number, (_, order) in enumerate(keys)]
    return rows.take(pc.sort_indices(columns, sort_keys=orders, null_placement="at_end"))


def _sort_keys(order: tuple[str, ...], rows: pa.Table, ranked: pa.Array) -> Iterator[tuple[pa.ChunkedArray, str]]:
    def place(name: str) -> pa.ChunkedArray:
        return pc.index_in(rows[name], ranked)

    for word in order:
        name = word.removeprefix("-")
        if "|" in name:
            yield pc.min_element_wise(*map(place, name.split("|")), skip_nulls=True), "ascending"
        elif "&" in name:
            yield pc.max_element_wise(*map(place, name.split("&")), skip_nulls=False), "ascending"
        elif name in CLUSTER_IDS:
            yield place(name), "ascending"
        elif name in WORDS:
            yield pc.index_in(rows[name], pa.array(WORDS[name])), "ascending"
        else:
            yield rows[name], "descending" if word != name else "ascending"
