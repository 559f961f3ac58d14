"""Every guard is seen to hold on good tables, and to fail on its fault, on nulls and on tables without rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from frames import local_frame
from stclusters import guards, io
from stclusters.errors import GuardFailed
from stclusters.guard import Guard, find_faults, unique
from stclusters.progress import Progress
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.tables import ALL, POINTS, RELEASES, RUNS, Table

Row = Mapping[str, object]
Rows = dict[str, list[Row]]
Case = tuple[Guard, Mapping[str, Sequence[Row]]]
ROOT = Path(__file__).parents[1]
NAN = float("nan")
TABLES = {table.name: table for table in (*ALL, RUNS, RELEASES)}
ROWS: Rows = {  # the values that guards read; see `frame_of` for the others
    "addresses": [
        {
            "kind": "patent",
            "document_id": "d",
            "person": 1,
            "address": 1,
            "persons": 1,
            "addresses_each": 1,
            "point_id": 1,
        },
        {
            "kind": "article",
            "document_id": "d",
            "person": 1,
            "address": 1,
            "persons": 1,
            "addresses_each": 1,
            "point_id": 2,
        },
    ],
    "documents": [{"kind": "patent", "document_id": "d"}, {"kind": "article", "document_id": "d"}],
    "document_fields": [{"kind": "patent", "document_id": "d", "field": "Optics", "fields": 1}],
    "document_organisations": [{"kind": "patent", "document_id": "d", "organisation_id": "o", "organisations": 1}],
    "cluster_organisations": [{"cluster_id": 1, "kind": "patent", "organisation_id": "o", "documents": 1.0}],
    "points": [
        {"point_id": 1, "inventors": 1, "authors": 0},
        {"point_id": 2, "inventors": 0, "authors": 1},
    ],
    "point_labels": [
        {"point_id": 1, "role": "core", "cluster_id": 1, "part_id": 1},
        {"point_id": 2, "role": "noise", "cluster_id": None, "part_id": None},
    ],
    "merge_decisions": [{"cluster_a": 1, "cluster_b": 2, "verdict": "apart"}],
    "clusters": [
        {
            "cluster_id": 1,
            "points": 1,
            "core_points": 1,
            "inventors": 1,
            "authors": 0,
            "home_economy": "FR",
            "area_km2": 1.0,
        }
    ],
    "cluster_economies": [{"cluster_id": 1, "economy": "FR", "output_share": 1.0}],
    "document_places": [
        {
            "kind": "patent",
            "document_id": "d",
            "cluster_id": 1,
            "economy": "FR",
            "persons": 1,
            "addresses_each": 1,
            "addresses": 1,
        },
        {
            "kind": "article",
            "document_id": "d",
            "cluster_id": None,
            "economy": "US",
            "persons": 1,
            "addresses_each": 1,
            "addresses": 1,
        },
    ],
    "rank_changes": [{"cluster_id": 1, "earlier_cluster_id": 7, "change": "moved"}],
    "intensity": [{"cluster_id": 1, "population": 5.0}],
    "ranking": [{"cluster_id": 1, "rank": 1, "score": 100.0, "patents": 1.0, "articles": 0.0}],
    "rank_uncertainty": [
        {"cluster_id": 1, "score_low": 100.0, "score_high": 100.0, "rank_low": 1, "rank_high": 1},
    ],
    "cluster_stability": [{"cluster_id": 1, "settings": 2}],
    "cluster_fields": [{"cluster_id": 1, "kind": "patent", "field": "Optics", "documents": 1.0}],
    "foreign_collaboration": [{"cluster_id": 1, "kind": "patent", "documents": 1, "foreign_documents": 1}],
    "collaboration_links": [
        {"cluster_id": 1, "kind": "patent", "partner_economy": "US", "scope": "foreign", "links": 1},
        {"cluster_id": 1, "kind": "patent", "partner_economy": "FR", "scope": "domestic", "links": 1},
    ],
}
INTERVALS_HOLD = "the intervals of every ranked cluster hold its score and rank, where there are intervals"
NO_MORE = "the organisations of a cluster have no more documents than the cluster"
FAULTS: list[tuple[str, str, int, dict[str, object] | None]] = [  # a row changed, or left out
    ("persons and addresses of a document are numbered without a gap", "addresses", 0, {"persons": 2}),
    ("every address is of a document", "documents", 0, None),
    ("the weights of the fields of a document sum to 1", "document_fields", 0, {"fields": 2}),
    ("the weights of the organisations of a document sum to 1", "document_organisations", 0, {"organisations": 2}),
    ("the counts of the points sum to the addresses", "addresses", 0, {"kind": "deal"}),
    (NO_MORE, "cluster_organisations", 0, {"documents": 1.1}),
    (NO_MORE, "cluster_organisations", 0, {"kind": "article"}),
    (NO_MORE, "cluster_organisations", 0, {"cluster_id": 2}),
    ("the counts of the points sum to the addresses", "points", 0, {"inventors": 2}),
    ("every point has a label, and every label a point", "point_labels", 1, None),
    (
        "a cluster's id is its smallest core point, and its counts are those of its points",
        "clusters",
        0,
        {"inventors": 2},
    ),
    (
        "a cluster's id is its smallest core point, and its counts are those of its points",
        "clusters",
        0,
        {"cluster_id": 2},
    ),
    (
        "a cluster of several parts is joined by merges, and a merge joins its parts",
        "merge_decisions",
        0,
        {"verdict": "merged"},
    ),
    ("a cluster of several parts is joined by merges, and a merge joins its parts", "point_labels", 0, {"part_id": 3}),
    ("the output shares of the economies of a cluster sum to 1", "cluster_economies", 0, {"output_share": 0.9}),
    ("the output shares of the economies of a cluster sum to 1", "cluster_economies", 0, None),
    ("the output shares of the economies of a cluster sum to 1", "cluster_economies", 0, {"output_share": NAN}),
    ("the persons of a document in all its places are its persons", "document_places", 0, {"persons": 2}),
    ("every address is in one place", "document_places", 0, None),
    ("every cluster is ranked", "ranking", 0, None),
    ("every ranked cluster has its population", "intensity", 0, None),
    ("where editions are compared, every cluster has one change", "rank_changes", 0, {"change": "merged"}),
    ("where editions are compared, every cluster has one change", "rank_changes", 0, {"cluster_id": 2}),
    (
        "the fractional counts of all clusters and of what is outside them sum to the documents",
        "ranking",
        0,
        {"patents": 0.5},
    ),
    (INTERVALS_HOLD, "rank_uncertainty", 0, {"score_high": 99.9}),
    (INTERVALS_HOLD, "rank_uncertainty", 0, {"rank_low": 2, "rank_high": 3}),
    (INTERVALS_HOLD, "rank_uncertainty", 0, {"cluster_id": 2}),
    ("every ranked cluster has its stability, where there is one", "cluster_stability", 0, {"cluster_id": 2}),
    ("the fields of a cluster sum to its fractional count", "cluster_fields", 0, {"documents": 0.5}),
    ("the fields of a cluster sum to its fractional count", "cluster_fields", 0, {"kind": "deal"}),
    (
        "links are domestic exactly where the partner is the home economy",
        "collaboration_links",
        0,
        {"scope": "domestic"},
    ),
    ("no partner has more links than the cluster has documents", "collaboration_links", 0, {"links": 2}),
]
# where a guard holds though one of its tables has no rows
FINE_WITHOUT = {
    ("every address is of a document", "addresses"): "a document may have no address",
    ("the weights of the fields of a document sum to 1", "document_fields"): "a source may have none",
    ("the weights of the organisations of a document sum to 1", "document_organisations"): "a source may have none",
    ("a cluster of several parts is joined by merges, and a merge joins its parts", "point_labels"): "none is merged",
    ("a cluster of several parts is joined by merges, and a merge joins its parts", "merge_decisions"): "no neighbours",
    ("the persons of a document in all its places are its persons", "document_places"): "another guard counts them",
    ("persons and addresses of a document are numbered without a gap", "addresses"): "a source may have none",
    ("where editions are compared, every cluster has one change", "rank_changes"): "there is no earlier edition",
    (INTERVALS_HOLD, "rank_uncertainty"): "no replicates are drawn",
    (NO_MORE, "cluster_organisations"): "a source may have none",
    ("every ranked cluster has its stability, where there is one", "cluster_stability"): "there is no grid",
    ("links are domestic exactly where the partner is the home economy", "collaboration_links"): "there are none",
    ("no partner has more links than the cluster has documents", "collaboration_links"): "there are none",
}
NULLS: dict[str, dict[str, tuple[str, ...]]] = {  # of each guard the columns whose null, in a first row, is a fault
    "persons and addresses of a document are numbered without a gap": {
        "addresses": ("persons", "address", "addresses_each")
    },
    "every address is of a document": {"addresses": ("document_id",), "documents": ("document_id",)},
    "the weights of the fields of a document sum to 1": {"document_fields": ("fields",)},
    "the weights of the organisations of a document sum to 1": {"document_organisations": ("organisations",)},
    "the counts of the points sum to the addresses": {"points": ("inventors",), "addresses": ("kind",)},
    "every point has a label, and every label a point": {"points": ("inventors",), "point_labels": ("role",)},
    "a cluster's id is its smallest core point, and its counts are those of its points": {
        "points": ("inventors", "authors"), "clusters": ("points", "core_points", "inventors", "authors"),
    },
    "a cluster of several parts is joined by merges, and a merge joins its parts": {"point_labels": ("cluster_id",)},
    "the output shares of the economies of a cluster sum to 1": {
        "clusters": ("points",), "cluster_economies": ("output_share",),
    },
    "the persons of a document in all its places are its persons": {
        "document_places": ("persons", "addresses", "addresses_each")
    },
    "every address is in one place": {"document_places": ("addresses",)},
    "every cluster is ranked": {"clusters": ("area_km2",), "ranking": ("rank",)},
    "every ranked cluster has its population": {"ranking": ("rank",), "intensity": ("population",)},
    "where editions are compared, every cluster has one change": {"ranking": ("rank",)},
    "the fractional counts of all clusters and of what is outside them sum to the documents": {"ranking": ("patents",)},
    INTERVALS_HOLD: {
        "ranking": ("rank", "score"), "rank_uncertainty": ("score_low", "score_high", "rank_low", "rank_high"),
    },
    NO_MORE: {"cluster_organisations": ("documents",), "ranking": ("patents",)},
    "every ranked cluster has its stability, where there is one": {
        "ranking": ("rank",), "cluster_stability": ("settings",),
    },
    "the fields of a cluster sum to its fractional count": {
        "ranking": ("patents", "articles"), "cluster_fields": ("documents",),
    },
    "links are domestic exactly where the partner is the home economy": {
        "collaboration_links": ("scope", "partner_economy"), "clusters": ("home_economy",),
    },
    "no partner has more links than the cluster has documents": {
        "collaboration_links": ("links",), "foreign_collaboration": ("documents",),
    },
}  # fmt: skip
GUARDS = [guard for step in guards.EACH for guard in step]
KEYS = {unique(table).sentence for table in TABLES.values()}
OTHERS = [guard for guard in GUARDS if guard.sentence not in KEYS]


def frame_of(spark: SparkSession, table: Table, rows: Iterable[Row]) -> DataFrame:
    """The rows with all columns of the table: those that are not named have one value, or null where that may be."""
    some = {
        "int": 1, "bigint": 1, "double": 1.0, "string": "x", "binary": b"x", "array<string>": [],
        "map<string,string>": {}, "map<string,bigint>": {}, "timestamp": datetime(2024, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    fields = table.schema.fields[1:]
    usual = {field.name: None if field.nullable else some[field.dataType.simpleString()] for field in fields}
    schema = T.StructType([T.StructField(field.name, field.dataType) for field in fields])
    return local_frame(spark, [[{**usual, **row}[name] for name in schema.names] for row in rows], schema)


def faults_of(spark: SparkSession, cases: Sequence[Case]) -> list[dict[str, object] | None]:
    """The fault that each guard finds in its tables: some cases in a query, each table under a name of its own."""
    frames: dict[str, DataFrame] = {}
    named: dict[tuple[str, str], str] = {}
    asked = []
    for guard, rows in cases:
        text = guard.faults
        for table in guard.tables:
            content = (table.name, repr(rows[table.name]))
            if content not in named:
                named[content] = f"{table.name}_{len(named)}"
                frames[named[content]] = frame_of(spark, table, rows[table.name])
            text = text.replace(f"{{{table.name}}}", f"{{{named[content]}}}")
        asked.append(replace(guard, faults=text))
    found = []
    for first in range(0, len(asked), 20):
        found += find_faults(spark, asked[first : first + 20], frames)
    return found


def with_change(table: str, number: int, change: Row | None) -> Rows:
    rows = ROWS[table]
    changed = [] if change is None else [{**rows[number], **change}]
    return {**ROWS, table: [*rows[:number], *changed, *rows[number + 1 :]]}


def of(sentence: str) -> Guard:
    return next(guard for guard in GUARDS if guard.sentence == sentence)


@pytest.fixture
def run(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose stored tables are ROWS."""
    method, place = read_method(ROOT / "conf/method.toml"), read_place(ROOT / "conf/local.toml")
    store(monkeypatch, ROWS)
    return Run(spark, method, place, 2024, "run", Progress(spark), Record("test", datetime.now(UTC)), "0")


