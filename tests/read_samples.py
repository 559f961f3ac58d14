"""What a source gives of a sample of it, collected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from held import until_the_test_ends
from pipeline import ROOT
from stclusters.ingest.sources.faults import read_error
from stclusters.ingest.sources.read import read_source
from stclusters.settings import Source, read_method, read_place

Rows = dict[str, list[dict[str, Any]]]
FRAMES = ("addresses", "documents", "document_fields", "document_organisations", "records")


def source_of(folder: Path, source: Path, settings: str) -> Source:
    """The source of a place file in the folder, with these settings of its kind."""
    path = folder / "place.toml"
    redistribute = "false" if "patstat" in settings else "true"
    path.write_text(
        f'tables = "{folder}/t"\npublished = "{folder}/p"\n[source]\nfolder = "{source}"\nname = "n"\nlicence = "l"\n'
        f'attribution = "a"\nredistribute = {redistribute}\n{settings}\n'
    )
    return read_place(path).source


def read_rows(spark: SparkSession, source: Source) -> Rows:
    """The rows of all raw tables of a source, and the columns ignored; a fault of a file is a `BadInput`."""
    method = read_method(ROOT / "conf/method.toml")
    try:
        raw = until_the_test_ends(read_source(spark, source, method, 2024))
        frames = {name: getattr(raw, name) for name in FRAMES}
        rows = {
            name: sorted((row.asDict() for row in frame.select(*sorted(frame.columns)).collect()), key=str)
            for name, frame in frames.items()
            if frame is not None
        }
        raw.release()
    except Exception as error:
        raise read_error(error) or error from error
    return rows | {"ignored": [{entry["table"]: entry["ignored"]} for entry in raw.inputs]}


def values_of(rows: list[dict[str, Any]], *columns: str) -> list[tuple[object, ...]]:
    """The rows' values of the named columns, sorted (null before everything)."""
    values = [tuple(row[name] for name in columns) for row in rows]
    return sorted(values, key=lambda row: [(value is not None, value) for value in row])
