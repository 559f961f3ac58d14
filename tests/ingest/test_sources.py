"""One acceptance suite for all sources: good, bad setting, twice, empty, corrupt, columns missing or added, layouts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

import bulk
from bulk import PATENTSVIEW, PATSTAT, TABLES, WORKS
from read_samples import Rows, read_rows, source_of
from stclusters.errors import BadInput, SettingsError
from stclusters.settings import read_place

Changed = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A source in the suite: its settings, its sample and some variants of it, and what is to be found in it."""

    write: Callable[..., Path]
    documents: list[str]
    addresses: int
    settings: str = ""
    empty: Changed = field(default_factory=dict)
    missing: tuple[Changed, str] = (field(default_factory=dict), "")
    other: Changed = field(default_factory=dict)  # the previous layout, with a column more
    damaged: str = ""


def drop(table: tuple[str, list[tuple[object, ...]]], column: str) -> tuple[str, list[tuple[object, ...]]]:
    names = table[0].split()
    at = names.index(column)
    rows = [(*row[:at], *row[at + 1 :]) for row in table[1]]
    return " ".join(names[:at] + names[at + 1 :]), rows


def add(table: tuple[str, list[tuple[object, ...]]]) -> tuple[str, list[tuple[object, ...]]]:
    return f"novelty {table[0]}", [("new", *row) for row in table[1]]


def no_rows(tables: dict[str, tuple[str, list[tuple[object, ...]]]]) -> Changed:
    return {name: (columns, []) for name, (columns, _) in tables.items()}


def without(works: list[bulk.Row], name: str) -> list[bulk.Row]:
    return [{key: value for key, value in one.items() if key != name} for one in works]


TYPED: list[tuple[object, ...]] = [(*row, None) for row in TABLES["documents"][1]]
CASES = {
    "openalex": Case(
        bulk.write_openalex,
        ["W1", "W7", "W8", "W9"],
        8,
        'kind = "openalex"',
        {"works": []},
        ({"works": without(WORKS, "type")}, "data/works: no work has the field type"),
        {"works": [one | {"novelty": {"a": [1]}} for one in WORKS], "layout": "data/jsonl"},
        "data/works/updated_date=2024-05-01/part_000.gz",
    ),
    "patentsview": Case(
        bulk.write_patentsview,
        ["US10000001", "US10000002", "USD900000"],
        5,
        'kind = "patentsview"',
        no_rows(PATENTSVIEW),
        (
            {"g_location_disambiguated": drop(PATENTSVIEW["g_location_disambiguated"], "latitude")},
            "g_location_disambiguated.tsv.zip: lacks the column latitude",
        ),
        {"g_patent": add(PATENTSVIEW["g_patent"]), "ending": ".tsv"},
        "g_inventor_disambiguated.tsv.zip",
    ),
    "geocoded_patstat": Case(
        bulk.write_patstat,
        ["1", "2", "3"],
        8,
        'kind = "geocoded_patstat"',
        no_rows(PATSTAT),
        (
            {"tls207_pers_appln": drop(PATSTAT["tls207_pers_appln"], "invt_seq_nr")},
            "tls207_part01.zip: lacks the column invt_seq_nr",
        ),
        {"tls206_person": add(PATSTAT["tls206_person"]), "tls201_appln": drop(PATSTAT["tls201_appln"], "appln_auth")},
        "tls201_part02.zip",
    ),
    "tables": Case(
        bulk.write_tables,
        ["P1", "W1"],
        2,
        "",
        no_rows(TABLES),
        ({"addresses": drop(TABLES["addresses"], "lat")}, "addresses.csv: lacks the column lat"),
        {"addresses": add(TABLES["addresses"]), "documents": (f"{TABLES['documents'][0]} type", TYPED)},
        "",
    ),
}


def read(spark: SparkSession, folder: Path, case: Case, **changed: Any) -> Rows:
    """All that a source gives, collected; a fault of a file is a `BadInput`."""
    folder.mkdir(exist_ok=True)
    return read_rows(spark, source_of(folder, case.write(folder / "input", **changed), case.settings))


