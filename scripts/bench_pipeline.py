"""Runs the six steps on calibrated worlds of several sizes and says what each step cost, and what larger ones would.

    .venv/bin/python scripts/bench_pipeline.py [--rows 1000000 5000000 31000000] [--folder build/bench_pipeline]
                                               [--cluster-rows 5000000]

For every step: wall seconds, processor seconds of Spark's tasks, bytes shuffled and spilled, read from Spark's event
log; for the run: seconds and the largest memory of all processes. Costs are fitted as `fixed + per million rows`
(the published full input is 31 million rows) and carried to 300 million and a billion rows. With `--cluster-rows` the
built wheel is run on so many rows, too, on a Spark master and two workers started for it, and what it cost there is
shown beside what the fit says. Sizes measured before are kept in FOLDER/pipeline.json and need no second run. The
tables are printed, and kept in FOLDER/pipeline.md.
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
from pathlib import Path
from typing import Any

import numpy as np

from _bench import ROOT, in_process_of_its_own, make_world, tell

STEPS = ("ingest", "cluster", "place", "rank", "collaborate", "publish")
COSTS = ("cpu", "shuffled")
FITTED = ("wall", "cpu", "cpu fitted", "shuffled", "shuffled fitted")
LARGER = (100_000_000, 300_000_000, 1_000_000_000)
EDITION = "2024"
ROWS_A_PARTITION = 1_000_000
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


def fit(sizes: list[int], values: list[float]) -> tuple[float, float]:
    """`fixed` and `per million rows`, by least squares of relative errors; neither is negative."""
    rows, wanted = np.array(sizes) / 1e6, np.array(values)
    weight = 1 / np.maximum(wanted, 1e-9)
    a = np.stack([np.ones_like(rows), rows], axis=1) * weight[:, None]
    fixed, each = np.linalg.lstsq(a, wanted * weight, rcond=None)[0] if len(rows) > 1 else (0.0, wanted[0] / rows[0])
    if fixed < 0:
        return 0.0, float(np.average(wanted / rows, weights=rows))
    return float(fixed), float(max(each, 0.0))


def against_the_fit(results: Mapping[int, Mapping[str, Any]], on_cluster: Mapping[str, Any]) -> list[str]:
    """What a run on two workers cost beside what the costs fitted on one machine say, in Markdown."""
    sizes, rows = list(results), on_cluster["rows"]
    lines = ["", f"| step | {rows / 1e6:g} M on two workers: wall s | CPU s | fitted | shuffled MB | fitted |"]
    lines.append("|---|--:|--:|--:|--:|--:|")
    sums: Counter[str] = Counter()
    for step in STEPS:
        cost = on_cluster["steps"][step]
        row = {"wall": cost["wall"], "cpu": cost["cpu"], "shuffled": cost.get("shuffled", 0) / 1e6}
        for name, unit in (("cpu", 1), ("shuffled", 1e6)):
            fixed, each = fit(sizes, [results[size]["steps"][step].get(name, 0) / unit for size in sizes])
            row[f"{name} fitted"] = fixed + each * rows / 1e6
        sums.update(row)
        lines.append(f"| {step} | " + " | ".join(f"{row[name]:,.0f}" for name in FITTED) + " |")
    sums["wall"] = on_cluster["seconds"]
    return [*lines, "| **all** | " + " | ".join(f"{sums[name]:,.0f}" for name in FITTED) + " |"]


def tables(results: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """What was measured, and the fitted costs with what they say of larger inputs, in Markdown."""
    sizes = list(results)
    lines = [f"{os.cpu_count()} cores, {platform.machine()}, {date.today()}.", ""]
    lines += ["| step | " + " | ".join(f"{rows / 1e6:g} M: wall s | CPU s | shuffled" for rows in sizes) + " |"]
    lines += ["|---|" + "--:|--:|--:|" * len(sizes)]
    for step in STEPS:
        cells = []
        for rows in sizes:
            cost = results[rows]["steps"][step]
            cells.append(f"{cost['wall']:.0f} | {cost['cpu']:.0f} | {cost.get('shuffled', 0) / 1e6:,.0f} MB")
        lines.append(f"| {step} | " + " | ".join(cells) + " |")
    whole = [results[rows] for rows in sizes]
    summed = [{name: sum(step.get(name, 0) for step in one["steps"].values()) for name in COSTS} for one in whole]
    cells = [
        f"{one['seconds']:.0f} | {cost['cpu']:.0f} | {cost['shuffled'] / 1e6:,.0f} MB"
        for one, cost in zip(whole, summed, strict=True)
    ]
    lines.append("| **all, started and ended** | " + " | ".join(cells) + " |")
    lines.append(
        "| peak memory, all processes | " + " | ".join(f"{one['peak_gib']:.1f} GiB | |" for one in whole) + " |"
    )
    lines += [
        "",
        "| step | fixed CPU s | CPU s per M rows | shuffled MB per M rows | "
        + " | ".join(f"{rows / 1e6:,.0f} M: CPU hours, shuffled GB" for rows in LARGER)
        + " |",
    ]
    lines += ["|---|--:|--:|--:|" + "--:|" * len(LARGER)]
    for step in STEPS:
        of_step = [results[rows]["steps"][step] for rows in sizes]
        fixed, each = fit(sizes, [cost["cpu"] for cost in of_step])
        none, sent = fit(sizes, [cost.get("shuffled", 0) / 1e6 for cost in of_step])
        ahead = [
            f"{(fixed + each * rows / 1e6) / 3600:.2f}, {(none + sent * rows / 1e6) / 1e3:,.1f}" for rows in LARGER
        ]
        lines.append(f"| {step} | {fixed:.0f} | {each:.2f} | {sent:.1f} | " + " | ".join(ahead) + " |")
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
        known[name] = {**whole, "rows": rows, "steps": cost_of_steps(world / "events")}
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
    lines = tables(results)
    if asked.cluster_rows:
        lines += against_the_fit(results, measure(asked.folder, asked.cluster_rows, "--cluster-rows"))
    text = "\n".join(lines) + "\n"
    (asked.folder / "pipeline.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
