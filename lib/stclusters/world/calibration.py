"""What a run on a synthetic world found, beside the published table that the world was made from."""

from __future__ import annotations

import unicodedata
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
    totals of the world. `name` is that of the best ranked, empty where there is none.
    """

    published: Published
    name: str
    ranks: tuple[int, ...]
    clusters: tuple[int, ...]
    patents: float
    articles: float

    def errors(self) -> tuple[float, float]:
        """Relative errors of the counts of patents and articles."""
        return self.patents / self.published.patents - 1, self.articles / self.published.articles - 1

    @property
    def is_named_alike(self) -> bool:
        """Whether the found name has the published cities, in any order and spelling of accents and dashes."""
        return _cities_of(self.name) == _cities_of(self.published.name)


@dataclass(frozen=True)
class Calibration:
    """The comparison of one run with the published ranking of 2024."""

    matches: list[Match]
    clusters: int
    documents: dict[str, int]
    addresses: dict[str, int]
    fields: dict[str, float]  # share of technology fields in the top clusters together
    strong: dict[int, float]  # share of its strong field in the cluster of a published rank
    together: dict[declared.Neighbours, bool]  # whether two planted neighbours lie in one cluster

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
    ranking = rows("ranking").select("cluster_id", "rank", "name", "patents", "articles")
    clusters_of = _clusters_of_cities(spark, rows("clusters"))
    ranked = {row["cluster_id"]: row for row in ranking.collect()}
    cities: dict[int, list[str]] = {}
    for basin in read_basins():
        cities.setdefault(basin.rank, []).append(basin.cities[0])
    matches = [
        _match(one, [[ranked[cluster] for cluster in clusters_of[city]] for city in cities[one.rank]], documents)
        for one in read_published()
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
        together={pair: bool(clusters_of[pair.anchor] & clusters_of[pair.facing]) for pair in declared.NEIGHBOURS},
    )


def _cities_of(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.replace("\u2013", "-")).encode("ascii", "ignore").decode()
    return frozenset(part.strip() for part in plain.casefold().split("-"))


def _match(published: Published, of_cities: list[list[Row]], documents: dict[str, int]) -> Match:
    """A published cluster and the clusters that hold its cities; none where none holds its first, the naming one."""
    if not of_cities[0]:
        return Match(published, "", (), (), 0.0, 0.0)
    rows = {row["cluster_id"]: row for of_city in of_cities for row in of_city}
    clusters = sorted(rows.values(), key=lambda row: (row["rank"], row["cluster_id"]))
    return Match(
        published,
        clusters[0]["name"],
        tuple(row["rank"] for row in clusters),
        tuple(row["cluster_id"] for row in clusters),
        sum(row["patents"] for row in clusters) * declared.PATENTS / documents["patent"],
        sum(row["articles"] for row in clusters) * declared.ARTICLES / documents["article"],
    )


def _clusters_of_cities(spark: SparkSession, clusters: DataFrame) -> dict[str, set[int]]:
    """The clusters whose outlines hold each first city of a basin, and each city of planted neighbours."""
    gazetteer = gazetteer_arrays(spark)
    names = {basin.cities[0] for basin in read_basins()}
    names |= {city for pair in declared.NEIGHBOURS for city in (pair.anchor, pair.facing)}
    at = {name: gazetteer.number_of(name) for name in sorted(names)}
    cities = [(name, float(gazetteer.lon[number]), float(gazetteer.lat[number])) for name, number in at.items()]
    points = spark.createDataFrame(cities, "city string, lon double, lat double")
    outlines = clusters.select("cluster_id", F.expr("ST_GeomFromWKB(outline)").alias("shape"))
    holds = F.expr("ST_Intersects(shape, ST_Point(lon, lat))")
    held: dict[str, set[int]] = {name: set() for name in at}
    for row in F.broadcast(points).join(outlines, holds, how="inner").select("city", "cluster_id").collect():
        held[row["city"]].add(row["cluster_id"])
    return held


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
