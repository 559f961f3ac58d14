"""All that the page and the pictures show, of the result tables of one edition."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame

from stclusters.publish.about import About
from stclusters.publish.explorer.clusters import cluster_rows, economy_rows
from stclusters.publish.explorer.fields import field_rows
from stclusters.publish.explorer.links import foreign_rows, link_rows, partner_rows
from stclusters.publish.explorer.outlines import coastline, page_outlines


def explorer_data(
    tables: Mapping[str, DataFrame], noise: Mapping[str, object], about: Mapping[str, object]
) -> dict[str, object]:
    """The data of the page, fit for JSON; with them it is under 5 MB for 2,500 clusters.

    `tables` are the result tables of one edition by name, `noise` is what `noise_cells` gives, `about` what `About`
    takes. Clusters are in the order of ranks, and numbered by it wherever one is named. Outlines are simplified, names
    cut at 200 characters and figures rounded: the CSV files have them whole.
    """
    told = About.model_validate(about)
    clusters = cluster_rows(tables)
    order = {int(row[0]): place for place, row in enumerate(clusters["rows"])}  # type: ignore[index]
    return {
        "edition": told.edition,
        "note": told.top_note(),
        "source": told.source(),
        "citation": told.citation(),
        "threshold": told.threshold(),
        "windows": told.windows(),
        "top": told.top_clusters,
        "about": told.sections(intervals="rank_low" in clusters["columns"]),
        "clusters": clusters,
        "economies": economy_rows(tables["economy_clusters"]),
        "fields": field_rows(tables["cluster_fields"], tables["top_fields"], order),
        "foreign": foreign_rows(tables["foreign_collaboration"], order),
        "partners": partner_rows(tables["collaboration_links"], order),
        "links": link_rows(tables["cluster_links"], order),
        "noise": noise,
        "outlines": page_outlines(tables["clusters"]),
        "coastline": coastline(),
    }
