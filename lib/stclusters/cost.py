"""What a step took: its tasks by Spark's own count for each executor, and the CPU of the processes on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import psutil
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

SUMS = {  # our name: Spark's name in the summary of an executor
    "task_ms": "totalDuration",
    "gc_ms": "totalGCTime",
    "input_bytes": "totalInputBytes",
    "shuffle_read_bytes": "totalShuffleRead",
    "shuffle_write_bytes": "totalShuffleWrite",
}
PEAK = "peak_heap_bytes"  # of the executor with the largest, since Spark's start
CPU = "driver_cpu_ms"
COUNTED_WITHIN_MS = 2000  # Spark counts a task a moment after its end
SUMMARY = "org.apache.spark.status.ExecutorSummaryWrapper"


def spent(spark: SparkSession) -> dict[str, int]:
    """What was spent since Spark's start: `tasks_spent` and `driver_cpu_ms`."""
    return tasks_spent(spark) | {CPU: driver_cpu_ms(spark)}


def tasks_spent(spark: SparkSession) -> dict[str, int]:
    """The sums of `SUMS` over all tasks that have ended, on all executors, the lost ones included, and `PEAK`.

    `task_ms` is milliseconds from the start to the end of each task; tasks that run at the same time add up. The list
    of executors that Spark's pages show is not it: there, `totalDuration` of the driver is the age of the application,
    so the stored summaries are read (checked with Spark 4.0.1). `gc_ms` is that of the same summaries.
    Nothing where the platform forbids the question: what a step took must not stop it.
    """
    try:
        context: Any = spark.sparkContext._jsc.sc()
        with suppress(Py4JJavaError):  # a busy Spark: then the newest tasks are missing
            context.listenerBus().waitUntilEmpty(COUNTED_WITHIN_MS)
        store = context.statusStore()
        listed = store.executorList(False)
        kind = spark.sparkContext._jvm.java.lang.Class.forName(SUMMARY)  # type: ignore[union-attr]
        executors = [store.store().read(kind, listed.apply(i).id()).info() for i in range(listed.size())]
        found = {name: sum(int(getattr(each, theirs)()) for each in executors) for name, theirs in SUMS.items()}
        peaks = [listed.apply(i).peakMemoryMetrics() for i in range(listed.size())]
        heaps = [int(peak.get().getMetricValue("JVMHeapMemory")) for peak in peaks if peak.isDefined()]
        return found | {PEAK: max(heaps, default=0)}
    except Exception:  # py4j and the platforms each have an error of their own for what they forbid
        return {}


def driver_cpu_ms(spark: SparkSession) -> int:
    """CPU milliseconds, user and system, of this process, of Spark's Java process and of all that they started.

    In local mode that is all of a run: tasks, Python workers, Java's compiler and its collector of garbage. Processes
    that have ended count if their parent waited for them, which Spark's do (on Linux; elsewhere only those that run).
    It leaves out executors, which a cluster runs apart from the driver, and Java where it is on another machine.
    """
    total = 0.0
    for process in _processes(_java_process(spark)):
        with suppress(psutil.Error):  # it has ended meanwhile
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return round(1000 * total)


def _java_process(spark: SparkSession) -> int | None:
    try:
        return int(spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid())  # type: ignore[union-attr]
    except Exception:  # as above
        return None


def _processes(java: int | None) -> Iterator[psutil.Process]:
    """This process, that of Java, which is its child or, under `spark-submit`, its parent, and all below them."""
    here = psutil.Process()
    roots = [here]
    with suppress(psutil.Error):
        if java is not None and psutil.Process(java) in (*here.children(recursive=True), *here.parents()):
            roots.append(psutil.Process(java))
    found: set[psutil.Process] = set()
    for root in roots:
        with suppress(psutil.Error):
            found |= {root, *root.children(recursive=True)}
    yield from found


def cost(before: Mapping[str, int], after: Mapping[str, int], bytes_out: int) -> dict[str, int]:
    """What was spent between two states, and the bytes written; the peak is that of the later state.

    >>> cost({"task_ms": 5, "peak_heap_bytes": 7}, {"task_ms": 9, "peak_heap_bytes": 8}, 3)
    {'task_ms': 4, 'peak_heap_bytes': 8, 'output_bytes': 3}
    """
    taken = {name: after[name] - (0 if name == PEAK else before.get(name, 0)) for name in after}
    return {**taken, "output_bytes": bytes_out}
