"""Organisations of documents and of clusters: what is read, what is passed over, and counts by plain fractions."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from pyspark.sql import SparkSession

from conftest import rows_of
from held import until_the_test_ends
from oracles.cases import drawn_case
from oracles.figures import by_document, places
from stclusters.ingest.organisations import sift_organisations
from stclusters.rank.organisations import LISTED, cluster_organisations
from stclusters.rank.score import rank_clusters
from test_methodology import CLUSTERS, place_case

RAW = "kind string, document_id string, organisation_id string, organisation_name string, type string"
STORED = "kind string, document_id string, organisation_id string, organisation_name string, organisations int"
DOCUMENTS = [("patent", "d1"), ("patent", "d2"), ("article", "d1")]


def sifted(spark: SparkSession, *rows: tuple[str | None, ...]) -> tuple[list[tuple[object, ...]], dict[str, int]]:
    documents = spark.createDataFrame(DOCUMENTS, "kind string, document_id string")
    told = until_the_test_ends(sift_organisations(spark.createDataFrame(rows, RAW) if rows else None, documents))
    frame, counts = told.kept, told.counts
    return rows_of(frame, *frame.columns), dict(counts.collect())


def test_organisations_of_a_document_are_counted_once_each_and_every_row_is_accounted_for(spark: SparkSession) -> None:
    kept, counts = sifted(
        spark,
        ("patent", "d1", "o1", "One", None),
        ("patent", "d1", "o1", "One", "organisation"),
        ("patent", "d1", "o2", None, "organisation"),
        ("article", "d1", "o1", "One", None),
        ("patent", "d2", "p9", "A Person", "person"),
        ("patent", "d2", " ", "Nobody", None),
        ("patent", "d9", "o1", "One", None),
        (None, "d1", "o1", "One", None),
    )
    assert kept == [
        ("article", "d1", "o1", "One", 1),
        ("patent", "d1", "o1", "One", 2),
        ("patent", "d1", "o2", "o2", 2),
    ]
    assert counts == {"organisation": 4, "not_an_organisation": 1, "blank": 1, "no_document": 2}
    assert "A Person" not in str(kept)


def test_an_organisation_has_the_name_of_most_rows_and_of_equal_ones_the_first(spark: SparkSession) -> None:
    names = ["Two", "Two", "Acme", "Zed", "Acme"]
    rows = [("patent", f"d{1 + i % 2}", "o1", name, None) for i, name in enumerate(names)]
    kept, _ = sifted(spark, *rows)
    assert {row[3] for row in kept} == {"Acme"}


def test_hostile_names_are_stored_without_control_characters(spark: SparkSession) -> None:
    name = "</script>\x00=HYPER\tLINK(\u202e'; DROP\u2028" + "x" * 10_000
    kept, _ = sifted(spark, ("patent", "d1", "o\u200f1\n", name, None))
    assert kept[0][2:4] == ("o1", "</script>=HYPERLINK('; DROP" + "x" * 10_000)


def test_a_source_without_organisations_gives_none(spark: SparkSession) -> None:
    assert sifted(spark) == ([], {})


def test_the_ten_largest_of_each_cluster_are_those_counted_document_by_document(spark: SparkSession) -> None:
    case, rng = drawn_case(8, 300), np.random.default_rng(8)
    owners = {
        document: sorted({f"o{int(n):02}" for n in rng.integers(0, 25, int(rng.integers(0, 4)))})
        for document in by_document(case.addresses)
    }
    expected: dict[tuple[int, str], dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    totals: dict[tuple[int, str], Fraction] = defaultdict(Fraction)
    for (kind, document, cluster, _), share in places(case.addresses).items():
        if cluster is not None:
            totals[cluster, kind] += share
            for owner in owners[kind, document]:
                expected[cluster, kind][owner] += share / len(owners[kind, document])
    rows = [(*document, owner, owner.upper(), len(of)) for document, of in owners.items() for owner in of]
    placed = until_the_test_ends(place_case(spark, case).persist())
    clusters = spark.createDataFrame([(c, "", home, [home]) for c, home in case.homes.items()], CLUSTERS)
    found = cluster_organisations(
        placed, spark.createDataFrame(rows, STORED), rank_clusters(placed, clusters)
    ).collect()
    assert len(found) == sum(min(LISTED, len(of)) for of in expected.values())
    for key, of in expected.items():
        here = sorted((row for row in found if (row["cluster_id"], row["kind"]) == key), key=lambda row: row["place"])
        best = sorted(of.items(), key=lambda item: (-item[1], item[0]))[:LISTED]
        assert [row["organisation_id"] for row in here] == [owner for owner, _ in best]
        assert [row["place"] for row in here] == list(range(1, len(best) + 1))
        for row, (owner, documents) in zip(here, best, strict=True):
            assert row["organisation_name"] == owner.upper()
            assert row["documents"] == pytest.approx(float(documents), rel=1e-12)
            assert row["share"] == pytest.approx(float(documents / totals[key]), rel=1e-12)
