"""Opens the Spark session and makes sure that Sedona and Delta answer."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from stclusters.checkpoints import remove_empty_folder
from stclusters.commands import PLATFORM
from stclusters.errors import SessionNotReady
from stclusters.jars import check_jars

REFUSED = ("spark.sql.files.ignoreCorruptFiles", "spark.sql.files.ignoreMissingFiles")
ARGUMENTS = "PYSPARK_SUBMIT_ARGS"  # what PySpark gives to spark-submit, which starts Spark's Java process
RESOURCE = "pyspark-shell"  # their last one


def open_session(app: str, spark_conf: Path | None = None) -> SparkSession:
    """The running session as it is, or a new one, with Sedona registered.

    `spark_conf` is a Spark properties file; it counts only where this process starts Spark itself (`python jobs/x.py`),
    not under `spark-submit` or where a session is there; its jars are compared with their lock before Spark starts.
    Spark's own environment variables count too: PYSPARK_SUBMIT_ARGS takes precedence over the properties file, which
    takes precedence over the `spark-defaults.conf` in SPARK_CONF_DIR. Raises `SessionNotReady` in one sentence.
    """
    from sedona.spark import SedonaContext  # expensive to import

    running, is_first = SparkSession.getActiveSession(), SparkContext._active_spark_context is None
    starts = running is None and "PYSPARK_GATEWAY_PORT" not in os.environ and SparkContext._gateway is None
    if starts:
        _refuse_variables()
        if spark_conf is not None:
            _check_conf(spark_conf)
    try:
        with _interrupt_handler_kept():
            if starts:
                _start(app, spark_conf)
            spark = running or SparkSession.builder.appName(app).getOrCreate()
        _refuse_connect(spark)
        SedonaContext.create(spark)
        if is_first:
            remove_empty_folder(spark)
    except SessionNotReady:
        raise
    except TypeError as missing:  # py4j: a class that is on no jar is a package, and cannot be called
        raise SessionNotReady("Sedona's jar is not on the class path: see spark.jars in conf/spark.conf.") from missing
    except Exception as error:
        raise SessionNotReady(
            f"Spark did not start ({_first_line(error)}): see the lines above, and run scripts/setup."
        ) from error
    _refuse_lenient_reading(spark)
    _ask_delta(spark)
    return spark


def _refuse_variables() -> None:
    """Refuses a variable of the environment that a session of ours cannot follow."""
    if os.environ.get("SPARK_REMOTE") or os.environ.get("SPARK_API_MODE", "classic") != "classic":
        raise SessionNotReady(
            "SPARK_REMOTE or SPARK_API_MODE asks for Spark Connect, where Sedona cannot be loaded: unset them."
        )
    try:
        shlex.split(os.environ.get(ARGUMENTS, ""))
    except ValueError as error:
        raise SessionNotReady(f"{ARGUMENTS} cannot be read ({error}): fix its quotes, or unset it.") from error


def _check_conf(spark_conf: Path) -> None:
    if not spark_conf.is_file():
        raise SessionNotReady(
            f"{spark_conf} is not there: set spark_conf in the place file to a Spark properties file."
        )
    given = shlex.split(os.environ.get(ARGUMENTS, ""))
    if any(argument.split("=")[0] == "--properties-file" for argument in given):
        raise SessionNotReady(
            f"{ARGUMENTS} names another properties file than spark_conf in the place file, which is {spark_conf}: take "
            "one of them away."
        )
    check_jars(spark_conf)


def _start(app: str, spark_conf: Path | None) -> None:
    """Starts Spark's Java process in a session of its own, so that a signal to the job's process group is the job's.

    It ends when this process has ended, however that was, for its standard input is a pipe from here.
    """
    PySparkLogger.getLogger(
        "DataFrameQueryContextLogger"
    ).disabled = True  # it logs values of rows; the error is raised
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with _submit_arguments(spark_conf), _no_orphan():
        gateway = launch_gateway(popen_kwargs={"start_new_session": True})  # type: ignore[no-untyped-call]
    SparkContext(conf=SparkConf().setAppName(app), gateway=gateway)


@contextmanager
def _submit_arguments(spark_conf: Path | None) -> Iterator[None]:
    """Within it PySpark starts Spark with the properties file and with the user's arguments after it, which win."""
    given = os.environ.get(ARGUMENTS)
    arguments = shlex.split(given or "")
    if arguments[-1:] != [RESOURCE]:
        arguments.append(RESOURCE)
    if spark_conf is not None:
        defaults = Path(os.environ.get("SPARK_CONF_DIR", ""), "spark-defaults.conf")
        if os.environ.get("SPARK_CONF_DIR") and defaults.is_file():
            arguments.insert(0, "--load-spark-defaults")
        arguments[:0] = ["--properties-file", str(spark_conf)]
    os.environ[ARGUMENTS] = shlex.join(arguments)
    try:
        yield
    finally:
        del os.environ[ARGUMENTS]
        if given is not None:
            os.environ[ARGUMENTS] = given


@contextmanager
def _interrupt_handler_kept() -> Iterator[None]:
    """Keeps a handler of Ctrl-C that is not Python's own: Spark's start sets one, of which py4j makes another error."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        is_new = signal.getsignal(signal.SIGINT) is not handler  # so this is the main thread, which may set one
        if is_new and callable(handler) and handler is not signal.default_int_handler:
            signal.signal(signal.SIGINT, handler)


@contextmanager
def _no_orphan() -> Iterator[None]:
    """Kills the processes that are started within it if it does not end: if a signal comes while Java starts."""
    here = psutil.Process()
    before = set(here.children(recursive=True))
    try:
        yield
    except BaseException:
        for started in set(here.children(recursive=True)) - before:
            with suppress(psutil.NoSuchProcess):
                started.kill()
        raise


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _refuse_connect(spark: SparkSession) -> None:
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        raise SessionNotReady(
            "The session is of Spark Connect, where Sedona cannot be loaded: "
            "use classic compute, on Databricks in Dedicated access mode."
        )


def _refuse_lenient_reading(spark: SparkSession) -> None:
    for key in REFUSED:
        if str(spark.conf.get(key, "false")).lower() == "true":
            raise SessionNotReady(
                f"{key} is true, and would lose rows without a word: set it to false in conf/spark.conf."
            )


def _ask_delta(spark: SparkSession) -> None:
    """Refuses a session without Delta; Databricks has it built in, and names it nowhere."""
    if PLATFORM in os.environ:
        return
    extensions = spark.conf.get("spark.sql.extensions", "") or ""
    catalog = spark.conf.get("spark.sql.catalog.spark_catalog", "") or ""
    if "Delta" not in extensions + catalog:
        raise SessionNotReady("Delta Lake is not in the session: see spark.sql.extensions in conf/spark.conf.")
