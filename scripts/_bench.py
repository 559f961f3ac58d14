"""What the benches measure with: seconds, processor seconds and memory of a process with all that it starts (Linux)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
MARK = "measured: "


def tree(root: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(root: int) -> float:
    """Processor seconds so far, user and system, of the process and its descendants, those that ended included."""
    total = 0
    for pid in tree(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def memory_bytes(root: int) -> int:
    """Memory in use now (PSS: a page that several processes share counts once) by the process and its descendants."""
    total = 0
    for pid in tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return 1024 * total


def timed(work: Callable[[], Any]) -> dict[str, Any]:
    """`seconds`, `cpu` (of this process and all it started) and `found`, what the work returned."""
    cpu, start = cpu_seconds(os.getpid()), time.perf_counter()
    found = work()
    return {"seconds": time.perf_counter() - start, "cpu": cpu_seconds(os.getpid()) - cpu, "found": found}


def keep_nothing(frame: DataFrame) -> None:
    """Computes every row and column of a frame and drops them."""
    frame.write.format("noop").mode("overwrite").save()


def make_world(folder: Path, rows: int) -> Path:
    """The folder of a calibrated world of so many rows, made if it is not there."""
    world = folder / f"world_{rows}"
    if not (world / "place.toml").is_file():
        make = [sys.executable, ROOT / "scripts/make_world.py", "--rows", str(rows), "--seed", "1", "--out", world]
        subprocess.run(make, check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
    return world


def tell(result: dict[str, Any]) -> None:
    """Hands a result to the bench that started this process."""
    print(MARK + json.dumps(result), flush=True)


def in_process_of_its_own(script: Path, arguments: Sequence[str]) -> dict[str, Any]:
    """The result that the script tells, with `peak_gib`, the largest memory seen of it and all that it started.

    Raises `RuntimeError` with its last lines where it fails.
    """
    command = [sys.executable, str(script), *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    peak, over = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(2):  # asking costs time
            peak = max(peak, memory_bytes(child.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    assert child.stdout is not None
    lines = list(child.stdout)
    code = child.wait()
    over.set()
    watcher.join()
    told = [json.loads(line.removeprefix(MARK)) for line in lines if line.startswith(MARK)]
    if code or not told:
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}:\n{''.join(lines[-15:])}")
    return {**told[-1], "peak_gib": peak / 2**30}
