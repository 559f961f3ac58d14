"""What is kept is released: persisted frames after a block, checkpoints when the process ends, and nobody else's."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from held import nothing_left, persisted_frames
from stclusters.checkpoints import checkpointed, persisted, remove_empty_folder
from stclusters.session import open_session


@pytest.fixture
def at_exit(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What is registered for the end of the process."""
    registered: list[Callable[[], object]] = []
    monkeypatch.setattr(atexit, "register", lambda function, *args, **options: registered.append(function))
    return registered


def checkpoints(spark: SparkSession) -> set[Path]:
    folder = spark.sparkContext.getCheckpointDir()
    assert folder is not None
    return set(Path(folder.removeprefix("file:")).glob("rdd-*"))


def test_only_checkpoints_of_the_library_are_removed_at_the_end(
    spark: SparkSession, at_exit: list[Callable[[], object]]
) -> None:
    before = checkpoints(spark)
    theirs = spark.range(3).checkpoint()
    of_the_user = checkpoints(spark) - before
    ours = checkpointed(spark.range(5).withColumnRenamed("id", "number"))
    assert ours.agg({"number": "sum"}).collect() == [(10,)]
    remove_empty_folder(spark)  # as the session of the tests was opened here
    (of_the_library,) = checkpoints(spark) - before - of_the_user
    assert len(of_the_user) == 1
    for end in reversed(at_exit):
        end()
    assert not of_the_library.exists()
    assert checkpoints(spark) >= of_the_user
    assert theirs.count() == 3
    for end in at_exit:  # of what is gone, too
        end()


def test_the_folder_of_a_session_that_is_there_is_left_alone_and_one_opened_here_is_removed_when_empty(
    spark: SparkSession, at_exit: list[Callable[[], object]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_session("another", None)
    assert at_exit == []
    monkeypatch.setattr(type(spark.sparkContext), "getCheckpointDir", lambda context: f"file:{tmp_path}/with%20blank")
    (tmp_path / "with blank" / "rdd-1").mkdir(parents=True)
    remove_empty_folder(spark)
    (end,) = at_exit
    end()
    assert (tmp_path / "with blank" / "rdd-1").is_dir()
    shutil.rmtree(tmp_path / "with blank" / "rdd-1")
    end()
    assert not (tmp_path / "with blank").exists()


def test_a_persisted_frame_is_released_when_its_block_ends_in_whatever_way(spark: SparkSession) -> None:
    before = persisted_frames(spark)
    with persisted(spark.range(11)) as frame:
        assert frame.count() == 11
        assert persisted_frames(spark) == before + 1
    assert persisted_frames(spark) == before
    with pytest.raises(ValueError, match="in the midst"), persisted(spark.range(12)):
        raise ValueError("in the midst")
    assert persisted_frames(spark) == before


def test_a_test_that_leaves_a_frame_or_a_view_is_seen_and_cleaned_up(spark: SparkSession) -> None:
    before = persisted_frames(spark)
    with pytest.raises(AssertionError, match=r"views \[\], 1 persisted"), nothing_left(spark):
        spark.range(13).persist()  # never computed
    with pytest.raises(AssertionError, match=r"views \['left'\], 0 persisted"), nothing_left(spark):
        spark.range(13).createOrReplaceTempView("left")
    assert persisted_frames(spark) <= before
    assert not [view for view in spark.catalog.listTables() if view.isTemporary]
