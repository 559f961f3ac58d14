"""CSV files and the GeoParquet file of the outlines, read back by what did not write them."""

from __future__ import annotations

import csv
import json
import math
import re
import struct
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema

from stclusters.errors import SchemaMismatch
from stclusters.publish.export import CLUSTER_IDS, export_csv
from stclusters.publish.files import replaced
from stclusters.publish.geoparquet import export_outlines
from stclusters.publish.order import ORDER, by_rank, in_order
from stclusters.tables import CLUSTER_FIELDS, CLUSTER_LINKS, QUALITY, RANK_CHANGES, RANKING, RESULTS, Table

HOSTILE = [
    "</script><script>alert(1)</script>",
    '=HYPERLINK("http://example.org","x")',
    "'; DROP TABLE clusters; --",
    "\u202eright to left\u202c",
    "x" * 10_000,
    'comma, "quote"\nand a new line',
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "\0x",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "",
    "Zürich–東京",
]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_hostile_name_reads_back_as_the_same_text(tmp_path: Path) -> None:
    assert export_csv(pa.table({"name": HOSTILE}), tmp_path / "a.csv") == len(HOSTILE)
    read = [row["name"] for row in read_csv(tmp_path / "a.csv")]
    assert [
        text.removeprefix("'") if raw[:1] != "'" else text for raw, text in zip(HOSTILE, read, strict=True)
    ] == HOSTILE


@pytest.mark.parametrize("begin", list("=+-@\t\r\n\0＝＋－＠"))
def test_no_cell_begins_as_a_formula(tmp_path: Path, begin: str) -> None:
    rows = pa.table({"name": [begin + "1+1"], "economies": [[begin + "A", "B"]]})
    export_csv(rows, tmp_path / "a.csv")
    (row,) = read_csv(tmp_path / "a.csv")
    assert (row["name"], row["economies"]) == (f"'{begin}1+1", f"'{begin}A/B")


def test_numbers_are_no_formulas_and_read_back_equal(tmp_path: Path) -> None:
    doubles = [-0.25, 0.1, 1 / 3, 1e22, 5e-324, 1.7976931348623157e308, -0.0, 100 * (2 / 3), math.pi * 1e-7]
    export_csv(pa.table({"change": range(-5, 4), "score": doubles}), tmp_path / "a.csv")
    rows = read_csv(tmp_path / "a.csv")
    assert [int(row["change"]) for row in rows] == list(range(-5, 4))
    assert [struct.pack("d", float(row["score"])) for row in rows] == [struct.pack("d", value) for value in doubles]


def test_ids_of_clusters_are_texts_that_no_program_rounds(tmp_path: Path) -> None:
    ids = [2**62 + 1, None, 392086147396482390]
    export_csv(pa.table({"cluster_id": ids, "rival_b": ids[::-1], "links": [1, 2, 3]}), tmp_path / "a.csv")
    rows = read_csv(tmp_path / "a.csv")
    assert [row["cluster_id"] for row in rows] == ["C4611686018427387905", "", "C392086147396482390"]
    assert [row["rival_b"] for row in rows] == ["C392086147396482390", "", "C4611686018427387905"]
    assert [row["links"] for row in rows] == ["1", "2", "3"]


COUNTS = {  # whole numbers of result tables that are counted, and far below the 15 digits that every program keeps
    *("points", "core_points", "inventors", "authors", "common_patents", "common_articles", "documents", "links"),
    *("clusters", "whole", "split", "merged", "vanished", "entered", "top_clusters", "foreign_documents"),
}


def test_every_whole_number_of_a_result_table_is_an_id_of_a_cluster_or_a_count() -> None:
    wide = {column.name for table in RESULTS for column in table.schema if column.dataType == T.LongType()}
    assert wide == COUNTS | set(CLUSTER_IDS)


