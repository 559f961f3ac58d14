"""IPC symbols to technology fields: the table against WIPO's, dirty symbols, and the weights of a document."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from importlib import resources
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from held import until_the_test_ends
from stclusters.ingest.documents import FieldRow, sift_fields
from stclusters.ingest.fields import match_fields, read_concordance
from stclusters.ingest.sifted import Told

# patterns that WIPO's table of July 2019 does not have: the field they have here, and why
ADDED = {
    "A61K": (16, "symbols without a main group: all of A61K but cosmetics is pharmaceuticals"),
    "A61K 7/": (14, "cosmetics until 2006, now A61K 8/ and A61Q"),
    "A61K 40/": (16, "new in 2025, from A61K 35/ and A61K 39/"),
    "B64U": (32, "new in 2023, from B64C and B64D"),
    "G06V": (6, "new in 2022, from G06K"),
    "G16Y": (6, "new in 2020, as its siblings G16B, G16C and G16Z"),
    "H04N 23/": (2, "new in 2023, from H04N 5/"),
    "H04N 25/": (2, "new in 2023, from H04N 5/"),
    "H10B": (8, "new in 2023, from H01L"),
    "H10D": (8, "new in 2025, from H01L"),
    "H10F": (8, "new in 2025, from H01L"),
    "H10H": (8, "new in 2025, from H01L"),
    "H10K": (8, "new in 2023, from H01L"),
    "H10N": (8, "new in 2023, from H01L"),
    "H10P": (8, "new in 2026, from H01L"),
    "H10W": (8, "new in 2026, from H01L"),
}
SYMBOLS = "kind string, document_id string, ipc string, field string"


def shipped() -> list[dict[str, str]]:
    text = resources.files("stclusters").joinpath("data", "ipc_fields.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def sift(spark: SparkSession, *symbols: tuple[str, str, str | None]) -> Told:
    """The fields of the documents that rows of kind, id and symbol name."""
    rows = spark.createDataFrame([(*symbol, None) for symbol in symbols], SYMBOLS)
    return until_the_test_ends(
        sift_fields(rows, rows.select("kind", "document_id").distinct(), read_concordance(spark))
    )


def read_fields(spark: SparkSession, symbols: dict[str, list[str | None]]) -> dict[str, set[tuple[str, int]]]:
    rows = [("patent", document, ipc) for document, listed in symbols.items() for ipc in listed]
    found: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for row in sift(spark, *rows).kept.collect():
        found[row.document_id].add((row.field, row.fields))
    return found


def test_the_concordance_differs_from_wipos_table_only_where_a_reason_is_given(shared: Path) -> None:
    path = shared / "wipo_ipc35" / "ipc_technology.csv"
    path = path if path.is_file() else shared / "data" / "wipo_ipc35" / "ipc_technology.csv"
    if not path.is_file():
        pytest.skip("WIPO's table (../shared/data/wipo_ipc35) is not on this machine")
    with path.open(encoding="utf-8-sig", newline="") as file:
        theirs = {
            re.sub(r"\s+", " ", row["IPC_code"].removesuffix("%")): (
                row["Field_number"],
                row["Field_en"],
                row["Sector_en"],
            )
            for row in csv.DictReader(file)
        }
    ours = {row["pattern"]: (row["field_number"], row["field"], row["sector"]) for row in shipped()}
    expected = {pattern: (None, str(field)) for pattern, (field, _) in ADDED.items()}
    differing = {
        pattern: (theirs.get(pattern), ours.get(pattern))
        for pattern in theirs.keys() | ours.keys()
        if theirs.get(pattern) != ours.get(pattern)
    }
    for pattern in sorted(differing):
        print(pattern, *differing[pattern], ADDED.get(pattern, ("", "NO REASON GIVEN"))[1])
    summary = {pattern: (theirs, ours and ours[0]) for pattern, (theirs, ours) in differing.items()}
    assert summary == expected


def test_there_are_35_fields_in_five_sectors_and_every_pattern_is_a_subclass_or_a_main_group() -> None:
    rows = shipped()
    assert {int(row["field_number"]) for row in rows} == set(range(1, 36))
    assert len({(row["field_number"], row["field"], row["sector"]) for row in rows}) == 35
    assert len({row["sector"] for row in rows}) == 5
    assert len({row["pattern"] for row in rows}) == len(rows)
    assert [p for p in (row["pattern"] for row in rows) if not re.fullmatch(r"[A-H]\d\d[A-Z]( [1-9]\d*/)?", p)] == []


def test_a_symbol_is_read_in_every_notation_that_sources_use(spark: SparkSession) -> None:
    computer, digital, pharma = "Computer technology", "Digital communication", "Pharmaceuticals"
    cosmetics, biology, measuring = "Organic fine chemistry", "Analysis of biological materials", "Measurement"
    notations = {
        "G06F  17/30": computer,
        "g06f17/30": computer,
        " G06F": computer,
        "G 06 F 17/30": computer,
        "G06F\u00a017/30": computer,
        "H04L12/28 (2006.01)": digital,
        "H04L  12/28        20060101AFI20130905BHEP": digital,
        "H04N 21/00": digital,
        "H04N0021000000": digital,
        "H04N 1/00": "Telecommunications",
        "H04N 101:00": "Audio-visual technology",
        "H10K 59/12": "Semiconductors",
        "A61K0031-00": pharma,
        "A61K 31": pharma,
        "A61K-31/00": pharma,
        "A61K": pharma,
        "A61K 8/00": cosmetics,
        "A61K0008-97": cosmetics,
        "A61K0008970000": cosmetics,
        "A61K 80/00": pharma,
        "G01N  33/53": biology,
        "G01N 3/00": measuring,
        "G01N33": biology,
        "G01N 333/00": "unknown",
        "G01N": "unknown",
        "G06Q 10/06": "IT methods for management",
        "E01F 8/00": "Environmental technology",
        "C08J 5/18": "Other special machines",
        "C08L 23:02": "Macromolecular chemistry, polymers",
        "Y02E 10/50": "unknown",
        "G06FISH": "unknown",
        "X06F 17/30": "unknown",
        "??": "unknown",
        "": "unknown",
    }
    found = read_fields(spark, {notation: [notation] for notation in notations})
    assert {notation: {field for field, _ in fields} for notation, fields in found.items()} == {
        notation: {field} for notation, field in notations.items()
    }


def test_a_document_has_each_field_once_and_unknown_only_where_nothing_is_known(spark: SparkSession) -> None:
    found = read_fields(
        spark,
        {
            "two fields": ["G06F 17/30", "G06F 3/01", "G06N 3/02", "H04L 12/28"],
            "one known": ["??", "H04L 12/28", None],
            "all unknown": ["??", None, "Z99"],
            "no symbol": [None],
        },
    )
    assert found == {
        "two fields": {("Computer technology", 2), ("Digital communication", 2)},
        "one known": {("Digital communication", 1)},
        "all unknown": {("unknown", 1)},
        "no symbol": {("unknown", 1)},
    }


def test_documents_of_two_kinds_with_one_id_stay_apart(spark: SparkSession) -> None:
    kept = sift(spark, ("patent", "1", "G06F 17/30"), ("article", "1", "H04L 12/28")).kept
    assert sorted((row.kind, row.field, row.fields) for row in kept.collect()) == [
        ("article", "Digital communication", 1),
        ("patent", "Computer technology", 1),
    ]


def test_every_symbol_that_no_pattern_matches_is_counted_beside_known_ones_too(spark: SparkSession) -> None:
    rows = [("patent", "1", "??"), ("patent", "1", "G06F 17/30"), ("patent", "2", "??"), ("patent", "2", None)]
    counted = {row["reason"]: row["rows"] for row in sift(spark, *rows).counts.collect()}
    assert counted == {FieldRow.UNKNOWN_IPC: 2, FieldRow.IPC: 1, FieldRow.BLANK: 1}


def test_fields_are_joined_by_broadcast_and_never_by_a_nested_loop(spark: SparkSession) -> None:
    symbols = spark.createDataFrame([("patent", "1", "??")], "kind string, document_id string, ipc string")
    frame = match_fields(symbols, read_concordance(spark))
    frame.collect()
    plan = frame._jdf.queryExecution().executedPlan().toString()
    assert "BroadcastHashJoin" in plan
    assert "NestedLoop" not in plan
    assert "CartesianProduct" not in plan
