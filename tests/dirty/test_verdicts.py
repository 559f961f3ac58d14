"""Every row of the table of dirty input has its verdict in a test, and what only whole jobs can show is shown here."""

from __future__ import annotations

import ast
import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from conftest import rows_of
from pipeline import ROOT, method_file, place_file, run_all, stored
from stclusters import guards, io
from stclusters.cluster.points import fold_points
from stclusters.errors import SettingsError
from stclusters.progress import Progress
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.steps.cluster import cluster
from stclusters.steps.collaborate import collaborate
from stclusters.steps.ingest import ingest
from stclusters.steps.place import place
from stclusters.steps.rank import rank
from stclusters.tables import ALL, CLUSTERED, COLLABORATED, INGESTED, PLACED, RANKED, Table

ADDRESSES = "tests/ingest/test_addresses.py"
FILES = "tests/ingest/test_tables_source.py"
HERE = "tests/dirty/test_verdicts.py"
VERDICT = f"{ADDRESSES}::test_each_dirty_row_gets_its_verdict"
# a row of the table of dirty input -> the tests that hold its verdict, and the named case where a test has many
COVERED: dict[str, tuple[str, ...]] = {
    "coordinate null": (f"{VERDICT}[no coordinate and no city]", f"{VERDICT}[no longitude]"),
    "coordinate NaN, ±Inf, 1e400, '12,5', 48°51'N, ' 12.5 '": (
        *(f"{VERDICT}[{text}]" for text in ("NaN", "Inf", "1e400", "12,5", "48°51'N", " 12.5 ")),
        f"{ADDRESSES}::test_numbers_are_read_as_they_are_and_columns_that_the_source_has_not_may_be_void",
    ),
    "lat 90.0000001, lon 180.1": (f"{VERDICT}[north of the pole]", f"{VERDICT}[east of 180]"),
    "lon 359, accepted only by setting": (
        f"{VERDICT}[359]",
        f"{ADDRESSES}::test_longitudes_up_to_360_are_read_and_economies_are_grouped_where_the_settings_say_so",
    ),
    "(0, 0)": (f"{VERDICT}[null island]", f"{VERDICT}[null island with noise]"),
    "whole-degree coordinates": (f"{VERDICT}[whole degrees]",),
    "country-centroid pile-ups": ("tests/ingest/test_pile_ups.py::test_a_pile_up_is_heavy_and_far_from_cities",),
    "the 20 heaviest coordinates are in the report": (
        "tests/publish/test_quality.py::test_the_heaviest_coordinates_come_first_with_their_city_and_a_pile_up_is_flagged",
    ),
    "swapped coordinates, a lost minus": (
        *(f"{VERDICT}[{case}]" for case in ("swapped", "swapped in the sea", "south lost", "west lost")),
    ),
    "-0.0, noise of 1e-12, +180 and -180 are one coordinate": (
        f"{ADDRESSES}::test_one_place_has_one_point_id_however_it_is_written",
        f"{VERDICT}[noise]",
        f"{VERDICT}[180 west]",
    ),
    "a float32 source": (f"{FILES}::test_parquet_files_of_different_schemas_are_read_by_name",),
    "exact duplicate row": (f"{ADDRESSES}::test_an_exact_duplicate_is_dropped_and_persons_without_id_stay_apart",),
    "same key with two coordinates": (f"{ADDRESSES}::test_of_two_places_of_one_address_the_first_stands_with_a_flag",),
    "a coordinate with millions of rows, a city with 20 % of all rows": (
        f"{HERE}::test_a_coordinate_with_millions_of_rows_is_one_point",
        "tests/cluster/test_dbscan.py::test_every_drawn_cloud_gets_the_labels_of_the_definition",  # half at one
    ),
    "economy XK, TW, HK, MO, UK, EL, USA, 'us '": (
        *(f"{VERDICT}[{code}]" for code in ("XK", "TW", "HK", "MO", "UK", "EL", "USA", "us ")),
        "tests/ingest/test_economies.py::test_a_sources_code_becomes_an_iso_code_or_unknown_and_never_null",
    ),
    "economy EP, WO, SU, null, '??' is UNKNOWN where the borders say nothing, and never foreign": (
        "tests/test_methodology.py::test_a_case_has_the_figures_worked_out_by_hand",  # cases/04_unknown_economy
        f"{VERDICT}[no economy anywhere]",
        f"{VERDICT}[EP]",
        "tests/ingest/test_economies.py::test_a_sources_code_becomes_an_iso_code_or_unknown_and_never_null",
    ),
    "grouping of economies is a setting": (
        "tests/ingest/test_economies.py::test_a_group_takes_its_members_and_leaves_the_others_alone",
    ),
    "coordinate in one economy, record says another": (
        f"{VERDICT}[record against borders]",
        "tests/publish/test_quality.py::test_documents_without_an_address_and_economies_elsewhere_are_counted",
    ),
    "null or blank document id": (f"{VERDICT}[no document id]", f"{VERDICT}[blank document id]"),
    "year null, 9999 or outside the window": (
        "tests/ingest/test_documents.py::test_each_dirty_row_gets_its_verdict_and_shows_what_it_was[9999]",
    ),
    "document without addresses, address without a document": (
        f"{VERDICT}[no document]",
        "tests/publish/test_quality.py::test_documents_without_an_address_and_economies_elsewhere_are_counted",
    ),
    "a document with 3,000 authors, an author with 20 affiliations": (
        f"{ADDRESSES}::test_shares_of_a_document_of_3000_persons_and_of_a_person_of_20_addresses_sum_to_one",
        "tests/test_methodology.py::"
        "test_a_document_with_3000_authors_and_an_author_with_20_affiliations_keep_shares_that_sum_to_one",
    ),
    "unknown IPC symbol": (
        "tests/ingest/test_documents.py::"
        "test_fields_are_distinct_and_an_unknown_symbol_counts_only_where_nothing_else_is_told",
    ),
    "names with </script>, =HYPERLINK(, '; DROP, tab, NUL, right-to-left marks, 10 kB": (
        f"{VERDICT}[hostile]",
        "tests/publish/test_export.py::test_a_hostile_name_reads_back_as_the_same_text",
        "tests/publish/test_export.py::test_no_cell_begins_as_a_formula",
        "tests/publish/test_explorer.py::test_json_in_the_page_ends_no_element_and_reads_back",
        "tests/publish/test_quality.py::test_a_hostile_text_stays_text",
    ),
    "truncated gzip, plain text named .gz, zero-byte file": (
        *(
            f"{FILES}::test_a_table_that_cannot_be_read_fails_naming_the_file[{said}]"
            for said in ("is cut off or damaged", "is named .gz and is not gzip", "is empty")
        ),
        "tests/test_jobs.py::test_a_file_that_cannot_be_read_is_named_and_nothing_is_committed",
    ),
    "corrupt Parquet": (
        f"{FILES}::test_a_corrupt_page_of_a_parquet_file_fails_naming_the_file",
        f"{FILES}::test_a_table_that_cannot_be_read_fails_naming_the_file[is not a whole Parquet file]",
    ),
    "missing column, changed type": (
        f"{FILES}::test_a_column_that_one_parquet_file_lacks_or_has_of_another_type_fails",
        f"{FILES}::test_a_delta_table_with_a_missing_or_changed_column_fails",
    ),
    "unknown column order, an added column": (
        f"{FILES}::test_columns_are_found_by_name_in_each_file_whatever_their_order",
    ),
    "Latin-1 bytes": (f"{FILES}::test_latin_1_bytes_fail_and_are_not_read_as_another_letter",),
    "an empty table, a table with only a header": (
        f"{FILES}::test_a_header_alone_is_an_empty_table",
        f"{ADDRESSES}::test_an_empty_table_gives_empty_frames",
        f"{HERE}::test_tables_without_rows_give_tables_without_rows",
        f"{HERE}::test_headers_alone_and_then_one_row_give_tables_with_their_schema_pages_and_exit_0",
    ),
    "one row": (f"{HERE}::test_one_row_is_one_address_in_one_cluster",),
    "a path with spaces, %41, =, ..": (
        f"{FILES}::test_names_of_folders_are_literal",
        f"{HERE}::test_headers_alone_and_then_one_row_give_tables_with_their_schema_pages_and_exit_0",
    ),
    "a symlink out of the root": (f"{FILES}::test_a_link_out_of_the_folder_fails_and_one_within_it_does_not",),
    "the output root may not contain an input": (f"{HERE}::test_an_output_that_holds_the_input_by_a_link_is_refused",),
}


