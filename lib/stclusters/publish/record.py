"""What the settings and the records of the runs tell the readers of a page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC

from pyspark.sql import DataFrame, Row

from stclusters.cluster.points import author_weight
from stclusters.run import Run


def about_run(
    run: Run, run_id: str, records: Mapping[str, Row], documents: DataFrame, points: DataFrame
) -> dict[str, object]:
    """What `About` takes: the run that is named, method, windows, source, documents by kind, rejects, and steps.

    `records` has the record of each step by which the tables were made, in their order.
    """
    method, source = run.method, run.place.source
    ingest = records.get("ingest")
    return {
        "edition": run.edition,
        "run_id": run_id,
        "version": run.version,
        "radius_m": method.radius_m,
        "min_weight": method.min_weight,
        "author_weight": float(author_weight(method.author_weight, points)),
        "patent_window": method.window("patent", run.edition),
        "article_window": method.window("article", run.edition),
        "patent_types": method.patent_types,
        "article_types": method.article_types,
        "merge_distance_m": method.merge_distance_m,
        "label_share": method.label_share,
        "top_clusters": method.top_clusters,
        "documents": {row["kind"]: row["count"] for row in documents.groupBy("kind").count().collect()},
        "sources": [source.model_dump(include={"name", "licence", "attribution", "note"})],
        "rejects": dict(ingest["rejects"]) if ingest else {},
        "steps": [_told(record) for record in records.values()],
    }


def _told(record: Row) -> dict[str, object]:
    told: dict[str, object] = record.asDict()
    started = f"{record['started'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return {name: told[name] for name in ("step", "seconds", "rows_out", "guards")} | {"started": started}
