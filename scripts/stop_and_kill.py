"""Stops or kills runs of a tiny world at drawn moments, and checks what a user, a reader and the next run then see.

    .venv/bin/python scripts/stop_and_kill.py stop [--times 50] [--seed 1] [--within SECONDS]
    .venv/bin/python scripts/stop_and_kill.py kill [--times 60] [--seed 1] [--from STEP]

`stop` signals the whole process group of a run (SIGTERM, or as `timeout` does; at times SIGINT or SIGHUP): it must end
with one sentence and 128 + the signal, or with 0 if it had finished, and leave no process behind. `kill` ends a run, or
all its processes, by `kill -9`, and gives the same command again: the rows must be those of a run that was not killed,
with exactly one new release, and a reader that reads the release all the time must see the old rows or the new ones.
Both draw the moments over the length of a whole run, which is measured first. The exit code is 1 if a check fails.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from _tiny_world import ROOT, Failed, Started, World, run_whole
from stclusters.releases import read_release
from stclusters.session import open_session

SPARK_SAYS = ("WARNING: Using incubator modules", "Setting default log level", "To adjust logging level")
Rows = tuple[tuple[str, str], ...]  # of every table: its name and a row as JSON, in order


def stop(world: World, draw: random.Random, within_s: float) -> str:
    """Stops one run; how it ended."""
    delay, number = draw.uniform(0, within_s), draw.choice([*3 * [signal.SIGTERM], signal.SIGINT, signal.SIGHUP])
    command = world.command(100, "ingest")
    by_timeout = number == signal.SIGTERM and draw.random() < 1 / 3
    if by_timeout:
        command = ["timeout", "--preserve-status", f"{delay:.3f}", *command]
    run = Started(world.folder / "said", command)
    if not by_timeout:
        with suppress(subprocess.TimeoutExpired):
            run.process.wait(delay)
        with suppress(ProcessLookupError):
            os.killpg(run.process.pid, number)
    code = run.process.wait()
    end = _check_end(run.said(), code, number)
    gone = run.seconds_until_gone()
    how = "timeout" if by_timeout else f"{number.name} to the group"
    print(f"{delay:7.2f} s  {how:20} exit {code:4} {end}; all processes gone after {gone:.1f} s", flush=True)
    return end


def _check_end(said: str, code: int, number: signal.Signals) -> str:
    """How a run that was signalled ended; raises `Failed` where that is not as it should be."""
    lines = [line for line in said.splitlines() if not line.startswith(SPARK_SAYS)]
    others = [line for line in lines if not line.endswith((" s", " rows"))]
    if code == 0 and not others:
        return "finished"
    if code in (-number, 128 + number) and not said:
        return "before it listened"
    sentence = f"stclusters: stopped by {number.name}: run the same command again to continue."
    if code == 128 + number and others == lines[-1:] == [sentence]:
        return "stopped"
    raise Failed(f"{number.name} gave exit {code} and:\n{said}")


def rows_of(frames: dict[str, DataFrame]) -> Rows:
    """The rows of all frames, in an order that does not depend on how they are stored."""
    texts = [
        frame.select(F.lit(name), F.to_json(F.struct("*"), {"ignoreNullFields": "false"}))
        for name, frame in sorted(frames.items())
    ]
    return tuple(sorted((name, text) for name, text in reduce(DataFrame.union, texts).collect()))


class Reader:
    """Reads the newest release again and again in a thread, and keeps what it has seen."""

    def __init__(self, spark: SparkSession, tables: Path) -> None:
        self._spark, self._tables = spark, tables
        self.seen: Counter[Rows] = Counter()
        self._ends = threading.Event()

    def read(self) -> Rows:
        """The rows of the newest release."""
        return rows_of(dict(read_release(self._spark, self._tables, 2024)))

    def releases(self) -> int:
        """How many releases there are."""
        return self._spark.read.format("delta").load(str(self._tables / "releases")).count()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Reads as long as the block runs; an error of a read is raised at its end."""
        errors: list[Exception] = []

        def read() -> None:
            try:
                while not self._ends.is_set():
                    self.seen[self.read()] += 1
            except Exception as error:
                errors.append(error)

        self._ends.clear()
        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield
        finally:
            self._ends.set()
            thread.join()
        if errors:
            raise Failed(f"a reader failed: {errors[0]}")


