"""The records of the steps in `runs`: written, read, and compared with the run before a step starts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import Row

from stclusters import io
from stclusters.errors import BadInput, SettingsError
from stclusters.run import Run
from stclusters.settings import Source
from stclusters.tables import ALL, RUNS, STEPS_BEFORE, WRITTEN_BY

OF_THE_RIGHTS = ("licence", "attribution", "redistribute", "note")  # what a page says of a source; they change no row
ENDED = {"failed": "failed", "cancelled": "was stopped"}
SHOWN = 80  # characters of a value in a sentence


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
        run.given_method.model_dump_json(),
        sorted(record.settings_read),
        json.dumps(source_of(run.place.source)),
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


def source_of(source: Source) -> dict[str, Any]:
    """Which source it is: its settings but those of its rights, each folder or file by its full path."""
    found = source.model_dump(exclude=set(OF_THE_RIGHTS))
    return {name: str(value.resolve()) if isinstance(value, Path) else value for name, value in found.items()}


def records(run: Run) -> list[Row]:
    """The records of the run's edition as they are now, by their commits, the newest first.

    The order is not by time: the clocks of two drivers may differ.
    """
    if not io.location(run, RUNS).exists():
        return []
    return sorted(io.logged(run, RUNS).collect(), key=lambda row: int(row["commit"]), reverse=True)


def newest_records(run: Run) -> dict[str, Row]:
    """The newest record of each step of the run's edition, by step."""
    return newest_of(records(run))


def newest_of(rows: Iterable[Row]) -> dict[str, Row]:
    """The first row of each step, by step."""
    newest: dict[str, Row] = {}
    for row in rows:
        newest.setdefault(row["step"], row)
    return newest


def ask_one_making(run: Run, step: str) -> None:
    """Raises an error unless what the step builds on is current, and made with the run's settings and source.

    It is `BadInput` if a step before has not run to its end for the edition, or ran on tables older than those that are
    there now, or if a table was written by a run that did not end (the note that `io` leaves with every write shows
    it). It is `SettingsError` if a step before read a setting of the method that has another value now, or if its
    source was another one.
    """
    before = STEPS_BEFORE.get(step, ())
    if before:
        newest = newest_records(run)
        ask_current(run, before, newest)
        ask_same_making(run, before, newest)


def ask_current(run: Run, steps: Iterable[str], newest: Mapping[str, Row]) -> None:
    """Raises `BadInput` unless each of the steps is done, on the tables of now; `newest` has the newest records."""
    for name in steps:
        _ask_done(run, name, newest)
    tables = [table for table in ALL if WRITTEN_BY[table.name] in steps]
    written = {table: version for name in steps for table, version in newest[name]["versions"].items()}
    io.ask_unchanged(run, [table for table in tables if io.pin(run, table) < written.get(table.name, 0)])
    for name in steps:
        for entry in json.loads(newest[name]["inputs"]):
            if entry.get("edition") == run.edition and entry["version"] < written.get(entry["table"], 0):
                raise BadInput(
                    f"The step {name} of edition {run.edition} ran on an older {entry['table']} than there is now: "
                    "run it again, and what follows."
                )
    for table in tables:
        if io.was_written_since(run, table, written.get(table.name, -1)):
            raise BadInput(
                f"A run that did not end wrote {table.name} of edition {run.edition}: run the step "
                f"{WRITTEN_BY[table.name]} again, and what follows."
            )


def _ask_done(run: Run, step: str, newest: Mapping[str, Row]) -> None:
    if step not in newest:
        raise BadInput(f"The step {step} has not run for edition {run.edition}: run it first.")
    outcome = newest[step]["outcome"]
    if outcome != "done":
        raise BadInput(f"The step {step} of edition {run.edition} {ENDED[outcome]}: run it again, and what follows.")


def ask_same_making(run: Run, steps: Iterable[str], newest: Mapping[str, Row]) -> None:
    """Raises `SettingsError` if one of the steps had another source, or read a setting that has another value now.

    A setting that a step did not read is not compared. With equal values of all that it read, a step reads the same
    settings again, and writes the same rows: so the settings that it did not read cannot matter.
    """
    method, source = json.loads(run.given_method.model_dump_json()), source_of(run.place.source)
    for step in steps:
        row = newest[step]
        of_method, of_source = json.loads(row["parameters"]), json.loads(row["source"])
        again = f"run the step {step} again for edition {run.edition}, and the steps after it."
        if other := _differences({name: of_method.get(name) for name in row["settings_read"]}, method):
            raise SettingsError(
                f"The step {step} ran with another {', '.join(other)} than the method file says "
                f"({'; '.join(other.values())}): give the method file that it had, or {again}"
            )
        if other := _differences({name: of_source.get(name) for name in {**of_source, **source}}, source):
            raise SettingsError(
                f"The step {step} of edition {run.edition} had another source than the place file names "
                f"({'; '.join(other.values())}): give the place file that it had, or {again}"
            )


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """Both values of each setting that differs, in words, by its name."""
    return {
        name: f"{name} was {_shown(then.get(name))}, now {_shown(now.get(name))}"
        for name in then
        if then[name] != now.get(name)  # as JSON has them
    }


def _shown(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
