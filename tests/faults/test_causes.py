"""What the machine, Spark or another writer did to a job is one sentence with the cure, and never a fault of ours.

The faults are real ones: each is provoked in Spark, in Delta or in a Python worker.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from delta.tables import DeltaTable
from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline import ROOT, run_as_a_user
from stclusters.causes import RULES, Cause, _by_rules, known_cause
from stclusters.ending import ended

FULL = "No space left on device"
Batches = Iterator[pa.RecordBatch]


def in_worker(spark: SparkSession, work: Callable[[], object]) -> DataFrame:
    def run(batches: Batches) -> Batches:
        work()
        yield from batches

    return spark.range(2, numPartitions=1).mapInArrow(run, "id long")


def raising(error: Exception) -> Callable[[], None]:
    """Work that raises an error; a function within one, which Spark sends to its workers whole."""

    def work() -> None:
        raise error

    return work


@contextmanager
def setting(spark: SparkSession, name: str, value: str) -> Iterator[None]:
    """A setting of the running context, which tasks that are started within it follow."""
    conf = spark.sparkContext._jsc.sc().conf()
    before = conf.get(name)
    conf.set(name, value)
    try:
        yield
    finally:
        conf.set(name, before)


def too_large_result(spark: SparkSession, _: Path) -> None:
    with setting(spark, "spark.driver.maxResultSize", "10k"):
        spark.range(100_000).collect()


def small_table(spark: SparkSession, folder: Path) -> str:
    path = str(folder / "tables/points")
    spark.range(4, numPartitions=1).withColumn("edition", F.lit(2024)).write.format("delta").save(path)
    return path


def missing_data(spark: SparkSession, folder: Path) -> None:
    path = small_table(spark, folder)
    table = spark.read.format("delta").load(path)
    next(Path(path).glob("*.parquet")).unlink()
    table.collect()


def damaged_data(spark: SparkSession, folder: Path) -> None:
    path = small_table(spark, folder)
    file = next(Path(path).glob("*.parquet"))
    file.write_bytes(file.read_bytes()[:100])
    spark.read.format("delta").load(path).collect()


def missing_log(spark: SparkSession, folder: Path) -> None:
    path = small_table(spark, folder)
    for _ in range(2):
        spark.range(1).withColumn("edition", F.lit(2024)).write.format("delta").mode("append").save(path)
    (Path(path) / "_delta_log/00000000000000000001.json").unlink()
    spark._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()  # type: ignore[union-attr]
    spark.read.format("delta").load(path).collect()


def replace(spark: SparkSession, path: str, before: Callable[[], object], note: str) -> None:
    def run(batches: Batches) -> Batches:
        before()
        yield from batches

    rows = spark.range(2, numPartitions=1).mapInArrow(run, "id long").withColumn("edition", F.lit(2024))
    options = {"replaceWhere": "edition = 2024", "userMetadata": note}
    rows.write.format("delta").mode("overwrite").options(**options).save(path)


def against(spark: SparkSession, folder: Path, other: Callable[[str], object]) -> None:
    """Writes a table while another writer changes it, who begins later and ends first."""
    path, begun, done = small_table(spark, folder), folder / "begun", folder / "done"

    def wait() -> None:
        begun.touch()
        end = time.monotonic() + 120
        while not done.exists() and time.monotonic() < end:
            time.sleep(0.05)

    errors: list[Exception] = []

    def write() -> None:
        try:
            replace(spark, path, wait, '{"run_id": "ours"}')
        except Exception as error:
            errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    end = time.monotonic() + 120
    while not begun.exists() and time.monotonic() < end:
        time.sleep(0.05)
    try:
        other(path)
    finally:
        done.touch()
        writer.join()
    raise errors[0]


def another_run(spark: SparkSession, folder: Path) -> None:
    against(spark, folder, lambda path: replace(spark, path, int, '{"run_id": "20240101T000000Z-other"}'))


def another_deletes(spark: SparkSession, folder: Path) -> None:
    against(spark, folder, lambda path: DeltaTable.forPath(spark, path).delete("id = 1"))


def another_alters(spark: SparkSession, folder: Path) -> None:
    against(spark, folder, lambda path: spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('a' = 'b')"))


def no_heap(spark: SparkSession, _: Path) -> None:
    spark._jvm.java.nio.ByteBuffer.allocate(2**31 - 1)  # type: ignore[union-attr]


FAULTS: dict[str, tuple[Callable[[SparkSession, Path], object], int, str]] = {
    "a Python worker is killed": (
        lambda spark, _: in_worker(spark, lambda: os.kill(os.getpid(), signal.SIGKILL)).collect(),
        4,
        r"A Python worker of Spark was killed or crashed, .*: give Spark fewer cores at a time \(spark\.master",
    ),
    "a Python worker ends while a table is written": (
        lambda spark, path: in_worker(spark, lambda: os._exit(1)).write.format("delta").save(str(path / "t")),
        4,
        "A Python worker of Spark was killed or crashed",
    ),
    "a Python worker has no memory": (
        lambda spark, _: in_worker(spark, lambda: bytearray(2**62)).collect(),
        4,
        "A Python worker of Spark ran out of memory: give Spark fewer cores",
    ),
    "Arrow has no memory in a worker": (
        lambda spark, _: in_worker(spark, raising(pa.ArrowMemoryError("malloc of size 1 failed"))).collect(),
        4,
        "A Python worker of Spark ran out of memory",
    ),
    "a Python worker has a full disk": (
        lambda spark, _: in_worker(spark, raising(OSError(errno.ENOSPC, FULL))).collect(),
        4,
        "The disk is full: make room",
    ),
    "the workers lack a package": (
        lambda spark, _: in_worker(spark, raising(ModuleNotFoundError("No module named 'scipy'"))).collect(),
        4,
        "The Python of Spark's workers is not that of this job: No module named 'scipy': set PYSPARK_PYTHON",
    ),
    "too large a result": (
        too_large_result,
        4,
        r"larger than spark\.driver\.maxResultSize \(10\.0 KiB\): raise that setting, .* in Spark's properties file",
    ),
    "Java has no heap": (no_heap, 4, r"Java ran out of memory: raise spark\.driver\.memory in Spark's properties"),
    "a data file is missing": (
        missing_data,
        4,
        r"/tables/points/part-\S+: is missing, and the table points needs it: .* run the step cluster again",
    ),
    "a data file is damaged": (damaged_data, 4, r"/tables/points/part-\S+: is damaged, and the table points needs it"),
    "a file of the log is missing": (missing_log, 4, r"The log of a Delta table lacks files \(\[DELTA_VERSIONS_NOT"),
    "another run writes": (
        another_run,
        3,
        r"Another writer \(20240101T000000Z-other\) changed the table that this run was writing: let one run",
    ),
    "another writer deletes": (another_deletes, 3, r"Another writer \(of an unknown run\) changed the table"),
    "another writer alters the table": (another_alters, 3, r"Another writer \(of an unknown run\) changed the table"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_machine_or_of_another_writer_is_one_sentence_with_the_cure(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    provoke, code, words = FAULTS[fault]
    assert ended(False, lambda: provoke(spark, tmp_path) and None) == code
    said = capsys.readouterr().err
    assert re.match("stclusters: .*" + words, said), said
    assert len(said.splitlines()) == 1
    assert "a fault of ours" not in said


def test_a_value_that_holds_the_words_of_a_fault_is_not_one(spark: SparkSession) -> None:
    texts = [FULL, "[DELTA_NOT_NULL_CONSTRAINT", "java.lang.OutOfMemoryError"]
    values = spark.createDataFrame([(text,) for text in texts], "a string")
    raised = [
        lambda: values.limit(1).select(F.col("a").cast("int")).collect(),
        lambda: values.select(F.raise_error("a")).collect(),
        lambda: in_worker(spark, raising(ValueError(FULL))).collect(),
        lambda: in_worker(spark, raising(ValueError(f"a row\nOSError: [Errno 28] {FULL}"))).collect(),
        raising(ValueError(FULL)),
    ]
    for provoke in raised:
        with pytest.raises((PySparkException, Py4JJavaError, ValueError)) as caught:
            provoke()
        assert known_cause(caught.value) is None, provoke


SPARK = "org.apache.spark.SparkException"
LOST = (
    "Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most recent failure: Lost task 0.3 in stage "
    "3.0 (TID 9) (10.0.0.7 executor 4): ExecutorLostFailure (executor 4 exited caused by one of the running tasks) "
    "Reason: Command exited with code 137\nDriver stacktrace:"
)
SEEN = {  # errors that take a cluster or a large machine: type, text, exit code, words of the sentence
    "a lost executor": (SPARK, LOST, 4, "Spark lost executor 4 and others before it"),
    "lost rows of a shuffle": (
        SPARK,
        "Job aborted due to stage failure: ShuffleMapStage 7 (save at x) has failed the maximum allowable number of "
        "times: 4. Most recent failure reason: FetchFailed",
        4,
        "Spark lost executors with the rows that they held",
    ),
    "the context is stopped": (SPARK, "Job 3 cancelled because SparkContext was shut down", 4, "Spark's process ended"),
    "the master ends": (
        SPARK,
        "Job aborted due to stage failure: Master removed our application: KILLED",
        4,
        "Spark's process ended",
    ),
    "a spill finds the disk full": (
        "org.apache.spark.memory.SparkOutOfMemoryError",
        f"[SPILL_OUT_OF_MEMORY] Error while calling spill() on sorter@1 : {FULL} SQLSTATE: 53200",
        4,
        "The disk is full",
    ),
    "a shuffle finds the disk full": ("java.io.IOException", FULL, 4, "The disk is full"),
    "a file cannot be made": ("java.io.FileNotFoundException", f"/tmp/blockmgr/0c ({FULL})", 4, "The disk is full"),
    "a quota is used up": ("java.nio.file.FileSystemException", "/a/b: Disk quota exceeded", 4, "The disk is full"),
    "no memory for a join": ("org.apache.spark.memory.SparkOutOfMemoryError", "[UNABLE_TO_ACQUIRE] x", 4, "Java ran"),
    "the collector gives up": ("java.lang.OutOfMemoryError", "GC overhead limit exceeded", 4, "Java ran out of memory"),
    "no memory for a broadcast": (SPARK, "Not enough memory to build and broadcast the table to", 4, "Java ran out"),
    "no Python": (
        "java.io.IOException",
        'Cannot run program "/opt/no/python": error=2, No such file or directory',
        4,
        "Spark cannot start /opt/no/python: set PYSPARK_PYTHON",
    ),
    **{
        f"Delta's {name}": (f"io.delta.exceptions.{name}Exception", "[DELTA_X] text", 3, "Another writer")
        for name in (
            "ConcurrentAppend", "ConcurrentDeleteRead", "ConcurrentDeleteDelete", "ConcurrentTransaction",
            "ConcurrentWrite", "MetadataChanged", "ProtocolChanged", "DeltaConcurrentModification",
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("fault", SEEN)
def test_a_fault_of_a_cluster_is_known_by_its_type_and_text(fault: str) -> None:
    kind, message, code, words = SEEN[fault]
    known = _by_rules(RULES, [Cause("py4j.protocol.Py4JJavaError", "x"), Cause(kind, message)])
    assert known is not None
    assert known.exit_code == code
    assert words in str(known)


@pytest.mark.parametrize(
    ("end", "error", "words"),
    [
        ("exit 52", Py4JNetworkError("Answer from Java side is empty"), "Java ran out of memory"),
        ("exit 52", Py4JError("An error occurred while calling o1.collect"), "Java ran out of memory"),
        ("kill -9 $$", Py4JError("An error occurred while calling o1.collect"), "Spark's process ended"),
        ("exit 143", ConnectionRefusedError(111, "Connection refused"), "Spark's process ended"),
        ("sleep 9", Py4JError("Method foo([]) does not exist"), None),
    ],
)
def test_the_end_of_sparks_process_is_known_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, end: str, error: Exception, words: str | None
) -> None:
    with subprocess.Popen(["sh", "-c", f"sleep 0.2; {end}"]) as process:
        monkeypatch.setattr("pyspark.SparkContext._gateway", SimpleNamespace(proc=process))
        monkeypatch.setattr("stclusters.causes.ENDED_WITHIN_S", 2.0)
        known = known_cause(error)
        process.kill()
    assert (known is None) == (words is None)
    assert words is None or words in str(known)


EXHAUSTED = """
import sys
from pathlib import Path
from stclusters.ending import ended
from stclusters.session import open_session

spark = open_session("small heap", Path("conf/spark.conf"))
sys.exit(ended(False, lambda: spark.range(1).selectExpr("length(repeat(string(id), 2000000000))").collect()))
"""


@pytest.mark.cluster
def test_a_heap_that_is_used_up_in_a_task_is_one_sentence() -> None:
    small = "--driver-memory 512m pyspark-shell"
    done = run_as_a_user([sys.executable, "-c", EXHAUSTED], PYSPARK_SUBMIT_ARGS=small, PYTHONPATH=str(ROOT / "lib"))
    assert done.returncode == 4, done.stderr
    assert done.stderr.splitlines()[-1].startswith("stclusters: Java ran out of memory: raise spark.driver.memory")
    assert "\tat " not in done.stderr
    assert "Traceback" not in done.stderr
