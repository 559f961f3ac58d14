"""The earlier edition that a ranking is compared with."""

from __future__ import annotations

from dataclasses import replace

from stclusters import io
from stclusters.records import ask_one_making, ask_same_method, newest_records
from stclusters.run import Run
from stclusters.tables import RUNS


def earlier_run(run: Run) -> Run | None:
    """The run with the edition that it is compared with; None where that was never ranked or nothing is compared.

    Raises `SettingsError` where the earlier edition was made with another method: a change of rank would tell of it;
    `BadInput` where its tables are not of one making.
    """
    earlier = replace(run, edition=run.edition - run.method.compared_years)
    if earlier.edition == run.edition or not io.location(run, RUNS).exists():
        return None
    records = newest_records(io.read(earlier, RUNS))
    if "rank" not in records:
        return None
    ask_one_making(earlier, "rank")
    ask_same_method(earlier, {step: records[step] for step in ("ingest", "cluster")})
    return earlier