def store(monkeypatch: pytest.MonkeyPatch, rows: Rows) -> None:
    monkeypatch.setattr(io, "stored", lambda run, table: frame_of(run.spark, table, rows.get(table.name, [{}])))


def test_guards_hold_on_tables_that_agree(run: Run) -> None:
    for step in guards.EACH:
        guards.check(run, step)
    assert run.record.guards == dict.fromkeys((guard.sentence for guard in GUARDS), "held")


def test_every_table_has_a_guard_of_its_key_and_every_other_guard_a_fault_that_it_is_seen_to_find() -> None:
    sentences = [guard.sentence for guard in GUARDS]
    assert len(set(sentences)) == len(sentences)
    assert set(sentences) >= KEYS == {f"the key of {name} is unique" for name in TABLES}
    assert {guard.sentence for guard in OTHERS} == {fault[0] for fault in FAULTS}


def test_a_guard_fails_on_its_fault(spark: SparkSession) -> None:
    faults = faults_of(spark, [(of(sentence), with_change(*change)) for sentence, *change in FAULTS])
    assert [fault for fault, found in zip(FAULTS, faults, strict=True) if found is None] == []


def key_cases(table: Table) -> Iterator[tuple[bool, list[Row]]]:
    """Whether the key is unique, and rows: of keys that differ in one column or its null, and of one that is twice."""
    types = {field.name: field for field in table.schema}
    a, b = ({name: value_of(types[name].dataType, number) for name in types} for number in (1, 2))
    keys = [name for name in table.key if name != "edition"]
    nulls = {name: None for name in keys if types[name].nullable}
    others: list[Row] = [a, *({**a, name: b[name]} for name in keys)]
    others += [{**a, name: None} for name in nulls]
    others += [{**a, **nulls, name: b[name]} for name in nulls]
    yield True, list({repr(row): row for row in others}.values())
    yield False, [a, {**b, **{name: a[name] for name in keys}}]
    if nulls:
        yield False, [{**a, **nulls}, {**b, **{name: a[name] for name in keys}, **nulls}]


