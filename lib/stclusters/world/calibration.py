"""What a run on a synthetic world found, beside the published table that the world was made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from scipy.stats import spearmanr

from stclusters.sphere import Floats
from stclusters.world import declared
from stclusters.world.basins import Published, read_basins, read_published
from stclusters.world.fields import OTHERS, STRONG, TECHNOLOGY
from stclusters.world.gazetteer import gazetteer_arrays


@dataclass(frozen=True)
class Match:
    """A published cluster and the found clusters whose outlines hold its cities, the best ranked first.

    `ranks` has one entry a distinct cluster. `patents` and `articles` are those of all of them, scaled to the published
    totals of the world.
    """

    published: Published
    ranks: tuple[int, ...]
    clusters: tuple[int, ...]
    patents: float
    articles: float

    def errors(self) -> tuple[float, float]:
        """Relative errors of the counts of patents and articles."""
        return self.patents / self.published.patents - 1, self.articles / self.published.articles - 1


@dataclass(frozen=True)
class Calibration:
    """The comparison of one run with the published ranking of 2024."""

    matches: list[Match]
    clusters: int
    documents: dict[str, int]
    addresses: dict[str, int]
    fields: dict[str, float]  # share of technology fields in the top clusters together
    strong: dict[int, float]  # share of its strong field in the cluster of a published rank

    @property
    def found(self) -> list[Match]:
        """Published clusters whose naming city lies in the outline of a found one."""
        return [match for match in self.matches if match.ranks]

    @property
    def shared(self) -> list[Match]:
        """Published clusters whose found cluster is that of another published one too."""
        owners: dict[int, set[int]] = {}
        for match in self.matches:
            for cluster in match.clusters:
                owners.setdefault(cluster, set()).add(match.published.rank)
        return [match for match in self.matches if any(len(owners[cluster]) > 1 for cluster in match.clusters)]

    @property
    def correlation(self) -> float:
        """Spearman's rank correlation of published and found ranks, over the found."""
        published = np.array([match.published.rank for match in self.found])
        found = np.array([match.ranks[0] for match in self.found])
        return float(spearmanr(published, found).statistic)

    def errors(self) -> Floats:
        """Relative errors of the counts of the found, shape (found, 2)."""
        return np.array([match.errors() for match in self.found])


def calibrate(spark: SparkSession, tables: Path, edition: int) -> Calibration:
    """Compares the tables of a run with the published ranking; all that is collected is of the size of the top 100."""

    def rows(name: str) -> DataFrame:
        return spark.read.format("delta").load(str(tables / name)).where(F.col("edition") == edition)

    documents = {row["kind"]: row["count"] for row in rows("documents").groupBy("kind").count().collect()}
    totals = rows("points").agg(F.sum("inventors").alias("inventors"), F.sum("authors").alias("authors")).collect()[0]
    ranking = rows("ranking").select("cluster_id", "rank", "patents", "articles")
    held = _clusters_of_cities(spark, rows("clusters")).join(ranking, "cluster_id", how="inner").collect()
    matches = [
        _match(one, [row for row in held if row["published_rank"] == one.rank], documents) for one in read_published()
    ]
    named = [*TECHNOLOGY, *OTHERS]
    top = rows("top_fields").where((F.col("kind") == "patent") & F.col("field").isin(named)).collect()
    return Calibration(
        matches=matches,
        clusters=rows("clusters").count(),
        documents=documents,
        addresses={"patent": totals["inventors"], "article": totals["authors"]},
        fields={row["field"]: row["share"] for row in top},
        strong=_strong_fields(rows("cluster_fields"), matches),
    )


def _match(published: Published, rows: list[Row], documents: dict[str, int]) -> Match:
    """A published cluster and the clusters that hold its cities; none where none holds its naming city."""
    if not any(row["naming"] for row in rows):
        return Match(published, (), (), 0.0, 0.0)
    clusters = sorted(
        {row["cluster_id"]: row for row in rows}.values(), key=lambda row: (row["rank"], row["cluster_id"])
    )
    return Match(
        published,
        tuple(row["rank"] for row in clusters),
        tuple(row["cluster_id"] for row in clusters),
        sum(row["patents"] for row in clusters) * declared.PATENTS / documents["patent"],
        sum(row["articles"] for row in clusters) * declared.ARTICLES / documents["article"],
    )


def _clusters_of_cities(spark: SparkSession, clusters: DataFrame) -> DataFrame:
    """The clusters that hold the first city of each basin: `published_rank`, `naming` (first basin), `cluster_id`."""
    gazetteer = gazetteer_arrays(spark)
    cities, seen = [], set()
    for basin in read_basins():
        if basin.rank:
            at = gazetteer.number_of(basin.cities[0])
            cities.append((basin.rank, basin.rank not in seen, float(gazetteer.lon[at]), float(gazetteer.lat[at])))
            seen.add(basin.rank)
    points = spark.createDataFrame(cities, "published_rank int, naming boolean, lon double, lat double")
    outlines = clusters.select("cluster_id", F.expr("ST_GeomFromWKB(outline)").alias("shape"))
    holds = F.expr("ST_Intersects(shape, ST_Point(lon, lat))")
    return F.broadcast(points).join(outlines, holds, how="inner").select("published_rank", "naming", "cluster_id")


def _strong_fields(cluster_fields: DataFrame, matches: list[Match]) -> dict[int, float]:
    """Share of the strong field in the best cluster of each published rank that has one."""
    of = {match.clusters[0]: match.published.rank for match in matches if match.clusters}
    wanted = {(cluster, STRONG[rank][0]): rank for cluster, rank in of.items() if rank in STRONG}
    rows = cluster_fields.where(F.col("cluster_id").isin([cluster for cluster, _ in wanted])).collect()
    return {
        wanted[row["cluster_id"], row["field"]]: row["share"]
        for row in rows
        if (row["cluster_id"], row["field"]) in wanted
    }
