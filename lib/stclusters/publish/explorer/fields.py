"""What the page shows of fields: the names of the fields of a kind, and the count of each in every cluster."""

from __future__ import annotations

from collections import defaultdict

from pyspark.sql import DataFrame

from stclusters.publish.explorer.clusters import digits
from stclusters.publish.files import need
from stclusters.tables import KINDS

COUNTED = ("kind", "field", "documents")
Numbers = list[float]


def field_rows(cluster_fields: DataFrame, top_fields: DataFrame, order: dict[int, int]) -> dict[str, dict[str, object]]:
    """By kind: `names` in alphabetical order, `top` (a count a name) and `clusters`.

    `clusters` has a list a cluster, in the order that `order` gives to cluster_id: number of a name, its count, and so
    on. Counts are fractional, with seven significant digits; a share is a count / the sum of its list.
    """
    need(cluster_fields, ("cluster_id", *COUNTED), "cluster_fields")
    need(top_fields, COUNTED, "top_fields")
    rows = cluster_fields.select("cluster_id", *COUNTED).orderBy("cluster_id", "kind", "field").collect()
    top = {(row["kind"], row["field"]): digits(row["documents"], 7) for row in top_fields.select(*COUNTED).collect()}
    made: dict[str, dict[str, object]] = {}
    for kind in KINDS:
        of_kind = [row for row in rows if row["kind"] == kind]
        names = sorted({row["field"] for row in of_kind} | {field for each, field in top if each == kind})
        number = {name: i for i, name in enumerate(names)}
        lists: dict[int, Numbers] = defaultdict(list)
        for row in of_kind:
            lists[order[row["cluster_id"]]] += [number[row["field"]], digits(row["documents"], 7)]
        made[kind] = {
            "names": names,
            "top": [top.get((kind, name), 0) for name in names],
            "clusters": [lists[place] for place in range(len(order))],
        }
    return made
