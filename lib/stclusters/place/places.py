"""The places of every document: persons per cluster and economy."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.cluster.members import in_clusters


def place_documents(addresses: DataFrame, point_labels: DataFrame) -> DataFrame:
    """The rows of `document_places`: for each document, cluster (null outside all) and economy the addresses there.

    Persons with different numbers of addresses stand in rows of their own, so that a row's share of its document is
    the exact fraction `addresses / (persons * addresses_each)`; the shares of a document sum to one.
    """
    return (
        in_clusters(addresses, point_labels)
        .groupBy("kind", "document_id", "cluster_id", "economy", "persons", "addresses_each")
        .agg(
            F.count("*").alias("addresses"),
            F.min("person").alias("first_person"),
            F.max("person").alias("last_person"),
        )
        .select(
            "kind",
            "document_id",
            "cluster_id",
            "economy",
            "persons",
            "addresses_each",
            "addresses",
            "first_person",
            "last_person",
        )
    )
