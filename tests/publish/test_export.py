"""CSV files and the GeoParquet file of the outlines, read back by what did not write them."""

from __future__ import annotations

import csv
import json
import math
import struct
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import SchemaMismatch
from stclusters.publish.export import export_csv, export_outlines
from stclusters.publish.files import replaced

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
    "",
    "Zürich–東京",
]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def named(spark: SparkSession, names: list[str]) -> DataFrame:
    return spark.createDataFrame(list(enumerate(names)), "id int, name string")


def test_a_hostile_name_reads_back_as_the_same_text(spark: SparkSession, tmp_path: Path) -> None:
    assert export_csv(named(spark, HOSTILE), tmp_path / "a.csv", ["id"]) == len(HOSTILE)
    read = [row["name"] for row in read_csv(tmp_path / "a.csv")]
    assert [
        text.removeprefix("'") if raw[:1] != "'" else text for raw, text in zip(HOSTILE, read, strict=True)
    ] == HOSTILE


@pytest.mark.parametrize("begin", list("=+-@\t\r"))
def test_no_cell_begins_as_a_formula(spark: SparkSession, tmp_path: Path, begin: str) -> None:
    rows = [(1, begin + "1+1", [begin + "A", "B"])]
    export_csv(spark.createDataFrame(rows, "id int, name string, economies array<string>"), tmp_path / "a.csv", ["id"])
    (row,) = read_csv(tmp_path / "a.csv")
    assert (row["name"], row["economies"]) == (f"'{begin}1+1", f"'{begin}A/B")


def test_a_negative_number_is_no_formula(spark: SparkSession, tmp_path: Path) -> None:
    export_csv(spark.createDataFrame([(-5, -0.25)], "id int, lon double"), tmp_path / "a.csv", ["id"])
    assert read_csv(tmp_path / "a.csv") == [{"id": "-5", "lon": "-0.25"}]


def test_doubles_and_longs_read_back_equal(spark: SparkSession, tmp_path: Path) -> None:
    doubles = [0.1, 1 / 3, 1e22, 5e-324, 1.7976931348623157e308, -0.0, 100 * (2 / 3), math.pi * 1e-7, 123456789.125]
    frame = spark.createDataFrame([(2**62 + i, value) for i, value in enumerate(doubles)], "id long, score double")
    export_csv(frame, tmp_path / "a.csv", ["id"])
    rows = read_csv(tmp_path / "a.csv")
    assert [int(row["id"]) for row in rows] == [2**62 + i for i in range(len(doubles))]
    assert [struct.pack("d", float(row["score"])) for row in rows] == [struct.pack("d", value) for value in doubles]


def test_rows_are_in_the_order_of_the_key_whatever_the_order_of_the_frame(spark: SparkSession, tmp_path: Path) -> None:
    rows = [(2, "b", 1.0), (10, "a", 2.0), (2, "a", 3.0), (1, "z", 4.0)]
    for order, name in ((rows, "a.csv"), (rows[::-1], "b.csv")):
        frame = spark.createDataFrame(order, "cluster_id long, kind string, links double").repartition(3)
        export_csv(frame, tmp_path / name, ["cluster_id", "kind"])
    read = [(row["cluster_id"], row["kind"]) for row in read_csv(tmp_path / "a.csv")]
    assert read == [("1", "z"), ("2", "a"), ("2", "b"), ("10", "a")]
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_null_is_an_empty_cell_and_binary_is_left_out(spark: SparkSession, tmp_path: Path) -> None:
    frame = spark.createDataFrame([(1, None, "", bytearray(b"x"))], "id int, share double, name string, outline binary")
    export_csv(frame, tmp_path / "a.csv", ["id"])
    assert (tmp_path / "a.csv").read_text() == '"id","share","name"\n1,,""\n'


def test_an_empty_table_is_a_header(spark: SparkSession, tmp_path: Path) -> None:
    assert export_csv(named(spark, []), tmp_path / "a.csv", ["id"]) == 0
    assert (tmp_path / "a.csv").read_text() == '"id","name"\n'


def test_a_key_that_is_not_there_and_a_column_without_a_form_are_refused(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="kind"):
        export_csv(named(spark, ["x"]), tmp_path / "a.csv", ["id", "kind"])
    with pytest.raises(SchemaMismatch, match="counts"):
        export_csv(spark.sql("SELECT 1 AS id, map('a', 1) AS counts"), tmp_path / "a.csv", ["id"])
    assert not list(tmp_path.iterdir())


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
    assert path.is_file()
    geo = json.loads(pq.read_metadata(path).metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert (geo["version"], geo["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4326}
    assert sorted(column["geometry_types"]) == ["MultiPolygon", "Polygon"]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert column["bbox"] == [-180, 10, 180, 50.1]


def test_the_outlines_read_back_as_they_were(
    spark: SparkSession, clusters: DataFrame, ranking: DataFrame, tmp_path: Path
) -> None:
    export_outlines(clusters, ranking, tmp_path / "clusters.parquet")
    first, second = pq.read_table(tmp_path / "clusters.parquet").to_pylist()
    expected = {
        "cluster_id": 2**62 + 1,
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
    assert (second["cluster_id"], second["rank"]) == (7, 2)
    read = spark.read.format("geoparquet").load(f"file://{tmp_path}/clusters.parquet")
    equal = F.expr("ST_Equals(geometry, ST_GeomFromWKB(outline))").alias("equal")
    found = read.join(clusters.select("cluster_id", "outline"), "cluster_id").select(equal).collect()
    assert [row.equal for row in found] == [True, True]


def test_no_cluster_gives_a_file_without_rows(clusters: DataFrame, ranking: DataFrame, tmp_path: Path) -> None:
    export_outlines(clusters.limit(0), ranking.limit(0), tmp_path / "clusters.parquet")
    assert pq.read_table(tmp_path / "clusters.parquet").num_rows == 0
    assert b"geo" in pq.read_metadata(tmp_path / "clusters.parquet").metadata
