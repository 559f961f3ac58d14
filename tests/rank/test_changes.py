"""Editions compared: points in the other edition's clusters, shared output, and what became of each cluster."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from oracles.clouds import KINDS, WORLD, joined
from oracles.dbscan import Places, label
from oracles.editions import changes, lies_in, shared_output
from stclusters.cluster.geography import place_in_clusters
from stclusters.rank.changes import rank_changes, share_output

RADIUS_M = 15_000.0
LABELS = "point_id bigint, role string, cluster_id bigint"
RANKING = "cluster_id bigint, rank int, name string, patents double, articles double, score double"
ADDRESSES = "kind string, document_id string, person int, point_id bigint, persons int, addresses_each int"


@pytest.mark.parametrize("seed", [1])
def test_points_lie_in_the_cluster_of_their_nearest_core_point(spark: SparkSession, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [KINDS[name] for name in ("dense", "touching", "facing", "chain", "equal_points")]
    spots = [(lon, lat) for lon, lat in WORLD if abs(lat) < 89] + [(13.0, 89.9), (60.0, -20.0), (-120.0, 45.0)]
    clouds = [
        kinds[i % len(kinds)](rng, RADIUS_M, round(lon * 1e6), round(lat * 1e6)) for i, (lon, lat) in enumerate(spots)
    ]
    places = joined(*clouds)
    found = label(places, RADIUS_M, 12.0, Fraction(1, 2))
    assert len(set(found.cluster.tolist())) > 8
    shift = rng.integers(-30_000, 30_000, (2, len(places)))
    more = Places(
        (places.lon_micro + shift[0] + 180_000_000) % 360_000_000 - 180_000_000,
        (places.lat_micro + shift[1]).clip(-90_000_000, 90_000_000),
        places.inventors,
        places.authors,
    )
    known = {int(i): None if c < 0 else int(c) for i, c in zip(places.point_id(), found.cluster, strict=True)}
    expected = dict(known)
    for i, lon, lat in zip(more.point_id().tolist(), more.lon_micro.tolist(), more.lat_micro.tolist(), strict=True):
        if i not in known:
            expected[i] = lies_in(places, found, lon, lat, RADIUS_M)
    roles = dict(zip(places.point_id().tolist(), found.role(), strict=True))
    labels = spark.createDataFrame([(i, roles[i], c) for i, c in known.items()], LABELS)
    asked = spark.createDataFrame([(i,) for i in expected], "point_id bigint")
    rows = place_in_clusters(asked, labels, RADIUS_M).collect()
    assert len(rows) == len({row["point_id"] for row in rows})
    assert {row["point_id"]: row["cluster_id"] for row in rows} == {i: c for i, c in expected.items() if c is not None}


def ranking(spark: SparkSession, ranks: dict[int, int]) -> DataFrame:
    return spark.createDataFrame([(c, r, f"city {c}", 3.0, 2.0, 10.0 / r) for c, r in ranks.items()], RANKING)


def shared_frame(spark: SparkSession, shared: dict[tuple[int | None, int | None], int]) -> DataFrame:
    rows = [(e, c, Decimal(s), Decimal(0), Decimal(s)) for (e, c), s in shared.items()]
    exact = ", ".join(f"{name} decimal(38,18)" for name in ("patents", "articles", "score"))
    return spark.createDataFrame(rows, f"earlier_id bigint, cluster_id bigint, {exact}")


def test_what_became_of_clusters_is_told_in_a_word(spark: SparkSession) -> None:
    """1 stays, 2 moved up, 3 split in two, 4 merged into 2, 5 left, 40 entered; 6 lives on, small."""
    shared: dict[tuple[int | None, int | None], int] = {
        (1, 10): 9, (1, None): 2, (None, 10): 1,
        (2, 20): 5, (4, 20): 3, (4, None): 2, (None, 20): 1,
        (3, 31): 4, (3, 32): 3,
        (5, None): 6, (5, 20): 1,
        (None, 40): 2, (1, 40): 1,
        (6, 60): 2, (6, None): 7,
    }  # fmt: skip
    earlier = ranking(spark, {1: 1, 2: 3, 3: 2, 4: 4, 5: 5, 6: 6})
    later = ranking(spark, {10: 1, 20: 2, 31: 3, 32: 4, 40: 6, 60: 5, 70: 7})
    rows = rank_changes(shared_frame(spark, shared), earlier, later, 2023).collect()
    told = {(row["cluster_id"], row["earlier_cluster_id"]): (row["change"], row["rank_change"]) for row in rows}
    assert told == {
        (10, 1): ("stayed", 0),
        (20, 2): ("moved", 1),
        (20, 4): ("merged", None),
        (31, 3): ("moved", -1),
        (32, 3): ("split", None),
        (None, 5): ("left", None),
        (40, None): ("entered", None),
        (60, 6): ("moved", 1),
        (70, None): ("entered", None),
    }
    by_pair = {(row["cluster_id"], row["earlier_cluster_id"]): row for row in rows}
    assert by_pair[20, 2]["patents_change"] == 3.0 - 10
    assert by_pair[20, 2]["shared_score"] == 5.0
    assert by_pair[20, 4]["patents_change"] is None
    assert by_pair[20, 4]["name"] == "city 20"
    assert by_pair[20, 4]["earlier_name"] == "city 4"
    assert by_pair[70, None]["score_change"] == pytest.approx(10 / 7)
    assert {row["earlier_edition"] for row in rows} == {2023}


@pytest.mark.parametrize("seed", [1, 2])
def test_drawn_editions_change_as_by_plain_counting(spark: SparkSession, seed: int) -> None:
    rng = np.random.default_rng(seed)
    choices = [None, *range(1, 13)]
    earlier = {p: choices[rng.integers(13)] for p in range(60)}
    later = {p: None if rng.random() < 0.1 else (c * 7 if c and rng.random() < 0.6 else choices[rng.integers(13)])
             for p, c in earlier.items()}  # fmt: skip
    addresses = [
        (("patent", "article")[d % 2], f"d{d}", person, int(rng.integers(60)))
        for d in range(250)
        for person in range(1, int(rng.integers(2, 5)))
        for _ in range(int(rng.integers(1, 3)))
    ]
    addresses = sorted(set(addresses))
    each = Counter(a[:3] for a in addresses)
    persons = {d: len({a[2] for a in addresses if a[:2] == d}) for d in {a[:2] for a in addresses}}
    rows = [(*a, persons[a[:2]], each[a[:3]]) for a in addresses]
    frame = spark.createDataFrame(rows, ADDRESSES)
    labels = spark.createDataFrame([(p, "core" if c else "noise", c) for p, c in earlier.items()], LABELS)
    placed = spark.createDataFrame([(p, c) for p, c in later.items() if c], "point_id bigint, cluster_id bigint")
    shared = share_output(frame, labels, placed)
    counted = shared_output(addresses, earlier, later)
    worlds = {kind: sum(parts[kind] for parts in counted.values()) for kind in ("patent", "article")}
    scores = {pair: sum(100 * parts[k] / worlds[k] for k in worlds) for pair, parts in counted.items()}
    found = {(row["earlier_id"], row["cluster_id"]): row for row in shared.collect()}
    assert set(found) == set(counted)
    for pair, kind in product(counted, ("patent", "article")):
        assert float(found[pair][f"{kind}s"]) == pytest.approx(float(counted[pair][kind]), abs=1e-12)
        assert float(found[pair]["score"]) == pytest.approx(float(scores[pair]), abs=1e-12)
    clusters = [sorted({c for c in side.values() if c}) for side in (earlier, later)]
    ranked = [ranking(spark, {c: i + 1 for i, c in enumerate(side)}) for side in clusters]
    rows_found = rank_changes(shared, *ranked, 2023).collect()
    told = {(row["cluster_id"], row["earlier_cluster_id"]): row["change"] for row in rows_found}
    expected = changes(scores, *clusters)  # type: ignore[arg-type]
    assert {pair: "same" if word in ("moved", "stayed") else word for pair, word in told.items()} == expected
    assert len(set(expected.values())) >= 3
    for row in rows_found:
        if row["change"] in ("moved", "stayed", "split", "entered"):
            before = sum(float(s) for (_, c), s in scores.items() if c == row["cluster_id"])
            assert row["score_change"] == pytest.approx(row["score"] - before, abs=1e-9)
