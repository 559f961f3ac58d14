"""Files as Spark is told of them."""

from __future__ import annotations

import os
from pathlib import Path

from stclusters.versions import PLATFORM


def spark_path(path: str | Path) -> str:
    """The name of a local file or folder for Spark, which takes every character as it is (`%41`, blanks, `=`).

    It says that it is local, for a cluster's default file system may be another one (HDFS on YARN). On Databricks it
    does not: Spark knows volumes by their plain paths there.
    """
    plain = os.path.abspath(path)
    return plain if PLATFORM in os.environ else f"file:{plain}"