def kill(world: World, draw: random.Random, reader: Reader, top: int, first: str, within_s: float) -> str:
    """Kills one run and gives its command again; whether the kill came before or after the release."""
    delay, all_at_once, before = draw.uniform(0, within_s), draw.random() < 1 / 2, reader.releases()
    reader.seen.clear()
    old = reader.read()
    with reader.reading():
        run = Started(world.folder / "said", world.command(top, first))
        with suppress(subprocess.TimeoutExpired):
            run.process.wait(delay)
        if all_at_once:
            run.kill_all()
        else:
            run.process.kill()
            run.process.wait()
        released = reader.releases() - before
        run_whole(world, top, first)
    gone = run.seconds_until_gone()
    new, added = reader.read(), reader.releases() - before
    if added != 1:
        raise Failed(f"killed after {delay:.2f} s: {added} releases were added")
    if not set(reader.seen) <= {old, new}:
        raise Failed(f"killed after {delay:.2f} s: a reader saw a mix")
    end = "after the release" if released else "before the release"
    how = "all processes" if all_at_once else "the driver"
    print(f"{delay:7.2f} s  {how:14} {end}; {reader.seen.total()} reads; gone after {gone:.1f} s", flush=True)
    return end


def stop_all(world: World, arguments: argparse.Namespace) -> Counter[str]:
    """Stops so many runs; how many ended in which way."""
    draw, length = random.Random(arguments.seed), arguments.within or run_whole(world, 100, "ingest")
    print(f"moments are drawn over {length:.1f} s, seed {arguments.seed}", flush=True)
    return Counter(stop(world, draw, length) for _ in range(arguments.times))


def kill_all(world: World, arguments: argparse.Namespace) -> Counter[str]:
    """Kills so many runs; how many before and after their release. Every run has another method than the one before."""
    spark = open_session("reader of releases", ROOT / "conf/spark.conf")
    draw, reader = random.Random(arguments.seed), Reader(spark, world.folder / "tables")
    wanted, length = {}, 0.0
    for top, first in ((100, "ingest"), (1, arguments.first)):
        length = run_whole(world, top, first)
        wanted[top] = reader.read()
    if wanted[1] == wanted[100]:
        raise Failed("both methods give the same rows: a reader could not tell them apart")
    print(f"moments are drawn over {length:.1f} s, seed {arguments.seed}", flush=True)
    ends: Counter[str] = Counter()
    for number in range(arguments.times):
        top = (100, 1)[number % 2]
        ends[kill(world, draw, reader, top, arguments.first, length)] += 1
        if reader.read() != wanted[top]:
            raise Failed("the rows are not those of a run that was not killed")
    return ends


def main() -> int:
    """Runs one of the two; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("stop", "kill"))
    parser.add_argument("--times", type=int, default=0, help="by default 50 stops or 60 kills")
    parser.add_argument("--seed", type=int, default=1)
    until_rank = ("ingest", "cluster", "place", "rank")  # rank reads the setting in which the two methods differ
    parser.add_argument(
        "--from", dest="first", choices=until_rank, default="ingest", help="kill: the first step of runs"
    )
    parser.add_argument("--within", type=float, default=0.0, help="stop: draw over so many seconds, not a whole run")
    parser.add_argument("--folder", type=Path, default=ROOT / "build/stop_and_kill")
    arguments = parser.parse_args()
    arguments.times = arguments.times or {"stop": 50, "kill": 60}[arguments.what]
    world = World(arguments.folder.resolve())
    try:
        ends = {"stop": stop_all, "kill": kill_all}[arguments.what](world, arguments)
    except Failed as failed:
        print(f"FAILED: {failed}", file=sys.stderr)
        return 1
    print(f"{arguments.times} times: " + ", ".join(f"{end} {count}" for end, count in ends.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
