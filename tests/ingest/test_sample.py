"""The shipped real sample: its size, its columns, that it names nobody, and that the gazetteer places it."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from held import until_the_test_ends
from stclusters.ingest.economies import normalise_economy
from stclusters.ingest.gazetteer import place_cities

SAMPLE = Path(__file__).parents[2] / "lib" / "stclusters" / "data" / "sample"
COLUMNS = {
    "addresses": ["document_id", "kind", "person_id", "lon", "lat", "economy", "city", "region"],
    "documents": ["document_id", "kind", "year", "type"],
    "document_fields": ["document_id", "kind", "ipc", "field"],
}
ROWS = {"addresses": 135_367, "documents": 130_252, "document_fields": 219_610}


def column(table: str, name: str) -> list[object]:
    """The values of one column of the sample."""
    return pq.read_table(SAMPLE / f"{table}.parquet", columns=[name])[name].to_pylist()


def test_the_sample_is_at_most_8_megabytes_and_names_its_sources() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) <= 8_000_000
    assert {path.name for path in SAMPLE.iterdir()} == {"NOTICE", *(f"{name}.parquet" for name in COLUMNS)}
    notice = (SAMPLE / "NOTICE").read_text(encoding="utf-8")
    for said in ("PatentsView", "CC BY 4.0", "OpenAlex", "CC0", "GeoNames", "convenience sample", "mean nothing"):
        assert said in " ".join(notice.split())


@pytest.mark.parametrize("table", COLUMNS)
def test_a_table_has_the_canonical_columns_and_no_other(table: str) -> None:
    stored = pq.read_schema(SAMPLE / f"{table}.parquet")
    assert stored.names == COLUMNS[table]
    assert pq.read_metadata(SAMPLE / f"{table}.parquet").num_rows == ROWS[table]


def test_persons_are_positions_on_a_document() -> None:
    persons = set(column("addresses", "person_id"))
    assert {person for person in persons if not re.fullmatch(r"[1-9]\d{0,2}", str(person))} == {None}


def test_ids_are_those_of_patents_and_works_and_no_person_or_link_is_in_any_text() -> None:
    documents = dict(zip(column("documents", "document_id"), column("documents", "kind"), strict=True))
    assert len(documents) == ROWS["documents"]
    form = {"patent": re.compile(r"US[A-Z]{0,2}\d+"), "article": re.compile(r"W\d+")}
    assert [name for name, kind in documents.items() if not form[str(kind)].fullmatch(str(name))] == []
    for table, names in COLUMNS.items():
        assert set(column(table, "document_id")) <= set(documents)
        for name in names[2:]:
            values = pq.read_table(SAMPLE / f"{table}.parquet", columns=[name])[name]
            text = pc.drop_null(values).cast("string")
            assert not pc.any(pc.match_substring_regex(text, "https?:|orcid|@|^A[0-9]{6,}$")).as_py(), (table, name)


def test_symbols_are_of_patents_and_fields_of_articles() -> None:
    told = zip(*(column("document_fields", name) for name in ("kind", "ipc", "field")), strict=True)
    assert {(kind, bool(ipc), bool(field)) for kind, ipc, field in told} == {
        ("patent", True, False),
        ("article", False, True),
    }
    symbols = {str(symbol) for symbol in column("document_fields", "ipc") if symbol}
    assert [symbol for symbol in symbols if not re.fullmatch(r"[A-H]\d\d[A-Z]( \d{1,3}/00)?", symbol)] == []
    assert {"G06F", "A61K 31/00"} <= symbols


def test_at_least_120_000_inventor_addresses_are_placed_and_every_other_row_has_its_reason(spark: SparkSession) -> None:
    stored = spark.read.parquet(str(SAMPLE / "addresses.parquet")).withColumn(
        "economy", normalise_economy(F.col("economy"))
    )
    counted = stored.groupBy("city", "region", "economy", "kind").agg(F.count("*").alias("rows"))
    until_the_test_ends(counted.persist())
    placed = place_cities(counted.select("city", "region", "economy"))
    same = " and ".join(f"a.{key} <=> p.{key}" for key in ("city", "region", "economy"))
    joined = counted.alias("a").join(placed.alias("p"), F.expr(same), how="left")
    sums = joined.groupBy("kind", "reason").agg(F.sum("rows").alias("rows"), F.count("lon").alias("placed")).collect()
    rows = {(row["kind"], row["reason"]): row["rows"] for row in sums}
    print(rows)
    assert sum(rows.values()) == ROWS["addresses"]
    assert rows["patent", None] >= 120_000
    assert rows["article", None] >= 1_000
    assert {reason for _, reason in rows} == {None, "city_unknown", "city_ambiguous", "city_missing", "region_only"}
    assert rows["patent", "city_missing"] == 9
    assert [row for row in sums if row["reason"] is not None and row["placed"]] == []
