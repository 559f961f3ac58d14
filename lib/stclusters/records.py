"""The records of the steps in `runs`: kept, read, and asked whether what a step goes on from is of one making."""

from __future__ import annotations

import json

from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F

from stclusters import io
from stclusters.errors import BadInput, SettingsError
from stclusters.run import Run
from stclusters.tables import ALL, RUNS, STEPS_BEFORE, WRITTEN_BY

WINDOWS = ("patent_years", "article_years", "patent_types", "article_types")
PLACES = ("longitudes_to_360", "coast_tolerance_m", "economy_groups")
USED_BY = {  # the settings of the method that each step's tables depend on
    "ingest": (*WINDOWS, *PLACES),
    "cluster": ("radius_m", "min_weight", "author_weight", "label_share", "merge_distance_m", "merges"),
    "rank": ("top_clusters", "compared_years", "bootstrap_replicates", "sensitivity_radii_m", "sensitivity_weights"),
}
ENDED = {"failed": "failed", "cancelled": "was stopped"}


def keep_record(run: Run, outcome: str, seconds: float, cost: dict[str, int]) -> None:
    """Adds the record of the run's step to `runs`."""
    record = run.record
    row = (
        run.edition,
        run.run_id,
        record.step,
        outcome,
        record.started,
        seconds,
        run.version,
        run.method.model_dump_json(),
        json.dumps(record.inputs),
        dict(record.rows_in),
        dict(record.rows_out),
        dict(record.rejects),
        record.flags,
        record.guards,
        dict(record.versions),
        cost,
    )
    io.append(run, RUNS, run.spark.createDataFrame([row], RUNS.schema).drop("edition"))


def newest_records(runs: DataFrame) -> dict[str, Row]:
    """The newest record of each step."""
    order = Window.partitionBy("step").orderBy(F.col("started").desc())
    numbered = runs.withColumn("number", F.row_number().over(order)).where(F.col("number") == 1)
    return {row["step"]: row for row in numbered.collect()}


def ask_one_making(run: Run, step: str) -> None:
    """Raises `BadInput` where a step before has not run to its end for the edition, or ran on tables older than now.

    So a step goes on only from tables of which each was made from those that are there. A table that a killed run wrote
    is told by the note that `io` leaves with every write.
    """
    before = STEPS_BEFORE.get(step, ())
    if not before:
        return
    records = newest_records(io.stored(run, RUNS)) if io.location(run, RUNS).exists() else {}
    written: dict[str, int] = {}
    for name in before:
        if name not in records:
            raise BadInput(f"The step {name} has not run for edition {run.edition}: run it first.")
        outcome = records[name]["outcome"]
        if outcome != "done":
            raise BadInput(
                f"The step {name} of edition {run.edition} {ENDED[outcome]}: run it again, and what follows."
            )
        for entry in json.loads(records[name]["inputs"]) if name != "ingest" else []:
            if entry.get("table") in written and entry["version"] < written[entry["table"]]:
                raise BadInput(
                    f"The step {name} of edition {run.edition} ran on an older {entry['table']} than there is now: "
                    "run it again, and what follows."
                )
        written |= records[name]["versions"]
    for table in ALL:
        step_of = WRITTEN_BY[table.name]
        if step_of in before and io.was_written_since(run, table, written.get(table.name, -1)):
            raise BadInput(
                f"A run that did not end wrote {table.name} of edition {run.edition}: run the step {step_of} again, "
                "and what follows."
            )


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
