"""Paths of files and folders, and how Spark names them."""

from __future__ import annotations

import os
from pathlib import Path

from stclusters.commands import PLATFORM


def spark_path(path: str | Path) -> str:
    """The name of a local file or folder for Spark, which takes every character as it is (`%41`, blanks, `=`).

    It says that it is local, for a cluster's default file system may be another one (HDFS on YARN). On Databricks it
    does not: Spark knows volumes by their plain paths there.
    """
    plain = os.path.abspath(path)
    return plain if PLATFORM in os.environ else f"file:{plain}"


def is_within(inner: Path, outer: Path) -> bool:
    """Whether a path is a folder or in it, whatever names lead there: links, `..`, mounts, letters of another case.

    >>> is_within(Path("build/a/../b/c"), Path("build/b")), is_within(Path("build/bc"), Path("build/b"))
    (True, False)
    """
    inner, outer = inner.resolve(), outer.resolve()
    above = (inner, *inner.parents)
    return outer in above or (outer.exists() and any(path.exists() and path.samefile(outer) for path in above))
