"""What a step took is held to jobs of known length."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import SparkSession

from stclusters.cost import cost, spent, tasks_spent

TASKS, EACH_S = 3, 1.5
Batches = Iterator[pa.RecordBatch]


def sleep(batches: Batches) -> Batches:
    time.sleep(EACH_S)
    yield from batches


def burn(batches: Batches) -> Batches:
    begun = time.process_time()
    while time.process_time() - begun < EACH_S:
        pass
    yield from batches


def took(spark: SparkSession, work: Callable[[], object]) -> tuple[dict[str, int], float]:
    """What the work took, and its wall time in milliseconds."""
    before, begun = spent(spark), time.perf_counter()
    work()
    return cost(before, spent(spark), 0), 1000 * (time.perf_counter() - begun)


def run_tasks(spark: SparkSession, task: Callable[[Batches], Batches]) -> object:
    return spark.range(TASKS, numPartitions=TASKS).mapInArrow(task, "id long").collect()


def test_the_time_of_tasks_is_theirs_and_not_the_time_that_passes(spark: SparkSession) -> None:
    run_tasks(spark, lambda batches: batches)  # starts the workers
    asleep, wall = took(spark, lambda: run_tasks(spark, sleep))
    assert 1000 * TASKS * EACH_S <= asleep["task_ms"] <= 2 * wall  # two tasks at a time
    alone, wall = took(spark, lambda: time.sleep(EACH_S))
    assert alone["task_ms"] < 100 < wall


def test_the_cpu_of_python_workers_is_seen(spark: SparkSession) -> None:
    asleep, _ = took(spark, lambda: run_tasks(spark, sleep))
    busy, _ = took(spark, lambda: run_tasks(spark, burn))
    assert busy["driver_cpu_ms"] >= 1000 * TASKS * EACH_S
    assert asleep["driver_cpu_ms"] < 1000 * TASKS * EACH_S


def test_a_platform_that_forbids_the_question_gets_what_this_process_can_see() -> None:
    class Forbidden:
        @property
        def sparkContext(self) -> SparkSession:
            raise PermissionError("py4j is blocked here")

    assert tasks_spent(Forbidden()) == {}  # type: ignore[arg-type]
    assert set(spent(Forbidden())) == {"driver_cpu_ms"}  # type: ignore[arg-type]
