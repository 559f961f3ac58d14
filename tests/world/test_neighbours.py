"""Planted neighbours: two clusters each, their edges within 5 km; mixed teams only where they are to merge."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from pyspark.sql import SparkSession
from scipy.spatial import cKDTree

from stclusters.cluster.local import label_arrays
from stclusters.sphere import EARTH_RADIUS_M, pack, unit_vectors
from stclusters.world import declared
from stclusters.world.frames import World
from stclusters.world.gazetteer import Gazetteer, gazetteer_arrays
from stclusters.world.plan import Plan
from stclusters.world.rows import make_addresses, make_documents

ROWS, EDGE_M = 1_000_000, 5_000

Longs = npt.NDArray[np.int64]


class Labelled:
    """A world of a million rows with the cluster of every address, without Spark but for the gazetteer."""

    def __init__(self, spark: SparkSession) -> None:
        world = World.of(spark, Plan(ROWS, seed=2))
        self.gazetteer: Gazetteer = gazetteer_arrays(spark)
        documents, points, patents = [], [], []
        for block in map(world.plan.block, range(world.plan.blocks)):
            flows = world.flows[block.kind]
            made = make_addresses(world.places, flows, 2, make_documents(flows, 2, block))
            is_patent = block.kind == "patent"
            documents.append(made.document + block.first_document + (0 if is_patent else world.plan.rows))
            points.append(pack(made.lon_micro / 1e6, made.lat_micro / 1e6))
            patents.append(np.full(block.rows, is_patent))
        self.document, is_inventor = np.concatenate(documents), np.concatenate(patents)
        self.points, self.point = np.unique(np.concatenate(points), return_inverse=True)
        inventors, authors = (
            np.bincount(self.point, of_kind, len(self.points)).astype(np.int64)
            for of_kind in (is_inventor, ~is_inventor)
        )
        weight = Fraction(int(inventors.sum()), int(authors.sum()))
        _, self.label = label_arrays(self.points, inventors, authors, 15_000, world.plan.threshold, weight)

    def cluster_of(self, city: str) -> int:
        """The cluster of the labelled point nearest to a city."""
        at = self.gazetteer.number_of(city)
        clustered = np.flatnonzero(self.label >= 0)
        tree = cKDTree(unit_vectors(self.points[clustered]))
        away, nearest = tree.query(unit_vectors(pack(self.gazetteer.lon[[at]], self.gazetteer.lat[[at]]))[0])
        assert away * EARTH_RADIUS_M < EDGE_M, city
        return int(self.label[clustered[nearest]])

    def edge_m(self, a: int, b: int) -> float:
        """Smallest distance of two points of two clusters."""
        one, other = (cKDTree(unit_vectors(self.points[self.label == cluster])) for cluster in (a, b))
        return float(one.query(other.data)[0].min()) * EARTH_RADIUS_M

    def partners(self, cluster: int) -> Counter[int]:
        """Documents that the cluster shares with each other cluster, and with what is outside them (-1)."""
        of_row = self.label[self.point]
        shared = np.isin(self.document, self.document[of_row == cluster]) & (of_row != cluster)
        pairs = np.unique(np.stack([self.document[shared], of_row[shared]]), axis=1)
        return Counter(pairs[1].tolist())


@pytest.fixture(scope="module")
def labelled(spark: SparkSession) -> Labelled:
    return Labelled(spark)


@pytest.mark.parametrize("pair", declared.NEIGHBOURS, ids=lambda pair: pair.facing)
def test_planted_neighbours_are_two_clusters_with_their_edges_within_5_km(
    labelled: Labelled, pair: declared.Neighbours
) -> None:
    one, other = labelled.cluster_of(pair.anchor), labelled.cluster_of(pair.facing)
    assert one != other
    assert labelled.edge_m(one, other) <= EDGE_M


@pytest.mark.parametrize("pair", declared.MERGING, ids=lambda pair: pair.facing)
def test_the_smaller_of_two_that_merge_shares_most_documents_with_the_larger(
    labelled: Labelled, pair: declared.Neighbours
) -> None:
    one, other = labelled.cluster_of(pair.anchor), labelled.cluster_of(pair.facing)
    assert labelled.partners(other).most_common(1)[0][0] == one


@pytest.mark.parametrize("pair", declared.STRANGERS, ids=lambda pair: pair.facing)
def test_strangers_share_few_documents(labelled: Labelled, pair: declared.Neighbours) -> None:
    one, other = labelled.cluster_of(pair.anchor), labelled.cluster_of(pair.facing)
    partners = labelled.partners(other)
    assert partners[one] < 0.2 * partners.most_common(1)[0][1]
