"""Opens the Spark session and makes sure that Sedona and Delta answer."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from sedona.spark import SedonaContext

from stclusters.errors import SessionNotReady

REFUSED = ("spark.sql.files.ignoreCorruptFiles", "spark.sql.files.ignoreMissingFiles")


def open_session(app: str, spark_conf: Path | None = None) -> SparkSession:
    """The running session, or a new one, with Sedona registered.

    `spark_conf` is a Spark properties file; it counts only where this process starts Spark itself (`python jobs/x.py`),
    not under `spark-submit` or where a session is there. Raises `SessionNotReady` in one sentence.
    """
    if SparkSession.getActiveSession() is None and "PYSPARK_GATEWAY_PORT" not in os.environ and spark_conf is not None:
        if not spark_conf.is_file():
            raise SessionNotReady(
                f"{spark_conf} is not there: set spark_conf in the place file to a Spark properties file."
            )
        os.environ["PYSPARK_SUBMIT_ARGS"] = f"--properties-file {shlex.quote(str(spark_conf))} pyspark-shell"
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        spark: SparkSession = SedonaContext.create(SparkSession.builder.appName(app).getOrCreate())
    except TypeError as missing:  # py4j: a class that is on no jar is a package, and cannot be called
        raise SessionNotReady("Sedona's jar is not on the class path: see spark.jars in conf/spark.conf.") from missing
    except Exception as error:
        raise SessionNotReady(
            f"Spark did not start ({_first_line(error)}): see the lines above, and run scripts/setup."
        ) from error
    _refuse_lenient_reading(spark)
    _ask_delta(spark)
    return spark


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _refuse_lenient_reading(spark: SparkSession) -> None:
    for key in REFUSED:
        if str(spark.conf.get(key, "false")).lower() == "true":
            raise SessionNotReady(
                f"{key} is true, and would lose rows without a word: set it to false in conf/spark.conf."
            )


def _ask_delta(spark: SparkSession) -> None:
    extensions = spark.conf.get("spark.sql.extensions", "") or ""
    catalog = spark.conf.get("spark.sql.catalog.spark_catalog", "") or ""
    if "Delta" not in extensions + catalog:
        raise SessionNotReady("Delta Lake is not in the session: see spark.sql.extensions in conf/spark.conf.")