def value_of(kind: T.DataType, number: int) -> object:
    if isinstance(kind, T.StringType):
        return str(number)
    if isinstance(kind, T.DoubleType):
        return float(number)
    if isinstance(kind, T.IntegerType | T.LongType):
        return number
    return {"binary": b"x", "timestamp": datetime(2024, 1, number, tzinfo=UTC)}.get(
        kind.simpleString(), {} if isinstance(kind, T.MapType) else []
    )


def test_the_guard_of_every_key_fails_exactly_where_a_key_is_there_twice(spark: SparkSession) -> None:
    cases = [(table, *case) for table in TABLES.values() for case in key_cases(table)]
    faults = faults_of(spark, [(unique(table), {table.name: rows}) for table, _, rows in cases])
    assert [
        (table.name, is_unique, rows)
        for (table, is_unique, rows), fault in zip(cases, faults, strict=True)
        if is_unique != (fault is None)
    ] == []


def test_no_guard_fails_where_there_are_no_rows_at_all(spark: SparkSession) -> None:
    nothing: Rows = {name: [] for name in TABLES}
    faults = faults_of(spark, [(guard, nothing) for guard in GUARDS])
    assert [guard.sentence for guard, fault in zip(GUARDS, faults, strict=True) if fault is not None] == []


def test_a_guard_fails_where_one_of_its_tables_has_no_rows(spark: SparkSession) -> None:
    asked = [(guard, table.name) for guard in OTHERS for table in guard.tables]
    faults = faults_of(spark, [(guard, {**ROWS, name: []}) for guard, name in asked])
    held = {(guard.sentence, name) for (guard, name), fault in zip(asked, faults, strict=True) if fault is None}
    assert held == set(FINE_WITHOUT)


