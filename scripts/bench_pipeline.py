"""Runs the six steps on calibrated worlds of several sizes and says what each step cost, and what larger ones would.

    .venv/bin/python scripts/bench_pipeline.py [--rows 1000000 5000000 31000000] [--folder build/bench_pipeline]
                                               [--cluster-rows 5000000]

For every step: wall seconds, processor seconds of Java's threads in Spark's tasks (without the Python workers, Java's
compiler and the driver), bytes shuffled and spilled, read from Spark's event log; for the run: seconds and the largest
memory of all processes. Costs are fitted as a fixed part, a part per million rows and a part per million points
(distinct coordinates), and carried to 300 million and a billion rows (the published full input is 31 million). With
`--cluster-rows` the built wheel is run on so many rows, too, on a Spark master and two workers started for it, and what
it cost there is shown beside what the fit says. Sizes measured before are kept in FOLDER/pipeline.json and need no
second run. The tables are printed, and kept in FOLDER/pipeline.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

from _bench import ROOT, in_process_of_its_own, make_world, tell

Results = Mapping[int, Mapping[str, Any]]  # of each number of rows: what was measured
Coefficients = npt.NDArray[np.float64]
STEPS = ("ingest", "cluster", "place", "rank", "collaborate", "publish")
COSTS = ("cpu", "shuffled")
FITTED = ("wall", "cpu", "cpu fitted", "shuffled", "shuffled fitted")
LARGER = (100_000_000, 300_000_000, 1_000_000_000)
EDITION = "2024"
ROWS_A_PARTITION = 1_000_000
M = 1e6
SET_PARTITIONS = 32  # spark.sql.shuffle.partitions of conf/spark.conf


def logging_place(world: Path, rows: int) -> Path:
    """A place file for the world whose Spark settings write an event log into it and suit so many rows."""
    events = world / "events"
    shutil.rmtree(events, ignore_errors=True)
    events.mkdir(parents=True)
    logging = f"spark.eventLog.enabled true\nspark.eventLog.dir {events.absolute().as_uri()}\n"
    logging += "spark.eventLog.rolling.enabled false\nspark.eventLog.compress false\n"
    logging += f"spark.sql.shuffle.partitions {max(SET_PARTITIONS, rows // ROWS_A_PARTITION)}\n"
    (world / "spark.conf").write_text((ROOT / "conf/spark.conf").read_text() + logging)
    lines = (world / "place.toml").read_text().splitlines()
    conf = f'spark_conf = "{(world / "spark.conf").absolute()}"'
    place = world / "place_logging.toml"
    place.write_text("\n".join(conf if line.startswith("spark_conf") else line for line in lines))
    return place


def run_all(world: Path, rows: int, on_cluster: bool) -> dict[str, Any]:
    """Runs the six steps; the `seconds` of the whole, start and end of Spark (and of the cluster) included."""
    place = logging_place(world, rows)
    arguments = ["--method", str(world / "method.toml"), "--place", str(place), "--edition", EDITION]
    job = [sys.executable, str(ROOT / "jobs/run_all.py")]
    logged = f"-Dspark.eventLog.enabled=true -Dspark.eventLog.dir={(world / 'events').absolute().as_uri()}"
    logged += " -Dspark.eventLog.rolling.enabled=false -Dspark.eventLog.compress=false"
    sizes = {"MEMORY": "4g", "EXECUTOR_MEMORY": "3g", "SPARK_SUBMIT_OPTS": logged}
    if on_cluster:
        job = [str(ROOT / "scripts/run_on_cluster")]
    start = time.perf_counter()
    subprocess.run(
        [*job, *arguments], cwd=ROOT, check=True, stdout=sys.stderr, env={**os.environ, **sizes} if on_cluster else None
    )
    return {"seconds": time.perf_counter() - start}


def cost_of_steps(events: Path) -> dict[str, dict[str, float]]:
    """For each step of an event log: `wall`, `cpu` seconds of tasks, `shuffled` and `spilled` bytes.

    Jobs carry their step as the first word of their description; a step lasts from its first job to that of the next.
    """
    (log,) = [file for file in events.rglob("*") if file.is_file() and "appstatus" not in file.name]
    step_of: dict[int, str] = {}
    costs: dict[str, Counter[str]] = defaultdict(Counter)
    starts: dict[str, float] = {}
    end = 0.0
    with log.open() as lines:
        for line in lines:
            event = json.loads(line)
            if event["Event"] == "SparkListenerJobStart":
                said = (event.get("Properties") or {}).get("spark.job.description") or ""
                step = said.removeprefix("Delta: ").split(":")[0]
                step_of |= dict.fromkeys(event["Stage IDs"], step)
                if step in STEPS:
                    starts.setdefault(step, event["Submission Time"])
            elif event["Event"] == "SparkListenerJobEnd":
                end = max(end, event["Completion Time"])
            elif event["Event"] == "SparkListenerTaskEnd":
                metrics, cost = event.get("Task Metrics") or {}, costs[step_of.get(event["Stage ID"], "")]
                cost["cpu"] += metrics.get("Executor CPU Time", 0) / 1e9
                cost["shuffled"] += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
                cost["spilled"] += metrics.get("Disk Bytes Spilled", 0)
    ends = [*list(starts.values())[1:], end]
    for (step, begun), over in zip(starts.items(), ends, strict=True):
        costs[step]["wall"] = (over - begun) / 1000
    return {step: dict(costs[step]) for step in STEPS}


def points_of(tables: Path) -> int:
    """The distinct coordinates of a run: the rows that the last version of its table `points` was given."""
    last = max((tables / "points" / "_delta_log").glob("*.json"))
    actions = [json.loads(line) for line in last.read_text().splitlines()]
    return sum(json.loads(action["add"]["stats"])["numRecords"] for action in actions if "add" in action)


def points_ahead(results: Results, rows: int) -> float:
    """Distinct coordinates of so many rows: they grow as a power of the rows, as between the largest two sizes."""
    sizes = sorted(results)
    before, last = sizes[-2:][0], sizes[-1]
    points = results[last]["points"]
    power = 1.0 if before == last else log(points / results[before]["points"]) / log(last / before)
    return float(points * (rows / last) ** power)


def fit(results: Results, step: str, cost: str) -> Coefficients:
    """What a step costs in any case, for a million rows and for a million points.

    Least squares of relative errors; no coefficient is negative.
    """
    wanted = np.array([one["steps"][step].get(cost, 0) for one in results.values()])
    sizes = np.array([[1.0, rows / M, one["points"] / M] for rows, one in results.items()])
    weight = 1 / np.maximum(wanted, 1e-9)
    return np.asarray(nnls(sizes * weight[:, None], wanted * weight)[0], np.float64)


def fitted(coefficients: Coefficients, rows: float, points: float) -> float:
    """What the fit says of so many rows and points."""
    return float(coefficients @ [1.0, rows / M, points / M])


def against_the_fit(results: Results, on_cluster: Mapping[str, Any]) -> list[str]:
    """What a run on two workers cost beside what the costs fitted on one machine say, in Markdown."""
    rows = on_cluster["rows"]
    lines = ["", f"| step | {rows / M:g} M on two workers: wall s | CPU s | fitted | shuffled MB | fitted |"]
    lines.append("|---|--:|--:|--:|--:|--:|")
    sums: Counter[str] = Counter()
    for step in STEPS:
        cost = on_cluster["steps"][step]
        row = {"wall": cost["wall"], "cpu": cost["cpu"], "shuffled": cost.get("shuffled", 0) / M}
        for name, unit in (("cpu", 1), ("shuffled", M)):
            row[f"{name} fitted"] = fitted(fit(results, step, name), rows, on_cluster["points"]) / unit
        sums.update(row)
        lines.append(f"| {step} | " + " | ".join(f"{row[name]:,.0f}" for name in FITTED) + " |")
    sums["wall"] = on_cluster["seconds"]
    return [*lines, "| **all** | " + " | ".join(f"{sums[name]:,.0f}" for name in FITTED) + " |"]


def measured(results: Results) -> list[str]:
    """What each step cost at each size, in Markdown."""
    lines = [f"{os.cpu_count()} cores, {platform.machine()}, {date.today()}.", ""]
    lines += ["| step | " + " | ".join(f"{rows / M:g} M: wall s | CPU s | shuffled" for rows in results) + " |"]
    lines += ["|---|" + "--:|--:|--:|" * len(results)]
    for step in STEPS:
        costs = [one["steps"][step] for one in results.values()]
        cells = [f"{cost['wall']:.0f} | {cost['cpu']:.0f} | {cost.get('shuffled', 0) / M:,.0f} MB" for cost in costs]
        lines.append(f"| {step} | " + " | ".join(cells) + " |")
    cells = []
    for one in results.values():
        cpu, sent = (sum(step.get(name, 0) for step in one["steps"].values()) for name in COSTS)
        cells.append(f"{one['seconds']:.0f} | {cpu:.0f} | {sent / M:,.0f} MB")
    lines.append("| **all, started and ended** | " + " | ".join(cells) + " |")
    peaks = [f"{one['peak_gib']:.1f} GiB | |" for one in results.values()]
    return [*lines, "| peak memory, all processes | " + " | ".join(peaks) + " |"]


def model(results: Results) -> list[str]:
    """The fitted costs, and what they say of larger inputs, in Markdown."""
    points = {rows: points_ahead(results, rows) for rows in LARGER}
    ahead = [f"{rows / M:,.0f} M rows, {points[rows] / M:.1f} M points: CPU hours, GB" for rows in LARGER]
    each = ["fixed CPU s", "CPU s per M rows", "CPU s per M points", "MB per M rows", "MB per M points"]
    lines = ["", "| step | " + " | ".join([*each, *ahead]) + " |", "|---|" + "--:|" * (len(each) + len(ahead))]
    for step in STEPS:
        cpu, sent = fit(results, step, "cpu"), fit(results, step, "shuffled")
        cells = [f"{cpu[0]:.0f}", *(f"{one:.2f}" for one in cpu[1:]), *(f"{one / M:.1f}" for one in sent[1:])]
        for rows in LARGER:
            hours, gigabytes = fitted(cpu, rows, points[rows]) / 3600, fitted(sent, rows, points[rows]) / 1e9
            cells.append(f"{hours:.2f}, {gigabytes:.1f}")
        lines.append(f"| {step} | " + " | ".join(cells) + " |")
    return lines


def measure(folder: Path, rows: int, option: str) -> dict[str, Any]:
    """What a run over so many rows cost: measured, or as measured before."""
    kept = folder / "pipeline.json"
    known = json.loads(kept.read_text()) if kept.is_file() else {}
    name = f"{option} {rows}"
    if name not in known:
        world = make_world(folder, rows)
        arguments = ["--measure", option, str(rows), "--folder", str(folder)]
        whole = in_process_of_its_own(Path(__file__), arguments)
        sizes = {"rows": rows, "points": points_of(world / "tables")}
        known[name] = {**whole, **sizes, "steps": cost_of_steps(world / "events")}
        kept.write_text(json.dumps(known, indent=1))
    print(f"{rows:>13,} rows: {known[name]['seconds']:.0f} s", file=sys.stderr, flush=True)
    return dict(known[name])


def main() -> None:
    """Measures one world where it is asked for, else all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 5_000_000, 31_000_000])
    parser.add_argument("--cluster-rows", type=int, help="rows to run on a master and two workers of this machine")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench_pipeline")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        rows = asked.cluster_rows or asked.rows[0]
        tell(run_all(make_world(asked.folder, rows), rows, on_cluster=bool(asked.cluster_rows)))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    results = {rows: measure(asked.folder, rows, "--rows") for rows in asked.rows}
    lines = [*measured(results), *model(results)]
    if asked.cluster_rows:
        lines += against_the_fit(results, measure(asked.folder, asked.cluster_rows, "--cluster-rows"))
    text = "\n".join(lines) + "\n"
    (asked.folder / "pipeline.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
