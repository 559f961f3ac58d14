"""Frames that are kept: in Spark's folder for checkpoints, or in memory and on disk for the length of a block."""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import unquote, urlsplit

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import SessionNotReady


def checkpointed(frame: DataFrame) -> DataFrame:
    """The rows of the frame, computed once and read from Spark's folder for checkpoints from here on.

    A lost executor cannot take them, and what follows does not carry the plan of the frame along: a plan that is used
    several times, each time by a frame that is used several times, soon takes more memory than the rows. The files are
    removed when the process ends, if it sees them, and nothing else of the folder: it is the SparkContext's, and may
    have checkpoints of others. Raises `SessionNotReady` where there is no such folder.
    """
    if frame.sparkSession.sparkContext.getCheckpointDir() is None:
        raise SessionNotReady(
            "Spark has no folder for checkpoints: set spark.checkpoint.dir to one that all nodes see."
        )
    made = frame.checkpoint()
    _at_exit(shutil.rmtree, _files_of(made))
    # named anew: Spark fails to join two frames made from one checkpoint whose rows it knows to be partitioned
    return made.select(*(F.col(name).alias(name) for name in made.columns))


def remove_empty_folder(spark: SparkSession) -> None:
    """Has Spark's folder for checkpoints removed when the process ends, if nothing is in it by then.

    It is the folder of the session's SparkContext: this is for a session that the process itself has opened.
    """
    folder = spark.sparkContext.getCheckpointDir()
    if folder is not None:
        _at_exit(os.rmdir, folder)


@contextmanager
def persisted(frame: DataFrame, level: StorageLevel = StorageLevel.MEMORY_AND_DISK_DESER) -> Iterator[DataFrame]:
    """The frame, whose rows are kept once they are computed, until the block ends in whatever way.

    A frame that is made from it and read after the block computes the rows again.
    """
    frame.persist(level)
    try:
        yield frame
    finally:
        frame.unpersist()


Keep = Callable[[DataFrame, StorageLevel], DataFrame]
P = ParamSpec("P")
R = TypeVar("R")


def released_on_error(make: Callable[Concatenate[Keep, P], R]) -> Callable[P, R]:
    """The function without its first parameter, for which it gets a function that persists a frame and returns it.

    All frames that were persisted so are released if `make` raises; else they are released by whoever gets them.
    """

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        with ExitStack() as on_error:

            def keep(frame: DataFrame, level: StorageLevel) -> DataFrame:
                on_error.callback(frame.unpersist)
                return frame.persist(level)

            result = make(keep, *args, **kwargs)
            on_error.pop_all()
        return result

    return made


def _files_of(made: DataFrame) -> str:
    """The folder that Spark wrote the rows of a checkpointed frame to."""
    return str(made._jdf.queryExecution().analyzed().rdd().getCheckpointFile().get())


def _at_exit(remove: Callable[[str], None], folder: str) -> None:
    def remove_if_there() -> None:
        with suppress(OSError):
            remove(unquote(address.path))

    address = urlsplit(folder)
    if address.scheme in ("", "file"):
        atexit.register(remove_if_there)
