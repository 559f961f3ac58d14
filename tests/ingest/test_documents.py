"""Documents: the verdict of each kind of dirty row, their fields, and that no row is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from conftest import rows_of
from held import until_the_test_ends
from stclusters import tables
from stclusters.ingest.documents import DocumentReject, FieldRow, sift_documents, sift_fields
from stclusters.ingest.fields import read_concordance
from stclusters.ingest.sifted import Sifted, tally
from stclusters.settings import Method

METHOD = Method(
    radius_m=15_000, min_weight=10, patent_years=(5, 1), article_years=(6, 2), article_types=("article", "review")
)
EDITION = 2024  # patents of 2019 to 2023, articles of 2018 to 2022
COLUMNS = "kind string, document_id string, year string, type string"
Raw = tuple[str | None, str | None, str | None, str | None]

R = DocumentReject
ROWS: list[tuple[Raw, str | None]] = [  # a raw row, and why it is a reject
    (("patent", "first year", "2019", None), None),
    (("patent", "last year", "2023", "A1"), None),
    (("patent", "before", "2018", None), R.OUTSIDE_WINDOW),
    (("patent", "after", "2024", None), R.OUTSIDE_WINDOW),
    (("patent", "far", "9999", None), R.OUTSIDE_WINDOW),
    (("patent", "minus", "-2020", None), R.OUTSIDE_WINDOW),
    (("patent", "huge", "99999999999999999999", None), R.OUTSIDE_WINDOW),
    (("article", "first year", "2018", "article"), None),
    (("article", "last year", "2022", "review"), None),
    (("article", "before", "2017", "article"), R.OUTSIDE_WINDOW),
    (("article", "after", "2023", "article"), R.OUTSIDE_WINDOW),
    (("article", "no type", "2020", None), None),
    (("article", "blank type", "2020", " "), None),
    (("article", "type with a tab", "2020", "\tarticle\x00"), None),
    (("article", "editorial", "2020", "editorial"), R.TYPE_EXCLUDED),
    (("article", "other case", "2020", "Article"), R.TYPE_EXCLUDED),
    *((("patent", f"year {text!r}", text, None), R.NO_YEAR) for text in (None, "", " 2020", "2020 ", "MMXX", "2020.5")),
    *(
        (("patent", f"year {text!r}", text, None), R.NO_YEAR)
        for text in ("NaN", "1e400", "2020-01-01", "2020d", "20\n20")
    ),
    (("patent", "whole number", "2020.0", None), None),
    ((None, "no kind", "2020", None), R.UNKNOWN_KIND),
    (("Patent", "other case", "2020", None), R.UNKNOWN_KIND),
    (("patent ", "blank", "2020", None), R.UNKNOWN_KIND),
    (("patent", None, "2020", None), R.NO_DOCUMENT_ID),
    (("patent", "", "2020", None), R.NO_DOCUMENT_ID),
    (("patent", " \u00a0\t", "2020", None), R.NO_DOCUMENT_ID),
    (("patent", "tab\t", "2020", None), R.UNPRINTABLE_ID),
    (("patent", "nul\x00", "2020", None), R.UNPRINTABLE_ID),
    (("patent", "turned\u202e", "2020", None), R.UNPRINTABLE_ID),
    (("patent", "id", "2020", None), None),
    (("patent", " id", "2020", None), None),
    (("patent", "id ", "2021", None), None),
    (("patent", "x" * 10_240, "2020", "y" * 10_240), None),
    (("patent", "</script>'; DROP", "2020", "=HYPERLINK("), None),
]
AGREED: list[Raw] = [row for row, reason in ROWS if reason is None]


def frame_of(spark: SparkSession, rows: list[Raw]) -> DataFrame:
    return spark.createDataFrame(rows, COLUMNS)


@pytest.fixture(scope="module")
def sifted(spark: SparkSession) -> Iterator[Sifted]:
    sifted = sift_documents(frame_of(spark, [row for row, _ in ROWS]), METHOD, EDITION)
    yield sifted
    sifted.release()


def shown(text: str | None) -> str | None:
    return None if text is None else "".join("\ufffd" if c in "\t\n\x00\u202e" else c for c in text)


def test_each_dirty_row_gets_its_verdict_and_shows_what_it_was(sifted: Sifted) -> None:
    expected = [(str(reason), *map(shown, row), 1) for row, reason in ROWS if reason]
    found = rows_of(sifted.rejects, "reason", "kind", "document_id", "year", "type", "rows")
    assert set(found) == set(expected)
    assert len(found) == len(expected)
    assert {row[0] for row in found} == set(DocumentReject) - {DocumentReject.CONFLICTING}


def test_a_document_that_is_kept_has_its_id_as_it_was(sifted: Sifted) -> None:
    texts = {" ": None, "\tarticle\x00": "article"}
    expected = {(kind, name, int(float(year)), texts.get(type, type)) for kind, name, year, type in AGREED}
    found = rows_of(sifted.kept, "kind", "document_id", "year", "type")
    assert set(found) == expected
    assert len(found) == len(AGREED)


def test_documents_and_rejects_are_of_the_declared_columns(sifted: Sifted) -> None:
    for frame, table in ((sifted.kept, tables.DOCUMENTS), (sifted.rejects, tables.DOCUMENT_REJECTS)):
        assert frame.dtypes == [(c.name, c.dataType.simpleString()) for c in table.schema if c.name != "edition"]


def test_an_exact_duplicate_is_dropped_and_counted_and_a_rejected_row_counts_as_often_as_it_is_there(
    spark: SparkSession,
) -> None:
    rows: list[Raw] = [("patent", "d", "2020", "A")] * 3 + [("patent", "d", "2020.0", "A\x00")]
    rows += [("patent", "e", "1999", None)] * 2 + [("article", "d", "2020", "article")]
    sifted = until_the_test_ends(sift_documents(frame_of(spark, rows), METHOD, EDITION))
    counted = tally(sifted)
    assert (counted.kept, counted.rejects, counted.dropped) == (2, {"outside_window": 2}, {"duplicate": 3})
    assert rows_of(sifted.rejects, "document_id", "rows") == [("e", 2)]
    assert rows_of(sifted.dropped, "reason", "rows") == [("duplicate", 3)]


def test_of_rows_that_conflict_the_earliest_year_wins_then_the_first_type_and_then_the_window_is_looked_at(
    spark: SparkSession,
) -> None:
    rows: list[Raw] = [
        *[("patent", "years", year, None) for year in ("2022", "2020", "2021", "2020")],
        *[("patent", "types", "2020", type) for type in ("B", None, "A")],
        *[("patent", "too early", year, None) for year in ("2020", "2001")],
        *[("article", "excluded", "2020", type) for type in ("review", "editorial")],
        *[("patent", "no year beside a year", year, None) for year in (None, "2020")],
    ]
    sifted = until_the_test_ends(sift_documents(frame_of(spark, rows), METHOD, EDITION))
    assert rows_of(sifted.kept, "document_id", "year", "type") == [
        ("no year beside a year", 2020, None),
        ("types", 2020, "A"),
        ("years", 2020, None),
    ]
    assert rows_of(sifted.rejects, "document_id", "reason", "year", "type", "rows") == [
        ("excluded", "conflicting", "2020", "review", 1),
        ("excluded", "type_excluded", "2020", "editorial", 1),
        ("no year beside a year", "no_year", None, None, 1),
        ("too early", "conflicting", "2020", None, 1),
        ("too early", "outside_window", "2001", None, 1),
        ("types", "conflicting", "2020", None, 1),
        ("types", "conflicting", "2020", "B", 1),
        ("years", "conflicting", "2021", None, 1),
        ("years", "conflicting", "2022", None, 1),
    ]
    assert tally(sifted).rows == len(rows)


def test_years_may_be_numbers(spark: SparkSession) -> None:
    for kind, years in (("int", [2020, None, 1999]), ("double", [2020.0, float("nan"), 2020.5])):
        raw = spark.createDataFrame(
            [("patent", f"d{n}", year) for n, year in enumerate(years)], f"kind string, document_id string, year {kind}"
        )
        sifted = until_the_test_ends(sift_documents(raw.selectExpr("*", "NULL AS type"), METHOD, EDITION))
        assert rows_of(sifted.kept, "document_id", "year", "type") == [("d0", 2020, None)]
        assert tally(sifted).rows == 3


def test_an_empty_table_gives_empty_frames(spark: SparkSession) -> None:
    sifted = until_the_test_ends(sift_documents(frame_of(spark, []), METHOD, EDITION))
    assert (tally(sifted).rows, tally(sifted).dropped) == (0, {})


def everything(sifted: Sifted) -> list[list[tuple[str, ...]]]:
    frames = (sifted.kept, sifted.rejects, sifted.dropped)
    return [sorted(tuple(map(repr, row)) for row in frame.collect()) for frame in frames]


def test_order_and_partitions_of_the_rows_change_nothing(spark: SparkSession) -> None:
    rows = [row for row, _ in ROWS] * 2
    rows += [("patent", f"d{n % 7}", str(2019 + n % 5), "AB"[n % 2]) for n in range(70)]
    expected: list[list[tuple[str, ...]]] = []
    for partitions in (1, 3, 16):
        random.Random(partitions).shuffle(rows)
        spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
        try:
            raw = frame_of(spark, rows).repartition(partitions)
            found = everything(until_the_test_ends(sift_documents(raw, METHOD, EDITION)))
            assert everything(until_the_test_ends(sift_documents(raw, METHOD, EDITION))) == found
        finally:
            spark.conf.set("spark.sql.shuffle.partitions", "2")
        expected = expected or found
        assert found == expected


TEXT = st.none() | st.text(max_size=3)
DRAWN = st.tuples(
    st.sampled_from(["patent", "article"]) | TEXT,
    st.sampled_from(["a", "b", "c"]) | TEXT,
    st.sampled_from(["2019", "2020", "2021", "1999", "2020.0"]) | TEXT,
    st.sampled_from(["article", "review", "editorial"]) | TEXT,
)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(DRAWN, min_size=50, max_size=150))
def test_no_row_is_lost(spark: SparkSession, rows: list[Raw]) -> None:
    sifted = until_the_test_ends(sift_documents(frame_of(spark, rows), METHOD, EDITION))
    assert tally(sifted).rows == len(rows)
    keys = rows_of(sifted.kept, "kind", "document_id")
    assert len(keys) == len(set(keys))
    told = {(kind, name) for kind, name, year, _ in rows if kind in tables.KINDS and name in ("a", "b", "c")}
    assert set(keys) <= told | {(kind, name) for kind, name, *_ in rows}


def fields_of(spark: SparkSession, rows: list[tuple[str | None, ...]] | None) -> tuple[list[tuple], dict[str, int]]:
    names = ("d1", "d2", "d3", "d4")
    documents = spark.createDataFrame([("patent", name) for name in names], "kind string, document_id string")
    schema = "kind string, document_id string, ipc string, field string"
    raw = None if rows is None else spark.createDataFrame(rows, schema)
    told = until_the_test_ends(sift_fields(raw, documents, read_concordance(spark)))
    fields, counts = told.kept, told.counts
    declared = [(c.name, c.dataType.simpleString()) for c in tables.DOCUMENT_FIELDS.schema if c.name != "edition"]
    assert fields.dtypes == declared
    return rows_of(fields, "document_id", "field", "fields"), {row["reason"]: row["rows"] for row in counts.collect()}


def test_fields_are_distinct_and_an_unknown_symbol_counts_only_where_nothing_else_is_told(spark: SparkSession) -> None:
    rows = [
        ("patent", "d1", "A61K 31/00", None),
        ("patent", "d1", "A61K 33/00", None),
        ("patent", "d1", "Z99Z 1/00", None),
        ("patent", "d1", "A61K 31/00", "By\x00 hand</script>"),  # the field wins
        ("patent", "d2", "Z99Z 1/00", None),
        ("patent", "d2", "nonsense", " "),
        ("patent", "d3", None, "\t"),
        ("patent", "elsewhere", "A61K 31/00", None),
        ("article", "d1", None, "Physics"),
        (None, "d1", None, "Physics"),
        ("patent", None, None, "Physics"),
    ]
    fields, counts = fields_of(spark, rows)
    assert fields == [
        ("d1", "By hand</script>", 2),
        ("d1", "Pharmaceuticals", 2),
        ("d2", "unknown", 1),
        ("d3", "unknown", 1),
    ]
    assert counts == {
        FieldRow.IPC: 2,
        FieldRow.UNKNOWN_IPC: 3,
        FieldRow.FIELD: 1,
        FieldRow.BLANK: 1,
        FieldRow.NO_DOCUMENT: 4,
    }
    assert sum(counts.values()) == len(rows)


@pytest.mark.parametrize("rows", [None, []])
def test_a_source_without_fields_gives_none(spark: SparkSession, rows: list[tuple[str | None, ...]] | None) -> None:
    assert fields_of(spark, rows) == ([], {})
