"""A document of an unknown kind is refused by whatever counts by kind, and never counted as another kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from frames import local_frame
from stclusters.cluster.output import output_of_points
from stclusters.cluster.points import fold_points
from stclusters.cluster.relations import count_relations
from stclusters.collaborate.foreign import foreign_collaboration
from stclusters.collaborate.shared import count_partners, count_shared
from stclusters.errors import BadInput
from stclusters.fractional import counts_by_kind
from stclusters.rank.changes import share_output
from stclusters.rank.fields import cluster_fields
from stclusters.rank.organisations import cluster_organisations
from stclusters.rank.score import count_clusters
from stclusters.rank.sensitivity import output_of_all_points
from stclusters.rank.uncertainty import add_patterns, rank_uncertainty
from stclusters.settings import read_method

SAID = "it must be one of patent, article"
DOCUMENT = "kind string, document_id string"
COUNTED = "economy string, persons int, addresses_each int"
ADDRESSES = f"{DOCUMENT}, person int, address int, point_id bigint, {COUNTED}"
PLACES = f"{DOCUMENT}, cluster_id bigint, {COUNTED}, addresses bigint, first_person int, last_person int"
PERSONS = f"{DOCUMENT}, cluster_id bigint, person int"
SHARED = "kind string, cluster_id bigint, shared_with string, partner bigint, partner_economy string, documents bigint"
LABELS = "point_id bigint, role string, cluster_id bigint"
CLUSTERS = "cluster_id bigint, home_economy string"
RANKING = "cluster_id bigint, rank int, score double, patents double, articles double"
FIELDS = f"{DOCUMENT}, field string, fields int"
ORGANISATIONS = f"{DOCUMENT}, organisation_id string, organisation_name string, organisations int"


class Frames:
    """A patent, and a document of another kind, each with one person in a cluster and one outside."""

    def __init__(self, spark: SparkSession, kind: str | None) -> None:
        kinds = ("patent", kind)
        self.addresses = local_frame(
            spark, [(k, "d", person, 1, person, "FR", 2, 1) for k in kinds for person in (1, 2)], ADDRESSES
        )
        parts = [(k, "d", cluster, "FR", 2, 1, 1, n, n) for k in kinds for n, cluster in ((1, 1), (2, None))]
        self.places = local_frame(spark, [*parts, (kind, "e", 1, "FR", 1, 1, 1, 1, 1)], PLACES)
        self.labels = local_frame(spark, [(1, "core", 1), (2, "noise", None)], LABELS)
        self.clusters = local_frame(spark, [(1, "FR")], CLUSTERS)
        self.ranking = local_frame(spark, [(1, 1, 100.0, 0.5, 0.5)], RANKING)
        self.fields = local_frame(spark, [(k, "d", "Optics", 1) for k in kinds], FIELDS)
        self.organisations = local_frame(spark, [(k, "d", "o", "O", 1) for k in kinds], ORGANISATIONS)
        self.placed = local_frame(spark, [(1, 1)], "point_id bigint, cluster_id bigint")
        self.persons = local_frame(spark, [(k, "d", 1, 1) for k in kinds], PERSONS)
        self.none_shared = local_frame(spark, [], SHARED)


COUNT_BY_KIND: dict[str, Callable[[Frames], DataFrame]] = {
    "fold_points": lambda f: fold_points(f.addresses),
    "counts_by_kind": lambda f: counts_by_kind(f.places, ["cluster_id"]),
    "count_clusters": lambda f: count_clusters(f.places),
    "output_of_points": lambda f: output_of_points(f.addresses, f.labels),
    "output_of_all_points": lambda f: output_of_all_points(f.addresses),
    "share_output": lambda f: share_output(f.addresses, f.labels, f.placed),
    "count_shared": lambda f: count_shared(f.places, f.clusters),
    "count_partners": lambda f: count_partners(f.persons, [1]),
    "count_relations": lambda f: count_relations(f.addresses, f.labels, [1]),
    "foreign_collaboration": lambda f: foreign_collaboration(f.places, f.none_shared, f.clusters),
    "cluster_fields": lambda f: cluster_fields(f.places, f.fields),
    "cluster_organisations": lambda f: cluster_organisations(f.places, f.organisations, f.ranking),
    "rank_uncertainty": lambda f: rank_uncertainty(f.places, f.ranking, 40, 1),
}


@pytest.mark.parametrize("kind", ["deal", "Patent", "", None])
def test_the_window_of_an_unknown_kind_is_refused(kind: str | None) -> None:
    method = read_method(Path(__file__).parents[1] / "conf/method.toml")
    assert method.window("article", 2024) != method.window("patent", 2024)
    with pytest.raises(BadInput, match=rf"of the kind {'null' if kind is None else kind}: {SAID}"):
        method.window(kind, 2024)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", COUNT_BY_KIND)
def test_a_document_of_an_unknown_kind_is_refused_where_kinds_are_counted(spark: SparkSession, name: str) -> None:
    count = COUNT_BY_KIND[name]
    assert count(Frames(spark, "article")).collect()
    for kind in ("deal", None):
        with pytest.raises(Exception, match=rf"of the kind {kind or 'null'}: {SAID}"):
            count(Frames(spark, kind)).collect()


def test_patterns_of_an_unknown_kind_are_refused() -> None:
    import numpy as np

    shares = pa.array([[]], pa.list_(pa.struct({"cluster_id": pa.int64(), "part": pa.int64()})))
    batch = pa.RecordBatch.from_arrays(
        [pa.array(["deal"]), shares, pa.array([1], pa.int64()), pa.array([5], pa.int64())],
        ["kind", "shares", "documents", "key"],
    )
    with pytest.raises(BadInput, match=SAID):
        add_patterns(np.zeros((2, 3), np.int64), batch, np.array([], np.int64))
