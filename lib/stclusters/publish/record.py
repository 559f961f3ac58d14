"""What the settings and the records of the runs tell the readers of a page."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.cluster.points import author_weight
from stclusters.run import Run


def about_run(run: Run, documents: DataFrame, points: DataFrame, runs: DataFrame) -> dict[str, object]:
    """What `write_page` is told of the run: method, windows, source, documents by kind, rejects of its ingest."""
    method, source = run.method, run.place.source
    ingest = runs.where(F.col("step") == "ingest").orderBy(F.col("started").desc()).first()
    return {
        "edition": run.edition,
        "run_id": run.run_id,
        "version": run.version,
        "radius_m": method.radius_m,
        "min_weight": method.min_weight,
        "author_weight": float(author_weight(method.author_weight, points)),
        "patent_window": method.window("patent", run.edition),
        "article_window": method.window("article", run.edition),
        "patent_types": method.patent_types,
        "article_types": method.article_types,
        "label_share": method.label_share,
        "top_clusters": method.top_clusters,
        "documents": {row["kind"]: row["count"] for row in documents.groupBy("kind").count().collect()},
        "sources": [source.model_dump(include={"name", "licence", "attribution", "note"})],
        "rejects": dict(ingest["rejects"]) if ingest else {},
    }
