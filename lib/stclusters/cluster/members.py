"""The cluster of every address."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

FEW_POINTS = 5_000_000  # in clusters: broadcast, they take every process some 60 bytes each


def in_clusters(addresses: DataFrame, point_labels: DataFrame) -> DataFrame:
    """The addresses with `cluster_id`, that of their point; null outside all clusters. One row an address.

    Few labels go to all processes, and no address is sent; else both are sent by point.
    """
    labels = point_labels.where(F.col("cluster_id").isNotNull()).select("point_id", "cluster_id")
    is_small = labels.limit(FEW_POINTS + 1).count() <= FEW_POINTS
    return addresses.join(F.broadcast(labels) if is_small else labels, "point_id", how="left")
