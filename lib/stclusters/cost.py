"""What a step took of the cluster, by Spark's own count of each executor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import SparkSession

SUMS = {  # our name: Spark's name in the summary of an executor
    "task_ms": "totalDuration",
    "gc_ms": "totalGCTime",
    "input_bytes": "totalInputBytes",
    "shuffle_read_bytes": "totalShuffleRead",
    "shuffle_write_bytes": "totalShuffleWrite",
}
PEAK = "peak_heap_bytes"  # of the executor with the largest, since Spark's start


def spent(spark: SparkSession) -> dict[str, int]:
    """What all executors have spent since Spark's start, by the names of `SUMS` and `PEAK`.

    Nothing where the platform does not let a job ask: what a run cost must not stop it.
    """
    try:
        store: Any = spark.sparkContext._jsc.sc().statusStore()
        listed = store.executorList(False)  # the lost ones too
        executors = [listed.apply(i) for i in range(listed.size())]
        found = {name: sum(int(getattr(each, theirs)()) for each in executors) for name, theirs in SUMS.items()}
        peaks = [each.peakMemoryMetrics() for each in executors]
        heaps = [int(peak.get().getMetricValue("JVMHeapMemory")) for peak in peaks if peak.isDefined()]
        return found | {PEAK: max(heaps, default=0)}
    except Exception:  # py4j and the platforms each have an error of their own for what they forbid
        return {}


def cost(before: Mapping[str, int], after: Mapping[str, int], bytes_out: int) -> dict[str, int]:
    """What was spent between two states, and the bytes written; the peak is that of the later state.

    >>> cost({"task_ms": 5, "peak_heap_bytes": 7}, {"task_ms": 9, "peak_heap_bytes": 8}, 3)
    {'task_ms': 4, 'peak_heap_bytes': 8, 'output_bytes': 3}
    """
    taken = {name: after[name] - (0 if name == PEAK else before.get(name, 0)) for name in after}
    return {**taken, "output_bytes": bytes_out}
