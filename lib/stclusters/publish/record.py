"""What the settings and the records of the runs tell the readers of a page."""

from __future__ import annotations

import json
from datetime import UTC

from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F

from stclusters.cluster.points import author_weight
from stclusters.errors import SettingsError
from stclusters.run import Run
from stclusters.tables import STEPS

WINDOWS = ("patent_years", "article_years", "patent_types", "article_types")
PLACES = ("longitudes_to_360", "coast_tolerance_m", "economy_groups")
USED_BY = {  # the settings of the method that each step's tables depend on
    "ingest": (*WINDOWS, *PLACES),
    "cluster": ("radius_m", "min_weight", "author_weight", "label_share", "merge_distance_m", "merges"),
    "rank": ("top_clusters", "compared_years", "bootstrap_replicates", "sensitivity_radii_m", "sensitivity_weights"),
}


def about_run(run: Run, documents: DataFrame, points: DataFrame, runs: DataFrame) -> dict[str, object]:
    """What `write_page` is told of the run: method, windows, source, documents by kind, rejects of its ingest.

    Raises `SettingsError` where the tables were made with another method than the run's: a page tells one method.
    """
    method, source = run.method, run.place.source
    newest = newest_records(runs)
    ask_same_method(run, newest)
    ingest = newest.get("ingest")
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
        "merge_distance_m": method.merge_distance_m,
        "label_share": method.label_share,
        "top_clusters": method.top_clusters,
        "documents": {row["kind"]: row["count"] for row in documents.groupBy("kind").count().collect()},
        "sources": [source.model_dump(include={"name", "licence", "attribution", "note"})],
        "rejects": dict(ingest["rejects"]) if ingest else {},
        "steps": [_told(newest[step]) for step in STEPS if step in newest],
    }


def _told(record: Row) -> dict[str, object]:
    told: dict[str, object] = record.asDict()
    started = f"{record['started'].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return {name: told[name] for name in ("step", "seconds", "rows_out", "guards")} | {"started": started}


def newest_records(runs: DataFrame) -> dict[str, Row]:
    """The newest record of each step."""
    order = Window.partitionBy("step").orderBy(F.col("started").desc())
    numbered = runs.withColumn("number", F.row_number().over(order)).where(F.col("number") == 1)
    return {row["step"]: row for row in numbered.collect()}


def ask_same_method(run: Run, newest: dict[str, Row]) -> None:
    """Raises `SettingsError` where a step of the records had other settings, of those that it uses, than the run."""
    now = json.loads(run.method.model_dump_json())
    for step, names in USED_BY.items():
        if step in newest:
            then = json.loads(newest[step]["parameters"])
            other = [name for name in names if then.get(name) != now[name]]
            if other:
                raise SettingsError(
                    f"The step {step} ran with another {', '.join(other)} than the method file says: "
                    f"give the method file that it had, or run it again for edition {run.edition}."
                )
