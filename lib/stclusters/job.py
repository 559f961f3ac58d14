"""A job: its arguments, its steps in order, and the record of each."""

from __future__ import annotations

import argparse
import math
import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from stclusters import __version__, io
from stclusters.commands import VERSION
from stclusters.cost import cost, spent
from stclusters.ending import Stopped, ended
from stclusters.errors import Environment, GuardFailed, SettingsError
from stclusters.lock import all_locked
from stclusters.progress import Progress
from stclusters.publish.folder import restore_editions
from stclusters.records import ask_one_making, keep_record
from stclusters.run import Record, Run
from stclusters.session import open_session
from stclusters.settings import read_method, read_place
from stclusters.stored import ask_schema
from stclusters.tables import ALL, RELEASES, RUNS, WRITTEN_BY
from stclusters.versions import ask_jars, ask_java

Step = Callable[[Run], None]
ROOM_PER_INPUT = 3.0  # free disk for each byte of the input
LEAST_ROOM_GB, MOST_ROOM_GB = 0.2, 50.0  # of a larger input, a snapshot, few columns are read
KEPT_WITHIN_S = 20.0  # how long a stopped job tries to record that it was: less than most supervisors wait


def run_job(argv: Sequence[str] | None, steps: Mapping[str, Step]) -> int:
    """Runs the steps in order, for each edition, with the settings of the arguments; the exit code (`ending.ended`)."""
    arguments = _parser(list(steps)).parse_args(argv)
    return ended(arguments.debug, lambda: _run_steps(arguments, steps))


def parser_of(description: str) -> argparse.ArgumentParser:
    """A parser with the arguments that every job takes."""
    parser = argparse.ArgumentParser(description=f"stclusters: {description}")
    parser.add_argument("--method", type=Path, default=Path("conf/method.toml"), help="what changes the numbers")
    parser.add_argument("--place", type=Path, default=Path("conf/local.toml"), help="where inputs and outputs are")
    parser.add_argument("--debug", action="store_true", help="show the stack of an error")
    parser.add_argument("--version", action="version", version=VERSION)
    return parser


@contextmanager
def opened(arguments: argparse.Namespace, name: str, reads_source: bool = True) -> Iterator[Run]:
    """A run of no edition and no step yet, that holds the locks of its outputs; what can be checked before is checked.

    A run that reads no source is not asked for the room that the source's tables take.
    """
    method, place = read_method(arguments.method), read_place(arguments.place)
    started, folders = datetime.now(UTC), place.folders
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    for folder in folders.values():
        _make_writable(folder)
    with all_locked(folders.values(), run_id):
        restore_editions(folders["published"])
        if "tables" in folders and reads_source:
            ask_room(folders["tables"], place.source.folder)
        ask_java()
        spark = open_session(f"stclusters {name}", place.spark_conf)
        ask_jars(spark)
        ask_schema(spark, place.tables)
        progress = Progress(spark)
        try:
            yield Run(spark, method, place, 0, run_id, progress, Record(name, started), __version__)
        finally:
            progress.close()


def _parser(steps: list[str]) -> argparse.ArgumentParser:
    parser = parser_of(", ".join(steps))
    parser.add_argument(
        "--edition", type=int, nargs="+", required=True, metavar="YEAR", help="years of rankings, for example 2024"
    )
    if len(steps) > 1:
        parser.add_argument("--from", dest="first", choices=steps, default=steps[0], help="begin with this step")
        parser.add_argument("--to", dest="last", choices=steps, default=steps[-1], help="end with this step")
    return parser


def _run_steps(arguments: argparse.Namespace, steps: Mapping[str, Step]) -> None:
    editions = sorted(set(arguments.edition))  # the earlier ones first: a later one is compared with them
    for edition in editions:
        if not 1900 <= edition <= 2200:
            raise SettingsError(f"--edition {edition}: is not a year of a ranking, give one like 2024.")
    names = list(steps)
    if len(names) > 1:
        names = names[names.index(arguments.first) : names.index(arguments.last) + 1]
    if not names:
        raise SettingsError(f"--from {arguments.first} comes after --to {arguments.last}: exchange them.")
    with opened(arguments, f"{names[0]} {' '.join(map(str, editions))}") as run:
        for run.edition in editions:
            for name in names:
                _run_step(run, name, steps[name])


def _make_writable(folder: Path) -> None:
    """Makes an output folder and tries it, before any work is done for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def ask_room(folder: Path, source: Path) -> None:
    """Raises `Environment` where the disk of a folder has less room than the tables of a source may take.

    STCLUSTERS_DISK_GB replaces what is needed; 0 turns the check off. `SettingsError` where it is no such number.
    """
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file()) / 1e9
    needed = _set_room_gb()
    if needed is None:
        needed = min(MOST_ROOM_GB, max(LEAST_ROOM_GB, ROOM_PER_INPUT * size))
    free = shutil.disk_usage(folder).free / 1e9
    if free < needed:
        raise Environment(
            f"{folder} has {free:.1f} GB of free disk and {needed:.1f} GB are needed for this input: make room, or set "
            "STCLUSTERS_DISK_GB to ask for less."
        )


def _set_room_gb() -> float | None:
    """The number in STCLUSTERS_DISK_GB; None where it is not set or empty."""
    text = os.environ.get("STCLUSTERS_DISK_GB", "")
    try:
        needed = float(text) if text else None
    except ValueError:
        needed = math.nan
    if needed is not None and not 0 <= needed < math.inf:
        raise SettingsError(f"STCLUSTERS_DISK_GB is {text!r}: set it to a number of gigabytes, 0 for no check.")
    return needed


def _run_step(run: Run, name: str, step: Step) -> None:
    run.record = Record(name, datetime.now(UTC))
    run.progress.start(name)
    before = spent(run.spark)
    try:
        for table in (*ALL, RUNS, RELEASES):
            if WRITTEN_BY.get(table.name, name) == name:
                io.ask_declared(run, table)
        ask_one_making(run, name)
        step(run)
    except Stopped:
        _keep_in_another_thread(run, before)
        raise
    except Exception as error:
        if isinstance(error, GuardFailed) or run.record.versions:
            with suppress(Exception):  # the error is what the user must see
                _keep(run, "failed", before)
        raise
    run.progress.finish()
    _keep(run, "done", before)


def _keep(run: Run, outcome: str, before: Mapping[str, int]) -> None:
    keep_record(run, outcome, run.progress.seconds(), cost(before, spent(run.spark), run.record.bytes_out))


def _keep_in_another_thread(run: Run, before: Mapping[str, int]) -> None:
    """Ends what Spark does, and records that the step was cancelled, where Spark still answers.

    In a thread of its own, for a signal may have come in the midst of an answer on the connection of this one.
    """

    def keep() -> None:
        with suppress(Exception):
            run.spark.sparkContext.cancelAllJobs()
            _keep(run, "cancelled", before)

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    thread.join(KEPT_WITHIN_S)