def test_the_file_has_a_byte_order_mark_and_a_null_is_an_empty_cell_and_binary_is_left_out(tmp_path: Path) -> None:
    rows = pa.table({"id": [1], "share": pa.array([None], pa.float64()), "name": [""], "outline": [b"x"]})
    export_csv(rows, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == b'\xef\xbb\xbf"id","share","name"\n1,,""\n'
    assert export_csv(rows.slice(0, 0), tmp_path / "a.csv") == 0
    assert (tmp_path / "a.csv").read_bytes() == b'\xef\xbb\xbf"id","share","name"\n'


def test_a_column_without_a_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match=r"counts: .* has no form in CSV"):
        export_csv(pa.table({"counts": [{"a": 1}]}), tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


RANKED = pa.array([30, 10, 20])  # ids by rank
ORDERED = {  # rows of a table in the order in which they are published
    RANKING: [{"cluster_id": 30}, {"cluster_id": 10}, {"cluster_id": 20}],
    CLUSTER_FIELDS: [
        {"cluster_id": 30, "kind": "patent", "documents": 9.0, "field": "z"},
        {"cluster_id": 30, "kind": "patent", "documents": 2.0, "field": "a"},
        {"cluster_id": 30, "kind": "patent", "documents": 2.0, "field": "b"},
        {"cluster_id": 30, "kind": "article", "documents": 99.0, "field": "a"},
        {"cluster_id": 10, "kind": "patent", "documents": 50.0, "field": "a"},
    ],
    CLUSTER_LINKS: [
        {"cluster_a": 10, "cluster_b": 30, "kind": "patent"},  # ranks 1 and 2
        {"cluster_a": 10, "cluster_b": 30, "kind": "article"},
        {"cluster_a": 20, "cluster_b": 30, "kind": "patent"},  # 1 and 3
        {"cluster_a": 30, "cluster_b": None, "kind": "patent"},  # 1 and what is outside
        {"cluster_a": 10, "cluster_b": 20, "kind": "patent"},  # 2 and 3
        {"cluster_a": 10, "cluster_b": None, "kind": "patent"},
    ],
    RANK_CHANGES: [
        {"rank": 1, "earlier_rank": 7, "cluster_id": 30, "earlier_cluster_id": 30},
        {"rank": 1, "earlier_rank": 9, "cluster_id": 30, "earlier_cluster_id": 31},
        {"rank": 2, "earlier_rank": None, "cluster_id": 10, "earlier_cluster_id": None},
        {"rank": None, "earlier_rank": 2, "cluster_id": None, "earlier_cluster_id": 9},
        {"rank": None, "earlier_rank": 3, "cluster_id": None, "earlier_cluster_id": 8},
    ],
    QUALITY: [
        {"part": "checks", "measure": "m", "kind": "article", "subject": "", "value": 9.0},
        {"part": "documents", "measure": "m", "kind": "patent", "subject": "", "value": 5.0},
        {"part": "coverage", "measure": "m", "kind": None, "subject": "b", "value": 9.0},
        {"part": "coverage", "measure": "m", "kind": None, "subject": "a", "value": 2.0},
    ],
}


@pytest.mark.parametrize("table", ORDERED, ids=lambda table: table.name)
def test_rows_are_in_the_order_that_a_reader_expects(table: Table) -> None:
    rows = ORDERED[table]
    for seed in range(5):
        drawn = pa.Table.from_pylist(Random(seed).sample(rows, len(rows)))
        assert in_order(table, drawn, RANKED).to_pylist() == rows


def test_every_result_table_has_an_order_of_columns_that_it_has() -> None:
    assert set(ORDER) == {table.name for table in RESULTS}
    for table in RESULTS:
        named = {name for word in ORDER[table.name] for name in re.split(r"[|&]", word.removeprefix("-"))}
        assert named <= set(table.schema.names)
        rows = to_arrow_schema(table.schema).empty_table()
        assert in_order(table, rows, RANKED).num_rows == 0


VALUES = {T.IntegerType(): 1, T.LongType(): 30, T.DoubleType(): 0.5, T.StringType(): "a", T.BinaryType(): b"x"}


@pytest.mark.parametrize("table", RESULTS, ids=lambda table: table.name)
def test_every_result_table_has_a_form_in_csv_in_the_types_that_spark_gives(table: Table, tmp_path: Path) -> None:
    row = {column.name: VALUES.get(column.dataType, ["a", "b"]) for column in table.schema}
    empty = {column.name: None if column.nullable else row[column.name] for column in table.schema}
    rows = pa.Table.from_pylist([row, empty], schema=to_arrow_schema(table.schema))
    assert export_csv(in_order(table, rows, RANKED), tmp_path / "a.csv") == 2
    full = read_csv(tmp_path / "a.csv")[0]
    for name, value in full.items():
        expected = {"a": "a", 1: "1", 0.5: "0.5", 30: "C30" if name in CLUSTER_IDS else "30"}
        assert value == ("a/b" if isinstance(row[name], list) else expected[row[name]])  # type: ignore[index]


def test_equal_ranks_are_in_the_order_of_ids() -> None:
    ranking = pa.table({"cluster_id": [9, 5, 7], "rank": [2, 2, 1]})
    assert by_rank(ranking).to_pylist() == [7, 5, 9]


def write_half(path: Path) -> None:
    with replaced(path) as unfinished:
        unfinished.write_text("ne")
        raise OSError("disk full")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a b%41=" / "a.csv"
    with replaced(path) as unfinished:
        unfinished.write_text("old")
        assert not path.exists()
    with pytest.raises(OSError, match="disk full"):
        write_half(path)
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


SQUARE = "POLYGON((10 50, 10.2 50, 10.2 50.1, 10 50.1, 10 50))"
BOTH_SIDES = "MULTIPOLYGON(((179 10, 180 10, 180 11, 179 10)), ((-180 10, -179 10, -180 11, -180 10)))"


@pytest.fixture
def clusters(spark: SparkSession) -> DataFrame:
    rows = [
        (2024, 2**62 + 1, HOSTILE[0], "DE", ["DE", "FR"], 150.5, SQUARE),
        (2024, 7, "Suva", "FJ", ["FJ"], 99.0, BOTH_SIDES),
    ]
    columns = "edition int, cluster_id long, name string, home_economy string, economies array<string>, area_km2 double"
    frame = spark.createDataFrame(rows, columns + ", wkt string")
    return frame.withColumn("outline", F.expr("ST_AsBinary(ST_GeomFromWKT(wkt))")).drop("wkt")


@pytest.fixture
def ranking(spark: SparkSession) -> DataFrame:
    rows = [(2024, 7, 2, "other", 1.5, 0.0, 0.25), (2024, 2**62 + 1, 1, "other", 4.0, 8.0, 1.75)]
    columns = "edition int, cluster_id long, rank int, name string, patents double, articles double, score double"
    return spark.createDataFrame(rows, columns)


def test_the_outlines_are_one_valid_geoparquet_file(clusters: DataFrame, ranking: DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "a b%41=" / "clusters.parquet"
    for _ in range(2):  # the second replaces the first
        export_outlines(clusters, ranking, path)
    assert list(path.parent.iterdir()) == [path]
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    assert geo == {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",  # without crs: longitude and latitude of WGS 84 (OGC:CRS84)
                "geometry_types": ["MultiPolygon", "Polygon"],
                "bbox": [-180, 10, 180, 50.1],
                "covering": {"bbox": {name: ["bbox", name] for name in ("xmin", "ymin", "xmax", "ymax")}},
            }
        },
    }
    schema = pq.read_schema(path)
    assert schema.field("geometry").nullable == schema.field("bbox").nullable
    assert [str(field.type) for field in schema.field("bbox").type] == ["double"] * 4


