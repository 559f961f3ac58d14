"""Java and the jars of Delta and Sedona are of the versions that the Python packages want, asked before any work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.metadata import version
from typing import Any

from pyspark.sql import SparkSession

from stclusters.commands import PLATFORM
from stclusters.errors import SessionNotReady

JAVAS = ("17", "21")
JARS = {  # a class of each jar, and the Python package of the same version
    "Delta": ("io.delta.tables.DeltaTable", "delta-spark"),
    "Sedona": ("org.apache.sedona.core.serde.SedonaKryoRegistrator", "apache-sedona"),
}


def ask_java() -> None:
    """Raises `SessionNotReady` where the Java that would start Spark is missing or of another version.

    Asks nothing where Spark is there already.
    """
    if PLATFORM in os.environ or "PYSPARK_GATEWAY_PORT" in os.environ or SparkSession.getActiveSession() is not None:
        return
    home = os.environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home else shutil.which("java") or "java"
    wanted = f"Java {' or '.join(JAVAS)} is wanted"
    if not os.access(java, os.X_OK):
        raise SessionNotReady(f"{wanted} and {java} is not there: install it, or set JAVA_HOME.")
    asked = subprocess.run([java, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False)
    told = re.search(r"java\.specification\.version = (?:1\.)?(\d+)", asked.stderr + asked.stdout)
    found = told[1] if told else "unknown"
    if found not in JAVAS:
        raise SessionNotReady(f"{wanted} and {java} is version {found}: install it, or set JAVA_HOME.")


def ask_jars(spark: SparkSession) -> None:
    """Raises `SessionNotReady` where Spark, Delta or Sedona is of another version than its Python package."""
    if PLATFORM in os.environ:
        return
    if _minor(spark.version) != _minor(version("pyspark")):
        raise SessionNotReady(
            f"Spark {version('pyspark')} is wanted and {spark.version} runs: unset SPARK_HOME, or set it to that one."
        )
    for name, (of_jar, package) in JARS.items():
        found, wanted = _version_of(spark, of_jar), version(package)
        if found not in (None, wanted):
            raise SessionNotReady(
                f"{name} {wanted} is wanted and the session has {found}: give Spark the jars of conf/jars.lock."
            )


def _minor(version: str) -> list[str]:
    """The part of a version that says what is in it; the rest is fixes, and names of vendors.

    >>> _minor("4.0.1-vendor-2")
    ['4', '0']
    """
    return version.split(".")[:2]


def _version_of(spark: SparkSession, name: str) -> str | None:
    """The version of the jar of a class, by its manifest; None where it does not say."""
    jvm: Any = spark.sparkContext._jvm
    found = jvm.java.lang.Thread.currentThread().getContextClassLoader().loadClass(name)
    told = found.getPackage().getImplementationVersion()
    return None if told is None else str(told)