def test_a_guard_fails_where_a_value_that_it_compares_is_null(spark: SparkSession) -> None:
    assert set(NULLS) == {guard.sentence for guard in OTHERS}
    asked = [(sentence, table, name) for sentence, of in NULLS.items() for table, names in of.items() for name in names]
    faults = faults_of(spark, [(of(sentence), with_change(table, 0, {name: None})) for sentence, table, name in asked])
    assert [null for null, fault in zip(asked, faults, strict=True) if fault is None] == []


def test_a_failed_guard_is_recorded_and_named_and_those_of_its_query_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(monkeypatch, {**ROWS, "ranking": [*ROWS["ranking"], *ROWS["ranking"]]})
    with pytest.raises(GuardFailed, match=r"^It does not hold that the key of ranking is unique: \{'cluster_id': 1"):
        guards.check(run, guards.RANK)
    assert run.record.guards["the key of ranking is unique"] == "failed: {'cluster_id': 1, 'rows': 2}"
    assert run.record.guards["the key of intensity is unique"] == "held"
    assert len(run.record.guards) == len([guard for guard in guards.RANK if guard.is_small])


def test_a_users_own_views_stay_and_none_is_left_behind(
    run: Run, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def views() -> list[str]:
        return sorted(view.name for view in spark.catalog.listTables() if view.isTemporary)

    before = views()
    spark.range(7).createOrReplaceTempView("points")
    try:
        there = views()
        guards.check(run, guards.CLUSTER)
        store(monkeypatch, with_change("points", 0, {"inventors": 2}))
        with pytest.raises(GuardFailed):
            guards.check(run, guards.CLUSTER)
        with pytest.raises(Exception, match="UNRESOLVED_COLUMN"):
            guards.check(run, (Guard("it is well asked", (POINTS,), "SELECT nothing FROM {points}"),))
        assert views() == there
        assert spark.table("points").count() == 7
    finally:
        spark.catalog.dropTempView("points")
    assert views() == before


def test_counts_that_differ_are_told(run: Run) -> None:
    guards.hold(run, "rows are kept", 3, 3)
    with pytest.raises(GuardFailed, match="rows are kept: 3 and 4"):
        guards.hold(run, "rows are kept", 3, 4)
