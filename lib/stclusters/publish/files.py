"""Published files: a reader sees the old file or the new one, never a part."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import DataFrame

from stclusters.errors import SchemaMismatch


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A path beside `path` to write a file to; it takes the place of `path` at the end, and is gone after an error.

    The name is always the same, so what a killed run left behind is written over. Folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = unfinished_of(path)
    remove(unfinished)
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        remove(unfinished)


def unfinished_of(path: Path) -> Path:
    """The hidden path beside `path` that it is written to; only a killed run leaves anything there."""
    return path.with_name(f".{path.name}.unfinished")


def remove(path: Path) -> None:
    """Nothing at `path`: a file or a folder with all that is in it is removed; that there is none is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def need(frame: DataFrame, columns: tuple[str, ...], what: str) -> None:
    """Raises `SchemaMismatch`, which names every column that the frame lacks."""
    if missing := [name for name in columns if name not in frame.columns]:
        raise SchemaMismatch(f"{what}: {', '.join(missing)}: declared, found nothing")