@cache
def text_by_test(file: str) -> dict[str, str]:
    """The tests of a file and all its text, in which a named case must stand."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return {node.name: text for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", COVERED)
def test_a_row_of_the_table_of_dirty_input_is_held_by_tests(row: str) -> None:
    for name in COVERED[row]:
        file, test = name.split("::")
        test, _, case = test.partition("[")
        assert test in text_by_test(file), name
        assert case.removesuffix("]") in text_by_test(file)[test], name


def test_a_coordinate_with_millions_of_rows_is_one_point(spark: SparkSession) -> None:
    rows = 2_000_000
    columns = {"kind": "patent", "document_id": "d", "lon": 2.35, "lat": 48.86, "point_id": 7, "economy": "FR"}
    addresses = spark.range(rows).select(
        *(F.lit(value).alias(name) for name, value in columns.items()),
        *(F.lit(1).alias(name) for name in ("person", "address", "persons", "addresses_each")),
    )
    folded = fold_points(addresses)
    assert [(row["point_id"], row["inventors"]) for row in folded.collect()] == [(7, rows)]
    plan = folded._jdf.queryExecution().executedPlan().toString()
    assert "partial_sum" in plan or "partial_count" in plan  # a partition sends one row, not its millions


HEADERS = {
    "addresses": "document_id,kind,lon,lat",
    "documents": "document_id,kind,year",
    "document_fields": "document_id,kind,ipc",
}


def headers_only(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, header in HEADERS.items():
        (folder / f"{name}.csv").write_text(header + "\n")
    return folder


def write_one_row(folder: Path) -> None:
    for name, row in (("addresses", "d1,patent,2.35,48.86"), ("documents", "d1,patent,2020")):
        (folder / f"{name}.csv").write_text(f"{HEADERS[name]}\n{row}")  # and no line end


def run_in_memory(
    spark: SparkSession, folder: Path, source: Path, patched: pytest.MonkeyPatch, **ingested: DataFrame
) -> dict[str, DataFrame]:
    """The tables of steps 1 to 5 as the steps hand them on, with the declared columns; nothing is stored.

    Step 1 is left out where its tables are given.
    """
    tables = dict(ingested)

    def replace(run: Run, table: Table, frame: DataFrame) -> DataFrame:
        rows = io.conform(frame.withColumn("edition", F.lit(run.edition)), table).drop("edition")
        return tables.setdefault(table.name, spark.createDataFrame(rows.toArrow()))

    patched.setattr(io, "replace", replace)
    patched.setattr(io, "read", lambda _, table: tables[table.name])
    patched.setattr(guards, "check", lambda *_: None)
    method = read_method(Path(method_file(folder, min_weight="1.0")))
    run = Run(
        spark,
        method,
        read_place(place_file(folder, source)),
        *(2024, "run", Progress(spark)),
        Record("all", datetime.now(UTC)),
        "0",
    )
    for step in (*([] if ingested else [ingest]), cluster, place, rank, collaborate):
        step(run)
    return tables


def test_tables_without_rows_give_tables_without_rows(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schemas = {table.name: StructType([c for c in table.schema if c.name != "edition"]) for table in INGESTED}
    empty = {name: spark.createDataFrame([], schema) for name, schema in schemas.items()}
    tables = run_in_memory(spark, tmp_path, headers_only(tmp_path / "input"), monkeypatch, **empty)
    assert {name for name, rows in tables.items() if rows.count()} == set()
    assert set(tables) == {table.name for table in (*INGESTED, *CLUSTERED, *PLACED, *RANKED, *COLLABORATED)}


def test_one_row_is_one_address_in_one_cluster(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = headers_only(tmp_path / "input")
    write_one_row(source)
    tables = run_in_memory(spark, tmp_path, source, monkeypatch)
    assert [row["economy"] for row in tables["addresses"].collect()] == ["FR"]
    assert rows_of(tables["ranking"], "name", "rank", "patents", "score") == [("Paris", 1, 1.0, 100.0)]
    assert rows_of(tables["foreign_collaboration"], "kind", "documents") == [("article", 0), ("patent", 1)]
    assert {name: rows.count() for name, rows in tables.items() if name.endswith(("rejects", "links"))} == {
        **dict.fromkeys(("address_rejects", "document_rejects", "collaboration_links", "cluster_links"), 0)
    }


@pytest.mark.cluster
def test_headers_alone_and_then_one_row_give_tables_with_their_schema_pages_and_exit_0(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, source = tmp_path / "a b" / "%41" / "year=2020", headers_only(tmp_path / "input %41 x=1" / "in put")
    folder.parent.mkdir(parents=True)
    run_all(folder, source, min_weight="1.0")
    assert "warning: The table addresses of the source has no rows." in capsys.readouterr().err
    for table in ALL:
        found = stored(spark, folder, table.name)
        assert found.schema.names == table.schema.names
    assert stored(spark, folder, "clusters").isEmpty()
    assert (folder / "published/2024/explorer.html").is_file()
    assert not (tmp_path / "a b" / "A").exists()
    write_one_row(source)
    run_all(folder, source, min_weight="1.0")
    assert [row["economy"] for row in stored(spark, folder, "addresses").collect()] == ["FR"]
    assert [row["name"] for row in stored(spark, folder, "clusters").collect()] == ["Paris"]
    assert (folder / "published/2024/explorer.html").is_file()


def test_an_output_that_holds_the_input_by_a_link_is_refused(tmp_path: Path) -> None:
    shutil.copytree(headers_only(tmp_path / "first"), tmp_path / "out" / "tables" / "input")
    (tmp_path / "link").symlink_to(tmp_path / "out" / "tables" / "input")
    place = place_file(tmp_path, tmp_path / "link")
    text = place.read_text().replace(f'tables = "{tmp_path}/tables"', f'tables = "{tmp_path}/out/x/../tables"')
    place.write_text(text)
    with pytest.raises(SettingsError, match="contains the input "):
        read_place(place)
