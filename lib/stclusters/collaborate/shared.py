"""Documents that clusters share with each other and with economies, counted in one pass over who is where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from stclusters.cluster.blocks import Bools
from stclusters.collaborate.persons import Persons, gather, meetings, pairs
from stclusters.economy import UNKNOWN
from stclusters.fractional import is_whole
from stclusters.kinds import check_kinds
from stclusters.sphere import Longs
from stclusters.tables import KINDS

DOCUMENT = ["kind", "document_id"]
CLUSTER, ECONOMY, ABROAD = "cluster", "economy", "abroad"  # with whom documents are shared
OUTSIDE = np.iinfo(np.int64).max  # stands for all that is outside clusters, and comes after them
COUNTS = pa.schema(
    {
        "kind": pa.string(),
        "cluster_id": pa.int64(),
        "shared_with": pa.string(),
        "partner": pa.int64(),
        "partner_economy": pa.string(),
        "documents": pa.int64(),
    }
)


def count_shared(document_places: DataFrame, clusters: DataFrame) -> DataFrame:
    """Documents in several places, by whom a cluster shares them with: a row a `kind`, `cluster_id` and partner.

    Shared is a document with a person in the cluster and another person at the partner. `shared_with` says what that
    is: `cluster`, another cluster with a larger id in `partner`, or null for all outside, or the cluster itself, whose
    row counts all of its documents; `economy`, all places outside the cluster in `partner_economy`; `abroad`, all in
    economies that are not the cluster's home economy, where neither is UNKNOWN. The homes of the clusters go through
    the driver: they are some hundreds.
    """
    homes = clusters.select("cluster_id", "home_economy").toArrow()
    parts = document_places.where(~is_whole()).withColumnsRenamed({"first_person": "first", "last_person": "last"})
    return _counted(parts.select(*DOCUMENT, "cluster_id", "economy", "first", "last"), lambda s: _with_all(s, homes))


def count_partners(persons: DataFrame, clusters: Iterable[int]) -> DataFrame:
    """Documents that each of `clusters` shares with any other cluster: the rows `cluster` of `count_shared`.

    Here the partner may have a smaller id, too. `persons` has `kind`, `document_id`, `cluster_id` and `person`.
    """
    asked, person = np.array(sorted(clusters), np.int64), F.col("person")
    placed = persons.select(*DOCUMENT, "cluster_id", person.alias("first"), person.alias("last"))
    return _counted(placed, lambda sent: _with_partners(sent, asked))


def _counted(rows: DataFrame, count: Callable[[pa.Table], Iterator[pa.RecordBatch]]) -> DataFrame:
    counted = rows.repartition(*DOCUMENT).mapInArrow(lambda sent: _counted_in(sent, count), from_arrow_schema(COUNTS))
    keys = [name for name in COUNTS.names if name != "documents"]
    return counted.groupBy(*keys).agg(F.sum("documents").alias("documents"))


def _counted_in(
    batches: Iterable[pa.RecordBatch], count: Callable[[pa.Table], Iterator[pa.RecordBatch]]
) -> Iterable[pa.RecordBatch]:
    sent = list(batches)
    return count(pa.Table.from_batches(sent).combine_chunks()) if sent else ()


def _with_all(sent: pa.Table, homes: pa.Table) -> Iterator[pa.RecordBatch]:
    of_clusters = _persons(sent, _clusters(sent))
    inside = of_clusters.only(of_clusters.place < OUTSIDE)
    yield from _with_clusters(inside, of_clusters, np.greater)

    clusters, cluster = np.unique(_clusters(sent), return_inverse=True)
    names, economy = _numbered(sent["economy"])
    places = _persons(sent, economy * len(clusters) + cluster)  # those of a document in order of economies
    there, elsewhere = places.place // len(clusters), clusters[places.place % len(clusters)]
    home_economy = homes["home_economy"].combine_chunks().take(_among(inside.place, homes["cluster_id"]))
    home, has_home = _among(home_economy, names).to_numpy(), np.asarray(pc.not_equal(home_economy, UNKNOWN))
    is_known = np.asarray(pc.not_equal(names, UNKNOWN))
    for a, b in pairs(inside, places):
        abroad = np.flatnonzero(has_home[a] & is_known[there[b]] & (there[b] != home[a]))
        all_abroad = np.zeros(len(abroad), np.int64)  # one partner
        yield from _told(ABROAD, inside, *meetings(inside, places, a[abroad], b[abroad], all_abroad))
        outside = np.flatnonzero(elsewhere[b] != inside.place[a])
        partner = there[b[outside]]
        yield from _told(ECONOMY, inside, *meetings(inside, places, a[outside], b[outside], partner), names)


def _with_partners(sent: pa.Table, asked: Longs) -> Iterator[pa.RecordBatch]:
    of_clusters = _persons(sent, _clusters(sent))
    yield from _with_clusters(of_clusters.only(np.isin(of_clusters.place, asked)), of_clusters, np.not_equal)


def _with_clusters(
    here: Persons, of_clusters: Persons, is_partner: Callable[[Longs, Longs], Bools]
) -> Iterator[pa.RecordBatch]:
    """All documents of the clusters, and those they share with the clusters that are their partners."""
    yield from _told(CLUSTER, here, np.arange(len(here.place)), here.place)
    for a, b in pairs(here, of_clusters):
        partner = of_clusters.place[b]
        chosen = is_partner(partner, here.place[a])
        yield from _told(CLUSTER, here, *meetings(here, of_clusters, a[chosen], b[chosen], partner[chosen]))


def _told(
    shared_with: str, here: Persons, row: Longs, partner: Longs, names: pa.Array | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of `COUNTS` for the documents that rows of `here` share with partners; `names` are of economies."""
    keys = pa.table({"kind": here.document[row] % len(KINDS), "cluster_id": here.place[row], "partner": partner})
    summed = keys.group_by(keys.column_names).aggregate([([], "count_all")]).combine_chunks()
    partners = summed["partner"].to_numpy()
    columns = (
        pa.array(KINDS).take(summed["kind"].combine_chunks()),
        summed["cluster_id"],
        pa.repeat(shared_with, len(partners)),
        pa.array(partners, pa.int64(), mask=(partners == OUTSIDE) | (shared_with != CLUSTER)),
        pa.nulls(len(partners), pa.string()) if names is None else names.take(partners),
        summed["count_all"],
    )
    yield from pa.table(columns, COUNTS).to_batches()


def _persons(sent: pa.Table, place: Longs) -> Persons:
    check_kinds(pc.unique(sent["kind"]).to_pylist())
    document = len(KINDS) * _numbered(sent["document_id"])[1] + _among(sent["kind"], pa.array(KINDS)).to_numpy()
    first, last = (sent[name].to_numpy().astype(np.int64) for name in ("first", "last"))
    return gather(document, place, first, last)


def _clusters(sent: pa.Table) -> Longs:
    return np.asarray(pc.fill_null(sent["cluster_id"], OUTSIDE).to_numpy())


def _numbered(texts: pa.ChunkedArray) -> tuple[pa.Array, Longs]:
    """The distinct texts, and the number of each text among them."""
    encoded = texts.combine_chunks().dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy().astype(np.int64)


def _among(values: pa.Array, known: pa.Array) -> pa.Array:
    """The place of each value among the known, or -1."""
    return pc.fill_null(pc.index_in(values, known), -1)
