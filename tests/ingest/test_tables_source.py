"""Plain tables: what is found, what is read, and what fails with one sentence that names the file."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from conftest import rows_of
from stclusters.errors import BadInput
from stclusters.ingest.sources.faults import read_error
from stclusters.ingest.sources.raw_tables import RawTables
from stclusters.ingest.sources.tables import read_tables

ADDRESSES = "document_id,kind,lon,lat\nd1,patent,2.5,48.5\n"
DOCUMENTS = "document_id,kind,year\nd1,patent,2020\n"
Fill = Callable[..., Path]


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Makes an input folder with plain addresses and documents, and the named files; None leaves one out."""

    def make(folder: Path | None = None, **files: bytes | str | None) -> Path:
        root = folder or tmp_path / "input"
        named: dict[str, bytes | str | None] = {"addresses_csv": ADDRESSES, "documents_csv": DOCUMENTS} | files
        for name, content in named.items():
            if content is not None:
                path = root / re.sub(r"_(csv|gz|parquet)", r".\1", name.replace("__", "/"))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return make


def parquet(path: Path, **columns: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def fails(spark: SparkSession, folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        read_tables(spark, folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def fails_when_used(frame: DataFrame) -> str:
    with pytest.raises(Exception) as caught:  # noqa: PT011  # any error of Spark: what it says is asserted
        frame.collect()
    known = read_error(caught.value)
    assert known is not None
    assert "\n" not in str(known)
    return str(known)


def addresses_of(tables: RawTables) -> list[tuple[object, ...]]:
    return rows_of(tables.addresses, "document_id", "kind", "lon", "lat", "city")


def test_columns_are_found_by_name_in_each_file_whatever_their_order(spark: SparkSession, fill: Fill) -> None:
    folder = fill(
        addresses_csv=None,
        addresses__a_csv="lat,lon,city,kind,document_id,extra\n48.5,2.5,Paris,patent,d1,x\n",
        addresses__b_csv_gz=gzip.compress(b"kind,document_id,lon,lat\narticle,d2,139.7,35.7\n"),
        addresses___SUCCESS="",
    )
    tables = read_tables(spark, folder)
    assert addresses_of(tables) == [("d1", "patent", "2.5", "48.5", "Paris"), ("d2", "article", "139.7", "35.7", None)]
    assert [entry["ignored"] for entry in tables.inputs] == [["extra"], []]
    assert [(entry["table"], entry["format"], entry["files"], entry["version"]) for entry in tables.inputs] == [
        ("addresses", "csv", 2, None),
        ("documents", "csv", 1, None),
    ]
    assert tables.inputs[0]["bytes"] == sum(f.stat().st_size for f in (folder / "addresses").glob("?.csv*"))
    assert tables.document_fields is None


def test_quotes_line_breaks_and_long_texts_are_read_as_rfc_4180_has_them(spark: SparkSession, fill: Fill) -> None:
    long = "x" * 10_240
    folder = fill(
        addresses_csv='\ufeffdocument_id,kind,lon,lat,city,region\r\nd1,patent,1,2,"a ""b"", c",=HYPERLINK(\r\n\r\n'
        f'd2,patent,1,2,"two\nlines",</script>\r\nd3,patent, 12.5 ,,"",{long}\r\n'
    )
    rows = rows_of(read_tables(spark, folder).addresses, "document_id", "lon", "lat", "city", "region")
    assert rows == [
        ("d1", "1", "2", 'a "b", c', "=HYPERLINK("),
        ("d2", "1", "2", "two\nlines", "</script>"),
        ("d3", " 12.5 ", None, None, long),
    ]


def test_semicolons_tabs_and_bars_are_read_and_decimal_commas_with_them(spark: SparkSession, fill: Fill) -> None:
    folder = fill(addresses_csv=None, documents_csv=None)
    (folder / "addresses").mkdir(parents=True)
    texts = {
        "a.csv": "\ufeffdocument_id;kind;lon;lat;city\r\nd1;patent;2,35;-48,86;Aÿ, Champagne\r\n"
        "d2;patent;1,2E+01;48;\r\n",
        "b.tsv": 'document_id\tkind\tlon\tlat\tcity\nd3\tpatent\t-0,12\t51.5\t"a\nb"\n',
        "c.csv": 'document_id|kind|lon|lat|city\nd4|patent|"1.234,5"|,5|12,5\n',
        "d.csv": 'document_id,kind,lon,lat,city\nd5,patent,"2,35",48.86,x;y\n',
    }
    for name, text in texts.items():
        (folder / "addresses" / name).write_text(text, encoding="utf-8", newline="")
    (folder / "documents.tsv.gz").write_bytes(gzip.compress(b"document_id\tkind\tyear\nd1\tpatent\t2020,0\n"))
    (folder / "notes.csv").write_text("x")
    tables = read_tables(spark, folder)
    assert addresses_of(tables) == [
        ("d1", "patent", "2.35", "-48.86", "Aÿ, Champagne"),
        ("d2", "patent", "1.2E+01", "48", None),
        ("d3", "patent", "-0.12", "51.5", "a\nb"),
        ("d4", "patent", "1.234,5", ".5", "12,5"),
        ("d5", "patent", "2,35", "48.86", "x;y"),  # of cells between commas: no number, and a reject
    ]
    assert rows_of(tables.documents, "document_id", "year") == [("d1", "2020.0")]
    assert tables.unread == ("notes.csv",)


@pytest.mark.parametrize(
    ("row", "line"),
    [("d2,patent,1", 3), ("d2,patent,1,2,3", 3), ('d2,patent,"1" x,2', 3), ('d2,"pat\nent",1', 4)],
    ids=["fewer cells", "more cells", "text after a quote", "fewer cells over two lines"],
)
def test_a_row_that_is_not_of_its_header_fails_with_its_line(
    spark: SparkSession, fill: Fill, row: str, line: int
) -> None:
    tables = read_tables(spark, fill(addresses_csv=f"{ADDRESSES}{row}\n"))
    for used in (tables.addresses, tables.addresses.select("kind"), tables.addresses.groupBy().count()):
        message = fails_when_used(used)
        assert "addresses.csv: has a row of more or fewer cells than its header" in message
        assert f"(line {line})" in message


@pytest.mark.parametrize("where", [0, 200_000], ids=["in the first bytes", "far from the first bytes"])
def test_latin_1_bytes_fail_and_are_not_read_as_another_letter(spark: SparkSession, fill: Fill, where: int) -> None:
    rows = "d1,patent,1,2\n" * (where // 14)
    data = f"document_id,kind,lon,lat\n{rows}".encode() + b"M\xfcnchen,patent,1,2\n"
    message = fails(spark, fill(addresses_csv=None, addresses__part_csv=data))
    assert message.endswith("addresses/part.csv: has bytes that are not UTF-8: save it as UTF-8.")


def test_letters_of_utf_8_and_a_replacement_character_of_the_source_are_kept(spark: SparkSession, fill: Fill) -> None:
    folder = fill(addresses_csv="document_id,kind,lon,lat,city\nd1,patent,1,2,Zürich \ufffd 東京\n")
    assert rows_of(read_tables(spark, folder).addresses, "city") == [("Zürich \ufffd 東京",)]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("addresses_csv", b"", "addresses.csv: is empty"),
        ("addresses_csv_gz", b"", "addresses.csv.gz: is empty"),
        ("addresses_csv_gz", ADDRESSES, "addresses.csv.gz: is named .gz and is not gzip"),
        ("addresses_csv_gz", gzip.compress(ADDRESSES.encode() * 999)[:-9], "addresses.csv.gz: is cut off or damaged"),
        ("addresses_csv", gzip.compress(ADDRESSES.encode()), "addresses.csv: is gzip and is not named .gz"),
        ("addresses_csv", "\n\n", "addresses.csv: has no header"),
        (
            "addresses_csv",
            "document_id;kind;lon\n",
            "addresses.csv: lacks the column lat (it has document_id, kind, lon)",
        ),
        (
            "addresses_csv",
            ADDRESSES + 'd2,patent,1,"2\nd3,patent,1,2\n',
            "addresses.csv: has a quote that is never closed (line 3)",
        ),
        ("addresses_csv_gz", gzip.compress(f"{ADDRESSES}\0\0".encode()), "addresses.csv.gz: has zero bytes where text"),
        ("addresses_csv", ADDRESSES + "\0" * 99 + ADDRESSES, "addresses.csv: has zero bytes where text should be"),
        ("addresses_csv", "document_id,kind,lon\nd1,patent,1\n", "addresses.csv: lacks the column lat"),
        ("addresses_csv", "document_id,kind,lon,lat,LAT\n", "addresses.csv: has the column 'lat' twice"),
        ("addresses_parquet", b"", "addresses.parquet: is empty"),
        ("addresses_parquet", b"PAR1 plain text PAR2", "addresses.parquet: is not a whole Parquet file"),
        ("addresses_parquet", b"PAR1PAR1", "addresses.parquet: is not a whole Parquet file"),
        ("addresses_parquet", b"PAR1" + b"x" * 50 + b"PAR1", "addresses.parquet: cannot be read"),
        ("addresses__a_csv", b"", "addresses/a.csv: is empty"),
        ("addresses__notes_txt", b"x", "addresses/notes_txt: is of no known format"),
        ("addresses__more__a_csv", b"x", "addresses/more: is a folder in the folder of a table"),
        ("addresses___SUCCESS", b"", "addresses: holds no files"),
        ("addresses", b"x", "addresses: has no ending"),
        ("nothing_csv", b"x", "lacks the table addresses (it has nothing.csv): put addresses.csv, addresses.csv.gz, "),
    ],
)
def test_a_table_that_cannot_be_read_fails_naming_the_file(
    spark: SparkSession, fill: Fill, name: str, content: bytes | str, sentence: str
) -> None:
    folder = fill(**{"addresses_csv": None, name: content})
    message = fails(spark, folder)
    assert message.startswith(str(folder))
    assert sentence in message


def test_a_table_in_two_forms_fails_and_so_does_a_folder_of_two_formats(
    spark: SparkSession, fill: Fill, tmp_path: Path
) -> None:
    assert "as addresses.csv and addresses.csv.gz: keep one" in fails(spark, fill(addresses_csv_gz=b"x"))
    mixed = fill(tmp_path / "mixed", addresses_csv=None, addresses__a_csv=ADDRESSES, addresses__b_parquet=b"x")
    assert "holds both CSV and Parquet" in fails(spark, mixed)


def test_missing_documents_and_a_missing_folder_fail(spark: SparkSession, fill: Fill, tmp_path: Path) -> None:
    assert "lacks the table documents" in fails(spark, fill(documents_csv=None))
    assert "is not a folder" in fails(spark, tmp_path / "nowhere")


def test_fields_need_ipc_or_field(spark: SparkSession, fill: Fill) -> None:
    folder = fill(document_fields_csv="document_id,kind,ipc\nd1,patent,A61K 31/00\n")
    fields = read_tables(spark, folder).document_fields
    assert fields is not None
    assert rows_of(fields, "kind", "document_id", "ipc", "field") == [("patent", "d1", "A61K 31/00", None)]
    (folder / "document_fields.csv").write_text("document_id,kind,symbol\n")
    assert "document_fields.csv: lacks a column ipc or field" in fails(spark, folder)


def test_a_header_alone_is_an_empty_table(spark: SparkSession, fill: Fill) -> None:
    tables = read_tables(spark, fill(addresses_csv="document_id,kind,lon,lat", documents_csv="kind,document_id,year\n"))
    assert (addresses_of(tables), rows_of(tables.documents, "year", "type")) == ([], [])


def test_parquet_files_of_different_schemas_are_read_by_name(spark: SparkSession, fill: Fill) -> None:
    folder = fill(addresses_csv=None, documents_csv=None)
    single = pa.array([121.4737], pa.float32())
    parquet(folder / "addresses/a.parquet", lat=[31.25], kind=["patent"], lon=single, document_id=[7], note=["n"])
    parquet(folder / "addresses/b.parquet", document_id=[8], kind=["patent"], lon=[2.5], lat=[48], city=["Paris"])
    nothing = pa.array([None], pa.null())
    parquet(folder / "addresses/c.parquet", document_id=[9], kind=["article"], lon=nothing, lat=[1.0], city=nothing)
    parquet(folder / "documents.parquet", document_id=[7], kind=["patent"], year=[2020.0], type=["A1"])
    tables = read_tables(spark, folder)
    assert addresses_of(tables) == [
        ("7", "patent", 121.4737, 31.25, None),  # not 121.473701..., the double next to the 32-bit number
        ("8", "patent", 2.5, 48.0, "Paris"),
        ("9", "article", None, 1.0, None),
    ]
    assert tables.inputs[0]["ignored"] == ["note"]
    assert rows_of(tables.documents, "document_id", "year", "type") == [("7", 2020.0, "A1")]


def test_a_column_that_one_parquet_file_lacks_or_has_of_another_type_fails(
    spark: SparkSession, fill: Fill, tmp_path: Path
) -> None:
    good = {"document_id": ["d"], "kind": ["patent"], "lon": [1.0], "lat": [2.0]}
    cases = {
        "b.parquet: lacks the column lat": {key: good[key] for key in ("document_id", "kind", "lon")},
        "b.parquet: the column lat is of type bool": good | {"lat": [True]},
        "b.parquet: the column lon is of type list": good | {"lon": [[1.0]]},
        "b.parquet: the column kind is of type int64": good | {"kind": [1]},
        "b.parquet: the column lon is text, and a number in a.parquet": good | {"lon": ["1.0"]},
        "b.parquet: the column document_id is a number, and text in a.parquet": good | {"document_id": [1]},
    }
    for number, (sentence, columns) in enumerate(cases.items()):
        folder = fill(tmp_path / str(number), addresses_csv=None)
        parquet(folder / "addresses/a.parquet", **good)
        parquet(folder / "addresses/b.parquet", **columns)
        assert sentence in fails(spark, folder)


def test_a_corrupt_page_of_a_parquet_file_fails_naming_the_file(spark: SparkSession, fill: Fill) -> None:
    folder = fill(addresses_csv=None)
    path = folder / "addresses.parquet"
    ids = [f"d{number * 7919}" for number in range(5000)]
    parquet(path, document_id=ids, kind=["patent"] * 5000, lon=[1.0] * 5000, lat=[2.0] * 5000)
    data = bytearray(path.read_bytes())
    data[100:9000] = bytes(byte ^ 0x5A for byte in data[100:9000])
    path.write_bytes(data)
    assert "input/addresses.parquet: " in fails_when_used(read_tables(spark, folder).addresses)


def test_a_file_that_goes_away_fails_naming_it(spark: SparkSession, fill: Fill) -> None:
    folder = fill()
    tables = read_tables(spark, folder)
    (folder / "addresses.csv").unlink()
    assert "addresses.csv: is no longer there" in fails_when_used(tables.addresses)


def test_an_error_that_is_not_of_a_file_has_no_sentence() -> None:
    assert read_error(ValueError("[DIVIDE_BY_ZERO] Division by zero.")) is None


def test_a_delta_table_is_read_at_the_version_of_the_start(spark: SparkSession, fill: Fill) -> None:
    folder = fill(addresses_csv=None)
    schema = "document_id string, kind string, lon double, lat double, other int"
    for number in range(2):
        rows = spark.createDataFrame([(f"d{number}", "patent", 1.0, 2.0, 3)], schema)
        rows.write.format("delta").mode("append").save(str(folder / "addresses"))
    tables = read_tables(spark, folder)
    rows.write.format("delta").mode("append").save(str(folder / "addresses"))
    assert [row[0] for row in addresses_of(tables)] == ["d0", "d1"]
    files = list((folder / "addresses").glob("*.parquet"))
    entry = tables.inputs[0]
    assert (entry["format"], entry["version"], entry["ignored"]) == ("delta", 1, ["other"])
    assert entry["bytes"] <= sum(file.stat().st_size for file in files)
    for file in files:
        file.write_bytes(b"")
    assert re.search(r"addresses/part-.*parquet: is empty", fails(spark, folder))


def test_a_delta_table_with_a_missing_or_changed_column_fails(spark: SparkSession, fill: Fill, tmp_path: Path) -> None:
    for schema, row, sentence in (
        ("document_id string, kind string, lon double", ("d", "patent", 1.0), "addresses: lacks the column lat"),
        (
            "document_id string, kind string, lon double, lat boolean",
            ("d", "patent", 1.0, True),
            "lat is of type boolean",
        ),
    ):
        folder = fill(tmp_path / str(len(schema)), addresses_csv=None)
        spark.createDataFrame([row], schema).write.format("delta").save(str(folder / "addresses"))
        assert sentence in fails(spark, folder)


@pytest.mark.parametrize("form", ["csv", "parquet", "delta"])
def test_names_of_folders_are_literal(spark: SparkSession, fill: Fill, tmp_path: Path, form: str) -> None:
    folder = fill(tmp_path / "a b" / "%41 100%" / "year=2020" / "x*[a]{b}?", addresses_csv=None)
    fill(
        tmp_path / "a b" / "%41 100%" / "year=2020" / "xyzab", addresses_csv=ADDRESSES * 2
    )  # what the pattern would match
    if form == "csv":
        (folder / "addresses").mkdir()
        (folder / "addresses" / "p*[1].csv").write_text(ADDRESSES)
        (folder / "addresses" / "p-1.csv").write_text(ADDRESSES)
    elif form == "parquet":
        for name in ("p*[1].parquet", "p-1.parquet"):
            parquet(folder / "addresses" / name, document_id=["d1"], kind=["patent"], lon=["2.5"], lat=["48.5"])
    else:
        rows = spark.createDataFrame(
            [("d1", "patent", "2.5", "48.5")] * 2, "document_id string, kind string, lon string, lat string"
        )
        rows.write.format("delta").save(str(folder / "addresses"))
    tables = read_tables(spark, folder / ".." / folder.name)
    assert addresses_of(tables) == [("d1", "patent", "2.5", "48.5", None)] * 2


def test_a_link_out_of_the_folder_fails_and_one_within_it_does_not(
    spark: SparkSession, fill: Fill, tmp_path: Path
) -> None:
    outside = tmp_path / "elsewhere.csv"
    outside.write_text(ADDRESSES)
    folder = fill(addresses_csv=None)
    (folder / "addresses.csv").symlink_to(outside)
    assert "addresses.csv: leads out of the input folder" in fails(spark, folder)
    (folder / "addresses.csv").unlink()
    (folder / "addresses").mkdir()
    (folder / "addresses" / "part.csv").symlink_to(outside)
    assert "addresses/part.csv: leads out of the input folder" in fails(spark, folder)
    (folder / "addresses" / "part.csv").unlink()
    (folder / "kept.csv").write_text(ADDRESSES)
    (folder / "addresses" / "part.csv").symlink_to(folder / "kept.csv")
    (tmp_path / "linked").symlink_to(folder)
    assert len(addresses_of(read_tables(spark, tmp_path / "linked"))) == 1
    (folder / "kept.csv").unlink()
    assert "addresses/part.csv: cannot be read" in fails(spark, folder)


def test_absent_columns_are_of_type_void(spark: SparkSession, fill: Fill) -> None:
    tables = read_tables(spark, fill())
    void = {field.name for field in tables.addresses.schema if isinstance(field.dataType, T.NullType)}
    assert void == {"person_id", "address_id", "economy", "city", "region", "accuracy"}


def test_organisations_are_read_where_they_are_and_need_an_id(spark: SparkSession, fill: Fill) -> None:
    folder = fill(document_organisations_csv="document_id,kind,organisation_id\nd1,patent,o1\n")
    found = read_tables(spark, folder).document_organisations
    assert found is not None
    assert rows_of(found, "document_id", "organisation_id", "organisation_name") == [("d1", "o1", None)]
    (folder / "document_organisations.csv").write_text("document_id,kind,organisation_name\n")
    assert "document_organisations.csv: lacks the column organisation_id" in fails(spark, folder)


def test_a_damaged_text_of_a_parquet_file_that_spark_does_not_name_is_an_error_of_the_input() -> None:
    stack = (
        "java.lang.IllegalArgumentException: newLimit > capacity: (4124 > 28)\n"
        "\tat org.apache.parquet.io.api.Binary$ByteBufferBackedBinary.getBytes(Binary.java:478)\n"
        "\tat org.apache.spark.sql.execution.datasources.parquet.ParquetDictionary.decodeToBinary(Parq.java:73)\n"
        "Caused by: java.lang.IllegalArgumentException: newLimit > capacity: (4124 > 28)"
    )
    assert str(read_error(RuntimeError(stack))) == (
        "A Parquet file of the input is damaged, and Spark does not name it (IllegalArgumentException): "
        "copy the Parquet files again."
    )
    assert read_error(RuntimeError(stack.replace("Binary", "Reader").replace("Dictionary", "File"))) is None
