"""Frames kept where a lost executor cannot take them, and cut off from how they were made."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from urllib.parse import unquote, urlsplit

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.errors import SessionNotReady


def checkpointed(frame: DataFrame) -> DataFrame:
    """The rows of the frame, computed once and read from Spark's folder for checkpoints from here on.

    What follows does not carry the frame's plan along: a plan that is used several times, each time by a frame that is
    used several times, soon takes more memory than the rows. Raises `SessionNotReady` where there is no such folder.
    """
    folder = frame.sparkSession.sparkContext.getCheckpointDir()
    if folder is None:
        raise SessionNotReady(
            "Spark has no folder for checkpoints: set spark.checkpoint.dir to one that all nodes see."
        )
    _remove_at_exit(folder)
    made = frame.checkpoint()
    # named anew: Spark fails to join two frames made from one checkpoint whose rows it knows to be partitioned
    return made.select(*(F.col(name).alias(name) for name in made.columns))


@cache
def _remove_at_exit(folder: str) -> None:
    """Removes the folder of this session when the process ends, where it is one that the process sees."""
    address = urlsplit(folder)
    if address.scheme in ("", "file"):
        atexit.register(shutil.rmtree, unquote(address.path), ignore_errors=True)
