"""What a test holds in the session: persisted frames and temporary views, which are to be gone when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pyspark.sql import SparkSession

Held = TypeVar("Held")
HELD: list[Any] = []


def until_the_test_ends(held: Held) -> Held:
    """A persisted frame, or what has frames and a `release` for them, that is released when the test ends."""
    HELD.append(held)
    return held


@contextmanager
def nothing_left(spark: SparkSession) -> Iterator[None]:
    """Fails if a temporary view or one more persisted frame than before is left; and removes them, for what follows."""
    before = persisted_frames(spark)
    yield
    while HELD:
        held = HELD.pop()
        (held.release if hasattr(held, "release") else held.unpersist)()
    views = [view.name for view in spark.catalog.listTables() if view.isTemporary]
    frames = persisted_frames(spark) - before
    for view in views:
        spark.catalog.dropTempView(view)
    if frames > 0:
        spark.catalog.clearCache()
    assert (views, max(0, frames)) == ([], 0), f"left in the session: views {views}, {frames} persisted frames"


def persisted_frames(spark: SparkSession) -> int:
    """How many frames are persisted, computed or not: Spark has no public count of them."""
    manager = spark._jsparkSession.sharedState().cacheManager()
    entries = manager.getClass().getDeclaredField("cachedData")
    entries.setAccessible(True)
    return int(entries.get(manager).size())
