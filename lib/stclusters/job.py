"""A job: its arguments, its steps in order, its record, and what becomes of an error."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from stclusters import __version__, io
from stclusters.errors import Environment, GuardFailed, SettingsError, StclustersError
from stclusters.ingest.sources.tables import read_error
from stclusters.progress import Progress
from stclusters.run import Record, Run
from stclusters.session import open_session
from stclusters.settings import read_method, read_place
from stclusters.stored import ask_schema
from stclusters.tables import RUNS

Step = Callable[[Run], None]


def run_job(argv: Sequence[str] | None, steps: Mapping[str, Step]) -> int:
    """Runs the steps in order with the settings of the arguments; the exit code.

    0 done, 2 bad input or settings, 4 environment, 5 a guard failed, 1 anything else. An error is one sentence on
    standard error, with the stack under `--debug`.
    """
    arguments = _parser(list(steps)).parse_args(argv)
    try:
        run = _open(arguments, next(iter(steps)))
        for name, step in steps.items():
            _run_step(run, name, step)
        run.progress.close()
        return 0
    except Exception as error:
        known = error if isinstance(error, StclustersError) else _translate(error)
        if arguments.debug or known is None:
            traceback.print_exc()
        first_line = (str(error).strip().splitlines() or [""])[0][:300]
        sentence = known or f"{type(error).__name__}: {first_line} (a fault of ours: please report the lines above)"
        print(f"stclusters: {sentence}", file=sys.stderr)
        return known.exit_code if known else 1


def _parser(steps: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=f"stclusters: {', '.join(steps)}")
    parser.add_argument("--method", type=Path, default=Path("conf/method.toml"), help="what changes the numbers")
    parser.add_argument("--place", type=Path, default=Path("conf/local.toml"), help="where inputs and outputs are")
    parser.add_argument("--edition", type=int, required=True, help="year of the ranking, for example 2024")
    parser.add_argument("--debug", action="store_true", help="show the stack of an error")
    return parser


def _open(arguments: argparse.Namespace, step: str) -> Run:
    if not 1900 <= arguments.edition <= 2200:
        raise SettingsError(f"--edition {arguments.edition}: is not a year of a ranking, give one like 2024.")
    method, place = read_method(arguments.method), read_place(arguments.place)
    for folder in place.folders.values():
        _make_writable(folder)
    spark = open_session(f"stclusters {step} {arguments.edition}", place.spark_conf)
    ask_schema(spark, place.tables)
    started = datetime.now(UTC)
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    return Run(spark, method, place, arguments.edition, run_id, Progress(spark), Record(step, started), __version__)


def _make_writable(folder: Path) -> None:
    """Makes an output folder and tries it, before any work is done for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _run_step(run: Run, name: str, step: Step) -> None:
    run.record = Record(name, datetime.now(UTC))
    run.progress.start(name)
    try:
        step(run)
    except GuardFailed:
        _keep_record(run, 0.0)
        raise
    _keep_record(run, run.progress.finish())


def _keep_record(run: Run, seconds: float) -> None:
    """Adds the step's record to `runs`."""
    record = run.record
    row = (
        run.edition,
        run.run_id,
        record.step,
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
    )
    frame = run.spark.createDataFrame([row], RUNS.schema).drop("edition")
    io.append(run, RUNS, frame)


def _translate(error: Exception) -> StclustersError | None:
    """The sentence for an error of Spark that has a cause a user can mend."""
    text = str(error)
    for mark in ("DELTA_VIOLATE_CONSTRAINT", "DELTA_NOT_NULL_CONSTRAINT", "DELTA_REPLACE_WHERE_MISMATCH"):
        if mark in text:
            return GuardFailed(f"A row breaks a check of its table ({text.strip().splitlines()[0][:300]}).")
    if "No space left on device" in text:
        return Environment(
            "The disk is full: make room, and run the same command again; every table is whole, old or new."
        )
    known: StclustersError | None = read_error(error)
    if known is None and isinstance(error, OSError) and error.filename:
        known = Environment(f"{error.filename}: {error.strerror}: mend that, or name another place in the place file.")
    return known