def test_the_outlines_read_back_as_they_were(
    spark: SparkSession, clusters: DataFrame, ranking: DataFrame, tmp_path: Path
) -> None:
    export_outlines(clusters, ranking, tmp_path / "clusters.parquet")
    first, second = pq.read_table(tmp_path / "clusters.parquet").to_pylist()
    expected = {
        "cluster_id": f"C{2**62 + 1}",
        "rank": 1,
        "name": HOSTILE[0],
        "home_economy": "DE",
        "economies": ["DE", "FR"],
        "patents": 4.0,
        "articles": 8.0,
        "score": 1.75,
        "area_km2": 150.5,
    }
    assert {name: first[name] for name in expected} == expected
    assert list(first) == [*expected, "geometry", "bbox"]
    assert first["bbox"] == {"xmin": 10.0, "ymin": 50.0, "xmax": 10.2, "ymax": 50.1}
    assert (second["cluster_id"], second["rank"]) == ("C7", 2)
    read = spark.read.format("geoparquet").load(f"file://{tmp_path}/clusters.parquet")
    equal = F.expr("ST_Equals(geometry, ST_GeomFromWKB(outline))").alias("equal")
    outlines = clusters.select(F.expr("concat('C', cluster_id)").alias("cluster_id"), "outline")
    found = read.join(outlines, "cluster_id").select(equal).collect()
    assert [row.equal for row in found] == [True, True]


def test_no_cluster_gives_a_file_without_rows_and_without_bounds(
    spark: SparkSession, clusters: DataFrame, ranking: DataFrame, tmp_path: Path
) -> None:
    export_outlines(clusters.limit(0), ranking.limit(0), tmp_path / "clusters.parquet")
    assert pq.read_table(tmp_path / "clusters.parquet").num_rows == 0
    geo = json.loads(pq.read_metadata(tmp_path / "clusters.parquet").metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert "bbox" not in column
    assert column["geometry_types"] == []
    read = spark.read.format("geoparquet").load(f"file://{tmp_path}/clusters.parquet")
    assert read.count() == 0
    assert read.columns[-2:] == ["geometry", "bbox"]