def ids(rows: Rows) -> list[object]:
    return sorted(row["document_id"] for row in rows["documents"])


each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@each
def test_a_good_sample_gives_its_rows_and_again_with_a_column_more_in_the_previous_layout(
    request: pytest.FixtureRequest, spark: SparkSession, tmp_path: Path, case: Case
) -> None:
    is_patstat = case.write is bulk.write_patstat
    rows = request.getfixturevalue("patstat") if is_patstat else read(spark, tmp_path / "good", case)
    assert ids(rows) == case.documents
    assert len(rows["addresses"]) == case.addresses
    assert "CANARY" not in str(rows)
    other = read(spark, tmp_path / "other", case, **case.other)
    assert {**other, "ignored": None} == {**rows, "ignored": None}
    assert case.settings == 'kind = "openalex"' or "novelty" in str(other["ignored"])


@each
def test_a_source_without_rows_has_none(spark: SparkSession, tmp_path: Path, case: Case) -> None:
    rows = read(spark, tmp_path, case, **case.empty)
    assert (rows["addresses"], rows["documents"]) == ([], [])


@each
def test_a_missing_column_fails_by_name(spark: SparkSession, tmp_path: Path, case: Case) -> None:
    with pytest.raises(BadInput, match=case.missing[1]):
        read(spark, tmp_path, case, **case.missing[0])


@each
def test_a_file_of_no_bytes_or_cut_off_fails_by_name(spark: SparkSession, tmp_path: Path, case: Case) -> None:
    source = source_of(tmp_path, case.write(tmp_path / "input"), case.settings)
    for manifest in tmp_path.rglob("manifest"):
        manifest.unlink()
    file = tmp_path / "input" / (case.damaged or "addresses.csv")
    whole = file.read_bytes()
    file.write_bytes(b"")
    with pytest.raises(BadInput, match=rf"{file.name}: is empty \(0 bytes\)"):
        read_rows(spark, source)
    file.write_bytes(whole[: len(whole) // 2])
    if not case.damaged:  # half of a plain text
        file.write_bytes(whole + b'"x","y"\n')
    with pytest.raises(BadInput, match=rf"{file.name}: (is cut off or damaged|has a row of more or fewer cells)"):
        read_rows(spark, source)


@each
def test_a_bad_setting_is_refused_by_name(tmp_path: Path, case: Case) -> None:
    with pytest.raises(SettingsError, match=r"source\.\w+\.colour: is not a setting"):
        source_of(tmp_path, tmp_path, f'{case.settings}\ncolour = "red"')


def test_a_kind_of_source_that_is_none_is_refused_and_patstat_may_not_be_passed_on(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"source\.kind: is one of 'tables', 'openalex', .*, found 'web'"):
        source_of(tmp_path, tmp_path, 'kind = "web"')
    place = tmp_path / "place.toml"
    source_of(tmp_path, tmp_path, 'kind = "geocoded_patstat"')
    place.write_text(place.read_text().replace("redistribute = false", "redistribute = true"))
    with pytest.raises(SettingsError, match=r"redistribute: Input should be False"):
        read_place(place)


def test_a_work_that_is_not_json_or_of_another_type_fails_by_name(spark: SparkSession, tmp_path: Path) -> None:
    case = CASES["openalex"]
    source = source_of(tmp_path, case.write(tmp_path / "input"), case.settings)
    file = tmp_path / "input" / case.damaged
    (tmp_path / "input/data/works/manifest").unlink()
    for wrong in ('{"id": "https://openalex.org/W1", "publication', json.dumps(WORKS[0] | {"publication_year": "?"})):
        file.write_bytes(gzip.compress((wrong + "\n").encode()))
        with pytest.raises(BadInput, match=r"part_000\.gz: has a record that is not JSON, or a value of another type"):
            read_rows(spark, source)
