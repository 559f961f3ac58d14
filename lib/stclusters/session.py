"""Opens the Spark session and makes sure that Sedona and Delta answer."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from stclusters.errors import SessionNotReady
from stclusters.jars import check_jars
from stclusters.versions import PLATFORM

REFUSED = ("spark.sql.files.ignoreCorruptFiles", "spark.sql.files.ignoreMissingFiles")


def open_session(app: str, spark_conf: Path | None = None) -> SparkSession:
    """The running session as it is, or a new one, with Sedona registered.

    `spark_conf` is a Spark properties file; it counts only where this process starts Spark itself (`python jobs/x.py`),
    not under `spark-submit` or where a session is there; its jars are compared with their lock before Spark starts.
    Raises `SessionNotReady` in one sentence.
    """
    from sedona.spark import SedonaContext  # dear to import: a refused run must say so at once

    running = SparkSession.getActiveSession()
    if running is None and "PYSPARK_GATEWAY_PORT" not in os.environ and spark_conf is not None:
        _start_with(spark_conf)
    try:
        spark = running or SparkSession.builder.appName(app).getOrCreate()
        _refuse_connect(spark)
        SedonaContext.create(spark)
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


def _start_with(spark_conf: Path) -> None:
    """Tells PySpark of the properties that it will start Spark with."""
    if not spark_conf.is_file():
        raise SessionNotReady(
            f"{spark_conf} is not there: set spark_conf in the place file to a Spark properties file."
        )
    check_jars(spark_conf)
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {shlex.quote(str(spark_conf))} pyspark-shell"
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


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
