"""Times the ranking step's own tables and the bootstrap beside them, on drawn places of documents of full size.

python scripts/bench_rank.py [--documents 9200000] [--clusters 250] [--replicates 1000] [--folder build/bench_rank]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.rank.fields import cluster_fields
from stclusters.rank.score import rank_clusters
from stclusters.rank.uncertainty import fold_documents, rank_uncertainty
from stclusters.session import open_session

PATENTS = 0.14  # of the documents: 1.3 of 9.2 million (Global Innovation Index 2024)


def drawn(seed: int, *columns: str) -> Column:
    """A number from 0 to 1 that depends on the columns alone."""
    return (F.xxhash64(F.lit(seed), *columns).bitwiseAND(F.lit((1 << 52) - 1)) / F.lit(float(1 << 52))).alias("drawn")


def draw_places(spark: SparkSession, documents: int, clusters: int) -> DataFrame:
    """Places of documents with 3.4 persons on average: three in five persons at home, one in four outside."""
    of = spark.range(documents).select(
        F.concat(F.lit("W"), F.lpad(F.col("id").cast("string"), 10, "0")).alias("document_id"),
        F.when(drawn(1, "id") < PATENTS, "patent").otherwise("article").alias("kind"),
        F.least(F.lit(60), F.ceil(-2.9 * F.log(drawn(2, "id") + 1e-9))).cast("int").alias("persons"),
        F.floor(clusters * F.pow(drawn(3, "id"), 2.2)).alias("home"),
    )
    persons = of.withColumn("person", F.explode(F.sequence(F.lit(1), F.greatest(F.lit(1), "persons"))))
    where, other = drawn(4, "document_id", "person"), F.floor(clusters * F.pow(drawn(5, "document_id", "person"), 2.2))
    cluster = F.when(where < 0.6, F.col("home")).when(where < 0.75, other).cast("long")
    placed = persons.select(
        "kind", "document_id", F.greatest(F.lit(1), "persons").alias("persons"), cluster.alias("cluster_id"), "person"
    )
    economy = F.concat(F.lit("E"), F.coalesce(F.col("cluster_id") % 40, F.lit(41)).cast("string")).alias("economy")
    return placed.groupBy("kind", "document_id", "cluster_id", economy, "persons").agg(
        F.lit(1).alias("addresses_each"), F.count("*").alias("addresses")
    )


def draw_fields(places: DataFrame) -> DataFrame:
    """One to three fields of every document."""
    documents = places.select("kind", "document_id").distinct()
    fields = (1 + F.floor(3 * drawn(6, "document_id"))).cast("int")
    return documents.select(
        "kind", "document_id", fields.alias("fields"), F.explode(F.sequence(F.lit(1), fields))
    ).select("kind", "document_id", F.concat(F.lit("field "), F.col("col").cast("string")).alias("field"), "fields")


def timed(what: str, work: Callable[[], object]) -> None:
    """Prints what was done and the seconds that it took."""
    start = time.perf_counter()
    found = work()
    print(f"{what:34} {time.perf_counter() - start:8.1f} s   {'' if found is None else found}", flush=True)


def main() -> None:
    """Draws the tables where they are not there, and times each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=9_200_000)
    parser.add_argument("--clusters", type=int, default=250)
    parser.add_argument("--replicates", type=int, default=1_000)
    parser.add_argument("--folder", type=Path, default=Path("build/bench_rank"))
    asked = parser.parse_args()
    spark = open_session("bench rank", Path("conf/spark.conf"))
    folder = str((asked.folder / f"{asked.documents}_{asked.clusters}").absolute())
    if not Path(folder, "fields/_SUCCESS").is_file():
        drawn_places = draw_places(spark, asked.documents, asked.clusters)
        timed("places drawn", lambda: drawn_places.write.mode("overwrite").parquet(f"{folder}/places"))
        fields = draw_fields(spark.read.parquet(f"{folder}/places"))
        timed("fields drawn", lambda: fields.write.mode("overwrite").parquet(f"{folder}/fields"))
    places, fields = (spark.read.parquet(f"{folder}/{name}") for name in ("places", "fields"))
    described = [(cluster, f"cluster {cluster}", "FR", ["FR"]) for cluster in range(asked.clusters)]
    clusters = spark.createDataFrame(
        described, "cluster_id bigint, name string, home_economy string, economies array<string>"
    )
    timed("rows of document_places", places.count)
    ranking = rank_clusters(places, clusters).persist()
    timed("ranking", ranking.count)
    timed("cluster_fields", lambda: cluster_fields(places, fields).write.format("noop").mode("overwrite").save())
    timed("patterns of documents", fold_documents(places).count)
    timed("rank_uncertainty", lambda: rank_uncertainty(places, ranking, asked.replicates, 100).count())


if __name__ == "__main__":
    main()
