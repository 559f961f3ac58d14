"""The cluster of every address, by broadcast and by shuffle."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from stclusters.cluster import members
from stclusters.cluster.members import in_clusters


@pytest.mark.parametrize(("few", "join"), [(2, "BroadcastHashJoin"), (1, "SortMergeJoin")])
def test_few_labels_go_to_all_processes_and_many_meet_their_addresses(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], few: int, join: str
) -> None:
    monkeypatch.setattr(members, "FEW_POINTS", few)
    labels = spark.createDataFrame([(1, 7), (2, 7), (3, None)], "point_id long, cluster_id long").repartition(2)
    addresses = spark.createDataFrame(
        [(1, "a"), (1, "b"), (2, "c"), (3, "d"), (4, "e")], "point_id long, address string"
    )
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    try:
        found = in_clusters(addresses, labels)
        found.explain()
        rows = sorted(tuple(row) for row in found.select("address", "cluster_id").collect())
    finally:
        spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")
    assert rows == [("a", 7), ("b", 7), ("c", 7), ("d", None), ("e", None)]
    assert join in capsys.readouterr().out
