"""Documents that clusters share, counted in arrays without Spark, against sets of persons counted by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest

from oracles.cases import drawn_case
from oracles.figures import UNKNOWN, Address, with_another
from stclusters.collaborate import persons
from stclusters.collaborate.shared import COUNTS, _counted_in, _with_all, _with_partners

Key = tuple[str, int | None, str, int | None, str | None]
CASE = drawn_case(3, 300)


def table_of(addresses: Iterable[Address]) -> pa.Table:
    """A row for each document, cluster and economy, with the smallest and largest number of a person there."""
    numbers: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    at: dict[tuple[str, str, int | None, str], set[int]] = defaultdict(set)
    for row in addresses:
        of_document = numbers[row.kind, row.document]
        number = of_document.setdefault(row.person, len(of_document) + 1)
        at[row.kind, row.document, row.cluster, row.economy].add(number)
    rows = [(*key, min(found), max(found)) for key, found in at.items()]
    types = {"kind": pa.string(), "document_id": pa.string(), "cluster_id": pa.int64(), "economy": pa.string()}
    schema = pa.schema(types | {"first": pa.int32(), "last": pa.int32()})
    columns = zip(*rows, strict=True) if rows else [[]] * len(schema)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema)


def counted(batches: Iterable[pa.RecordBatch]) -> Counter[Key]:
    """The documents of each key; a kind and partner may have several rows, one a portion."""
    found: Counter[Key] = Counter()
    for batch in batches:
        assert batch.schema == COUNTS
        for row in batch.to_pylist():
            documents = row.pop("documents")
            found[tuple(row.values())] += documents
    return found


def by_hand(addresses: Iterable[Address], homes: dict[int, str]) -> Counter[Key]:
    """All that clusters share, document by document: with clusters of a larger id, with economies, abroad."""
    documents: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for row in addresses:
        documents[row.kind, row.document].append(row)
    found: Counter[Key] = Counter()
    for (kind, _), rows in documents.items():
        clusters = {row.cluster for row in rows}
        for cluster in clusters - {None}:
            here = [row for row in rows if row.cluster == cluster]
            home = homes[cluster or 0]
            found[kind, cluster, "cluster", cluster, None] += 1
            for partner in clusters - {cluster}:
                if partner is None or partner > (cluster or 0):
                    there = [row for row in rows if row.cluster == partner]
                    found[kind, cluster, "cluster", partner, None] += with_another(here, there)
            for economy in {row.economy for row in rows}:
                there = [row for row in rows if row.cluster != cluster and row.economy == economy]
                found[kind, cluster, "economy", None, economy] += with_another(here, there)
            abroad = [row for row in rows if UNKNOWN not in (home, row.economy) and row.economy != home]
            found[kind, cluster, "abroad", None, None] += with_another(here, abroad)
    return +found


@pytest.mark.parametrize("pairs_at_once", [1, 40, 1_000_000])
def test_shared_documents_are_those_of_sets_of_persons(monkeypatch: pytest.MonkeyPatch, pairs_at_once: int) -> None:
    monkeypatch.setattr(persons, "PAIRS_AT_ONCE", pairs_at_once)
    addresses = CASE.addresses + [row._replace(kind="article", cluster=12) for row in CASE.addresses[:40]]
    home_of = CASE.homes | {11: "NZ"}  # where nobody is
    homes = pa.table({"cluster_id": [*home_of], "home_economy": [*home_of.values()]})
    sent = table_of(addresses)
    sent = sent.take(np.random.default_rng(1).permutation(len(sent)))
    expected = by_hand(addresses, home_of)
    assert counted(_with_all(sent, homes)) == expected
    assert len(expected) > 100


def test_partners_of_some_clusters_are_all_others_of_any_id() -> None:
    sent = table_of(CASE.addresses)
    larger = {key: n for key, n in by_hand(CASE.addresses, CASE.homes).items() if key[2] == "cluster"}
    expected = {
        (kind, asked, "cluster", partner, None): n
        for (kind, a, _, b, _), n in larger.items()
        for asked, partner in {(a, b), (b, a)}
        if asked in (12, 14)
    }
    assert counted(_with_partners(sent, np.array([12, 14]))) == expected


def test_an_empty_partition_gives_nothing() -> None:
    homes = pa.table({"cluster_id": [11], "home_economy": ["CH"]})
    assert list(_counted_in([], lambda sent: _with_all(sent, homes))) == []
    assert counted(_counted_in(table_of([]).to_batches(), lambda sent: _with_all(sent, homes))) == {}
    rows = table_of(CASE.addresses).to_batches(max_chunksize=50)
    assert counted(_counted_in(rows, lambda sent: _with_partners(sent, np.array([12])))).total() > 100
