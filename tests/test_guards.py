"""Every guard is seen to hold on good tables and to fail on the fault that it is for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

from stclusters import guards, io
from stclusters.errors import GuardFailed
from stclusters.progress import Progress
from stclusters.run import Record, Run
from stclusters.settings import read_method, read_place
from stclusters.tables import ALL

ROOT = Path(__file__).parents[1]
ROWS: dict[str, list[dict[str, object]]] = {
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
    "cluster_organisations": [{"cluster_id": 1, "kind": "patent", "documents": 1.0}],
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
FAULTS: list[tuple[str, str, int, dict[str, object] | None]] = [
    ("the key of addresses is unique", "addresses", 1, {"kind": "patent"}),
    ("the key of documents is unique", "documents", 1, {"kind": "patent"}),
    ("persons and addresses of a document are numbered without a gap", "addresses", 0, {"persons": 2}),
    ("every address is of a document", "documents", 0, None),
    ("the weights of the fields of a document sum to 1", "document_fields", 0, {"fields": 2}),
    ("the weights of the organisations of a document sum to 1", "document_organisations", 0, {"organisations": 2}),
    (NO_MORE, "cluster_organisations", 0, {"documents": 1.1}),
    (NO_MORE, "cluster_organisations", 0, {"kind": "article"}),
    (NO_MORE, "cluster_organisations", 0, {"cluster_id": 2}),
    ("the key of points is unique", "points", 1, {"point_id": 1}),
    ("the key of point_labels is unique", "point_labels", 1, {"point_id": 1}),
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
    ("the persons of a document in all its places are its persons", "document_places", 0, {"persons": 2}),
    ("every address is in one place", "document_places", 0, None),
    ("every cluster is ranked", "ranking", 0, None),
    ("every ranked cluster has its population", "intensity", 0, None),
    ("where editions are compared, every cluster has one change", "rank_changes", 0, {"change": "merged"}),
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
    (
        "links are domestic exactly where the partner is the home economy",
        "collaboration_links",
        0,
        {"scope": "domestic"},
    ),
    ("no partner has more links than the cluster has documents", "collaboration_links", 0, {"links": 2}),
]
STEPS = (guards.INGEST, guards.CLUSTER, guards.PLACE, guards.RANK, guards.COLLABORATE)


@pytest.fixture
def run(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose stored tables are ROWS, with the columns that guards read."""
    method, place = read_method(ROOT / "conf/method.toml"), read_place(ROOT / "conf/local.toml")
    made = Run(spark, method, place, 2024, "run", Progress(spark), Record("test", datetime.now(UTC)), "0")
    store(monkeypatch, ROWS)
    return made


def store(monkeypatch: pytest.MonkeyPatch, rows: dict[str, list[dict[str, object]]]) -> None:
    types = {table.name: {field.name: field.dataType for field in table.schema} for table in ALL}

    def stored(run: Run, table: object) -> object:
        name = table.name  # type: ignore[attr-defined]
        columns = list(ROWS[name][0])
        schema = T.StructType([T.StructField(column, types[name][column]) for column in columns])
        return run.spark.createDataFrame([tuple(row[column] for column in columns) for row in rows[name]], schema)

    monkeypatch.setattr(io, "stored", stored)


@pytest.mark.parametrize("step", STEPS, ids=["ingest", "cluster", "place", "rank", "collaborate"])
def test_guards_hold_on_tables_that_agree(run: Run, step: tuple[guards.Guard, ...]) -> None:
    tables = {table.name for guard in step for table in guard.tables}
    assert tables <= set(ROWS)
    guards.check(run, step)
    assert set(run.record.guards.values()) == {"held"}
    assert len(run.record.guards) == len(step)


@pytest.mark.parametrize(("sentence", "table", "row", "change"), FAULTS, ids=[f"{f[1]}-{f[3]}" for f in FAULTS])
def test_a_guard_fails_on_its_fault(
    run: Run, monkeypatch: pytest.MonkeyPatch, sentence: str, table: str, row: int, change: dict[str, object] | None
) -> None:
    rows = {name: [dict(values) for values in held] for name, held in ROWS.items()}
    if change is None:
        del rows[table][row]
    else:
        rows[table][row] |= change
    store(monkeypatch, rows)
    guard = next(guard for step in STEPS for guard in step if guard.sentence == sentence)
    with pytest.raises(GuardFailed, match="It does not hold that"):
        guards.check(run, (guard,))
    assert run.record.guards[sentence].startswith("failed: ")


def test_every_guard_but_keys_seen_elsewhere_has_a_fault() -> None:
    told = {fault[0] for fault in FAULTS}
    left = {guard.sentence for step in STEPS for guard in step} - told
    assert all(sentence.startswith("the key of ") for sentence in left)


def test_counts_that_differ_are_told(run: Run) -> None:
    guards.hold(run, "rows are kept", 3, 3)
    with pytest.raises(GuardFailed, match="rows are kept: 3 and 4"):
        guards.hold(run, "rows are kept", 3, 4)
